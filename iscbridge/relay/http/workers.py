"""Blocking work of requests, on threads: as many as the database has connections for, and a queue that is not endless."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread

from iscbridge.core.errors import RelayError

Result = TypeVar("Result")


class Workers:
    """Belongs to one event loop."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """`at_once`: threads; `waiting`: requests that may wait for one before more are refused."""
        self._limiter = anyio.CapacityLimiter(at_once)
        self._waiting = waiting

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run blocking work on a thread. It goes on to its end even if nobody waits for it any more.

        Raises:
            RelayError: ISCB-RELAY-BUSY: too many are waiting. What the work raises comes through.
        """
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise RelayError("ISCB-RELAY-BUSY")
        return await to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)
