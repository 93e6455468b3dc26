"""What the process's exit code says. Scripts depend on these numbers: they never change."""

from __future__ import annotations

DONE = 0
FAILED = 1
USAGE = 2
NOT_RUNNING = 3
TIMEOUT = 4
"""This client's patience ended; the job goes on."""
REFUSED = 5
UNKNOWN = 6
NOT_NEEDED = 7
"""Replaced by a newer save, or cancelled."""

#: Exit code of a job's final state.
OF_STATE = {
    "done": DONE,
    "failed": FAILED,
    "refused": REFUSED,
    "unknown": UNKNOWN,
    "replaced": NOT_NEEDED,
    "cancelled": NOT_NEEDED,
}

_SERIOUS_FIRST = (FAILED, UNKNOWN, REFUSED, NOT_NEEDED, TIMEOUT)


def most_serious(codes: list[int]) -> int:
    """The one code for several jobs: that of the outcome which most needs attention."""
    return next((code for code in _SERIOUS_FIRST if code in codes), DONE)
