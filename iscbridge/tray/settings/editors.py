"""One editor for each kind of setting, made from the declaration alone. A new kind that is not known here is typed.

An editor shows the value that holds, says while somebody types what is wrong with it, and gives a value away
(`chosen`) once it is whole and good. What was half typed stays until it is finished or Escape is pressed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeySequence, QShortcut, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from iscbridge.core.setting_kinds import as_typed
from iscbridge.core.settings import Setting
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

#: Steps of a number that follow each other at once are one change.
_STEPS_MS = 400
_PROXY_EXAMPLE = "http://proxy.example:3128"
_PATH_EXAMPLE = r"C:\Program Files\Vendor\shim.dll" if sys.platform == "win32" else "/opt/vendor/libshim.so"
LOGIN_COMMAND = "iscbridge license proxy-login"

Problem = tuple[str, Mapping[str, str]]
"""Id and parameters of a text."""


class Editor(QWidget):
    """Base of all editors: a row with the field itself and what belongs to it."""

    chosen = Signal(object)
    """A value that the setting's kind has checked."""
    problem_changed = Signal()

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.words = words
        self.problem: Problem | None = None
        """What is wrong with what stands in the field now."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.row = row

    @property
    def field(self) -> QWidget:
        """What has the keyboard."""
        raise AssertionError("each editor has one")

    @property
    def is_named(self) -> bool:
        """Whether the field itself bears the setting's name, so that no label is needed."""
        return False

    def show_value(self, value: Any) -> None:
        """Show the value that holds, unless somebody is typing another one."""
        raise AssertionError(f"each editor shows a {type(value).__name__} in its way")

    def retranslate(self) -> None:
        """Set the texts again; what is being typed stays."""

    def _set_problem(self, problem: Problem | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self.problem_changed.emit()


class ChoiceEditor(Editor):
    """One of some words, each with a name of its own."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(setting, words, parent)
        self.combo = _Combo(self)
        for word in setting.kind.words:  # type: ignore[attr-defined]  # made for `Choice` only, see EDITORS
            self.combo.addItem(word, word)
        self.combo.activated.connect(self._on_activated)
        self.row.addWidget(self.combo)
        self.row.addStretch(1)

    @property
    def field(self) -> QWidget:
        return self.combo

    def show_value(self, value: Any) -> None:
        self.combo.setCurrentIndex(self.combo.findData(value))

    def retranslate(self) -> None:
        for index in range(self.combo.count()):
            self.combo.setItemText(index, self.words(self.setting.word_text(self.combo.itemData(index))))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.combo.itemData(index))


class SwitchEditor(Editor):
    """On or off."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(setting, words, parent)
        self.box = QCheckBox(self)
        self.box.clicked.connect(self._on_clicked)
        self.row.addWidget(self.box)
        self.row.addStretch(1)

    @property
    def field(self) -> QWidget:
        return self.box

    @property
    def is_named(self) -> bool:
        return True

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def retranslate(self) -> None:
        self.box.setText(self.words(self.setting.name_text))

    @Slot(bool)
    def _on_clicked(self, checked: bool) -> None:
        self.chosen.emit(checked)


class NumberEditor(Editor):
    """A whole number with its unit."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(setting, words, parent)
        self._held: int = setting.default
        kind: Any = setting.kind
        self._limits = {"low": str(kind.low), "high": str(kind.high)}
        self._unit = kind.unit
        self.spin = _Spin(self)
        self.spin.setRange(kind.low, kind.high)
        self.spin.setKeyboardTracking(False)
        self.spin.valueChanged.connect(self._on_value)
        self.spin.lineEdit().textEdited.connect(self._on_typed)
        self.spin.put_back.connect(self._on_put_back)
        self._steps = QTimer(self)
        self._steps.setSingleShot(True)
        self._steps.setInterval(_STEPS_MS)
        self._steps.timeout.connect(self._give)
        self.spin.editingFinished.connect(self._give)
        self.row.addWidget(self.spin)
        self.row.addStretch(1)

    @property
    def field(self) -> QWidget:
        return self.spin

    def show_value(self, value: Any) -> None:
        self._held = value
        if not self._steps.isActive() and not (self.spin.hasFocus() and self.spin.is_half_typed):
            with QSignalBlocker(self.spin):
                self.spin.setValue(value)
            self._show_unit()

    def retranslate(self) -> None:
        self._show_unit()

    def _show_unit(self) -> None:
        if not self._unit or self.spin.is_half_typed:  # setting a suffix would make the typed text whole
            return
        one = ".one" if self.spin.value() == 1 else ""
        self.spin.setSuffix(f" {self.words(f'unit.{self._unit}{one}')}")

    @Slot(int)
    def _on_value(self, _value: int) -> None:
        self._set_problem(None)
        self._show_unit()
        self._steps.start()

    @Slot(str)
    def _on_typed(self, _text: str) -> None:
        good = not self.spin.is_half_typed
        self._set_problem(None if good else ("settings.wrong.number", self._limits))

    @Slot()
    def _on_put_back(self) -> None:
        self._set_problem(("settings.wrong.number-back", self._limits))

    @Slot()
    def _give(self) -> None:
        self._steps.stop()
        if self.spin.value() != self._held:
            self._held = self.spin.value()
            self.chosen.emit(self._held)


class TextEditor(Editor):
    """A line that is typed. For kinds that nothing better is known for, too."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(setting, words, parent)
        self._held = ""
        self._typing = False
        self.line = QLineEdit(self)
        self.line.setMinimumWidth(self.line.fontMetrics().averageCharWidth() * 28)
        if setting.secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.textEdited.connect(self._on_typed)
        self.line.editingFinished.connect(self._give)
        undo = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.line)
        undo.setContext(Qt.ShortcutContext.WidgetShortcut)
        undo.activated.connect(self.take_back)
        self.row.addWidget(self.line, 1)

    @property
    def field(self) -> QWidget:
        return self.line

    def show_value(self, value: Any) -> None:
        self._held = "" if self.setting.secret else as_typed(value)
        if not self._typing:
            self.line.setText(self._held)
            self.line.setCursorPosition(0)

    def retranslate(self) -> None:
        if self.setting.secret:
            self.line.setPlaceholderText(self.words("settings.hidden"))

    def choose(self, text: str) -> None:
        """As if it were typed and finished."""
        self.line.setText(text)
        self._on_typed(text)
        self._give()

    @Slot()
    def take_back(self) -> None:
        """Forget what was half typed."""
        self._typing = False
        self.line.setText(self._held)
        self._set_problem(None)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self._typing = text != self._held
        try:
            self.setting.kind.typed(text.strip())
        except ValueError:
            self._set_problem(self._trouble(text))
        else:
            self._set_problem(None)

    @Slot()
    def _give(self) -> None:
        if not self._typing or self.problem is not None:
            return
        self._typing = False
        value = self.setting.kind.typed(self.line.text().strip())
        if self.setting.secret:
            self.line.clear()
        self.chosen.emit(value)

    def _trouble(self, text: str) -> Problem:
        """What is wrong, without a word of what was typed: it may be a password in the wrong place."""
        kind = self.setting.kind
        if kind.name == "address":
            if "@" in text:
                return "settings.wrong.address-login", {"command": LOGIN_COMMAND}
            return "settings.wrong.address", {"example": _PROXY_EXAMPLE}
        if kind.name == "path":
            return "settings.wrong.path", {"example": _PATH_EXAMPLE}
        return "settings.wrong.other", {"allowed": kind.allowed}


