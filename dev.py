#!/usr/bin/env python3
"""Everything a developer does with ISCBridge, in one file that needs nothing but Python 3.11 to 3.13.

    python3 dev.py demo              set everything up, then save and open real CAD files on the sandbox cloud
    python3 dev.py test [LANE ...]   run the lanes that are named, or all; --list shows them
    python3 dev.py lint              lane lint alone
    python3 dev.py bench [NAME ...] [--json]
    python3 dev.py package           build a wheel and a source archive into dist/
    python3 dev.py setup             only set up: afterwards .venv/bin/iscbridge works
    python3 dev.py clean [--all]     remove what was built; --all: the virtual environments too

Python packages come through pip as this machine has it configured; system packages through apt-get where it may be
used (root, or sudo that asks no password), else the command to type is printed. Nothing is built again that did not
change. With CI=true a lane that this machine can't run counts as failed.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

OLDEST, NEWEST = (3, 11), (3, 13)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
CORE_VENV = ROOT / ".venv-core"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
WINDOWS = os.name == "nt"
CI = os.environ.get("CI", "").lower() in ("1", "true")

EXTRAS = ("sandbox", "native", "test", "lint")
#: In a virtual environment: what was installed into it.
STAMP = "iscbridge-set-up.json"
#: What the native libraries and the installed package are made from: a change here makes `setup` install again.
INPUTS = ("pyproject.toml", "CMakeLists.txt", "native", "iscbridge/version.py", "iscbridge/sdk/build_cffi.py",
          "iscbridge/sdk/header.py")  # fmt: skip

#: Test folders with a lane of their own; lane unit runs all others.
CORE_FOLDERS = ("tests/core", "tests/texts")
E2E_FOLDERS = ("tests/e2e", "tests/faults")
QT_FOLDERS = ("tests/qt", "tests/tray")
TRAY_FOLDER = "tests/tray_host"
FREECAD_FOLDER = "tests/freecad"
WINDOWS_FOLDER = "tests/windows"
SIDE_BY_SIDE = ROOT / "tests" / "side_by_side.py"
BENCH = ROOT / "tests" / "bench" / "run.py"


class Trouble(Exception):  # noqa: N818  a message for a person, not an error type that anybody catches by name
    """This can't go on; the text says what to do."""


class LeftOut(Exception):  # noqa: N818  as above
    """This machine can't run a lane; the text says why."""


class Need(NamedTuple):
    """A part of the system that must be there."""

    what: str
    package: str  # Debian's
    is_there: Callable[[], bool]


def program(*names: str) -> Callable[[], bool]:
    """Whether one of the programs is on PATH or is this file."""
    return lambda: any(shutil.which(name) or Path(name).is_file() for name in names)


def library(name: str) -> Callable[[], bool]:
    """Whether the loader finds a shared library."""

    def is_there() -> bool:
        with contextlib.suppress(OSError):
            return bool(ctypes.CDLL(name))
        return False

    return is_there


def loaded(table: str) -> tuple[Need, ...]:
    """Libraries that Qt loads, as `file=package` separated by blanks."""
    pairs = [entry.split("=") for entry in table.split()]
    return tuple(Need(f"{name} (Qt needs it)", package, library(name)) for name, package in pairs)


COMPILER = (Need("a C++ compiler", "g++", program("c++", "g++", "clang++")),)
# What QtCore, QtNetwork, QtGui, QtWidgets and the offscreen platform of the PySide6 wheels load and do not bring along.
QT = loaded("""
    libglib-2.0.so.0=libglib2.0-0 libgthread-2.0.so.0=libglib2.0-0 libgssapi_krb5.so.2=libgssapi-krb5-2
    libdbus-1.so.3=libdbus-1-3 libGL.so.1=libgl1 libEGL.so.1=libegl1 libX11.so.6=libx11-6
    libxkbcommon.so.0=libxkbcommon0 libfontconfig.so.1=libfontconfig1 libfreetype.so.6=libfreetype6
""")
# A desktop without a screen, and what Qt's xcb platform loads beyond QT.
DESKTOP = (
    *(Need(name, name.lower(), program(name)) for name in ("Xvfb", "openbox", "trayer", "xdotool")),
    Need("a Chinese font", "fonts-noto-cjk", lambda: any(Path("/usr/share/fonts").rglob("*CJK*"))),
    *loaded("""
        libxcb-cursor.so.0=libxcb-cursor0 libxcb-icccm.so.4=libxcb-icccm4 libxcb-image.so.0=libxcb-image0
        libxcb-keysyms.so.1=libxcb-keysyms1 libxcb-randr.so.0=libxcb-randr0 libxcb-render.so.0=libxcb-render0
        libxcb-render-util.so.0=libxcb-render-util0 libxcb-shape.so.0=libxcb-shape0 libxcb-shm.so.0=libxcb-shm0
        libxcb-sync.so.1=libxcb-sync1 libxcb-xfixes.so.0=libxcb-xfixes0 libxcb-xkb.so.1=libxcb-xkb1
        libxkbcommon-x11.so.0=libxkbcommon-x11-0 libX11-xcb.so.1=libx11-xcb1
    """),
)
FREECAD = (DESKTOP[0], Need("FreeCAD", "freecad-python3", program("freecad")))
WINE = (
    Need("the MinGW-w64 compiler", "g++-mingw-w64-x86-64-posix", program("x86_64-w64-mingw32-g++-posix")),
    Need("Wine", "wine64", program("wine64", "/usr/lib/wine/wine64")),
)


