#!/usr/bin/env python3
"""Lane `windows`: the Windows libraries, cross-built, used by a Windows Python under Wine. Standard library only.

    python tests/windows/lane.py [--keep] [--work DIR]

What happens, on Debian 12:

1. MinGW-w64 and Wine, through apt-get where it may be used, else the command to type.
2. A fresh Wine prefix and, meanwhile, the Windows Python (winpython.py) and the project's wheel for win_amd64, whose
   DLLs MinGW-w64 builds.
3. The wheel's content is checked, and pip inside Wine installs it.
4. pytest runs inside Wine: tests/windows/smoke (one file goes through the sandbox SDK's DLL and the named pipe into
   the sandbox cloud), then the test folders of the parts that differ on Windows.
5. The report that pytest wrote is read: the lane passes only if it names every test group, and no failure.

docs/windows.md says what this proves and what it does not.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import wine as wine_module  # noqa: E402  beside this file
import winpython  # noqa: E402  beside this file
from wine import Wine, WineError, windows_path  # noqa: E402  beside this file

COMPILER = "x86_64-w64-mingw32-g++-posix"
TOOLCHAIN = ROOT / "native" / "cmake" / "mingw-w64.cmake"
WHEEL_TAG = "py3-none-win_amd64"
DLLS = tuple(f"iscbridge/native_lib/iscbridge_{name}.dll" for name in ("shim_sandbox", "sandbox_sdk", "device"))
#: Derived from the C headers while the wheel is built.
DERIVED = ("iscbridge/sdk/_iscdesk_cffi.py", "iscbridge/device/_device_cffi.py")

#: DLLs that every Windows 10 has. What ours import besides would be missing on a user's machine.
SYSTEM_DLLS = {"kernel32.dll", "user32.dll", "advapi32.dll", "ws2_32.dll", "msvcrt.dll", "ole32.dll", "shell32.dll",
               "iphlpapi.dll", "cfgmgr32.dll"}  # fmt: skip

#: Which tests run on Windows Python: one pytest run for each group. The parts' own tests are those that touch the
#: system and need no AF_UNIX socket, no compiler and no signal; docs/windows.md says what is left out and why.
GROUPS = {
    "smoke": ("tests/windows/smoke",),
    "parts": (
        "tests/platform/test_autostart_windows.py",
        "tests/platform/test_durable.py",
        "tests/platform/test_faults.py",
        "tests/platform/test_files.py",
        "tests/platform/test_folders.py",
        "tests/platform/test_locks.py",
        "tests/platform/test_private.py",
        "tests/platform/test_scan.py",
        "tests/platform/test_scan_decides.py",
        "tests/platform/test_watching.py",
        "tests/ipc/test_paths.py",
        "tests/device/test_dumps.py",
        "tests/device/test_take.py",
        "tests/sdk/test_library.py",
        "tests/sandbox/test_cloud.py",
        "tests/sandbox/test_personality.py",
    ),
    "keeping": (
        "tests/platform/test_secrets.py",
        "tests/platform/test_settings.py",
        "tests/platform/test_settings_edit.py",
        "tests/platform/test_settings_file.py",
        "tests/journal/test_license_codec.py",
        "tests/journal/test_license_records.py",
        "tests/journal/test_license_records_faults.py",
    ),
    "journal": (
        "tests/hosts/test_closure.py",
        "tests/hosts/test_collect.py",
        "tests/hosts/test_generic.py",
        "tests/journal/test_capture.py",
        "tests/journal/test_damage.py",
        "tests/journal/test_handing_over.py",
        "tests/journal/test_journal.py",
        "tests/journal/test_snapshots.py",
    ),
}

#: Wine looks at every name in a folder to find one in any case: 10,000 files in one folder take it minutes.
LEFT_OUT = (
    "tests/hosts/test_closure.py::test_ten_thousand_files",
    "tests/journal/test_capture.py::test_ten_thousand_files",
)


class LaneError(Exception):
    """The lane failed; the text says why and what to do."""


class Laps:
    """Prints what is done and how long it took."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @contextlib.contextmanager
    def lap(self, what: str) -> Iterator[None]:
        """Time one step."""
        began = time.monotonic()
        yield
        now = time.monotonic()
        self.say(f"{what}: {now - began:.1f} s (at {now - self._began:.0f} s)")

    def say(self, text: str) -> None:
        """Print a line of the lane's own."""
        print(f"[windows] {text}", flush=True)

    def end(self, text: str) -> None:
        """Print the last line."""
        self.say(f"{text} in {time.monotonic() - self._began:.0f} s")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the lane; returns 0 if everything passed."""
    parser = argparse.ArgumentParser(prog="lane.py", description="Windows build and smoke test under Wine")
    parser.add_argument("--keep", action="store_true", help="keep the working folder and say where it is")
    parser.add_argument("--work", type=Path, help="make the working folder in this folder (default: the system's)")
    options = parser.parse_args(argv)
    laps = Laps()
    try:
        with _terminated_as_exit(), _work_folder(options.work, options.keep, laps) as work:
            passed = _run(work, laps)
    except (LaneError, WineError, winpython.FetchError) as error:
        laps.say(str(error))
        laps.end("FAILED")
        return 1
    laps.end(passed)
    return 0


def _run(work: Path, laps: Laps) -> str:
    _check_machine()
    with laps.lap("compiler and Wine are there"):
        _provide_system_packages(laps)
    with Wine(work) as wine, concurrent.futures.ThreadPoolExecutor(1) as pool:
        prefix = pool.submit(_make_prefix, wine, laps)
        pip = winpython.find_pip(work)
        with laps.lap("Windows Python"):
            base, cached = winpython.provide(pip)
            laps.say(f"Windows Python {'from the cache' if cached else 'put together'}: {base}")
            winpython.copy_tree(base, work / "python")
        with laps.lap("wheel for win_amd64, with its DLLs"):
            wheel = _build_wheel(pip, work)
            _check_wheel(wheel, laps)
        prefix.result()
        with laps.lap("wheel installed by pip inside Wine"):
            _install(wine, wheel, work)
        return _test(wine, work, laps)


def _check_machine() -> None:
    if not sys.platform.startswith("linux"):
        raise LaneError("this lane cross-builds on Linux and runs Wine; on Windows run the tests themselves")


def _provide_system_packages(laps: Laps) -> None:
    """MinGW-w64 and Wine, installed if they may be."""
    wanted = {
        "g++-mingw-w64-x86-64-posix": shutil.which(COMPILER) is not None,
        "wine64": wine_module.find_loader() is not None and wine_module.find_server() is not None,
    }
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


def _make_prefix(wine: Wine, laps: Laps) -> None:
    with laps.lap("Wine prefix"):
        wine.create()
        _stand_in_for_random_numbers(wine)


def _stand_in_for_random_numbers(wine: Wine) -> None:
    """A library of Windows that Wine 8 lacks and `cryptography` needs. Newer Wine has it."""
    library = wine.prefix / "drive_c" / "windows" / "system32" / "bcryptprimitives.dll"
    if library.exists():
        return
    command = [
        COMPILER,
        "-shared",
        "-static",
        "-O1",
        "-o",
        str(library),
        str(HERE / "bcryptprimitives.cpp"),
        "-ladvapi32",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LaneError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr.strip()}")


def _build_wheel(pip: list[str], work: Path) -> Path:
    """The project's wheel for Windows, whose native part MinGW-w64 compiles."""
    if not TOOLCHAIN.is_file():
        raise LaneError(f"{TOOLCHAIN.relative_to(ROOT)} is missing")
    settings = {
        "wheel.tags": WHEEL_TAG,
        "build-dir": str(work / "native"),  # not the tree's own: a build for this machine may use that right now
        "cmake.define.CMAKE_TOOLCHAIN_FILE": str(TOOLCHAIN),
    }
    command = [*pip, "wheel", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
               f"--wheel-dir={work / 'dist'}", str(ROOT)]  # fmt: skip
    for name, value in settings.items():
        command += ["-C", f"{name}={value}"]
    done = subprocess.run(
        command,
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LaneError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout.strip()}")
    wheels = list((work / "dist").glob("*.whl"))
    if len(wheels) != 1:
        raise LaneError(f"one wheel was to be built, not {len(wheels)}")
    return wheels[0]


