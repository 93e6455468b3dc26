"""A time budget that many steps share."""

from __future__ import annotations

from collections.abc import Callable


class Deadline:
    """Ends a fixed time after it was made."""

    def __init__(self, budget_s: float, monotonic: Callable[[], float]) -> None:
        self.budget_s = budget_s
        self.monotonic = monotonic
        self._end = monotonic() + budget_s

    def remaining(self) -> float:
        """Seconds left; 0 when it is over."""
        return max(0.0, self._end - self.monotonic())

    def clamp(self, limit: float | None) -> float:
        """A step's own limit, or what is left if that is less."""
        remaining = self.remaining()
        return remaining if limit is None else min(limit, remaining)
