"""Below the list: everything about the chosen job, alive while it moves."""

from __future__ import annotations

import os
import time

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity import display, facts
from iscbridge.tray.activity.history import History
from iscbridge.tray.activity.tables import TextTable, fill
from iscbridge.tray.activity.thumbnails import Thumbnails
from iscbridge.tray.icons import state_icon, type_icon
from iscbridge.tray.widgets.labels import ElidedLabel, IconLabel
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class DetailsPane(QWidget):
    """Shows what a `History` holds."""

    escaped = Signal()
    """The key Escape."""
    usual_learnt = Signal(str, float)
    """A job's id, and what such jobs took in the past."""

    def __init__(self, words: Words, history: History, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._thumbnails = thumbnails
        thumbnails.arrived.connect(self._on_thumbnail)
        self._history = history
        self.actions_row = QHBoxLayout()
        self._picture, self._state, self._cloud = IconLabel(large=True), QLabel(), QLabel()
        self._sign = IconLabel()
        self._name = ElidedLabel()
        self._error, self._notes = _paragraph(), _paragraph()
        self.steps, self.files = TextTable(2), TextTable(4)
        self._form = QWidget()
        self._labels: dict[str, QLabel] = {}
        self._values: dict[str, QLineEdit] = {}
        self.tabs = QTabWidget()
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._on_tick)
        history.changed.connect(self.refresh)
        words.changed.connect(self.retranslate)
        self.retranslate()

    @property
    def is_ticking(self) -> bool:
        """Whether the elapsed time goes on."""
        return self._tick.isActive()

    def value(self, fact: str) -> str:
        """What is shown for one of `facts.FACTS`."""
        return self._values[fact].text()

    def _build(self) -> None:
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setWordWrap(True)
        self._cloud.setFrameShape(QLabel.Shape.StyledPanel)
        self._cloud.setMargin(4)
        head = QHBoxLayout()
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        titles = QVBoxLayout()
        titles.addWidget(self._name)
        state = QHBoxLayout()
        state.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(self._state, 1)
        titles.addLayout(state)
        head.addLayout(titles, 1)
        head.addWidget(self._cloud, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self._error)
        layout.addLayout(self.actions_row)
        layout.addWidget(self.tabs, 1)
        self.tabs.addTab(self.steps, "")
        self.tabs.addTab(self.files, "")
        self.tabs.addTab(self._particulars(), "")

    def _particulars(self) -> QWidget:
        form = QFormLayout(self._form)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for fact in facts.FACTS:
            label, value = QLabel(), QLineEdit()
            value.setReadOnly(True)
            label.setBuddy(value)
            form.addRow(label, value)
            self._labels[fact], self._values[fact] = label, value
        form.addRow(self._notes)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._form)
        return area

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._words
        for number, name in enumerate(("steps", "files", "facts")):
            self.tabs.setTabText(number, words(f"activity.tab.{name}"))
        self.tabs.setAccessibleName(words("activity.details.name"))
        self.steps.set_headings([words("activity.steps.at"), words("activity.steps.what")])
        self.steps.setAccessibleName(words("activity.tab.steps"))
        self.files.set_headings([words(f"activity.files.{name}") for name in ("name", "change", "size", "source")])
        self.files.setAccessibleName(words("activity.tab.files"))
        for fact, label in self._labels.items():
            label.setText(words(f"activity.fact.{fact}"))
            self._values[fact].setAccessibleName(words(f"activity.fact.{fact}"))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the job as it is now."""
        job = self._history.job
        self.setEnabled(job is not None)
        if job is None:
            self._clear()
        else:
            self._show_head(job)
            self._show_facts(job)
            self._show_lists()
        self._watch()

    def _clear(self) -> None:
        self._picture.clear()
        self._sign.clear()
        self._name.setText(self._words("activity.details.none"))
        for label in (self._state, self._cloud, self._error, self._notes):
            label.clear()
            label.setVisible(False)
        self.steps.clear()
        self.files.clear()
        for value in self._values.values():
            value.clear()

    def _show_picture(self, job: JobObject) -> None:
        path = display.path_of(job)
        pixmap = self._thumbnails.get(path, display.mark_of(job))
        if pixmap is not None:
            icon = QIcon(pixmap)
        else:
            icon = type_icon(os.path.splitext(path)[1], assembly=job.assembly) if path else state_icon(job.state)
        self._picture.set_icon(icon)

    @Slot(str)
    def _on_thumbnail(self, path: str) -> None:
        job = self._history.job
        if job is not None and display.path_of(job) == path:
            self._show_picture(job)

    def _show_head(self, job: JobObject) -> None:
        words = self._words
        self._show_picture(job)
        self._name.setText(display.name_of(job, words))
        self._sign.set_icon(state_icon(job.state))
        self._state.setText(display.state_text(job, words))
        self._cloud.setText(display.cloud_text(job.cloud, words))
        self._cloud.setToolTip(words(f"activity.cloud.about.{job.cloud}"))
        error = None if job.error is None else display.error_of(job.error, words)
        self._error.setText("" if error is None else f"{error.message}\n{error.remedy}".strip())
        self._notes.setText("\n".join(words(note) for note in job.notes))
        for label in (self._state, self._cloud, self._error, self._notes):
            label.setVisible(bool(label.text()))

    def _show_facts(self, job: JobObject) -> None:
        form = self._form.layout()
        assert isinstance(form, QFormLayout)  # noqa: S101 - made in `_particulars`
        for fact, text in facts.facts(job, self._history.result, self._words, time.time()).items():
            field = self._values[fact]
            if field.text() != text:  # a selection in it stays
                field.setText(text)
                field.setCursorPosition(0)
                field.setToolTip(plain_tip(text))
            form.setRowVisible(field, bool(text))

    def _show_lists(self) -> None:
        result, words = self._history.result, self._words
        if result is None:
            self.steps.clear()
            self.files.clear()
            return
        now = time.time()
        fill(self.steps, [(display.when_text(s.at, now), facts.step_text(s, words)) for s in result.steps])
        rows = [(f.name, facts.change_text(f, words), display.size_text(f.size), f.source) for f in result.files]
        if result.more:
            rows.append((words("activity.files.more", count=result.more), "", "", ""))
        fill(self.files, rows)
        if result.usual is not None:
            self.usual_learnt.emit(result.job.job, result.usual.seconds)

    # time

    def _watch(self) -> None:
        job = self._history.job
        if self.isVisible() and job is not None and job.state in display.UNDER_WAY:
            self._tick.start()
        else:
            self._tick.stop()

    @Slot()
    def _on_tick(self) -> None:
        job = self._history.job
        if job is not None:
            self._values["time"].setText(display.elapsed_text(job, time.time(), self._words))

    def event(self, event: QEvent) -> bool:
        """What nobody sees does not tick."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._watch()
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape leads back to the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


def _paragraph() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(_SELECTABLE)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label