def _check_wheel(wheel: Path, laps: Laps) -> None:
    """The name says Windows, the DLLs are 64-bit Windows libraries, and they need nothing that Windows lacks."""
    if not wheel.name.endswith(f"-{WHEEL_TAG}.whl"):
        raise LaneError(f"the wheel is called {wheel.name}; expected the tag {WHEEL_TAG}")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        foreign = [name for name in names if name.endswith((".so", ".pyd", ".dylib", ".a"))]
        missing = [name for name in (*DLLS, *DERIVED) if name not in names]
        if foreign or missing:
            raise LaneError(f"{wheel.name} lacks {missing} and holds {foreign}")
        for name in DLLS:
            imports = pe_imports(archive.read(name))
            extra = {item for item in imports if item not in SYSTEM_DLLS and item not in _own_dlls()}
            if extra:
                raise LaneError(f"{name} needs {sorted(extra)}, which a Windows machine need not have")
            laps.say(f"{name}: {archive.getinfo(name).file_size // 1024} kB, imports {', '.join(sorted(imports))}")


def _own_dlls() -> set[str]:
    return {name.rsplit("/", 1)[1].lower() for name in DLLS}


def pe_imports(data: bytes) -> set[str]:
    """Names, in lower case, of the DLLs that a 64-bit Windows library imports.

    Format: Microsoft's "PE Format" page (optional header of PE32+, import directory table).

    Raises:
        LaneError: it is no 64-bit Windows library.
    """

    def number(offset: int, size: int) -> int:
        return int.from_bytes(data[offset : offset + size], "little")

    header = number(0x3C, 4)
    optional = header + 24
    is_amd64 = number(header + 4, 2) == 0x8664 and number(optional, 2) == 0x20B
    if data[:2] != b"MZ" or data[header : header + 4] != b"PE\0\0" or not is_amd64:
        raise LaneError("not a 64-bit Windows library")
    first_section = optional + number(header + 20, 2)
    sections = [first_section + 40 * index for index in range(number(header + 6, 2))]

    def offset_of(address: int) -> int:
        for section in sections:
            start, size = number(section + 12, 4), max(number(section + 8, 4), number(section + 16, 4))
            if start <= address < start + size:
                return address - start + number(section + 20, 4)
        raise LaneError("an address of this library lies in no section")

    table = number(optional + 120, 4)
    found: set[str] = set()
    entry = offset_of(table) if table else 0
    while table and (name := number(entry + 12, 4)):
        begin = offset_of(name)
        found.add(data[begin : data.index(b"\0", begin)].decode("ascii").lower())
        entry += 20
    return found


