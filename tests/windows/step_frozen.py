"""Step `frozen`: the product frozen by PyInstaller on Windows Python, looked at, and started."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import winpython
from stage import ROOT, LaneError, Stage
from wine import windows_path

sys.path.insert(0, str(ROOT / "installer"))

import sign

#: Their copyright files have the licence texts of what is inside of Qt, Python and our libraries (parts.toml).
_TEXTS_OF = ("gcc-mingw-w64-x86-64-posix-runtime", "libdouble-conversion3", "libexpat1", "libfreetype6",
             "libharfbuzz0b", "libmd4c0", "libpcre2-16-0", "libpng16-16", "libpython3.11-stdlib", "libqt5core5a",
             "libx11-6", "mingw-w64-x86-64-dev", "publicsuffix", "unicode-data", "zlib1g")  # fmt: skip
NEEDS = {package: f"/usr/share/doc/{package}/copyright" for package in _TEXTS_OF}

FREEZER = ROOT / "installer" / "frozen"
REQUIREMENTS = FREEZER / "requirements" / "windows.txt"

#: What is ours in the frozen folder. Qt and Python come as their makers signed them, or did not.
_OURS = ("*.exe", "_internal/iscbridge/native_lib/*.dll")

#: Three minutes on a quiet machine, with nothing beside it.
_FREEZE_S = 1800.0


def prepare(stage: Stage) -> None:
    """PyInstaller for Windows, in a folder of its own."""
    tools = _tools()
    if tools.is_dir():
        return
    making = stage.work / "frozen" / "tools"
    stage.host([*stage.pip, "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile",
                "--require-hashes", "--only-binary=:all:", "--platform=win_amd64", "--python-version=3.11",
                "--implementation=cp", f"--target={making}", f"--requirement={REQUIREMENTS}"])  # fmt: skip
    tools.parent.mkdir(parents=True, exist_ok=True)
    if not tools.exists():
        shutil.copytree(making, tools)


def beside(stage: Stage) -> None:
    """Freeze, which is one program's work for minutes; sign, finish, check, start."""
    freeze(stage)
    if sign.can_sign():  # before the lists are made, which have the hash of each file
        sign.sign(own_files(stage.payload))
    finish(stage)
    test(stage)


def own_files(folder: Path) -> list[Path]:
    """The programs and libraries of a frozen folder, or of an installed one, that bear our signature."""
    return [path for pattern in _OURS for path in sorted(folder.glob(pattern))]


def run(stage: Stage) -> None:
    """What is measured is measured with nothing beside it."""
    if stage.starts:
        measure(stage)


def freeze(stage: Stage) -> None:
    """PyInstaller's part."""
    with stage.laps.lap("frozen"):
        code, said = stage.windows(stage.python / "python.exe", FREEZER / "freeze.py", "--work", stage.work / "frozen",
                                   "--output", stage.payload.parent, timeout=_FREEZE_S,
                                   env={"PYTHONPATH": windows_path(_tools()), "PYTHONDONTWRITEBYTECODE": "1"})  # fmt: skip
    if code or not (stage.payload / "ISCBridgeTray.exe").is_file() or not (stage.payload / "iscbridge.exe").is_file():
        raise LaneError(f"PyInstaller froze nothing (exit code {code}):\n{said[-3000:]}")


def finish(stage: Stage) -> None:
    """Licences, bill of materials and list, and everything held against what may be there."""
    with stage.laps.lap("finished and checked"):
        site = stage.python / "Lib" / "site-packages"
        said = stage.host([sys.executable, FREEZER / "finish.py", stage.payload, "--packages", site,
                           "--python-licence", stage.python / "LICENSE.txt", "--python-version", _python_version(stage),
                           "--tools", _tools(), "--lock", winpython.WHEEL_REQUIREMENTS])  # fmt: skip
        stage.laps.say(said)
        stage.laps.say(stage.host([sys.executable, FREEZER / "check.py", stage.payload]))


def test(stage: Stage) -> None:
    """The two programs, used as people use them."""
    stage.pytest("frozen", ["tests/windows/frozen"], timeout=600, env={
        "FROZEN_PRODUCT": windows_path(stage.payload),
        "FROZEN_PYTHON": windows_path(stage.python / "python.exe"),
        "FROZEN_PICTURE": windows_path(stage.pictures / "frozen-settings.png"),
    })  # fmt: skip


def measure(stage: Stage) -> None:
    """How soon the icon is there, for benchmarks: nothing is judged here."""
    with stage.laps.lap(f"{stage.starts} starts of each tray"):
        code, said = stage.windows(
            stage.python / "python.exe", stage.tree / "tests" / "windows" / "start_times.py", stage.payload,
            str(stage.starts), stage.starts_to, timeout=_FREEZE_S, env={"PYTHONPATH": windows_path(stage.tree / "tests")},
        )  # fmt: skip
    if code or not stage.starts_to.is_file():
        raise LaneError(f"the starts could not be measured (exit code {code}):\n{said[-2000:]}")


def _python_version(stage: Stage) -> str:
    code, said = stage.windows(stage.python / "python.exe", "--version")
    if code:
        raise LaneError(f"Windows Python does not tell its version: {said}")
    return said.split()[-1]


def _tools() -> Path:
    key = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    return winpython.cache_folder() / f"freezer-{key}"
