"""The relay's log: one JSON object a line, for machines. No codes, keys, tokens, addresses or fingerprints.

Of an exception the type and the places in the code are told, never its words: those may quote what was worked on.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

_OURS = "iscbridge"
_MOST_PLACES = 12


class JsonLines(logging.Formatter):
    """Formats records as JSON. A message that is a JSON object of its own (a request) brings its members."""

    def __init__(self, replica: str) -> None:
        super().__init__()
        self._replica = replica

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "replica": self._replica,
        }
        line |= _said(record.getMessage())
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def log_to(stream: TextIO | None, replica: str) -> None:
    """Send the log of this process to a stream (None: standard error), and nothing but our own below warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(replica))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.INFO)


def _said(message: str) -> dict[str, object]:
    if message.startswith("{"):
        try:
            told = json.loads(message)
        except ValueError:
            told = None
        if isinstance(told, dict):
            return told
    return {"message": message}


def _places(found: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(found)[-_MOST_PLACES:]
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
