"""Signals of the operating system, heard by Qt's event loop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Slot

if sys.platform == "win32":
    import socket

    class _Pair:
        """Two ends that a signal is written to and read from. Windows wakes for sockets only."""

        def __init__(self) -> None:
            self._ends = socket.socketpair()
            for end in self._ends:
                end.setblocking(False)
            self.read, self.write = (end.fileno() for end in self._ends)

        def empty(self) -> None:
            with contextlib.suppress(BlockingIOError):
                self._ends[0].recv(64)

        def close(self) -> None:
            for end in self._ends:
                end.close()

else:

    class _Pair:
        """Two ends that a signal is written to and read from. A pipe: sockets would load before the tray's icon."""

        def __init__(self) -> None:
            self.read, self.write = os.pipe()
            self._open = [self.read, self.write]
            for end in self._open:
                os.set_blocking(end, False)

        def empty(self) -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(self.read, 64)

        def close(self) -> None:
            while self._open:
                os.close(self._open.pop())


class SignalWatch(QObject):
    """Turns SIGTERM and SIGINT (Ctrl+C, Ctrl+Break on Windows) into a call on the event loop.

    Python runs its signal handlers only between byte codes, and Qt's loop executes none: the wake-up socket
    makes the loop turn. Who is told is told from the loop: a handler may run in the middle of any slot.
    """

    def __init__(self, ask_to_close: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._ask = ask_to_close
        self._name = ""
        self._pair = _Pair()
        self._notifier = QSocketNotifier(self._pair.read, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        signal.set_wakeup_fd(self._pair.write)
        self._before = {
            number: signal.signal(number, self._on_signal)
            for name in ("SIGTERM", "SIGINT", "SIGBREAK")
            if (number := getattr(signal, name, None)) is not None
        }

    @Slot()
    def _wake(self) -> None:
        self._pair.empty()

    def _on_signal(self, number: int, _frame: object) -> None:
        self._name = signal.Signals(number).name
        QTimer.singleShot(0, self, self._tell)

    @Slot()
    def _tell(self) -> None:
        self._ask(self._name)

    def close(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._pair.close()
