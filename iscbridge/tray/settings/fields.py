"""A setting as a person sees it: name, editor, what it does, where its value comes from, what is wrong.

Made from the declaration alone: a setting that is declared tomorrow has its field here without a line of code.
"""

from __future__ import annotations

import ntpath
import posixpath
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.setting_kinds import as_typed
from iscbridge.core.setting_sources import Resolved, Source
from iscbridge.core.settings import Setting, shown_value
from iscbridge.tray.settings.editors import Editor, editor_for
from iscbridge.tray.settings.marks import Aside, Mark, MarkedLabel
from iscbridge.tray.settings.said import joined
from iscbridge.tray.words import Words


class Field(QWidget):
    """One setting. `label` stands before it in a form, unless the editor bears the name itself."""

    chosen = Signal(str, object)
    """Key and value; None: back to the default."""

    def __init__(self, setting: Setting[Any], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.words = words
        self._found: Resolved | None = None
        self.editor: Editor = editor_for(setting, words, self)
        self.label = QLabel(parent)
        self.label.setBuddy(self.editor.field)
        self.reset = QPushButton(self)
        self.reset.setAutoDefault(False)
        self.problem = MarkedLabel(Mark.WARNING, self)
        self.lock = MarkedLabel(Mark.LOCK, self)
        self.source = Aside(self)
        self.help = Aside(self)
        row = QHBoxLayout()
        row.addWidget(self.editor, 1)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        for label in (self.problem, self.help, self.lock, self.source):
            column.addWidget(label)
        self.problem.hide()
        self.lock.hide()
        self.reset.hide()
        self.editor.chosen.connect(self._on_chosen)
        self.editor.problem_changed.connect(self._show_problem)
        self.reset.clicked.connect(self._on_reset)
        self.retranslate()

    def show_resolved(self, found: Resolved) -> None:
        """Show the value that holds and where it comes from. What is being typed stays."""
        self._found = found
        self.editor.show_value(found.settings.values[self.setting.key])
        fixed = self._source() in (Source.LOCKED, Source.ENVIRONMENT)
        self.editor.setEnabled(not fixed)
        self.reset.setVisible(self._source() is Source.FILE)
        self._describe()

    def retranslate(self) -> None:
        """Set all texts again; what is being typed stays."""
        name = self.words(self.setting.name_text)
        self.editor.retranslate()
        self.label.setText("" if self.editor.is_named else name)
        self.label.setVisible(not self.editor.is_named)
        self.editor.field.setAccessibleName(name)
        self.help.setText(self._help())
        self.reset.setText(self.words("settings.reset"))
        self.reset.setAccessibleName(self.words("settings.reset.name", setting=name))
        self._show_problem()
        self._describe()

    # texts

    def _source(self) -> Source:
        return Source.DEFAULT if self._found is None else self._found.sources[self.setting.key]

    def _help(self) -> str:
        """What it does; words of the file as they are named in the field."""
        said = self.words(self.setting.text)
        for word in getattr(self.setting.kind, "words", ()):
            said = said.replace(f"“{word}”", f"“{self.words(self.setting.word_text(word))}”")
        return said

    def _origin(self) -> str:
        """Where the value comes from, in words."""
        source = self._source()
        params = {"default": self.in_words(self.setting.default), "variable": self.setting.variable, "file": ""}
        if source is Source.LOCKED and self._found is not None:
            path = self._found.policy.path
            params["file"] = ntpath.basename(path) if "\\" in path else posixpath.basename(path)
        return self.words(f"settings.from.{source.value}", **params)

    def in_words(self, value: Any) -> str:
        """A value as the field shows it. A secret's is never told."""
        value = shown_value(self.setting, value)
        kind = self.setting.kind
        if value is None:
            return self.words("settings.hidden")
        if isinstance(value, bool):
            return self.words("settings.on" if value else "settings.off")
        if value == "":
            return self.words("settings.empty")
        if kind.name == "choice":
            return self.words(self.setting.word_text(value))
        unit = getattr(kind, "unit", "")
        return (
            f"{value} {self.words(f'unit.{unit}.one' if value == 1 else f'unit.{unit}')}" if unit else as_typed(value)
        )

    def _describe(self) -> None:
        """Where it comes from, on the page, as a tooltip of what can't be used, and for a screen reader."""
        origin = self._origin()
        fixed = not self.editor.isEnabled()
        locked = self._source() is Source.LOCKED
        self.lock.setVisible(fixed)
        self.source.setVisible(not fixed)
        self.lock.set_text(origin)
        restart = self.words("settings.needs-restart") if self.setting.restart else ""
        self.source.setText(joined(self.words, origin, restart))
        tip = f"{origin}\n{self._found.policy.path}" if locked and self._found else origin
        for widget in (self.editor, self.lock):
            widget.setToolTip(tip if fixed else "")
        problem = self.problem.text() if self.editor.problem else ""
        said = (problem, self.help.text(), origin if fixed else self.source.text())
        self.editor.field.setAccessibleDescription(joined(self.words, *said))

    @Slot()
    def _show_problem(self) -> None:
        problem = self.editor.problem
        self.problem.setVisible(problem is not None)
        if problem is not None:
            message, params = problem
            self.problem.set_text(self.words(message, **params))
            self.problem.announce()
        self._describe()

    # what a person does

    @Slot(object)
    def _on_chosen(self, value: object) -> None:
        self.chosen.emit(self.setting.key, value)

    @Slot()
    def _on_reset(self) -> None:
        self.editor.field.setFocus(Qt.FocusReason.OtherFocusReason)  # the button goes, the keyboard stays here
        self.chosen.emit(self.setting.key, None)
