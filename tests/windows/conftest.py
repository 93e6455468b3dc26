"""These tests run inside the lane, on Windows Python; step_python.py starts them."""

from __future__ import annotations

import os
import sys

collect_ignore_glob = [] if sys.platform == "win32" else ["client/*", "demo/*", "faults/*", "shown/*", "smoke/*"]
if "FROZEN_PRODUCT" not in os.environ:  # the folder of a frozen product, on any system
    collect_ignore_glob.append("frozen/*")
