"""The project's wheel for Windows, whose DLLs MinGW-w64 builds on Linux, and what it must hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pe import imports
from stage import ROOT, LaneError, Stage

TOOLCHAIN = ROOT / "native" / "cmake" / "mingw-w64.cmake"
WHEEL_TAG = "py3-none-win_amd64"
DLLS = tuple(f"iscbridge/native_lib/iscbridge_{name}.dll" for name in ("shim_sandbox", "sandbox_sdk", "device"))
#: Derived from the C headers while the wheel is built.
DERIVED = ("iscbridge/sdk/_iscdesk_cffi.py", "iscbridge/device/_device_cffi.py")

#: DLLs that every Windows 10 has. What ours import besides would be missing on a user's machine.
SYSTEM_DLLS = {"kernel32.dll", "user32.dll", "advapi32.dll", "ws2_32.dll", "msvcrt.dll", "ole32.dll", "shell32.dll",
               "iphlpapi.dll", "cfgmgr32.dll"}  # fmt: skip


def build(stage: Stage) -> Path:
    """The wheel.

    Raises:
        LaneError: it could not be built.
    """
    if not TOOLCHAIN.is_file():
        raise LaneError(f"{TOOLCHAIN.relative_to(ROOT)} is missing")
    settings = {
        "wheel.tags": WHEEL_TAG,
        "build-dir": str(stage.work / "native"),  # not the tree's own: a build for this machine may use that now
        "cmake.define.CMAKE_TOOLCHAIN_FILE": str(TOOLCHAIN),
    }
    command = [*stage.pip, "wheel", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
               f"--wheel-dir={stage.work / 'dist'}", str(ROOT)]  # fmt: skip
    for name, value in settings.items():
        command += ["-C", f"{name}={value}"]
    stage.host(command)
    wheels = list((stage.work / "dist").glob("*.whl"))
    if len(wheels) != 1:
        raise LaneError(f"one wheel was to be built, not {len(wheels)}")
    return wheels[0]


def check(stage: Stage, wheel: Path) -> None:
    """The name says Windows, the DLLs are 64-bit Windows libraries, and they need nothing that Windows lacks.

    Raises:
        LaneError: one of these is not so.
    """
    if not wheel.name.endswith(f"-{WHEEL_TAG}.whl"):
        raise LaneError(f"the wheel is called {wheel.name}; expected the tag {WHEEL_TAG}")
    own = {name.rsplit("/", 1)[1].lower() for name in DLLS}
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        foreign = [name for name in names if name.endswith((".so", ".pyd", ".dylib", ".a"))]
        missing = [name for name in (*DLLS, *DERIVED) if name not in names]
        if foreign or missing:
            raise LaneError(f"{wheel.name} lacks {missing} and holds {foreign}")
        for name in DLLS:
            found = imports(archive.read(name))
            if extra := found - SYSTEM_DLLS - own:
                raise LaneError(f"{name} needs {sorted(extra)}, which a Windows machine need not have")
            size = archive.getinfo(name).file_size // 1024
            stage.laps.say(f"{name}: {size} kB, imports {', '.join(sorted(found))}")


def install(stage: Stage, wheel: Path) -> None:
    """pip inside Wine takes the wheel, as it would on a user's machine, and makes `iscbridge.exe`.

    Raises:
        LaneError: it is not there afterwards.
    """
    code, said = stage.windows(
        stage.python / "python.exe", "-P", "-m", "pip", "--isolated", "install", "--disable-pip-version-check",
        "--no-deps", "--no-index", "--quiet", "--no-warn-script-location", wheel)  # fmt: skip
    installed = stage.python / "Lib" / "site-packages" / "iscbridge" / "version.py"
    command_file = stage.python / "Scripts" / "iscbridge.exe"
    if code or not installed.is_file() or not command_file.is_file():
        raise LaneError(f"pip inside Wine did not install {wheel.name} (exit code {code}):\n{said}")
