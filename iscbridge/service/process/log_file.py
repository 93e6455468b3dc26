"""The log file of a profile: of bounded size, with some older ones beside it.

As `logging.handlers` has it, whose module also loads pickle, sockets and queues for the handlers that nobody here uses:
1.5 MiB of every bridge, and a tenth of the way to the tray's icon (`bench tray`).
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path


class LogFile(logging.FileHandler):
    """Begins a new file when the next line would make this one too large: `name` becomes `name.1`, and so on."""

    def __init__(self, path: Path, most_bytes: int, older: int) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._most = most_bytes
        self._older = older

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. Raises nothing: on a full disk the bridge still has to answer its hosts."""
        try:
            # What can't be renamed goes on as it is; what can't be formatted is the next call's business.
            with contextlib.suppress(OSError, ValueError, TypeError):
                line = f"{self.format(record)}\n".replace("\n", os.linesep)
                self._make_room(len(line.encode("utf-8", "replace")))
            super().emit(record)
        except Exception:  # noqa: BLE001 - as the standard library's handlers: FileHandler opens outside of their guard
            self.handleError(record)

    def _make_room(self, size: int) -> None:
        try:
            held = os.stat(self.baseFilename).st_size
        except FileNotFoundError:
            return
        if not held or held + size <= self._most:
            return
        stream, self.stream = self.stream, None  # `emit` opens it anew, also if closing it fails
        if stream is not None:
            stream.close()
        for number in range(self._older - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.baseFilename}.{number}", f"{self.baseFilename}.{number + 1}")
        os.replace(self.baseFilename, f"{self.baseFilename}.1")
