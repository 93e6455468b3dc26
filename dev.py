#!/usr/bin/env python3
"""Everything a developer does with ISCBridge; it needs nothing but Python 3.11 to 3.13.

    python3 dev.py demo              set everything up, then save and open real CAD files on the sandbox cloud
    python3 dev.py test [LANE ...]   run the lanes that are named, or all; --list shows them, --one-by-one is slower
    python3 dev.py lint              lane lint alone
    python3 dev.py bench [NAME ...] [--json]
    python3 dev.py package           build a wheel, a source archive and, from the installers in build/release, the
                                     release archive into dist/
    python3 dev.py setup             only set up: afterwards .venv/bin/iscbridge works
    python3 dev.py clean [--all]     remove what was built; --all: the virtual environments too

Python packages come through pip as this machine has it configured; system packages through apt-get where it may be
used (root, or sudo that asks no password), else the command to type is printed. Nothing is built again that did not
change. Several lanes run side by side, as many as there are processors for. With CI=true a lane that this machine can't
run counts as failed. What the commands are made of is in devtools/.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

from devtools.base import (
    BUILD,
    CORE_VENV,
    DIST,
    NEWEST,
    OLDEST,
    ROOT,
    VENV,
    Trouble,
    environment,
    must,
    run,
    say,
    silent,
    tool,
)  # fmt: skip
from devtools.environments import STAMP, setup
from devtools.testing import run_lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BENCH = ROOT / "tests" / "bench" / "run.py"
#: Where the lane `windows` leaves what it built: proof, and no release (docs/release.md).
INSTALLERS = BUILD / "release"


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
    release()
    for path in sorted(DIST.iterdir()):
        say(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} kB")
    return 0


def release() -> None:
    """The archive as the cloud's platform takes it, from what the lane `windows` or a Windows machine has built."""
    installers = [path for kind in ("*-setup.exe", "*.msi") for path in sorted(INSTALLERS.glob(kind))]
    if not installers:
        say("no release archive: there is no installer in build/release (docs/release.md says how one is made)")
        return
    parts = [word for path in installers for word in ("--installer", path)]
    parts += ["--logo", INSTALLERS / "iscbridge.png", "--sbom", INSTALLERS / "sbom.cdx.json", "--output", DIST]
    if (INSTALLERS / "client").is_dir():
        parts += ["--client", INSTALLERS / "client"]
    must([tool("python"), ROOT / "installer" / "release.py", *parts], "the release archive could not be made")


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
    "test": run_lanes,
    "lint": lambda _arguments: run_lanes(["lint"]),
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
