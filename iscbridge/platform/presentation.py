"""Whether the person presents, so that nothing should cover the screen now.

`Presentation.state()` gives what the system says. Only Windows has one word for it (SHQueryUserNotificationState).
Elsewhere there is none that every desktop keeps: `UNKNOWN`, and whoever asks decides what is polite. On Linux the
desktop's own notification service holds notices back itself when its user asked it to ("do not disturb").
"""

from __future__ import annotations

import sys
from enum import Enum, auto
from typing import Protocol


class Presenting(Enum):
    """What the system says."""

    YES = auto()
    """A presentation, a full-screen program, or a time in which the system wants quiet."""
    NO = auto()
    UNKNOWN = auto()
    """The system does not say."""


class Presentation(Protocol):
    """Asks the system; cheap, and raises nothing."""

    def state(self) -> Presenting:
        """What it says now."""
        ...


class NotKnown:
    """Of a system that does not say."""

    def state(self) -> Presenting:
        """Not known."""
        return Presenting.UNKNOWN


if sys.platform == "win32":
    import ctypes

    #: QUERY_USER_NOTIFICATION_STATE (shellapi.h): a full-screen program, Direct3D in full screen, presentation mode,
    #: the first hour after the system was set up or upgraded (quiet time), a full-screen Store app.
    _QUIET = frozenset({2, 3, 4, 6, 7})
    #: Nobody is logged on at the screen: a notice would be lost. It is held back, too.
    _AWAY = 1

    class WindowsPresentation:
        """SHQueryUserNotificationState."""

        def __init__(self) -> None:
            self._query = ctypes.WinDLL("shell32").SHQueryUserNotificationState
            self._query.argtypes = (ctypes.POINTER(ctypes.c_int),)
            self._query.restype = ctypes.c_long

        def state(self) -> Presenting:
            """What the shell says; without a shell, that it is not known."""
            found = ctypes.c_int()
            if self._query(ctypes.byref(found)) != 0:
                return Presenting.UNKNOWN
            return presenting_of(found.value)

    def presenting_of(state: int) -> Presenting:
        """What a value of QUERY_USER_NOTIFICATION_STATE means here."""
        return Presenting.YES if state in _QUIET or state == _AWAY else Presenting.NO

    def system_presentation() -> Presentation:
        """That of this system."""
        try:
            return WindowsPresentation()
        except (OSError, AttributeError):  # a Windows without this function
            return NotKnown()

else:

    def system_presentation() -> Presentation:
        """That of this system: none."""
        return NotKnown()
