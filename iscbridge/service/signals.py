"""Signals of the operating system, heard by Qt's event loop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier


class SignalWatch(QObject):
    """Turns SIGTERM and SIGINT (Ctrl+C, Ctrl+Break on Windows) into a call on the event loop.

    Python runs its signal handlers only between byte codes, and Qt's loop executes none: the wake-up socket
    makes the loop turn.
    """

    def __init__(self, ask_to_close: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._ask = ask_to_close
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        signal.set_wakeup_fd(self._write.fileno())
        self._before = {
            number: signal.signal(number, self._on_signal)
            for name in ("SIGTERM", "SIGINT", "SIGBREAK")
            if (number := getattr(signal, name, None)) is not None
        }

    def _wake(self) -> None:
        try:
            self._read.recv(64)
        except BlockingIOError:
            return

    def _on_signal(self, number: int, _frame: object) -> None:
        self._ask(signal.Signals(number).name)

    def close(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()
