"""The desk's server: listens for SDK sessions, lets them in or not, and keeps the list of them."""

from __future__ import annotations

import itertools
import logging

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer

from iscbridge.sandbox import events
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.session import DeskSession

_log = logging.getLogger(__name__)

#: Connections at once; more are closed at the door.
MOST_CONNECTIONS = 64


def listen(server: QLocalServer, address: str) -> None:
    """Listen at an address that is ours (the caller holds the profile's desk lock), for this user only.

    Raises:
        OSError: it can't be listened at.
    """
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
    QLocalServer.removeServer(address)  # left by a desk that was killed
    if not server.listen(address):
        raise OSError(f"can't listen at {address}: {server.errorString()}")


class Sessions(QObject):
    """All SDK sessions of the desk."""

    opened = Signal(object)
    """A session was let in (DeskSession)."""
    called = Signal(object, str, str, list)
    """As `DeskSession.called`."""
    ended = Signal(object)
    """A session that was let in is gone (DeskSession)."""

    def __init__(self, personality: Personality, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._personality = personality
        self._numbers = itertools.count(1)
        self._connections: list[DeskSession] = []
        self._let_in: set[int] = set()
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._accept)
        self._heart = QTimer(self)
        self._heart.timeout.connect(self._beat)

    def listen(self, address: str) -> None:
        """Begin.

        Raises:
            OSError: the address can't be listened at.
        """
        listen(self._server, address)
        self.adapt()

    def open(self) -> list[DeskSession]:
        """The sessions that are let in, oldest first."""
        return [session for session in self._connections if session.open]

    def find(self, number: int) -> DeskSession | None:
        """The open session with this number; None if it is gone."""
        return next((session for session in self.open() if session.number == number), None)

    def adapt(self) -> None:
        """Follow a changed personality."""
        period = self._personality.number("heartbeat_ms")
        if not period:
            self._heart.stop()
        elif period != self._heart.interval() or not self._heart.isActive():
            self._heart.start(period)
        if self._personality.text("login") == "out" and self._personality.text("logged_out") == "refuse":
            self._close_open("not logged in")
        for session in list(self._connections):
            session.resume()

    def close_all(self) -> None:
        """The client closes: tell every session and end it."""
        self._close_open("the client closes")

    def _close_open(self, reason: str) -> None:
        for session in self.open():
            if self._personality.text("client_closed") == "event":
                session.send(events.client_closed())
            session.say_bye(reason)

    def stop(self) -> None:
        """No more connections, and an end to those there are."""
        self._server.close()
        self.close_all()
        for session in list(self._connections):
            session.cut()

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._connections) >= MOST_CONNECTIONS:
                socket.abort()
                socket.deleteLater()
                continue
            session = DeskSession(next(self._numbers), socket, self._personality, self)
            self._connections.append(session)
            session.greeted.connect(self._greeted)
            session.called.connect(self.called)
            session.gone.connect(self._gone)
            session.resume()  # what came before the connections above were made

    def _greeted(self, session: DeskSession) -> None:
        if self._personality.text("login") == "out" and self._personality.text("logged_out") == "refuse":
            session.refuse("not logged in")
        elif self._personality.text("sessions") == "one" and self.open():
            session.refuse("another session is open")
        else:
            session.welcome()
            self._let_in.add(session.number)
            _log.info("session %d opened: %s (pid %s)", session.number, session.client, session.pid)
            self.opened.emit(session)

    def _gone(self, session: DeskSession) -> None:
        self._connections.remove(session)
        if session.number in self._let_in:
            self._let_in.discard(session.number)
            _log.info("session %d ended", session.number)
            self.ended.emit(session)

    def _beat(self) -> None:
        if self._personality.text("hang") == "no":
            for session in self.open():
                session.send(events.heartbeat())
