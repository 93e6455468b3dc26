"""Replaces one entry of a zip file and leaves every other byte of content as it is.

Local headers, compressed data, order, dates and comments of the other entries are copied, not made anew: the
copy is the same on every run, and nothing that the CAD put into its file is lost on the way. Layout:
APPNOTE.TXT 4.3 (PKWARE). Zip64 is not handled: it begins at 4 GiB or 65,535 entries.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_HAS_DESCRIPTOR = 0x0008
_STORED = 0
_DEFLATED = 8
_BLOCK = 1 << 20
_MAX_32 = 0xFFFFFFFF


class ZipEditError(ValueError):
    """The file is no plain zip file, or the entry can't be replaced. The text says why."""


@dataclass(slots=True)
class _Entry:
    central_at: int
    """Offset of its record in the central directory's bytes."""
    name_raw: bytes
    offset: int


def replace_entry(source: IO[bytes], target: IO[bytes], name: str, data: bytes) -> None:
    """Copy the zip file `source` to `target` with the content of entry `name` replaced.

    Raises:
        ZipEditError: see there.
        OSError: reading or writing failed.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            start = archive.start_dir
            comment = archive.comment
            raw_name = _raw_name(archive.getinfo(name))
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError) as error:
        raise ZipEditError(str(error)) from error
    source.seek(start)
    central = bytearray(source.read())
    entries, central_size = _entries(central)
    if not entries or sum(entry.name_raw == raw_name for entry in entries) != 1:
        raise ZipEditError(f"entry {name} is not there exactly once")
    order = sorted(entries, key=lambda entry: entry.offset)
    _copy(source, target, 0, order[0].offset)
    for entry, end in zip(order, [e.offset for e in order[1:]] + [start], strict=True):
        new_offset = target.tell()
        if entry.name_raw == raw_name:
            _write_new(source, target, entry, central, data)
        else:
            _header(source, entry.offset)
            if end - entry.offset < _LOCAL.size:
                raise ZipEditError("entries overlap")
            _copy(source, target, entry.offset, end - entry.offset)
        struct.pack_into("<L", central, entry.central_at + 42, new_offset)
    new_start = target.tell()
    if new_start + len(central) > _MAX_32:
        raise ZipEditError("larger than 4 GiB")
    target.write(central[:central_size])
    target.write(_END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), central_size, new_start, len(comment)))
    target.write(comment)


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")


def _entries(central: bytearray) -> tuple[list[_Entry], int]:
    """The records of the central directory, and how many bytes they take."""
    entries: list[_Entry] = []
    at = 0
    while central[at : at + 4] == b"PK\1\2":
        if at + _CENTRAL.size > len(central):
            raise ZipEditError("the directory is cut off")
        fields = _CENTRAL.unpack_from(central, at)
        name_size, extra_size, comment_size, offset = fields[10], fields[11], fields[12], fields[16]
        if _MAX_32 in (fields[8], fields[9], offset):
            raise ZipEditError("zip64")
        name_at = at + _CENTRAL.size
        entries.append(_Entry(at, bytes(central[name_at : name_at + name_size]), offset))
        at = name_at + name_size + extra_size + comment_size
    if at > len(central) or len(entries) >= 0xFFFF:
        raise ZipEditError("the directory is cut off or too long")
    return entries, at


def _write_new(source: IO[bytes], target: IO[bytes], entry: _Entry, central: bytearray, data: bytes) -> None:
    fields = list(_LOCAL.unpack(_header(source, entry.offset)))
    if fields[3] not in (_STORED, _DEFLATED):
        raise ZipEditError(f"compression method {fields[3]}")
    tail = source.read(fields[9] + fields[10])
    packed = _deflate(data) if fields[3] == _DEFLATED else data
    crc = zlib.crc32(data)
    fields[2] &= ~_HAS_DESCRIPTOR
    fields[6:9] = crc, len(packed), len(data)
    target.write(_LOCAL.pack(*fields))
    target.write(tail)
    target.write(packed)
    flags: int = struct.unpack_from("<H", central, entry.central_at + 8)[0]
    struct.pack_into("<H", central, entry.central_at + 8, flags & ~_HAS_DESCRIPTOR)
    struct.pack_into("<3L", central, entry.central_at + 16, crc, len(packed), len(data))


def _header(source: IO[bytes], offset: int) -> bytes:
    source.seek(offset)
    header = source.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
        raise ZipEditError("no header where the directory says")
    return header


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _copy(source: IO[bytes], target: IO[bytes], offset: int, size: int) -> None:
    source.seek(offset)
    while size > 0:
        block = source.read(min(size, _BLOCK))
        if not block:
            raise ZipEditError("the file ends too early")
        target.write(block)
        size -= len(block)
