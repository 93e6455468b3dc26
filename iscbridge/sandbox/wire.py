"""Frames between the sandbox SDK and the sandbox desk ("desk wire 1").

A frame is a 4-byte big-endian length N (1 .. 16 MiB) and N bytes: fields separated by one NUL, UTF-8; the first
field is the verb. SDK to desk: `hello`, `call`, `bye`. Desk to SDK: `welcome`, `refuse`, `return`, `event`, `bye`.
"""

from __future__ import annotations

import struct

VERSION = "1"

#: Longest frame body in bytes.
FRAME_LIMIT = 16 * 1024 * 1024

#: Longest frame body that is taken before a greeting.
GREETING_LIMIT = 64 * 1024

_HEADER = struct.Struct(">I")


class WireError(Exception):
    """The other side does not keep to the wire's rules; the message says how."""


def frame(*fields: str | bytes) -> bytes:
    """One frame. Text is written as UTF-8; bytes go as they are.

    Raises:
        WireError: no fields, a NUL in a field, or too long.
    """
    parts = [field.encode("utf-8", "surrogateescape") if isinstance(field, str) else field for field in fields]
    if any(b"\0" in part for part in parts):
        raise WireError("a field holds a NUL")
    body = b"\0".join(parts)
    if not 1 <= len(body) <= FRAME_LIMIT:
        raise WireError(f"a frame of {len(body)} bytes")
    return _HEADER.pack(len(body)) + body


class FrameReader:
    """Cuts a byte stream into frames. Memory is bounded by `limit`, whatever comes."""

    def __init__(self, limit: int = GREETING_LIMIT) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[list[str]]:
        """Take bytes in; the frames that they complete, each as its fields.

        Raises:
            WireError: a length out of bounds or bytes that are no UTF-8. The stream is useless from there on.
        """
        self._buffer += data
        frames: list[list[str]] = []
        start = 0
        while len(self._buffer) - start >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer, start)
            if not 1 <= length <= self.limit:
                raise WireError(f"a frame of {length} bytes")
            end = start + _HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append(_fields(bytes(self._buffer[start + _HEADER.size : end])))
            start = end
        del self._buffer[:start]
        return frames


def _fields(body: bytes) -> list[str]:
    try:
        return body.decode("utf-8").split("\0")
    except UnicodeDecodeError as error:
        raise WireError(f"not UTF-8: {error.reason}") from error
