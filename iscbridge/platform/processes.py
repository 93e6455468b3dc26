"""Ending another process of this user by its id."""

from __future__ import annotations

import os
import signal
import sys

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
