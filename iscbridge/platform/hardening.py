"""Keeps this process's memory, where secrets pass through, out of files that a crash leaves behind.

Best effort, by operating system:

- Linux: no core file (RLIMIT_CORE 0, also for children), and the process is not "dumpable" (prctl(2)): nothing goes
  to a crash collector either (core(5): those get dumps whatever the limit is), and no other program of the same user
  can read its memory or attach a debugger. Its files in /proc then belong to root: this process still reads its own
  (`mountinfo`, `exe`, `fd`), and others still read those that are for everybody (`stat`, `status`, `cmdline`, `task`);
  `maps`, `environ`, `fd` of it are closed to them. A child is dumpable again once it runs another program, and has to
  ask for itself. Desktop portals may refuse such a process; the bridge asks nothing of them that it can't do without.
- Windows: no Windows Error Reporting for a crash of this process, and no heap in a report that comes all the same.
  A machine's administrator can still have full dumps written (registry key `LocalDumps`), and an administrator can
  read any process. Nothing here prevents that.
- Everywhere: memory that is swapped out, or a computer that hibernates, writes to the disk; encrypting the disk is what
  helps.
"""

from __future__ import annotations

import sys


def no_core_dumps() -> None:
    """Do all of the above, once, early in a process that handles secrets. Never raises; for the main thread."""
    try:
        _no_core_dumps()
    except (OSError, ValueError, AttributeError) as error:
        import logging  # the SDK process starts without it

        logging.getLogger(__name__).info("crash dumps could not be turned off: %s", error)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    #: SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX (errhandlingapi.h): the second turns error reporting off.
    _QUIET = 0x1 | 0x2
    _WER_FAULT_REPORTING_FLAG_NOHEAP = 0x1  # werapi.h

    def _no_core_dumps() -> None:
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.SetErrorMode.argtypes = (wintypes.UINT,)
        kernel32.SetErrorMode.restype = wintypes.UINT
        kernel32.GetErrorMode.restype = wintypes.UINT
        kernel32.SetErrorMode(kernel32.GetErrorMode() | _QUIET)
        # Not WerAddExcludedApplication: it would hold for every program that runs in this python.exe, for good.
        kernel32.WerSetFlags.argtypes = (wintypes.DWORD,)
        kernel32.WerSetFlags(_WER_FAULT_REPORTING_FLAG_NOHEAP)

else:
    import resource

    def _no_core_dumps() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            import ctypes

            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

    _PR_SET_DUMPABLE = 4  # linux/prctl.h