# ---------------------------------------------------------------------------------------------- running programs


def say(text: str) -> None:
    """Print a line of ours."""
    print(f"[dev] {text}", flush=True)


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
    """Run a program in the root folder, say so, and give its exit code."""
    words = [str(word) for word in command]
    say("$ " + shlex.join(words))
    try:
        # stdout by name: `bench` sends ours and the children's to stderr
        return subprocess.run(words, cwd=ROOT, env=environment(env), stdout=sys.stdout, check=False).returncode
    except OSError as error:
        raise Trouble(f"{words[0]} can't be started: {error}") from error


def must(command: Sequence[str | Path], failure: str) -> None:
    """Run a program that has to succeed."""
    code = run(command)
    if code:
        raise Trouble(f"{failure} (exit code {code}; what it printed stands above)")


def silent(command: Sequence[str | Path]) -> int:
    """Run a probe whose output nobody wants to see, and give its exit code."""
    try:
        return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=False).returncode
    except OSError:
        return 127


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for children: the tools of `.venv` first, nothing that points Python elsewhere."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env["PATH"] = os.pathsep.join([str(scripts(VENV)), env.get("PATH", os.defpath)])
    return {**env, **(extra or {})}


def scripts(venv: Path) -> Path:
    """The folder of a virtual environment's programs."""
    return venv / ("Scripts" if WINDOWS else "bin")


def tool(name: str, venv: Path = VENV) -> Path:
    """A program of a virtual environment."""
    return scripts(venv) / (f"{name}.exe" if WINDOWS else name)


# ------------------------------------------------------------------------------------------------ system packages


def provide(needs: Sequence[Need]) -> None:
    """Install what is missing of the system, or say what to type.

    Raises:
        Trouble: something is missing and may not or can't be installed.
    """
    missing = [need for need in needs if not need.is_there()]
    if not missing or platform.system() != "Linux":
        return
    packages = sorted({need.package for need in missing})
    typed = "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + " ".join(packages)
    listed = ", ".join(need.what for need in missing)
    prefix = apt_prefix()
    if prefix is None:
        raise Trouble(f"missing: {listed}. On Debian or Ubuntu, type:\n    {typed}")
    say(f"missing: {listed}; installing {' '.join(packages)}")
    options = ("DPkg::Lock::Timeout=600", "Acquire::Retries=3", "Dpkg::Use-Pty=0")
    apt = [*prefix, "apt-get", "-qq", *(word for option in options for word in ("-o", option))]
    run([*apt, "update"])  # an old list may still do: what counts is whether the packages come
    must([*apt, "install", "-y", "--no-install-recommends", *packages], f"apt-get did not install {' '.join(packages)}")
    still = [need.what for need in missing if not need.is_there()]
    if still:
        raise Trouble(f"installed {' '.join(packages)}, yet this is still missing: {', '.join(still)}")


def apt_prefix() -> list[str] | None:
    """How apt-get may be called here without asking anybody, or None."""
    if sys.platform == "win32" or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") and silent(["sudo", "-n", "true"]) == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


# -------------------------------------------------------------------------------------------- virtual environments


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


# ------------------------------------------------------------------------------------------------------------ lanes


class Lane(NamedTuple):
    """One part of the tests, with what it needs of the machine."""

    name: str
    about: str
    run: Callable[[], bool]


def pytest(arguments: Sequence[str | Path], venv: Path = VENV, env: Mapping[str, str] | None = None) -> bool:
    """Run pytest in a virtual environment."""
    settings = {"QT_QPA_PLATFORM": "offscreen", **(env or {})}
    return run([tool("python", venv), "-m", "pytest", "-q", *arguments], settings) == 0


def present(folders: Sequence[str]) -> list[str]:
    """Those of the folders that are there."""
    return [folder for folder in folders if (ROOT / folder).is_dir()]


