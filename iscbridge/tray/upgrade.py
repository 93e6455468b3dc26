"""The question whether ISCDesk may upgrade once ISCBridge has closed. The first answer, of whomever, counts."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from iscbridge.ipc.messages import StatusResult, UpgradeAnnouncedParams, UpgradeAnswerResult
from iscbridge.ipc.wire import ErrorObject
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.labels import Heading


class UpgradeWindow(QWidget):
    """Asks, passes the answer on, and says what counts. Closing it answers nothing."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._said: tuple[str, dict[str, object]] = ("upgrade.ask.text", {})
        self._heading = Heading(parent=self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._buttons = QDialogButtonBox(self)
        self.agree = QPushButton(self)
        self.later = QPushButton(self)
        self._buttons.addButton(self.agree, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.later, QDialogButtonBox.ButtonRole.RejectRole)
        self.later.setDefault(True)
        self.agree.clicked.connect(self._agree)
        self.later.clicked.connect(self._put_off)
        layout = QVBoxLayout(self)
        layout.addWidget(self._heading)
        layout.addWidget(self._text)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        room.words.changed.connect(self.retranslate)
        room.link.told.connect(self._on_told)
        room.link.ask("bridge.status", {}, parent=self).done.connect(self._on_status)
        self.retranslate()

    @Slot()
    def retranslate(self) -> None:
        """Set the texts again."""
        words = self._room.words
        self.setWindowTitle(words("upgrade.ask.title"))
        self._heading.setText(words("upgrade.ask.head"))
        self.agree.setText(words("upgrade.ask.yes"))
        self.later.setText(words("upgrade.ask.later"))
        name, params = self._said
        self._text.setText(words(name, **params))

    def _say(self, name: str, *, open_question: bool = False, **params: object) -> None:
        self._said = name, params
        self.agree.setEnabled(open_question)
        self.later.setEnabled(open_question)
        self.retranslate()

    @Slot()
    def _agree(self) -> None:
        self._answer(upgrade=True)

    @Slot()
    def _put_off(self) -> None:
        self._answer(upgrade=False)

    def _answer(self, *, upgrade: bool) -> None:
        self._say("upgrade.ask.sending")
        reply = self._room.link.ask("upgrade.answer", {"upgrade": upgrade}, parent=self)
        reply.done.connect(self._on_answered)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_answered(self, result: UpgradeAnswerResult) -> None:
        self._settled(result.upgrade)
        self.close()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._say("upgrade.ask.failed", open_question=True, why=error.title)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        if status.upgrade is not None:
            self._take(status.upgrade.forced, status.upgrade.answer)

    @Slot(str, object)
    def _on_told(self, _topic: str, params: object) -> None:
        if isinstance(params, UpgradeAnnouncedParams) and params.forced is not None:
            self._take(params.forced, params.answer)

    def _take(self, forced: bool, answer: bool | None) -> None:
        if forced:
            self._say("notice.upgrade.forced.text")
        elif answer is not None:
            self._settled(answer)
        elif self._said[0] != "upgrade.ask.sending":
            self._say("upgrade.ask.text", open_question=True)

    def _settled(self, answer: bool) -> None:
        self._say("upgrade.answered.yes" if answer else "upgrade.answered.later")


def make(room: Room) -> QWidget:
    """The window."""
    return UpgradeWindow(room)
