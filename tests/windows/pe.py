"""Reads a Windows program or library: what it is, imports, exports, and says of itself. Format: Microsoft's "PE Format"
page and, for the version, "VS_VERSIONINFO".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from stage import LaneError

X64, X86 = 0x8664, 0x14C
_MAGIC = {X64: 0x20B, X86: 0x10B}

#: Bits of DllCharacteristics.
HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT, NO_SEH, GUARD_CF = 0x20, 0x40, 0x100, 0x400, 0x4000

_RELOCATIONS_STRIPPED = 0x1  # of Characteristics
_EXPORTS, _IMPORTS, _RESOURCES, _RELOCATIONS = 0, 1, 2, 5  # of the data directories
_VERSION = 16  # a resource's type
_SUBFOLDER = 0x80000000  # of an entry in a resource folder


@dataclass(frozen=True)
class Pe:
    """One file. Every method raises LaneError for what is broken."""

    data: bytes
    machine: int

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Look whether it is one.

        Raises:
            LaneError: it is no program or library for x64 or x86.
        """
        header = _number(data, 0x3C, 4)
        machine = _number(data, header + 4, 2)
        if data[:2] != b"MZ" or data[header : header + 4] != b"PE\0\0" or machine not in _MAGIC:
            raise LaneError("not a Windows program or library")
        if _number(data, header + 24, 2) != _MAGIC[machine]:
            raise LaneError("its header says one kind of machine here and another there")
        return cls(data, machine)

    @property
    def hardening(self) -> int:
        """DllCharacteristics; DYNAMIC_BASE only counts with the table that tells what is to be moved."""
        bits = _number(self.data, self._optional + 70, 2)
        stripped = _number(self.data, self._header + 22, 2) & _RELOCATIONS_STRIPPED
        moves = not stripped and self._directory(_RELOCATIONS)[0]
        return bits if moves else bits & ~DYNAMIC_BASE

    def imports(self) -> set[str]:
        """Names, in lower case, of the DLLs that it imports."""
        table = self._directory(_IMPORTS)[0]
        found: set[str] = set()
        entry = self._at(table) if table else 0
        while table and (name := _number(self.data, entry + 12, 4)):
            found.add(self._text(name).lower())
            entry += 20
        return found

    def exports(self) -> set[str]:
        """Names of what it exports."""
        table = self._directory(_EXPORTS)[0]
        if not table:
            return set()
        at = self._at(table)
        count, names = _number(self.data, at + 24, 4), self._at(_number(self.data, at + 32, 4))
        return {self._text(_number(self.data, names + 4 * index, 4)) for index in range(count)}

    def version(self) -> dict[str, str]:
        """The texts of the version resource, and "numbers": the file's version as numbers, with dots."""
        block = self._version_block()
        fixed = block.find(b"\xbd\x04\xef\xfe")
        if fixed < 0:
            raise LaneError("its version resource lacks its fixed part")
        high, low = _number(block, fixed + 8, 4), _number(block, fixed + 12, 4)
        found = {"numbers": f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"}
        _collect_texts(block, 0, len(block), found)
        return found

    @property
    def _header(self) -> int:
        return _number(self.data, 0x3C, 4)

    @property
    def _optional(self) -> int:
        return self._header + 24

    def _directory(self, index: int) -> tuple[int, int]:
        at = self._optional + (112 if self.machine == X64 else 96) + 8 * index
        return _number(self.data, at, 4), _number(self.data, at + 4, 4)

    def _at(self, address: int) -> int:
        """Where in the file an address of the loaded file lies."""
        first = self._optional + _number(self.data, self._header + 20, 2)
        for section in range(first, first + 40 * _number(self.data, self._header + 6, 2), 40):
            start = _number(self.data, section + 12, 4)
            size = max(_number(self.data, section + 8, 4), _number(self.data, section + 16, 4))
            if start <= address < start + size:
                return address - start + _number(self.data, section + 20, 4)
        raise LaneError("an address of it lies in no section")

    def _text(self, address: int) -> str:
        begin = self._at(address)
        return self.data[begin : self.data.index(b"\0", begin)].decode("ascii")

    def _version_block(self) -> bytes:
        """The first version resource, of whatever language."""
        address = self._directory(_RESOURCES)[0]
        if not address:
            raise LaneError("it has no resources, so no version")
        root = self._at(address)
        entries = dict(_folder(self.data, root, 0))
        if _VERSION not in entries:
            raise LaneError("it has no version resource")
        place = entries[_VERSION]
        while place & _SUBFOLDER:
            place = _folder(self.data, root, place & ~_SUBFOLDER)[0][1]
        begin = self._at(_number(self.data, root + place, 4))
        return self.data[begin : begin + _number(self.data, root + place + 4, 4)]


def imports(data: bytes) -> set[str]:
    """Names, in lower case, of the DLLs that a 64-bit Windows library imports.

    Raises:
        LaneError: it is no 64-bit Windows library.
    """
    found = Pe.read(data)
    if found.machine != X64:
        raise LaneError("not a 64-bit Windows library")
    return found.imports()


def _number(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


def _folder(data: bytes, root: int, place: int) -> list[tuple[int, int]]:
    """Identifier and place of each entry in a resource folder."""
    at = root + place
    count = _number(data, at + 12, 2) + _number(data, at + 14, 2)
    return [(_number(data, at + 16 + 8 * i, 4), _number(data, at + 20 + 8 * i, 4)) for i in range(count)]


def _collect_texts(block: bytes, begin: int, end: int, found: dict[str, str]) -> None:
    """The node at `begin`, and those in it: length, length of the value, kind, name, value, more nodes."""
    length, value_length, is_text = (_number(block, begin + 2 * index, 2) for index in range(3))
    end = min(end, begin + length)
    close = begin + 6
    while close < end and block[close : close + 2] != b"\0\0":
        close += 2
    name = block[begin + 6 : close].decode("utf-16-le")
    value = _padded(close + 2)
    size = value_length * 2 if is_text else value_length
    if is_text and value_length:
        found[name] = block[value : value + size].decode("utf-16-le").rstrip("\0")
    inner = _padded(value + size)
    while inner + 6 < end and _number(block, inner, 2):
        _collect_texts(block, inner, end, found)
        inner = _padded(inner + _number(block, inner, 2))


def _padded(offset: int) -> int:
    return (offset + 3) // 4 * 4
