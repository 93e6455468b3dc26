"""First step: which cloud. The vendor's library that leads to ISCDesk, or the sandbox to try everything out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QLabel,
    QPushButton,
    QRadioButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.setting_sources import Source
from iscbridge.core.settings import Settings
from iscbridge.service.sdk.library_check import check_library
from iscbridge.texts.render import render
from iscbridge.tray.background import Errand, in_background
from iscbridge.tray.room import Room
from iscbridge.tray.settings.keeper import SettingsKeeper

KEY = Settings.advanced_sdk_library.key
_DECIDED = {
    Source.LOCKED: "first.connect.locked",
    Source.ENVIRONMENT: "first.connect.environment",
}


class ConnectStep(QWidget):
    """Two choices. A library is tried out when it is chosen, and only one that works can be taken."""

    changed = Signal()
    """Whether one can go on, or what stands here, is another one."""

    def __init__(self, room: Room, keeper: SettingsKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._keeper = keeper
        self._path = str(keeper.resolved.settings.advanced_sdk_library)
        self._checking: Errand | None = None
        self._cloud = ""
        """Where the library of `_path` leads; empty: it was not tried out, or it does not work."""
        self._error: ErrorInfo | None = None
        self._build()
        keeper.changed.connect(self.retranslate)
        room.words.changed.connect(self.retranslate)
        self.retranslate()
        if self._path:
            self._check()

    def _build(self) -> None:
        self.help = _label(self)
        self.decided = _label(self)
        self.sandbox = QRadioButton(self)
        self.sandbox_help = _label(self)
        self.vendor = QRadioButton(self)
        self.vendor_help = _label(self)
        self.choose = QPushButton(self)
        self.choose.setAutoDefault(False)
        self.verdict = _label(self)
        self._group = QButtonGroup(self)
        for button in (self.vendor, self.sandbox):
            self._group.addButton(button)
        (self.vendor if self._path else self.sandbox).setChecked(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.fontMetrics().height())
        layout.addWidget(self.help)
        layout.addWidget(self.decided)
        layout.addLayout(self._choice(self.vendor, self.vendor_help, self.choose, self.verdict))
        layout.addLayout(self._choice(self.sandbox, self.sandbox_help))
        layout.addStretch(1)
        self.choose.clicked.connect(self._on_choose)
        self.vendor.toggled.connect(self._on_toggled)

    def _choice(self, button: QRadioButton, *parts: QWidget) -> QVBoxLayout:
        """What belongs to a choice stands below its words, and not below its circle."""
        rows = QVBoxLayout()
        style = self.style()
        near = style.pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing, None, self)
        rows.setSpacing(near)
        rows.addWidget(button)
        indent = style.pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth, None, button)
        indent += style.pixelMetric(QStyle.PixelMetric.PM_RadioButtonLabelSpacing, None, button)
        below = QVBoxLayout()
        below.setContentsMargins(indent, 0, 0, 0)
        below.setSpacing(near)
        for part in parts:
            alignment = Qt.AlignmentFlag.AlignLeft if isinstance(part, QPushButton) else Qt.AlignmentFlag(0)
            below.addWidget(part, 0, alignment)
        rows.addLayout(below)
        return rows

    # what stands here

    @property
    def is_decided(self) -> bool:
        """Whether somebody else has decided: the administrator, or a variable of the environment."""
        return self._keeper.resolved.sources[KEY] in _DECIDED

    @property
    def is_ready(self) -> bool:
        """Whether one can go on with what is chosen."""
        if self.is_decided or self.sandbox.isChecked():
            return True
        return bool(self._cloud) and self._checking is None

    def take(self) -> None:
        """Write down what was chosen."""
        wanted = self._path if self.vendor.isChecked() else ""
        if not self.is_decided and self.is_ready and wanted != self._keeper.resolved.settings.advanced_sdk_library:
            self._keeper.put(KEY, wanted or None)

    def try_library(self, path: Path) -> None:
        """Choose the vendor's library at this path, and try it out."""
        self._path = str(path)
        self.vendor.setChecked(True)
        self._check()

    def _check(self) -> None:
        self._cloud, self._error = "", None
        work = partial(check_library, Path(self._path), self._keeper.resolved.settings.advanced_sdk or None)
        # an answer to an earlier choice comes to an errand that nobody listens to any more
        if self._checking is not None:
            self._checking.disconnect(self)
        self._checking = in_background(work, parent=self)
        self._checking.done.connect(self._on_good)
        self._checking.failed.connect(self._on_bad)
        self.retranslate()

    @Slot(object)
    def _on_good(self, cloud: str) -> None:
        self._checking, self._cloud = None, cloud
        self.retranslate()

    @Slot(object)
    def _on_bad(self, error: ErrorInfo) -> None:
        self._checking, self._error = None, error
        self.retranslate()

    @Slot()
    def _on_choose(self) -> None:
        words = self._room.words
        chosen, _ = QFileDialog.getOpenFileName(self, words("first.connect.choose"), "", words("first.connect.kinds"))
        if chosen:
            self.try_library(Path(chosen))

    @Slot()
    def _on_toggled(self) -> None:
        self.retranslate()

    # words

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words = self._room.words
        self.help.setText(words("first.connect.help"))
        self.vendor.setText(words("first.connect.vendor"))
        self.vendor_help.setText(words("first.connect.vendor.help"))
        self.sandbox.setText(words("first.connect.sandbox"))
        self.sandbox_help.setText(words("first.connect.sandbox.help"))
        self.choose.setText(words("first.connect.choose"))
        decided = self.is_decided
        for widget in (self.vendor, self.sandbox):
            widget.setEnabled(not decided)
        self.choose.setEnabled(not decided and self.vendor.isChecked())
        self.decided.setVisible(decided)
        if decided:
            held = self._keeper.resolved
            path = str(held.settings.advanced_sdk_library) or words("first.connect.sandbox")
            self.decided.setText(words(_DECIDED[held.sources[KEY]], path=printable(path)))
            (self.vendor if held.settings.advanced_sdk_library else self.sandbox).setChecked(True)
        self.verdict.setText(self._verdict())
        self.verdict.setVisible(bool(self.verdict.text()))
        self.changed.emit()

    def _verdict(self) -> str:
        words = self._room.words
        if not self.vendor.isChecked():
            return ""
        if not self._path:
            return words("first.connect.none")
        path = printable(self._path)
        if self._checking is not None:
            return words("first.connect.checking", path=path)
        if self._error is not None:
            shown = render(self._error, words.language)
            problem = words("license.page.failed", code=self._error.code, **shown._asdict())
            return words("first.connect.bad", path=path, problem=problem)
        return words("first.connect.good.sandbox" if self._cloud == "sandbox" else "first.connect.good", path=path)


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
