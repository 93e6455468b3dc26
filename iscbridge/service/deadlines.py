"""Requests whose answer depends on somebody else (a share, ISCDesk) are answered in time all the same."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from iscbridge.core.jobs import ErrorInfo
from iscbridge.service.clock import wall_clock

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge


class StopAfter(threading.Event):
    """For work that nobody waits for after a time: set when the task is to stop, or the time is over."""

    def __init__(self, stop: threading.Event, until: float) -> None:
        """`until`: by `time.monotonic`."""
        super().__init__()
        self._stop = stop
        self._until = until

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._stop.is_set() or time.monotonic() > self._until


class Deadlines:
    """Answers a request with an error when its time is over; a host's thread may be waiting for it."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._errors: dict[int, ErrorInfo] = {}

    def set(self, token: int, seconds: float, error: ErrorInfo) -> None:
        """Answer the request `token` with this error unless `met` is called, or it is answered, before."""
        self._errors[token] = error
        self._bridge.timers.set(f"answer-by:{token}", wall_clock() + seconds)

    def met(self, token: int) -> bool:
        """The answer is here. False: too late, the request got its error."""
        self._bridge.timers.clear(f"answer-by:{token}")
        return self._errors.pop(token, None) is not None

    def waits(self, token: int) -> bool:
        """Whether somebody still waits for this answer."""
        return token in self._errors

    def expire(self, token: int) -> None:
        """The time is over. An answer that comes from now on reaches nobody: the token is used up."""
        error = self._errors.pop(token, None)
        if error is not None:
            self._bridge.server.answer_error(token, error)
