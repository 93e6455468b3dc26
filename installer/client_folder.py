#!/usr/bin/env python3
"""What makers of CAD applications get, as the folder `client` of a release: the client library for Windows and its faces.

    python client_folder.py OUTPUT --x64 INSTALLED --x86 INSTALLED [--debian DOCS]

INSTALLED is where `cmake --install ... --component iscbridge_client` and `iscbridge_dropin` put a build's files. Standard
library only; docs/release.md says what is in it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "frozen"))

import notices

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("x64", "x86")
#: What a host of each kind can't do without; one of the last two is the import library, of MinGW or of MSVC.
NEEDED = ("bin/iscbridge_client.dll", "include/iscbridge_client.h", "lib/iscbridge_client.def")
IMPORT_LIBRARIES = ("lib/libiscbridge_client.dll.a", "lib/iscbridge_client.lib")
DROP_IN = "IscdeskSdk"

#: Sources to copy into a host's own project.
SOURCES = {
    "csharp": ("native/bindings/csharp/IscBridge.cs", "native/bindings/csharp/IscBridgeNative.cs",
               "native/bindings/csharp/IscBridgeTypes.cs"),
    "python": ("iscbridge/ipc/client.py",),
    "examples": ("native/examples/save_polling.c", "native/examples/save_callbacks.cpp", "native/examples/guide_host.cpp"),
}  # fmt: skip

#: Linked into a library that this compiler built.
_COMPILER = rb"GCC: \(GNU\)"
_TEXTS = ("gcc-mingw-w64-x86-64-posix-runtime", "mingw-w64-x86-64-dev")

README = """ISCBridge {version}: client library for CAD applications on Windows

x64, x86     the library for 64-bit and 32-bit hosts: bin (DLLs), include, lib (import library, .def, static library,
             CMake and pkg-config files), share/iscbridge_client/vba (module for VBA)
IscdeskSdk   headers with the names of ISCDesk's client SDK, over the same library
csharp       sources for .NET, to copy into a project
python       client for programs in Python, one file to copy
examples     C and C++
licences     of what is in the libraries

The library needs nothing but Windows 10, and an installed ISCBridge. The manual is x64/include/iscbridge_client.h; for
all others docs/hosts.md and docs/drop-in.md of the sources. The x86 library was built and looked at, and not run.
An import library for Visual Studio is made from the .def file:
    lib /def:iscbridge_client.def /machine:x64 /out:iscbridge_client.lib
"""


class ClientError(Exception):
    """The folder can't be made; the text says why."""


def assemble(target: Path, installed: Mapping[str, Path], version: str, docs: Path = notices.DOCS) -> Path:
    """The folder, made anew.

    Raises:
        ClientError: something that belongs into it is missing.
    """
    if lacking := list(_lacking(installed)):
        raise ClientError(f"the client folder lacks {', '.join(lacking)}")
    shutil.rmtree(target, ignore_errors=True)
    for kind, folder in installed.items():
        shutil.copytree(folder, target / kind, ignore=shutil.ignore_patterns(DROP_IN, "iscbridge_dropin", "*.exe"))
        shutil.copytree(folder / DROP_IN, target / DROP_IN, dirs_exist_ok=True)
        for path in (folder / DROP_IN).rglob("*.dll"):  # the same library, under the name that hosts load
            shutil.copyfile(folder / NEEDED[0], target / path.relative_to(folder))
    for name, sources in SOURCES.items():
        (target / name).mkdir()
        for source in sources:
            shutil.copyfile(ROOT / source, target / name / Path(source).name)
    _licences(target, docs)
    (target / "README.txt").write_text(README.format(version=version), encoding="utf-8", newline="\r\n")
    return target


def _lacking(installed: Mapping[str, Path]) -> Iterator[str]:
    for kind in KINDS:
        folder = installed[kind]
        for name in (*NEEDED, DROP_IN):
            if not (folder / name).exists():
                yield f"{kind}/{name}"
        if not any((folder / name).is_file() for name in IMPORT_LIBRARIES):
            yield f"{kind}/{IMPORT_LIBRARIES[0]}"


def _licences(target: Path, docs: Path) -> None:
    """Ours, and of the runtime that the compiler linked, if it was that of MinGW-w64."""
    place = target / "licences"
    place.mkdir()
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, place / f"{name}.txt")
    if not any(re.search(_COMPILER, path.read_bytes()) for path in target.rglob("*.dll")):
        return
    shutil.copyfile(ROOT / "installer" / "licences" / "GPL-3.0.txt", place / "GPL-3.0.txt")
    for package in _TEXTS:
        try:
            text = notices.of_package(docs, package)
        except notices.NoticeError as error:
            raise ClientError(str(error)) from None
        (place / text.name).write_text(text.content, encoding="utf-8", newline="\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Make the folder."""
    from release import own_version

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=Path, required=True)
    parser.add_argument("--debian", type=Path, default=notices.DOCS)
    options = parser.parse_args(argv)
    try:
        assemble(options.output, {kind: getattr(options, kind) for kind in KINDS}, own_version(), options.debian)
    except ClientError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
