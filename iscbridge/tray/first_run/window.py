"""The first run: connect, licence, CADs. Each step can be skipped, gone back to, and done again at any time."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from iscbridge.core.settings import Settings
from iscbridge.texts.render import render
from iscbridge.tray.first_run.connect_step import KEY, ConnectStep
from iscbridge.tray.room import Room
from iscbridge.tray.settings import hosts_page, license_page
from iscbridge.tray.settings.keeper import SettingsKeeper
from iscbridge.tray.widgets.scrolling import scrolling

#: Under this key `TrayState` remembers that nobody has to be asked again.
DONE = "first_run_done"
_AUTOSTART = Settings.general_autostart.key
_STEPS = ("first.step.connect", "first.step.license", "first.step.hosts")


def make(room: Room) -> QWidget:
    """The window."""
    return FirstRun(room)


def is_wanted(room: Room) -> bool:
    """Whether the first run is to be shown by itself."""
    return room.state.get(DONE) is not True


class FirstRun(QWidget):
    """Three steps in one window. Closing it skips what was not done."""

    def __init__(self, room: Room, parent: QWidget | None = None, *, keeper: SettingsKeeper | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self.keeper = keeper or SettingsKeeper(room, self)
        self._again = not is_wanted(room)
        self._build()
        self.keeper.changed.connect(self._show)
        self.connect_step.changed.connect(self._show)
        room.words.changed.connect(self.retranslate)
        self.retranslate()

    def _build(self) -> None:
        self.heading = QLabel(self)
        font = self.heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        self.heading.setFont(font)
        self.steps = QLabel(self)
        for label in (self.heading, self.steps):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.connect_step = ConnectStep(self._room, self.keeper, self)
        self.licenses = license_page.make(self._room)
        self.hosts = hosts_page.make(self._room)
        self.stack = QStackedWidget(self)
        for step in (self.connect_step, self.licenses, self._last_step()):
            self.stack.addWidget(scrolling(step, self.stack))
        self.problems = QLabel(self)
        self.problems.setWordWrap(True)
        self.problems.setTextFormat(Qt.TextFormat.PlainText)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        layout = QVBoxLayout(self)
        for widget in (self.heading, self.steps):
            layout.addWidget(widget)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.problems)
        layout.addWidget(line)
        layout.addLayout(self._buttons())

    def _last_step(self) -> QWidget:
        page = QWidget()
        self.autostart = QCheckBox(page)
        self.autostart.setChecked(self._wanted_autostart())
        self.restart = QLabel(page)
        self.restart.setWordWrap(True)
        self.restart.setTextFormat(Qt.TextFormat.PlainText)
        self.restart_now = QPushButton(page)
        self.restart_now.setAutoDefault(False)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.hosts, 1)
        layout.addWidget(self.autostart)
        layout.addWidget(self.restart)
        layout.addWidget(self.restart_now, 0, Qt.AlignmentFlag.AlignLeft)
        self.restart_now.clicked.connect(self._on_restart)
        return page

    def _buttons(self) -> QHBoxLayout:
        self.back, self.skip, self.go_on = (QPushButton(self) for _ in range(3))
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.skip)
        row.addWidget(self.go_on)
        self.go_on.setDefault(True)
        for button, deed in ((self.back, self._on_back), (self.skip, self._on_skip), (self.go_on, self._on_go_on)):
            button.clicked.connect(deed)
        return row

    def _wanted_autostart(self) -> bool:
        """Preselected at the first time; afterwards, or where the administrator decides, what holds."""
        held = self.keeper.resolved
        if self._again or _AUTOSTART in held.policy.locked:
            return bool(held.settings.general_autostart)
        return True

    @property
    def step(self) -> int:
        """The step that is shown: 0, 1 or 2."""
        return self.stack.currentIndex()

    # words

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words = self._room.words
        self.setWindowTitle(words("first.title"))
        self.autostart.setText(words("first.autostart"))
        self.autostart.setToolTip(words("first.autostart.help"))
        self.back.setText(words("first.back"))
        self.skip.setText(words("first.skip"))
        self.restart.setText(words("first.restart"))
        self.restart_now.setText(words("first.restart.now"))
        self._show()

    @Slot()
    def _show(self) -> None:
        words, last = self._room.words, self.step == self.stack.count() - 1
        self.heading.setText(
            words("first.heading", step=self.step + 1, of=self.stack.count(), name=words(_STEPS[self.step]))
        )
        self.steps.setText(words("first.welcome") if self.step == 0 else words("first.later"))
        self.back.setEnabled(self.step > 0)
        self.skip.setVisible(not last)
        self.go_on.setText(words("first.finish" if last else "first.next"))
        self.go_on.setEnabled(self.step > 0 or self.connect_step.is_ready)
        self.autostart.setEnabled(_AUTOSTART not in self.keeper.resolved.policy.locked)
        restart = KEY in self.keeper.restart
        self.restart.setVisible(restart)
        self.restart_now.setVisible(restart)
        rendered = [(problem.code, render(problem, words.language)) for problem in self.keeper.problems]
        lines = [words("license.page.failed", code=code, **shown._asdict()) for code, shown in rendered]
        self.problems.setText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    # the way through

    def show_step(self, number: int) -> None:
        """Show a step, and bring the keyboard to it."""
        self.stack.setCurrentIndex(number)
        self._show()
        self.go_on.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_back(self) -> None:
        self.show_step(self.step - 1)

    @Slot()
    def _on_skip(self) -> None:
        self.show_step(self.step + 1)

    @Slot()
    def _on_go_on(self) -> None:
        if self.step == 0:
            self.connect_step.take()
        if self.step < self.stack.count() - 1:
            self.show_step(self.step + 1)
            return
        held = self.keeper.resolved
        chosen = self.autostart.isChecked()
        if _AUTOSTART not in held.policy.locked and chosen != held.settings.general_autostart:
            self.keeper.put(_AUTOSTART, chosen)
        self.close()

    @Slot()
    def _on_restart(self) -> None:
        self._room.open_window("restart", {})

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter presses the button that has the keyboard, else the one that leads on: Qt does so in dialogs only."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        (focused if isinstance(focused, QPushButton) else self.go_on).click()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody is asked twice: what was skipped stands in the settings."""
        self._room.state.put(DONE, True)
        super().closeEvent(event)
