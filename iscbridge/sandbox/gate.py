"""What slows an upload down or stops it: a throttle, gates that are held from outside, cancelling."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from iscbridge.sandbox.personality import Personality


class Stopped(Exception):  # noqa: N818 - not an error: somebody wanted it
    """The upload was cancelled or the desk closes."""


class Stoppable(Protocol):
    """What the gate needs of an upload."""

    cancelled: threading.Event
    held: str


class Gate:
    """One gate for all uploads. `hold`, `pace` and `check` are called by the worker, the rest by the desk's thread."""

    def __init__(self, personality: Personality) -> None:
        self._personality = personality
        self._condition = threading.Condition()
        self._closed = False
        personality.on_change(self.nudge)

    @property
    def closed(self) -> bool:
        """Whether the desk closes."""
        return self._closed

    def close(self) -> None:
        """Let nothing pass any more."""
        self._closed = True
        self.nudge()

    def nudge(self) -> None:
        """Look again: something changed."""
        with self._condition:
            self._condition.notify_all()

    def check(self, upload: Stoppable) -> None:
        """Go on or not.

        Raises:
            Stopped: the upload was cancelled or the desk closes.
        """
        if self._closed or upload.cancelled.is_set():
            raise Stopped

    def hold(self, place: str, upload: Stoppable) -> None:
        """Stop here while the personality says `hold=place`.

        Raises:
            Stopped: the upload was cancelled or the desk closes.
        """
        with self._condition:
            while self._personality.text("hold") == place:
                self.check(upload)
                upload.held = place
                self._condition.wait()
            upload.held = ""
        self.check(upload)

    def piece(self, largest: int) -> int:
        """How many bytes to read next: at most a twentieth of a second's worth."""
        speed = self._personality.number("upload_speed")
        return largest if speed == 0 else max(1, min(largest, speed // 20))

    def pace(self, count: int, upload: Stoppable) -> None:
        """Wait as long as `count` bytes take at the present speed.

        Raises:
            Stopped: the upload was cancelled or the desk closes.
        """
        began = time.monotonic()
        with self._condition:
            while speed := self._personality.number("upload_speed"):  # may change while waiting
                left = began + count / speed - time.monotonic()
                if left <= 0 or self._closed or upload.cancelled.is_set():
                    break
                self._condition.wait(left)
        self.check(upload)
