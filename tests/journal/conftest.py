from __future__ import annotations

import sys

# Files named so test what only POSIX has; Windows has its own in tests/windows.
collect_ignore_glob = ["*_posix.py"] if sys.platform == "win32" else []