def lint() -> bool:
    """All checks that read the code without running it. Goes on after a finding, to show all of them."""
    setup()
    checks = ["ruff check .", "ruff format --check .", "mypy", "mypy --platform win32"]
    checks += ["lint-imports --no-cache", "deptry .", "codespell"]
    return all([run([tool(name), *words]) == 0 for name, *words in map(str.split, checks)])  # noqa: C419  each runs


def core() -> bool:
    """The core's tests where there is no Qt, so that none can creep in."""
    setup_core()
    absent = "import importlib.util, sys; sys.exit(importlib.util.find_spec('PySide6') is not None)"
    if silent([tool("python", CORE_VENV), "-c", absent]):
        raise Trouble(f"{CORE_VENV.name} has Qt in it; remove that folder and run this again")
    # The project file also configures plugins that this environment does without.
    ignore = ["-W", "ignore:Unknown config option:pytest.PytestConfigWarning", "-o", "strict_config=false"]
    return pytest([*present(CORE_FOLDERS), *ignore], CORE_VENV, {"PYTHONPATH": str(ROOT)})


def unit() -> bool:
    """Every test folder without a lane of its own."""
    setup()
    others = present([*CORE_FOLDERS, *E2E_FOLDERS, *QT_FOLDERS, TRAY_FOLDER, FREECAD_FOLDER, WINDOWS_FOLDER])
    return pytest(["tests", *(f"--ignore={folder}" for folder in others)])


def native() -> bool:
    """The C++ tests: as shipped, and with the sanitizers."""
    setup()
    trees = {"native": "", "native-asan": "address,undefined", "native-tsan": "thread"}
    if WINDOWS:
        trees = {"native": ""}  # the sanitizers of MSVC are others; Linux has run them
    return all([native_tree(name, sanitize) for name, sanitize in trees.items()])  # noqa: C419  a list: each runs


def native_tree(name: str, sanitize: str) -> bool:
    """Configure, build and test one build tree."""
    folder = BUILD / name
    cmake = tool("cmake")
    generator = [] if WINDOWS else ["-G", "Ninja"]
    configure: list[str | Path] = [cmake, "-S", ROOT, "-B", folder, *generator, f"-DISCBRIDGE_SANITIZE={sanitize}"]
    if run(configure) or run([cmake, "--build", folder]):
        return False
    ctest: list[str | Path] = [tool("ctest"), "--test-dir", folder, "--output-on-failure", "--no-tests=error"]
    if sanitize == "thread" and silent(["setarch", platform.machine(), "-R", "true"]) == 0:
        # GCC 12's ThreadSanitizer does not know the address layout of newer kernels with full randomisation.
        ctest = ["setarch", platform.machine(), "-R", *ctest]
    return run(ctest) == 0


def e2e() -> bool:
    """Real processes: bridge, SDK process, sandbox, command line; and the faults."""
    setup()
    return run([tool("python"), SIDE_BY_SIDE, *present(E2E_FOLDERS)], {"QT_QPA_PLATFORM": "offscreen"}) == 0


def qt() -> bool:
    """The windows by themselves, on a platform without a screen."""
    setup()
    return pytest(present(QT_FOLDERS))


def tray() -> bool:
    """The tray program under a real panel; every window's picture lies in build/screenshots afterwards."""
    return on_desktop(TRAY_FOLDER, DESKTOP)


def freecad() -> bool:
    """FreeCAD itself with the add-in: its buttons are clicked."""
    return on_desktop(FREECAD_FOLDER, FREECAD)


def on_desktop(folder: str, needs: Sequence[Need]) -> bool:
    """Tests with a desktop without a screen."""
    if platform.system() != "Linux":
        raise LeftOut("its desktop without a screen is an X server on Linux")
    demand(needs)
    setup()
    return pytest(present([folder]))


def demand(needs: Sequence[Need]) -> None:
    """What a lane can't be run without."""
    try:
        provide(needs)
    except Trouble as trouble:
        raise LeftOut(str(trouble)) from trouble


