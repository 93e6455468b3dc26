"""Builds SMBIOS tables as firmware does (DMTF DSP0134), with the header of Windows' RawSMBIOSData."""

from __future__ import annotations

import uuid
from typing import Any


def structure(kind: int, formatted: bytes, strings: list[str | bytes], handle: int = 0) -> bytes:
    """One structure; `formatted` is what follows the 4 bytes of its header."""
    encoded = [text if isinstance(text, bytes) else _encoded(text) for text in strings]
    tail = b"".join(text + b"\0" for text in encoded) + b"\0" if encoded else b"\0\0"
    return bytes([kind, 4 + len(formatted)]) + handle.to_bytes(2, "little") + formatted + tail


def raw(version: tuple[int, int], structures: list[bytes]) -> bytes:
    """The whole, as GetSystemFirmwareTable gives it."""
    table = b"".join(structures)
    return bytes([0, *version, 0]) + len(table).to_bytes(4, "little") + table


def system(manufacturer: str, product: str, serial: str, identifier: str, version: tuple[int, int]) -> bytes:
    """Type 1; short in SMBIOS 2.0, with a UUID since 2.1, its first fields turned around since 2.6."""
    strings, numbers = _numbered([manufacturer, product, "", serial])
    if version < (2, 1):
        return structure(1, bytes(numbers), strings)
    value = uuid.UUID(identifier)
    data = bytes(numbers) + (value.bytes_le if version >= (2, 6) else value.bytes) + b"\x06"
    return structure(1, data + (b"\0\0" if version >= (2, 4) else b""), strings)


def board(manufacturer: str, product: str, serial: str, board_type: int = 10, *, short: bool = False) -> bytes:
    """Type 2; `short` as before SMBIOS 2.3."""
    strings, numbers = _numbered([manufacturer, product, "", serial])
    more = b"" if short else bytes([0, 0x09, 0, 0, 3, board_type, 0])
    return structure(2, bytes(numbers) + more, strings)


def from_description(described: dict[str, Any]) -> bytes:
    """What the dumps say: `hex`, or `version` and `structures`."""
    if "hex" in described:
        return bytes.fromhex(described["hex"])
    version = (described["version"][0], described["version"][1])
    return raw(version, [_described(item, version) for item in described["structures"]])


def _described(item: dict[str, Any], version: tuple[int, int]) -> bytes:
    if item["type"] == 1:
        return system(item["manufacturer"], item["product"], item["serial"], item["uuid"], version)
    if item["type"] == 2:
        return board(item["manufacturer"], item["product"], item["serial"], item["board_type"])
    return structure(item["type"], bytes(item["size"] - 4), item["strings"])


def _numbered(texts: list[str]) -> tuple[list[str | bytes], list[int]]:
    """String sets hold no empty strings: those have number 0."""
    strings: list[str | bytes] = [text for text in texts if text]
    numbers = [strings.index(text) + 1 if text else 0 for text in texts]
    return strings, numbers


def _encoded(text: str) -> bytes:
    """ASCII as the standard asks for; else what boards for the Chinese market have."""
    return text.encode("ascii") if text.isascii() else text.encode("gb18030")
