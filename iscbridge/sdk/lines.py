"""Splits a stream of bytes into lines, with a bound on how much of one line is held."""

from __future__ import annotations

LINE_LIMIT = 1024 * 1024
"""Bytes of one line between the SDK process and its parent.

An event line stays below: both its params and its raw text come from at most `events.TEXT_LIMIT` bytes, and JSON
writes no byte of them with more than seven.
"""


class LineSplitter:
    """Collects bytes and gives complete lines; a line above the limit is left out and counted in `dropped`."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, in order, without their line ends; empty lines are left out."""
        if b"\n" not in data:
            self._keep(self._rest + data)
            return []
        lines = (self._rest + data).split(b"\n")
        rest = lines.pop()
        if self._skipping:
            self._skipping = False
            del lines[0]
        self._rest = b""
        self._keep(rest)
        short = [line for line in lines if line and len(line) <= self._limit]
        self.dropped += sum(1 for line in lines if len(line) > self._limit)
        return short

    def _keep(self, rest: bytes) -> None:
        """Hold an unfinished line, or forget it and the rest of it that is still to come."""
        if self._skipping:
            self._rest = b""
        elif len(rest) > self._limit:
            self._rest = b""
            self._skipping = True
            self.dropped += 1
        else:
            self._rest = rest
