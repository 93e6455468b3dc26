r"""Paths beyond 260 characters on Windows, by the prefix `\\?\` (page "Maximum Path Length Limitation")."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    #: A folder may have 12 characters less than MAX_PATH, so that a short name fits in.
    _SAFE_LENGTH = 247

    def extended(path: str) -> str:
        """The path in a form that the system takes at any length. Only for system calls: never stored or shown."""
        if len(path) <= _SAFE_LENGTH or path.startswith("\\\\?\\"):
            return path
        full = os.path.abspath(path)
        if full.startswith("\\\\"):
            return "\\\\?\\UNC\\" + full[2:]
        return "\\\\?\\" + full

else:

    def extended(path: str) -> str:
        """The path as it is: only Windows needs more."""
        return path
