"""Locking an access key after too many failures (reference cloud-store-api.md, section 4.6, "Lock-out")."""

from __future__ import annotations

FAILURES = 5
"""More consecutive failures than this lock the key."""
LOCKED_S = 300.0


class Lockout:
    """Failures by access key. Times are the store's clock, seconds since the epoch. Not for several threads."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._locked_at: dict[str, float] = {}

    def is_locked(self, access: str, now: float) -> bool:
        """Whether every request with this key is refused. A lock from the future (the clock went back) is none."""
        at = self._locked_at.get(access)
        if at is None:
            return False
        if 0 <= now - at < LOCKED_S:
            return True
        self.forget(access)
        return False

    def failed(self, access: str, now: float) -> None:
        """Count a failure. Those while the key is locked do not make the lock longer (not documented)."""
        self._failures[access] = self._failures.get(access, 0) + 1
        if self._failures[access] > FAILURES:
            self._locked_at.setdefault(access, now)

    def forget(self, access: str) -> None:
        """It was right, or is to be as new."""
        self._failures.pop(access, None)
        self._locked_at.pop(access, None)

    def failures(self, access: str) -> int:
        """Consecutive failures so far."""
        return self._failures.get(access, 0)
