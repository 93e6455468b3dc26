"""What a proxy's login needs, and the test of the way to the cloud store, step by step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGroupBox, QPushButton, QVBoxLayout, QWidget

from iscbridge.ipc.messages import NetworkTestResult
from iscbridge.ipc.wire import ErrorObject, NetworkStepObject
from iscbridge.tray.room import Room
from iscbridge.tray.settings.editors import LOGIN_COMMAND
from iscbridge.tray.settings.marks import Mark, MarkedLabel
from iscbridge.tray.settings.page import Box
from iscbridge.tray.settings.said import whole


class NetworkBox(Box):
    """One line for each step; where it ends, why and what to do."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._testing = False
        self._steps: tuple[NetworkStepObject, ...] = ()
        self._error: ErrorObject | None = None
        self.group = QGroupBox(self)
        self.login = MarkedLabel(Mark.NOTE, self.group)
        self.test = QPushButton(self.group)
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self.begin)
        self.verdict = MarkedLabel(Mark.NONE, self.group)
        self.verdict.hide()
        self.lines: list[MarkedLabel] = []
        self._inner = QVBoxLayout(self.group)
        self._inner.addWidget(self.login)
        self._inner.addWidget(self.test, 0, Qt.AlignmentFlag.AlignLeft)
        self._inner.addWidget(self.verdict)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.group)
        self.retranslate()

    @Slot()
    def begin(self) -> None:
        """Let the bridge walk the way."""
        if self._testing:
            return
        self._testing = True
        self._show((), None)
        reply = self._room.link.ask("network.test", parent=self)
        reply.done.connect(self._on_result)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_result(self, result: NetworkTestResult) -> None:
        self._testing = False
        self._show(tuple(result.steps), None)
        self.verdict.announce()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._testing = False
        self._show((), error)
        self.verdict.announce()

    def retranslate(self) -> None:
        """Set the texts again."""
        words = self._room.words
        self.group.setTitle(words("settings.network.heading"))
        self.login.set_text(words("settings.network.login", command=LOGIN_COMMAND))
        self._show(self._steps, self._error)

    # what is shown

    def _show(self, steps: tuple[NetworkStepObject, ...], error: ErrorObject | None) -> None:
        self._steps, self._error = steps, error
        words = self._room.words
        self.test.setText(words("settings.network.testing" if self._testing else "settings.network.test"))
        self.verdict.setVisible(bool(steps) or error is not None)
        if error is not None:
            self.verdict.set_text(f"{words('settings.network.bad')}\n{whole(error, words)}", Mark.BAD)
        elif steps:
            verdict = _verdict(steps)
            mark = Mark.BAD if verdict == "bad" or _misses_relay(steps) else Mark.GOOD
            self.verdict.set_text(words(f"settings.network.{verdict}"), mark)
        self._show_lines(steps)

    def _show_lines(self, steps: tuple[NetworkStepObject, ...]) -> None:
        for index, step in enumerate(steps):
            if index == len(self.lines):
                self.lines.append(MarkedLabel(Mark.NONE, self.group))
                self._inner.addWidget(self.lines[index])
            self.lines[index].set_text(self._line(step), Mark.GOOD if step.ok else Mark.BAD)
        for index, line in enumerate(self.lines):
            line.setVisible(index < len(steps))

    def _line(self, step: NetworkStepObject) -> str:
        words = self._room.words
        name = words(f"settings.network.step.{step.name}", target=step.target)
        state = words("settings.network.ok" if step.ok else "settings.network.failed", millis=step.millis)
        if step.name == "proxy" and step.source:
            kind = "some" if step.proxy else "none"
            source = words(f"settings.network.source.{step.source}")
            name = words(f"settings.network.proxy.{kind}", target=step.target, proxy=step.proxy or "", source=source)
        text = words("settings.network.line", step=name, state=state)
        return text if step.error is None else f"{text}\n{whole(step.error, words)}"


def _misses_relay(steps: tuple[NetworkStepObject, ...]) -> bool:
    """Whether a relay does not answer: nobody else does in its place."""
    return any(step.error is not None and step.error.code.startswith("ISCB-RELAY-") for step in steps)


def _verdict(steps: tuple[NetworkStepObject, ...]) -> str:
    """`good`, `part` (one of the addresses answers) or `bad`."""
    failed = any(not step.ok for step in steps)
    answered = any(step.ok for step in steps if step.name == "store")
    if not answered:
        return "bad"
    return "part" if failed else "good"
