#!/usr/bin/env python3
"""Builds the installer `ISCBridge-<version>-setup.exe` from a frozen product, with NSIS and MinGW-w64.

    python installer/build_setup.py PAYLOAD OUT [--version V] [--compress lzma|none] [--icon FILE]

Signed if the environment names a certificate (sign.py). What it does stands in installer/nsis/. Standard library only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sign  # noqa: E402  beside this file
from payload_list import CORE, SANDBOX, Payload, PayloadError, read_payload  # noqa: E402  beside this file

COMPILER = "x86_64-w64-mingw32-g++-posix"
HELPER_FLAGS = ["-std=c++20", "-shared", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-ffunction-sections",
                "-fdata-sections", "-Wl,--gc-sections,--dynamicbase,--nxcompat,--high-entropy-va"]  # fmt: skip
HELPER_LIBRARIES = ["-lole32", "-luuid", "-lshell32", "-ladvapi32"]

#: Where the installer enters the product among the installed programs, below HKCU or HKLM.
ARP = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\ISCBridge"

#: For NSIS: what is smallest (a larger dictionary than the usual 8 MB saves 1 %), and what is quickest to build.
COMPRESSORS = {"lzma": "/SOLID lzma", "none": "none"}

#: From here to there the progress goes while files are unpacked.
_UNPACK = (3, 70)


class BuildError(Exception):
    """A tool is missing or failed; the text says which and what it wrote."""


def run_tool(command: Sequence[str | Path], cwd: Path) -> str:
    """Run a tool to its end; what it wrote.

    Raises:
        BuildError: it is missing or failed.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        raise BuildError(f"{words[0]} is not installed") from None
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    if done.returncode:
        raise BuildError(f"{words[0]} ended with {done.returncode}:\n{said[-4000:]}")
    return said


def build_helper(out: Path) -> Path:
    """Compile what the installer can't say in its own language."""
    sources = sorted((HERE / "nsis" / "helper").glob("*.cpp"))
    together = out.with_suffix(".cpp")  # the system's headers take longest: they are read once
    together.write_text("".join(f'#include "{source}"\n' for source in sources), encoding="utf-8")
    run_tool([COMPILER, *HELPER_FLAGS, "-o", out, together, *HELPER_LIBRARIES], HERE)
    return out


def build_setup(
    payload: Payload,
    out: Path,
    *,
    version: str = "",
    compress: str = "lzma",
    icon: Path | None = None,
    helper: Path | None = None,
    signed: bool = False,
) -> Path:
    """Build the installer into `out` (a file's name).

    Args:
        payload: what is installed.
        out: the installer to be made.
        version: another version than the payload's own, for tests of upgrades.
        compress: one of COMPRESSORS.
        icon: the installer's own.
        helper: what build_helper made, if that is there already.
        signed: sign the installer and the uninstaller in it, as sign.py does.

    Raises:
        BuildError: a tool is missing or failed.
    """
    version = version or payload.version
    with tempfile.TemporaryDirectory(prefix="iscbridge-setup-") as name:
        work = Path(name)
        script = work / "payload.nsh"
        script.write_text(payload_script(payload), encoding="utf-8")
        values: dict[str, object] = {
            "VERSION": version,
            "VERSION4": four_numbers(version),
            "PAYLOAD_NSH": script,
            "HELPER": helper.resolve() if helper else build_helper(work / "setup.dll"),
            "OUT": out.resolve(),
            "LICENSE": HERE.parent / "LICENSE",
            "CORE_FILES": len(payload.of(CORE)),
            "CORE_BYTES": payload.size(CORE),
            "ALL_FILES": len(payload.of(CORE, SANDBOX)),
            "ALL_BYTES": payload.size(CORE, SANDBOX),
            "KILOBYTES": payload.size(CORE, SANDBOX) // 1024 + 10_240,
            "ARP_SIZE": payload.size(CORE) // 1024,
            "COMPRESS": COMPRESSORS[compress],
        }
        if icon is not None:
            values["ICON"] = icon.resolve()
        if signed:
            values["SIGN"] = f'"{sys.executable}" "{HERE / "sign.py"}" "%1"'
        defines = [f"-D{key}={value}" for key, value in values.items()]
        run_tool(["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defines, HERE / "nsis" / "iscbridge.nsi"], work)
    if not out.is_file():
        raise BuildError("makensis made no installer")
    if signed:
        sign.sign([out])
    return out


def four_numbers(version: str) -> str:
    """A version as Windows has it in a file: four numbers."""
    numbers = [part for part in version.replace("-", ".").replace("+", ".").split(".") if part.isdigit()]
    return ".".join([*numbers, "0", "0", "0", "0"][:4])


def payload_script(payload: Payload) -> str:
    """Two macros that unpack the files, with progress between them."""
    total = max(1, payload.size(CORE, SANDBOX))
    lines: list[str] = []
    done = 0
    shown = _UNPACK[0]
    for name, component in (("PayloadCore", CORE), ("PayloadSandbox", SANDBOX)):
        lines.append(f"!macro {name}")
        folder = None
        for item in payload.of(component):
            parent = str(PurePosixPath(item.path).parent)
            if parent != folder:
                folder = parent
                below = "" if parent == "." else "\\" + parent.replace("/", "\\")
                lines.append(f'  SetOutPath "$INSTDIR\\app.new{below}"')
            lines.append(f'  File "/oname={PurePosixPath(item.path).name}" "{payload.folder.resolve() / item.path}"')
            done += item.size
            reached = _UNPACK[0] + (_UNPACK[1] - _UNPACK[0]) * done // total
            if reached >= shown + 3:
                shown = reached
                lines.append(f'  !insertmacro Advance "" {reached}')
        lines.append("!macroend")
    return "\n".join([*lines, ""])


def main(argv: Sequence[str] | None = None) -> int:
    """Build; exit code 0 and the installer's name, or 1 and why not."""
    parser = argparse.ArgumentParser(prog="build_setup.py", description="Build the Windows installer")
    parser.add_argument("payload", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="")
    parser.add_argument("--compress", choices=sorted(COMPRESSORS), default="lzma")
    parser.add_argument("--icon", type=Path)
    options = parser.parse_args(argv)
    try:
        made = build_setup(read_payload(options.payload), options.out, version=options.version,
                           compress=options.compress, icon=options.icon, signed=sign.can_sign())  # fmt: skip
    except (BuildError, PayloadError, sign.SignError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{made} {made.stat().st_size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
