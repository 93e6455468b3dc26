"""How the connection to the cloud stands, which cloud it is, and a test of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QGroupBox, QPushButton, QVBoxLayout, QWidget

from iscbridge.ipc.messages import StatusResult
from iscbridge.ipc.wire import ErrorObject, SessionObject
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room
from iscbridge.tray.settings.marks import Mark, MarkedLabel
from iscbridge.tray.settings.page import Box
from iscbridge.tray.settings.said import whole

_AGAIN_MS = 2000
#: A test looks so often, and so many times, until the sessions have come to rest.
_LOOK_MS = 300
_MOST_LOOKS = 100
_UNDER_WAY = ("starting", "stopping", "resting")


class CloudBox(Box):
    """The state of the SDK sessions in words, asked again while it can be seen."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._status: StatusResult | None = None
        self._error: ErrorObject | None = None
        self._testing = False
        self._looks = 0
        """How often a test still looks; 0 until the bridge has begun to connect anew."""
        self._verdict = ""
        self.group = QGroupBox(self)
        self.cloud = MarkedLabel(Mark.NOTE, self.group)
        self.sessions = {name: MarkedLabel(Mark.NOTE, self.group) for name in ("transfer", "interactive")}
        self.verdict = MarkedLabel(Mark.NONE, self.group)
        self.test = QPushButton(self.group)
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self.begin)
        self.set_up = QPushButton(self.group)
        self.set_up.setAutoDefault(False)
        self.set_up.clicked.connect(self._on_set_up)
        inner = QVBoxLayout(self.group)
        for widget in (self.cloud, *self.sessions.values(), self.verdict):
            inner.addWidget(widget)
        inner.addWidget(self.test)
        inner.setAlignment(self.test, Qt.AlignmentFlag.AlignLeft)
        inner.addWidget(self.set_up, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.group)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._on_timer)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._ask)
        room.link.state_changed.connect(self._on_link)
        self.retranslate()

    def activate(self) -> None:
        """Ask how things stand, and go on asking."""
        self._ask()
        self._again.start()

    def retranslate(self) -> None:
        """Set the texts again."""
        words = self._room.words
        self.group.setTitle(words("settings.cloud.heading"))
        self.test.setText(words("settings.cloud.testing" if self._testing else "settings.cloud.test"))
        self.set_up.setText(words("tray.menu.first_run"))
        self._show()

    @Slot()
    def _on_set_up(self) -> None:
        self._room.open_window("first_run", {})

    @Slot()
    def begin(self) -> None:
        """Test: let the bridge connect anew, and see what comes of it."""
        self._testing, self._looks = True, 0
        self._verdict = ""
        self.test.setEnabled(False)
        self.retranslate()
        reply = self._room.link.ask("bridge.reconnect", parent=self)
        reply.done.connect(self._on_reconnecting)
        reply.failed.connect(self._on_failed)

    # answers

    @Slot(object)
    def _on_reconnecting(self, _ok: object) -> None:
        self._looks = _MOST_LOOKS
        self._look.start()

    @Slot()
    def _ask(self) -> None:
        reply = self._room.link.ask("bridge.status", parent=self)
        reply.done.connect(self._on_status)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        self._status, self._error = status, None
        if self._looks:
            self._looks -= 1
            if self._looks and any(session.state in _UNDER_WAY for session in status.sessions):
                self._look.start()
            else:
                self._end(_verdict(status))
        self._show()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._status, self._error = None, error
        if self._testing:
            self._end("bad")
        self._show()

    def _end(self, verdict: str) -> None:
        self._testing, self._looks = False, 0
        self._verdict = verdict
        self.test.setEnabled(True)
        self.retranslate()
        self.verdict.announce()

    @Slot()
    def _on_timer(self) -> None:
        if not self.isVisible():
            self._again.stop()
        elif not self._testing and self._room.link.state is LinkState.CONNECTED:
            self._ask()

    @Slot(object)
    def _on_link(self, _state: LinkState) -> None:
        if self.isVisible() and not self._testing:
            self._ask()

    # what is shown

    def _show(self) -> None:
        words = self._room.words
        cloud = "unknown" if self._status is None else self._status.cloud
        known = cloud if cloud in ("sandbox", "iscdesk") else "unknown"
        self.cloud.set_text(words(f"settings.cloud.{known}"), Mark.WARNING if known == "unknown" else Mark.NOTE)
        found = {} if self._status is None else {session.session.value: session for session in self._status.sessions}
        for name, label in self.sessions.items():
            session = found.get(name)
            label.setVisible(session is not None)
            if session is not None:
                label.set_text(self._said(name, session), _mark(session))
        self.verdict.setVisible(bool(self._verdict))
        if self._verdict:
            text = words(f"settings.cloud.{self._verdict}")
            if self._error is not None:
                text += f"\n{whole(self._error, words)}"
            self.verdict.set_text(text, Mark.BAD if self._verdict == "bad" else Mark.GOOD)

    def _said(self, name: str, session: SessionObject) -> str:
        words = self._room.words
        text = words(f"settings.cloud.session.{name}", state=words(f"settings.cloud.state.{session.state}"))
        if session.error is not None:
            text += f"\n{whole(session.error, words)}"
        return text


def _verdict(status: StatusResult) -> str:
    if any(session.error is not None or session.state == "gave_up" for session in status.sessions):
        return "bad"
    if any(session.state == "ready" for session in status.sessions):
        return "good-sandbox" if status.cloud == "sandbox" else "good"
    return "idle"


def _mark(session: SessionObject) -> Mark:
    if session.error is not None or session.state == "gave_up":
        return Mark.BAD
    return Mark.GOOD if session.state == "ready" else Mark.NOTE
