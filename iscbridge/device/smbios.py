"""Reads what the fingerprint and its explanation need of an SMBIOS table (DMTF DSP0134).

Tables come from firmware that nobody tested: every length and every offset may be wrong. The parser raises nothing,
reads each byte a bounded number of times, and gives what is sound up to the first thing that is not.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

_RAW_HEADER = 8
_SYSTEM, _BOARD, _END = 1, 2, 127
_HEADER = 4
_MOTHERBOARD = 0x0A  # type 2, "board type"
_MOST_STRINGS = 255  # strings are named by one byte
_FIRST_LITTLE_ENDIAN = (2, 6)  # before, the standard did not say how a UUID's first fields are stored


@dataclass(frozen=True, slots=True)
class Board:
    """Type 2, "Baseboard Information". Strings as the firmware has them, white space around them taken off."""

    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    is_motherboard: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """Type 1, "System Information"."""

    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Smbios:
    """What was sound of a table."""

    version: tuple[int, int] = (0, 0)
    system: System | None = None
    """The first, if there are several."""
    boards: tuple[Board, ...] = ()
    """In the order of the table."""
    complete: bool = False
    """Whether the table was sound to its end."""


def parse(raw: bytes) -> Smbios:
    """Read a table in the form of Windows' RawSMBIOSData: 4 bytes with the version, 4 with the length, the table."""
    if len(raw) < _RAW_HEADER:
        return Smbios()
    version = (raw[1], raw[2])
    length = int.from_bytes(raw[4:8], "little")
    found = parse_table(raw[_RAW_HEADER : _RAW_HEADER + length], version)
    return found if _RAW_HEADER + length <= len(raw) else replace(found, complete=False)


def parse_table(table: bytes, version: tuple[int, int]) -> Smbios:
    """Read the structures one after the other, until the end mark, the end, or one that can't be true."""
    system: System | None = None
    boards: list[Board] = []
    complete = False
    position = 0
    while position + _HEADER <= len(table):  # moves by at least _HEADER + 2 each time
        kind, length = table[position], table[position + 1]
        formatted = table[position : position + length]
        strings_end = table.find(b"\0\0", position + length)
        if length < _HEADER or len(formatted) < length or strings_end < 0:
            break
        strings = _strings(table[position + length : strings_end])
        if kind == _SYSTEM and system is None:
            system = _system(formatted, strings, version)
        elif kind == _BOARD:
            boards.append(_board(formatted, strings))
        position = strings_end + 2
        complete = kind == _END or position == len(table)
        if kind == _END:
            break
    return Smbios(version, system, tuple(boards), complete)


def _strings(data: bytes) -> list[str]:
    """The string set behind a structure; number 1 is the first."""
    return [_decoded(item) for item in data.split(b"\0")[:_MOST_STRINGS]]


def _decoded(data: bytes) -> str:
    """The standard asks for ASCII, later for UTF-8; boards for the Chinese market also hold GB 18030."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding).strip()
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1").strip()


def _string(formatted: bytes, strings: list[str], offset: int) -> str:
    """The string whose number stands at an offset; empty for 0, for a number without string, and past the end."""
    number = formatted[offset] if offset < len(formatted) else 0
    return strings[number - 1] if 0 < number <= len(strings) else ""


def _system(formatted: bytes, strings: list[str], version: tuple[int, int]) -> System:
    identifier = formatted[8:24]
    text = ""
    if len(identifier) == 16:
        little_endian = version >= _FIRST_LITTLE_ENDIAN or version == (0, 0)
        text = str(uuid.UUID(bytes_le=identifier) if little_endian else uuid.UUID(bytes=identifier)).upper()
    return System(
        manufacturer=_string(formatted, strings, 4),
        product=_string(formatted, strings, 5),
        serial=_string(formatted, strings, 7),
        uuid=text,
    )


def _board(formatted: bytes, strings: list[str]) -> Board:
    return Board(
        manufacturer=_string(formatted, strings, 4),
        product=_string(formatted, strings, 5),
        serial=_string(formatted, strings, 7),
        is_motherboard=len(formatted) > 13 and formatted[13] == _MOTHERBOARD,
    )
