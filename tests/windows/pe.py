"""What a Windows library imports. Format: Microsoft's "PE Format" page."""

from __future__ import annotations

from stage import LaneError

_AMD64, _PE32_PLUS = 0x8664, 0x20B


def imports(data: bytes) -> set[str]:
    """Names, in lower case, of the DLLs that a 64-bit Windows library imports (its import directory table).

    Raises:
        LaneError: it is no 64-bit Windows library.
    """

    def number(offset: int, size: int) -> int:
        return int.from_bytes(data[offset : offset + size], "little")

    header = number(0x3C, 4)
    optional = header + 24
    is_amd64 = number(header + 4, 2) == _AMD64 and number(optional, 2) == _PE32_PLUS
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
