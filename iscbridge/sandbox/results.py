"""How results of save, save-as and open reach a session, with everything that may go wrong with them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from iscbridge.sandbox import events
from iscbridge.sandbox.events import Event
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.session import DeskSession
from iscbridge.sandbox.sessions import Sessions

_log = logging.getLogger(__name__)

_Message = tuple[str, bytes]


class Results(QObject):
    """Sends results as the personality has it, and keeps those of abandoned sessions for the next one."""

    def __init__(self, sessions: Sessions, personality: Personality, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sessions = sessions
        self._personality = personality
        self._late: deque[_Message] = deque()
        self._fresh: set[int] = set()
        sessions.ended.connect(self._ended)

    @property
    def waiting(self) -> int:
        """Late results that wait for a session."""
        return len(self._late)

    def send(self, number: int, event: Event) -> None:
        """Send the result of a call that session `number` made; the session may be gone."""
        mode = self._personality.take("results")
        info = event.info(come_back=self._personality.text("come_back") == "filled")
        match mode:
            case "never":
                _log.info("session %d: %s kept back", number, event.name)
            case "doubled":
                self._emit(number, event.name, info)
                self._emit(number, event.name, info)
            case "conflict":
                self._emit(number, event.name, info)
                self._emit(number, event.name, events.opposite(event).info())
            case "broken_json":
                self._emit(number, event.name, events.broken_json(info))
            case "broken_utf8":
                self._emit(number, event.name, events.broken_utf8(info))
            case "capitals":
                self._emit(number, event.name, events.capitalised(event).info())
            case "delayed":
                self.after(self._personality.number("results_delay_ms"), lambda: self._emit(number, event.name, info))
            case _:
                self._emit(number, event.name, info)

    def after(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Do something later, unless the desk closes first."""
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(action)
        timer.timeout.connect(timer.deleteLater)
        timer.start()

    def initialised(self, session: DeskSession) -> None:
        """Init of a session has returned: late results may go to it now."""
        self._fresh.add(session.number)
        match self._personality.text("late_result"):
            case "none":
                self._late.clear()
            case "open" | "connect":
                self._flush(session.number)
            case "delay":
                self.after(self._personality.number("late_result_ms"), lambda: self._flush(session.number))

    def about_to_call(self, session: DeskSession) -> None:
        """A session makes a call other than Init, which is not carried out yet."""
        if session.number in self._fresh:
            self._fresh.discard(session.number)
            if self._personality.text("late_result") == "call":
                self._flush(session.number)

    def _flush(self, number: int) -> None:
        if self._sessions.find(number) is None:
            return
        while self._late:
            name, info = self._late.popleft()
            self._emit(number, name, info)

    def _emit(self, number: int, name: str, info: bytes) -> None:
        session = self._sessions.find(number)
        if session is not None:
            session.send_event(name, info)
            return
        mode = self._personality.text("late_result")
        others = self._sessions.open()
        if mode == "open" and others:
            _log.info("late result of session %d goes to session %d", number, others[-1].number)
            others[-1].send_event(name, info)
        elif mode != "none":
            self._late.append((name, info))
            while len(self._late) > self._personality.number("late_result_max"):
                self._late.popleft()

    def _ended(self, session: DeskSession) -> None:
        self._fresh.discard(session.number)
