"""A time budget that many steps share."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


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


def bounded(function: Callable[[], T], seconds: float) -> T:
    """What the function gives or raises, or TimeoutError.

    For system calls that have no limit of their own (looking up a name). The function runs on a thread of its own,
    which is left behind if it takes longer.
    """
    answer: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            answer.put((function(), None))
        except BaseException as error:  # noqa: BLE001  it is raised again where it is waited for
            answer.put((None, error))

    threading.Thread(target=work, name="iscbridge-store-bounded", daemon=True).start()
    try:
        result, error = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error it is the function's
