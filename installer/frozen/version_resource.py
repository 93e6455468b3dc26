"""The version resource of the Windows programs, in the words that PyInstaller reads."""

from __future__ import annotations

import re

#: Program and what it is called in the task manager and in the properties of the file.
PROGRAMS = {"ISCBridgeTray": "ISCBridge", "iscbridge": "ISCBridge command line"}

COMPANY = "The ISCBridge contributors"
#: U.S. English, Unicode.
_LANGUAGE, _CODE_PAGE = 0x0409, 1200


def numbers(version: str) -> tuple[int, int, int, int]:
    """The four numbers of a version of Windows, from one of ours.

    Raises:
        ValueError: it does not begin with numbers.
    """
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    if found is None:
        raise ValueError(f"{version!r} is no version")
    major, minor, patch = (min(int(part or 0), 0xFFFF) for part in found.groups())
    return major, minor, patch, 0


def text(program: str, what: str, version: str = "") -> str:
    """The description of the resource for one program."""
    if not version:
        from iscbridge.version import VERSION as version  # noqa: N811  the same thing, of the package that is frozen
    four = numbers(version)
    words = {
        "CompanyName": COMPANY,
        "FileDescription": what,
        "FileVersion": version,
        "InternalName": program,
        "LegalCopyright": f"Copyright {COMPANY}. Licensed under the Apache License 2.0.",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "ISCBridge",
        "ProductVersion": version,
    }
    strings = ", ".join(f"StringStruct({name!r}, {word!r})" for name, word in words.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3F, flags=0, OS=0x40004, "
        f"fileType=1, subtype=0, date=(0, 0)), kids=[StringFileInfo([StringTable('{_LANGUAGE:04x}{_CODE_PAGE:04x}', "
        f"[{strings}])]), VarFileInfo([VarStruct('Translation', [{_LANGUAGE}, {_CODE_PAGE}])])])\n"
    )
