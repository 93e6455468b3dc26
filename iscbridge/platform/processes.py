"""Other processes of this user: started for themselves, waited for, ended by their ids."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

_LOOK_S = 0.02

#: `creationflags` for a process of its own, without a console; POSIX: `start_new_session` does it, which Windows ignores.
#: DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP, which the standard library has on Windows only.
DETACHED = 0x8 | 0x200 if sys.platform == "win32" else 0


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look again and again, at least once; whether the condition held in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_S)
    return True


if sys.platform == "win32":
    _NO_SUCH_PROCESS = 87  # ERROR_INVALID_PARAMETER

    def end_process(pid: int, *, at_once: bool) -> None:
        """End a process; one that is gone is no error. Windows can't ask a program without a window: it is at once.

        Raises:
            PermissionError: it belongs to somebody else, or is ending just now.
        """
        del at_once
        try:
            os.kill(pid, signal.SIGTERM)  # TerminateProcess
        except OSError as error:
            if error.winerror != _NO_SUCH_PROCESS:
                raise

else:
    from contextlib import suppress

    def end_process(pid: int, *, at_once: bool) -> None:
        """Ask a process to end, or end it at once; one that is gone is no error.

        Raises:
            PermissionError: it belongs to somebody else.
        """
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if at_once else signal.SIGTERM)
