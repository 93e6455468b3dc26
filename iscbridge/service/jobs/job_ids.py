"""Names of jobs."""

from __future__ import annotations

import os
import time


def new_job_id() -> str:
    """A job's id: sorts by time of asking, and is never drawn twice."""
    return f"j{time.time_ns() // 1000:015x}-{os.urandom(4).hex()}"
