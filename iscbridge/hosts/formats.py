"""Which format a file has, by its suffix."""

from __future__ import annotations

import os

from iscbridge.hosts.fcstd import FcStd
from iscbridge.hosts.links import Format

_FORMATS: dict[str, Format] = {".fcstd": FcStd()}


def format_of(path: str) -> Format | None:
    """The format that can list and redirect this file's references; None for a file that is taken as it is."""
    return _FORMATS.get(os.path.splitext(path)[1].lower())
