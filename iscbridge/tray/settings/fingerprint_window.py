"""What this computer is known by: every part, where it was read, and whether the licence knows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Machine
from iscbridge.platform.folders import Home
from iscbridge.texts.fingerprint import say
from iscbridge.texts.render import render
from iscbridge.tray.background import in_background
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.tips import plain_tip

_VERDICTS = {
    Machine.SAME: "license.finger.same",
    Machine.CHANGED: "license.finger.changed",
    Machine.OTHER: "license.finger.other",
    Machine.UNKNOWN: "license.finger.unknown",
}
_COLUMNS = ("part", "value", "source", "use", "known")


@dataclass(frozen=True, slots=True)
class Part:
    """One line: a value of this computer."""

    component: str
    value: str
    source: str
    used: bool
    reason: str
    known: bool | None
    """Whether the licence was bound with it; None: it is not used, or nothing is bound."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at this computer gave."""

    parts: tuple[Part, ...]
    machine: Machine | None
    """This computer against the one that the licence was bound on; None: it is bound to none."""


def look(home: Home, product: str) -> Found:
    """Read the fingerprint, and what the licence's record knows of it. Blocks for a moment.

    The record is read as it lies there: here it decides nothing.

    Raises:
        DeviceError: ISCB-DEVICE-LOAD.
    """
    from iscbridge.device.compare import compare, recognised
    from iscbridge.device.explain import explain
    from iscbridge.device.fingerprint import Component, take
    from iscbridge.journal.license_records import peek

    fingerprint = take()
    record = peek(home.licenses, product)
    bound = record is not None and bool(record.device)
    known = recognised(record.device, fingerprint, record.salt) if record is not None and bound else None
    machine = compare(record.device, fingerprint, record.salt) if record is not None and bound else None
    components = {component.value for component in Component}
    parts = [
        Part(
            line.component,
            line.value,
            line.source,
            line.used,
            line.reason,
            (line.component, line.value) in known
            if known is not None and line.used and line.component in components
            else None,
        )
        for line in explain(fingerprint)
    ]
    return Found(tuple(parts), machine)


class FingerprintWindow(QDialog):
    """A table; nothing of it leaves this window by itself."""

    def __init__(self, room: Room, product: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._product = product
        self._found: Found | None = None
        self._error: ErrorInfo | None = None
        self.explanation = QLabel(self)
        self.verdict = QLabel(self)
        for label in (self.explanation, self.verdict):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(0, len(_COLUMNS), self)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.close_button = QPushButton(self)
        box = QDialogButtonBox(self)
        box.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        layout = QVBoxLayout(self)
        for widget in (self.explanation, self.verdict, self.table, box):
            layout.addWidget(widget)
        box.rejected.connect(self.reject)
        room.words.changed.connect(self.retranslate)
        self.retranslate()
        unit = self.fontMetrics().height()
        self.resize(unit * 52, unit * 28)
        errand = in_background(partial(look, room.home, product), parent=self)
        errand.done.connect(self._on_found)
        errand.failed.connect(self._on_failed)

    @Slot(object)
    def _on_found(self, found: Found) -> None:
        self._found = found
        self.retranslate()

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self._error = error
        self.retranslate()

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words = self._room.words
        self.setWindowTitle(words("license.finger.title", product=self._product))
        self.explanation.setText(words("license.finger.help"))
        self.close_button.setText(words("license.finger.close"))
        self.table.setAccessibleName(words("license.finger.table"))
        self.table.setHorizontalHeaderLabels(
            [
                words("license.finger.part"),
                words("license.finger.value"),
                words("license.finger.source"),
                words("license.finger.use"),
                words("license.finger.known"),
            ]
        )
        self.verdict.setText(self._verdict())
        parts = self._found.parts if self._found is not None else ()
        self.table.setRowCount(len(parts))
        for row, part in enumerate(parts):
            for column, text in enumerate(self._cells(part)):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                self.table.setItem(row, column, item)

    def _verdict(self) -> str:
        words = self._room.words
        if self._error is not None:
            shown = render(self._error, words.language)
            return words("license.page.failed", code=self._error.code, **shown._asdict())
        if self._found is None:
            return words("license.finger.reading")
        machine = self._found.machine
        return words("license.finger.unbound" if machine is None else _VERDICTS[machine])

    def _cells(self, part: Part) -> list[str]:
        words = self._room.words
        language = words.language
        reason = say(part.reason, language) if part.reason else ""
        use = words("license.finger.used" if part.used else "license.finger.unused")
        known = {True: "license.finger.yes", False: "license.finger.no", None: "license.finger.none"}[part.known]
        return [
            say(part.component, language),
            part.value or say("nothing", language),
            part.source,
            words("license.finger.because", use=use, reason=reason) if reason else use,
            words(known),
        ]
