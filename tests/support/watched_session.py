"""Sessions under watch: shared by the tests of the SDK session."""

from __future__ import annotations

import os
from collections.abc import Callable

from iscbridge.core.inputs import (
    Input,
    Session,
    SessionEnded,
    SessionReady,
    SessionRefused,
)
from iscbridge.service.sdk.launch import SdkLaunch
from iscbridge.service.sdk.session import SdkSession, SdkTimes
from support.fake_shim import DEADLINE_S

SUCCESS = '{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'
QUICK = SdkTimes(start=DEADLINE_S * 1000, grace=100, margin=100, gone=DEADLINE_S * 1000)

# A stand-in for the SDK process that says what a test wants: it obeys until the line that it was told to act on.
SCRIPTED = """
import sys, time
def say(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
say(b'{"m":"loaded","abi":1,"cloud":"sandbox","dialect":"d","failureIsFinal":false,"functions":0}\\n')
for line in sys.stdin.buffer:
    if b'"Init"' in line:
        say(b'{"m":"returned","call":0,"ok":true,"status":0,"vendor":0,"text":""}\\n')
    elif b'"call"' in line:
        CALLED
    elif b'"close"' in line:
        CLOSED
"""


class Watched:
    """A session and all that it said, each with the process id that it had then."""

    def __init__(self, launch: SdkLaunch, times: SdkTimes) -> None:
        self.said: list[Input] = []
        self.pids: list[int] = []
        self.react: Callable[[Input], None] | None = None
        self.session = SdkSession(Session.TRANSFER, 3, launch, lambda: 1234.5, times=times)
        self.session.occurred.connect(self._note)

    def _note(self, value: Input) -> None:
        self.said.append(value)
        self.pids.append(self.session.pid)
        if self.react is not None:
            self.react(value)

    @property
    def kinds(self) -> list[type]:
        return [type(value) for value in self.said]

    @property
    def ended(self) -> bool:
        return bool(self.said) and isinstance(self.said[-1], (SessionEnded, SessionRefused))


def ready(watched: Watched, until) -> Watched:
    until(lambda: SessionReady in watched.kinds)
    return watched


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
