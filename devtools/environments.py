"""The virtual environments: made once, made again when what they hold changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from devtools.base import CORE_VENV, NEWEST, OLDEST, ROOT, VENV, must, say, silent, tool
from devtools.system import COMPILER, QT, Need, provide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTRAS = ("sandbox", "relay", "native", "test", "lint")
#: In a virtual environment: what was installed into it.
STAMP = "iscbridge-set-up.json"
#: What the native libraries and the installed package are made from: a change here makes `setup` install again.
INPUTS = ("pyproject.toml", "CMakeLists.txt", "native", "iscbridge/version.py", "iscbridge/sdk/build_cffi.py",
          "iscbridge/sdk/header.py")  # fmt: skip


def requirements(*keys: str) -> list[str]:
    """A list of packages in the project file."""
    import tomllib

    found: Any = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for key in keys:
        found = found[key]
    return [str(package) for package in found]


def extra(name: str) -> list[str]:
    """The packages of one extra of the project file."""
    return requirements("project", "optional-dependencies", name)


def read_stamp(venv: Path) -> dict[str, Any]:
    """What was installed into a virtual environment the last time that all went well."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((venv / STAMP).read_text(encoding="utf-8")))
    return {}


def make_venv(folder: Path) -> None:
    """Make a virtual environment unless a good one is there."""
    fits = f"sys.prefix != sys.base_prefix and {OLDEST} <= sys.version_info[:2] <= {NEWEST}"
    # One that was moved has commands that start the Python of its old place.
    stayed = read_stamp(folder).get("folder", str(folder)) == str(folder)
    if stayed and silent([tool("python", folder), "-c", f"import sys, pip; sys.exit(not ({fits}))"]) == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    # Debian and Ubuntu leave ensurepip, which venv needs, to a package of its own.
    package = "python{}.{}-venv".format(*sys.version_info)
    has_ensurepip = [sys.executable, "-c", "import ensurepip, venv"]
    provide([Need("Python's venv", package, lambda: silent(has_ensurepip) == 0)])
    say(f"making {folder.name} with Python {platform.python_version()}")
    must([sys.executable, "-m", "venv", folder], "the virtual environment could not be made")


def pip_install(venv: Path, *arguments: str) -> None:
    """Install Python packages with pip as this machine has it configured."""
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--retries", "8", "--root-user-action", "ignore"]
    failure = "pip could not install this; if the network was the cause, run the same command again"
    must([tool("python", venv), "-m", "pip", "install", *options, *arguments], failure)


def fingerprint() -> str:
    """Of everything that the installed package is made from."""
    digest = hashlib.sha256()
    for path in sorted(input_files()):
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def input_files() -> Iterator[Path]:
    """The files of `INPUTS` that are there."""
    for name in INPUTS:
        path = ROOT / name
        if path.is_dir():
            yield from (file for file in path.rglob("*") if file.is_file() and path / "tests" not in file.parents)
        elif path.is_file():
            yield path


def setup() -> int:
    """Make `.venv` with the package, its native libraries and all tools; quick when nothing changed. Gives 0."""
    provide([*COMPILER, *QT])
    make_venv(VENV)
    build_tools = requirements("build-system", "requires")
    packages = [build_tools, requirements("project", "dependencies"), *map(extra, EXTRAS)]
    before = read_stamp(VENV)
    wanted = {"folder": str(VENV), "packages": packages, "built": fingerprint()}
    if before == wanted and tool("iscbridge").exists():
        return 0
    started = time.monotonic()
    (VENV / STAMP).unlink(missing_ok=True)
    # The build tools live in the environment, and not in one made for each build: the build tree can be used again.
    install = ["--no-build-isolation", "--editable"]
    if before.get("packages") == packages:
        pip_install(VENV, "--no-deps", *install, ".")
    else:
        # pip since 25.1 writes commands that start without importing `re`.
        pip_install(VENV, "pip>=25.1", *build_tools, *extra("native"))
        pip_install(VENV, *install, f".[{','.join(EXTRAS)}]")
    (VENV / STAMP).write_text(json.dumps(wanted), encoding="utf-8")
    say(f"set up in {time.monotonic() - started:.0f} s; the command is {tool('iscbridge').relative_to(ROOT)}")
    return 0


def setup_core() -> None:
    """Make `.venv-core`: pytest and hypothesis, no Qt, and nothing else of ours."""
    make_venv(CORE_VENV)
    packages = [name for name in extra("test") if name.startswith(("pytest>", "hypothesis>", "pytest-timeout>"))]
    wanted = {"folder": str(CORE_VENV), "packages": packages}
    if read_stamp(CORE_VENV) != wanted:
        pip_install(CORE_VENV, *packages)
        (CORE_VENV / STAMP).write_text(json.dumps(wanted), encoding="utf-8")