def windows() -> bool:
    """The DLLs cross-built and used by a Windows Python under Wine."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise LeftOut("it cross-builds on Linux and runs x86_64 programs under Wine")
    demand(WINE)
    setup()
    return run([tool("python"), ROOT / WINDOWS_FOLDER / "lane.py"]) == 0


LANES = (
    Lane("lint", "ruff, mypy strict (Linux and Windows), import layers, dependencies, spelling", lint),
    Lane("core", "the decisions and the texts, in an environment without Qt", core),
    Lane("unit", "every other part by itself", unit),
    Lane("native", "the C and C++ parts: plain, Address/UndefinedBehaviorSanitizer, ThreadSanitizer", native),
    Lane("e2e", "whole processes together, with faults", e2e),
    Lane("qt", "the windows by themselves: models, widgets, texts, keyboard", qt),
    Lane("tray", "the tray program under a real panel, clicked and photographed", tray),
    Lane("freecad", "the add-in in the real FreeCAD: saved, opened, the bridge killed meanwhile", freecad),
    Lane("windows", "the Windows libraries under Wine", windows),
)


class Outcome(NamedTuple):
    """How a lane ended."""

    lane: str
    passed: bool | None  # None: left out
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        word = {True: "passed", False: "FAILED", None: "left out"}[self.passed]
        because = f": {self.reason}" if self.reason else ""
        return f"lane {self.lane:8} {word:8} {self.seconds:7.1f} s{because}"


def run_lane(lane: Lane) -> Outcome:
    """Run one lane, whatever happens in it."""
    say(f"lane {lane.name}: {lane.about}")
    started = time.monotonic()
    passed, reason = None, ""
    try:
        passed = lane.run()
    except LeftOut as left_out:
        reason = str(left_out)
    except Trouble as trouble:
        passed, reason = False, str(trouble)
    outcome = Outcome(lane.name, passed, time.monotonic() - started, reason)
    say(str(outcome))
    return outcome


def test(arguments: Sequence[str]) -> int:
    """Run lanes, tell how each ended, and which were left out and why."""
    if "--list" in arguments:
        for lane in LANES:
            print(f"{lane.name:8} {lane.about}")
        return 0
    unknown = [name for name in arguments if name not in {lane.name for lane in LANES}]
    if unknown:
        raise Trouble(f"no such lane: {', '.join(unknown)}. Lanes: {', '.join(lane.name for lane in LANES)}")
    started = time.monotonic()
    outcomes = [run_lane(lane) for lane in LANES if not arguments or lane.name in arguments]
    print(flush=True)
    for outcome in outcomes:
        say(str(outcome))
    not_asked = [lane.name for lane in LANES if arguments and lane.name not in arguments]
    if not_asked:
        say(f"not asked for: {', '.join(not_asked)}")
    passed = sum(outcome.passed is True for outcome in outcomes)
    failed = sum(outcome.passed is False or (CI and outcome.passed is None) for outcome in outcomes)
    if CI and any(outcome.passed is None for outcome in outcomes):
        say("CI=true: a lane left out counts as failed")
    say(f"{time.monotonic() - started:.0f} s in all")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


# --------------------------------------------------------------------------------------------------- other commands


def demo(arguments: Sequence[str]) -> int:
    """Set up and show everything on the sandbox."""
    setup()
    return run([tool("iscbridge"), "demo", *arguments])


def bench(arguments: Sequence[str]) -> int:
    """Print the figures."""
    with contextlib.redirect_stdout(sys.stderr):
        setup()
    # Not through `run`, which says what it starts: with --json nothing but the figures stands on stdout.
    return subprocess.run([tool("python"), BENCH, *arguments], cwd=ROOT, env=environment(), check=False).returncode


def package(_arguments: Sequence[str]) -> int:
    """Build what can be handed on."""
    setup()
    DIST.mkdir(exist_ok=True)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "-w", str(DIST), "."]
    must([tool("python"), "-m", "pip", "wheel", *options], "the wheel could not be built")
    sdist = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    must([tool("python"), "-c", sdist, DIST], "the source archive could not be built")
    for path in sorted(DIST.iterdir()):
        say(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} kB")
    return 0


def clean(arguments: Sequence[str]) -> int:
    """Remove what was built."""
    names = ["build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"]
    if "--all" in arguments:
        names += [VENV.name, CORE_VENV.name]
    else:
        (VENV / STAMP).unlink(missing_ok=True)
    for name in names:
        if (ROOT / name).exists():
            say(f"removing {name}")
            shutil.rmtree(ROOT / name)
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "lint": lambda _arguments: test(["lint"]),
    "bench": bench,
    "package": package,
    "setup": lambda _arguments: setup(),
    "clean": clean,
}


def with_fitting_python() -> int | None:
    """If this Python does not fit, do the whole with one that does: its exit code. None: this one fits."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return None
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and silent([other, "-c", ""]) == 0:
            return subprocess.run([other, __file__, *sys.argv[1:]], check=False).returncode
    have = ".".join(map(str, sys.version_info[:2]))
    print(f"ISCBridge needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]} and this is {have}; no other was found on PATH.")
    print("Install one of them (Debian, Ubuntu: sudo apt-get install python3 python3-venv) and run this again with it.")
    return 1


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"no such command: {arguments[0]}. Commands: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    other = with_fitting_python()
    if other is not None:
        return other
    try:
        return command(arguments[1:])
    except Trouble as trouble:
        print(f"[dev] {trouble}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
