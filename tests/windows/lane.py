#!/usr/bin/env python3
"""Lane `windows`: the product for Windows, cross-built and used under Wine on Debian 12. Standard library only.

    python tests/windows/lane.py [--keep] [--work DIR] [--steps NAME,...] [--starts N --starts-to FILE]

1. Compilers and Wine, through apt-get where it may be used, else the command to type.
2. A fresh Wine prefix with a screen and, meanwhile, the Windows Python (winpython.py) and the project's wheel for
   win_amd64 (cross_wheel.py), which pip inside Wine installs.
3. The steps, each a module of its own (stage.py says what one looks like): python, native, frozen, installer.

docs/windows.md says what this proves and what it does not.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import importlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType, ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cross_wheel
import winpython
from screen import Screen, ScreenError
from stage import COMPILER, HERE, LaneError, Laps, Stage
from wine import Wine, WineError, find_loader, find_server

#: In this order: by the time that the native tests are run they are built, beside the step before.
STEPS = ("python", "native", "frozen", "installer")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the lane; returns 0 if everything passed."""
    parser = argparse.ArgumentParser(prog="lane.py", description="The product for Windows, built and used under Wine")
    parser.add_argument("--keep", action="store_true", help="keep the working folder and say where it is")
    parser.add_argument("--work", type=Path, help="make the working folder in this folder (default: the system's)")
    parser.add_argument("--steps", default=",".join(STEPS), help="only these steps, with commas (default: all)")
    parser.add_argument("--starts", type=int, default=0, help="measure so many starts of the frozen tray (benchmarks)")
    parser.add_argument("--starts-to", type=Path, default=Path("starts.json"), help="file for what was measured")
    options = parser.parse_args(argv)
    laps = Laps()
    try:
        with _terminated_as_exit(), _work_folder(options.work, options.keep, laps) as work:
            steps = find_steps(options.steps.split(","))
            passed = _run(work, laps, steps, (options.starts, options.starts_to.absolute()))
    except (LaneError, WineError, ScreenError, winpython.FetchError) as error:
        laps.say(str(error))
        laps.end("FAILED")
        return 1
    laps.end(f"{passed} tests passed, 0 failed under Wine,")
    return 0


def find_steps(names: Sequence[str]) -> dict[str, ModuleType]:
    """The modules of the wanted steps, in the lane's order.

    Raises:
        LaneError: there is no such step.
    """
    if unknown := set(names) - set(STEPS):
        raise LaneError(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    try:
        return {name: importlib.import_module(f"step_{name}") for name in STEPS if name in names}
    except ModuleNotFoundError as error:
        raise LaneError(f"{error.name}.py is missing") from error


def _run(work: Path, laps: Laps, steps: dict[str, ModuleType], starts: tuple[int, Path]) -> int:
    if not sys.platform.startswith("linux"):
        raise LaneError("this lane cross-builds on Linux and runs Wine; on Windows run the tests themselves")
    with laps.lap("compilers and Wine are there"):
        _provide_system_packages(laps, [getattr(step, "NEEDS", {}) for step in steps.values()])
    with Screen() as screen, Wine(work, screen.display) as wine, concurrent.futures.ThreadPoolExecutor(1) as beside:
        stage = Stage(work, laps, wine, winpython.find_pip(work))
        stage.starts, stage.starts_to = starts
        prefix = beside.submit(_make_prefix, stage)
        with laps.lap("Windows Python"):
            base, cached = winpython.provide(stage.pip)
            laps.say(f"Windows Python {'from the cache' if cached else 'put together'}: {base}")
            winpython.copy_tree(base, stage.python)
        with laps.lap("wheel for win_amd64, with its DLLs"):
            stage.wheel = cross_wheel.build(stage)
            cross_wheel.check(stage, stage.wheel)
            stage.copy_tree()
        prefix.result()
        with laps.lap("wheel installed by pip inside Wine"):
            cross_wheel.install(stage, stage.wheel)
        _run_steps(stage, steps, beside)
        return stage.passed


def _run_steps(stage: Stage, steps: dict[str, ModuleType], beside: concurrent.futures.Executor) -> None:
    """One after the other; what fails in one keeps no other from running, so that one run tells everything."""
    before: dict[str, list[concurrent.futures.Future[None]]] = {name: [] for name in steps}
    for part in ("prepare", "beside"):
        for name, step in steps.items():
            if hasattr(step, part):
                before[name].append(beside.submit(_beside, stage, name, step, part, tuple(before[name])))
    failed: list[str] = []
    for name, step in steps.items():
        try:
            with stage.laps.lap(f"step {name}"):
                for part in before[name]:
                    part.result()
                step.run(stage)
        except (LaneError, WineError) as error:
            stage.laps.say(f"step {name}: {error}")
            failed.append(f"{name}: {str(error).splitlines()[0]}")
    if failed:
        raise LaneError(f"{stage.passed} tests passed; " + "; ".join(failed))


def _beside(
    stage: Stage, name: str, step: ModuleType, part: str, before: tuple[concurrent.futures.Future[None], ...]
) -> None:
    for one in before:
        one.result()  # a step that could not be prepared does not go on
    with stage.laps.lap(f"step {name}, {'made ready' if part == 'prepare' else 'tested'} beside others"):
        getattr(step, part)(stage)


def _provide_system_packages(laps: Laps, more: Sequence[dict[str, str]]) -> None:
    """Compilers, Wine and what the steps name, installed if they may be."""
    wanted = {
        "g++-mingw-w64-x86-64-posix": shutil.which(COMPILER) is not None,
        "wine64": find_loader() is not None and find_server() is not None,
        "xvfb": shutil.which("Xvfb") is not None,
    }
    wanted |= {package: Path(shows).exists() for needs in more for package, shows in needs.items()}
    missing = [package for package, there in wanted.items() if not there]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *missing]
    typed = "sudo apt-get update && sudo " + shlex.join(install)
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise LaneError(f"missing: {', '.join(missing)}. On Debian, type:\n    {typed}")
    laps.say(f"installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run(update, env=environment, stdin=subprocess.DEVNULL, check=False)  # an old list may do
    done = subprocess.run(
        [*install, "-qq"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LaneError(f"apt-get could not install {' '.join(missing)}:\n{done.stderr.strip()}\nTry:\n    {typed}")


def _make_prefix(stage: Stage) -> None:
    with stage.laps.lap("Wine prefix"):
        stage.wine.create()
        # Two libraries of Windows that Wine 8 lacks: `cryptography` needs the first, Qt's windows the second.
        stage.stand_in("bcryptprimitives.dll", HERE / "bcryptprimitives.cpp", "-ladvapi32")
        stage.stand_in("windows.ui.dll", HERE / "uisettings.cpp")
        # And one that keeps a fault of Wine's thread pool away from Qt's pipes.
        stage.stand_in("authz.dll", HERE / "authz.cpp", over=True)
        code, said = stage.windows(stage.system / "regedit.exe", "/S", HERE / "uisettings.reg")
        if code:
            raise LaneError(f"regedit ended with {code}: {said}")


@contextlib.contextmanager
def _work_folder(parent: Path | None, keep: bool, laps: Laps) -> Iterator[Path]:
    if parent:
        parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="iscbridge-windows-", dir=parent)).resolve()
    try:
        yield work
    finally:
        if keep:
            laps.say(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _terminated_as_exit() -> Iterator[None]:
    """A lane that is told to stop still ends its Wine processes and removes its folder."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