def _install(wine: Wine, wheel: Path, work: Path) -> None:
    """pip inside Wine takes the wheel, as it would on a user's machine, and makes `iscbridge.exe`."""
    python = work / "python" / "python.exe"
    command = [str(python), "-P", "-m", "pip", "--isolated", "install", "--disable-pip-version-check", "--no-deps", "--no-index",
               "--quiet", "--no-warn-script-location", windows_path(wheel)]  # fmt: skip
    code, said = wine.run(command, cwd=work, timeout=120)
    installed = work / "python" / "Lib" / "site-packages" / "iscbridge" / "version.py"
    command_file = work / "python" / "Scripts" / "iscbridge.exe"
    if code or not installed.is_file() or not command_file.is_file():
        raise LaneError(f"pip inside Wine did not install {wheel.name} (exit code {code}):\n{said}")


def _test(wine: Wine, work: Path, laps: Laps) -> str:
    """Run each group of tests inside Wine and read the reports. Returns the lane's last line."""
    tree = work / "tree"  # a copy: Windows Python's compiled files stay out of the working tree
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    if (ROOT / "resources").is_dir():
        shutil.copytree(ROOT / "resources", tree / "resources", ignore=shutil.ignore_patterns("__pycache__"))
    passed = 0
    problems: list[str] = []
    for group, paths in GROUPS.items():
        with laps.lap(f"tests: {group}"):
            count, problem = _test_group(wine, work, tree, group, paths)
        passed += count
        if problem:
            problems.append(problem)
            laps.say(problem)
    if problems:
        raise LaneError(f"{passed} passed; " + "; ".join(problem.splitlines()[0] for problem in problems))
    return f"{passed} passed, 0 failed under Wine,"


def _test_group(wine: Wine, work: Path, tree: Path, group: str, paths: Sequence[str]) -> tuple[int, str]:
    """How many tests passed, and what is wrong, if anything is. A path that is not there is an error of pytest's."""
    report = work / f"report-{group}.xml"
    empty = work / "empty"  # the working folder: with nothing to import, the installed package is the one tested
    empty.mkdir(exist_ok=True)
    command = [str(work / "python" / "python.exe"), "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider",
               "-c", windows_path(tree / "pyproject.toml"), "--rootdir", windows_path(tree),
               f"--junitxml={windows_path(report)}", *(f"--deselect={name}" for name in LEFT_OUT),
               *(windows_path(tree / path) for path in paths)]  # fmt: skip
    environment = {"QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "0", "PYTHONFAULTHANDLER": "1"}
    try:
        code, _ = wine.run(command, cwd=empty, timeout=300, env=environment, show=True)
    except WineError as error:
        return 0, f"{group}: {error}"
    return read_report(report, group, code)


def read_report(report: Path, group: str, code: int) -> tuple[int, str]:
    """The number of passed tests in pytest's report, and what is wrong with it, if anything is."""
    if not report.is_file():
        return 0, f"{group}: pytest wrote no report (exit code {code})"
    cases = ET.parse(report).getroot().iter("testcase")
    results = [{child.tag for child in case} & {"failure", "error", "skipped"} for case in cases]
    passed = sum(1 for bad in results if not bad)
    if passed < len(results):
        return passed, f"{group}: {len(results) - passed} of {len(results)} tests did not pass"
    if not passed or code:
        return passed, f"{group}: {passed} tests passed, yet pytest ended with {code}"
    return passed, ""


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