class PathEditor(TextEditor):
    """A file's path: typed, or looked for."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(setting, words, parent)
        self.browse = QPushButton(self)
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._look)
        self.row.addWidget(self.browse)

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self.line.setToolTip(plain_tip(self._held))

    def retranslate(self) -> None:
        super().retranslate()
        self.browse.setText(self.words("settings.browse"))
        self.browse.setAccessibleName(self._title())

    @Slot()
    def _look(self) -> None:
        dialog = QFileDialog(self.window(), self._title(), self._held)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_found)
        dialog.open()

    @Slot(str)
    def _on_found(self, path: str) -> None:
        self.choose(path.replace("/", "\\") if sys.platform == "win32" else path)

    def _title(self) -> str:
        return self.words("settings.browse.name", setting=self.words(self.setting.name_text))


class _Combo(QComboBox):
    """Turning the wheel over it moves the page, and changes nothing by accident."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()


class _Spin(QSpinBox):
    """Takes any text while it is typed, so that what is wrong with it can be said; on leaving, Qt puts it right."""

    put_back = Signal()
    """What was typed was no value, and is gone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def is_half_typed(self) -> bool:
        """Whether the text is no value."""
        return self.validate(self.text(), 0)[0] is not QValidator.State.Acceptable

    def validate(self, text: str, position: int) -> Any:
        answer: Any = super().validate(text, position)  # a tuple, or the state alone where nothing was moved
        state, *rest = answer if isinstance(answer, tuple) else (answer, text, position)
        lax = QValidator.State.Intermediate if state is QValidator.State.Invalid else state
        return (lax, *rest)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        wrong = self.is_half_typed
        super().focusOutEvent(event)
        if wrong:
            self.put_back.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()


EDITORS: Mapping[str, type[Editor]] = {
    "choice": ChoiceEditor,
    "switch": SwitchEditor,
    "number": NumberEditor,
    "address": TextEditor,
    "path": PathEditor,
}


def editor_for(setting: Setting[Any], words: Words, parent: QWidget | None = None) -> Editor:
    """The editor of a setting, by its kind. A secret is always typed, and never shown."""
    kind = TextEditor if setting.secret else EDITORS.get(setting.kind.name, TextEditor)
    return kind(setting, words, parent)
