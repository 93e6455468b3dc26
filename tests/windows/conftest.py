"""These tests run inside the lane, on Windows Python; step_python.py starts them."""

from __future__ import annotations

import sys

collect_ignore_glob = [] if sys.platform == "win32" else ["faults/*", "shown/*", "smoke/*"]
