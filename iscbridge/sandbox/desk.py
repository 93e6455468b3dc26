"""The sandbox desk: stand-in for the ISCDesk client and the cloud behind it, a process of its own.

    python -m iscbridge.sandbox.desk --home HOME [--show]

It is not the vendor's client and never talks to any network. SDK sessions come in at `Places.address` (desk wire
1), requests of tests and the command line at `Places.control`. Exit code 3: another desk runs on this profile.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import logging
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QSocketNotifier, QTimer

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock
from iscbridge.sandbox.actions import Actions
from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.controller import Controller
from iscbridge.sandbox.durable import write_file
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.pickers import Pickers, WindowFactory
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.sessions import Sessions

_log = logging.getLogger(__name__)

SECOND_DESK = 3

#: How long goodbyes may take to leave the process.
_LAST_WORDS_MS = 200


class Desk(QObject):
    """All parts of one desk. Made, used and stopped on the thread of the event loop."""

    def __init__(self, places: Places, window: WindowFactory | None = None) -> None:
        """Open the store; the caller holds `places.lock`.

        Raises:
            sqlite3.Error, OSError: the store can't be opened.
        """
        super().__init__()
        self._places = places
        self.store = CloudStore(places)
        self.store.sweep()
        self.personality = Personality(places.personality)
        self.sessions = Sessions(self.personality, self)
        self.pickers = Pickers(window, self)
        self.actions = Actions(
            places,
            self.store,
            personality=self.personality,
            sessions=self.sessions,
            pickers=self.pickers,
            parent=self,
        )
        self.controller = Controller(
            places,
            self.store,
            personality=self.personality,
            sessions=self.sessions,
            pickers=self.pickers,
            actions=self.actions,
            quit_desk=self.quit_soon,
            parent=self,
        )

    def start(self) -> None:
        """Listen, and say so in the pid file.

        Raises:
            OSError: an address can't be listened at or the pid file can't be written.
        """
        self.actions.start()
        self.sessions.listen(self._places.address)
        self.controller.listen()
        said = {"pid": os.getpid(), "address": self._places.address, "control": self._places.control}
        write_file(self._places.pid, json.dumps(said).encode())
        _log.info("listening at %s", self._places.address)

    def quit_soon(self) -> None:
        """End the event loop after what is being answered now."""
        QTimer.singleShot(0, self, QCoreApplication.quit)

    def stop(self) -> None:
        """Close in good order: tell the sessions, give up uploads under way, leave nothing half done."""
        self._places.pid.unlink(missing_ok=True)
        self.sessions.stop()
        self.pickers.stop()
        self.actions.stop()
        self.controller.stop()
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, _LAST_WORDS_MS)
        self.store.close()
        _log.info("closed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a desk until it is told to stop. Returns the process's exit code."""
    options = _parse(arguments)
    if options.log:
        _write_to(options.log)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    home = Home(options.home)
    home.ensure()
    places = Places.of(home)
    application, window = _application(places, options.show)
    lock = ProfileLock(places.lock)
    try:
        lock.acquire()
    except BridgeRunError as error:
        _log.error("another desk runs on this profile (pid %s)", error.params["pid"])
        return SECOND_DESK
    try:
        desk = Desk(places, window)
        try:
            desk.start()
            with _signals_quit(application):
                application.exec()
        finally:
            desk.stop()
    except (OSError, sqlite3.Error):
        _log.exception("the desk can't run")
        return 1
    finally:
        lock.release()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="iscbridge.sandbox.desk", description="The sandbox desk.")
    parser.add_argument("--home", required=True, help="folder of the profile")
    parser.add_argument("--show", action="store_true", help="ask in a window what to open and where to save")
    parser.add_argument("--log", help="file that gets what would be printed")
    return parser.parse_args(arguments)


def _write_to(path: str) -> None:
    """Append everything printed from here on to a file, also by Qt and by a crash.

    Done here and not by whoever starts the desk: Wine 8 can't start a Python whose output is a regular file.
    """
    with open(path, "ab", buffering=0) as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    faulthandler.enable()


def _application(places: Places, show: bool) -> tuple[QCoreApplication, WindowFactory | None]:
    if show:
        from iscbridge.sandbox.picker_window import has_display, window_application

        if has_display():
            return window_application(places)
        _log.warning("no display: dialogs are answered by the script")
    return QCoreApplication(sys.argv[:1]), None


@contextmanager
def _signals_quit(application: QCoreApplication) -> Iterator[None]:
    """End the event loop at SIGTERM and SIGINT; Qt does not let Python's handlers run until something happens."""
    reader, writer = socket.socketpair()
    with reader, writer:
        for end in (reader, writer):
            end.setblocking(False)
        notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, application)
        notifier.activated.connect(lambda: reader.recv(16))  # running Python at all lets the handlers run
        handlers = {number: signal.signal(number, lambda *_: application.quit()) for number in _QUIT_SIGNALS}
        wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            notifier.setEnabled(False)


_QUIT_SIGNALS = (signal.SIGTERM, signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
