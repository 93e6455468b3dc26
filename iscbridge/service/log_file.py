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
        """Write a line."""
        # What can't be renamed goes on as it is; what can't be formatted is the next call's business.
        with contextlib.suppress(OSError, ValueError, TypeError):
            self._make_room(len(self.format(record).encode("utf-8", "replace")) + 1)
        super().emit(record)

    def _make_room(self, size: int) -> None:
        try:
            held = os.stat(self.baseFilename).st_size
        except FileNotFoundError:
            return
        if not held or held + size <= self._most:
            return
        if self.stream is not None:
            self.stream.close()
            self.stream = None  # `emit` opens it anew
        for number in range(self._older - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.baseFilename}.{number}", f"{self.baseFilename}.{number + 1}")
        os.replace(self.baseFilename, f"{self.baseFilename}.1")
