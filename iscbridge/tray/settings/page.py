"""A page of the settings window: a heading, the fields of its settings as an aligned form, and what else it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import Setting
from iscbridge.tray.settings.fields import Field
from iscbridge.tray.widgets.scrolling import scrolling
from iscbridge.tray.words import Words


class Box(QWidget):
    """A part of a page that is no setting."""

    def retranslate(self) -> None:
        """Set the texts again."""

    def activate(self) -> None:
        """The page was opened: look how things stand now."""


class Page(QWidget):
    """One page, made when it is first opened."""

    def __init__(
        self,
        name: str,
        settings: Sequence[Setting[Any]],
        words: Words,
        *,
        slot: QWidget | None = None,
        boxes: Sequence[QWidget] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Put the parts below each other.

        Args:
            name: of `settings.page.NAME`.
            settings: the ones that it shows, in their order.
            words: of the windows.
            slot: what another module made; it comes first, takes the room that is left, and sets its texts by itself.
            boxes: what stands below the settings.
            parent: as of any widget.
        """
        super().__init__(parent)
        self.name = name
        self._words = words
        self.slot = slot
        self.boxes = tuple(boxes)
        self.heading = QLabel(self)
        self.heading.setFont(_larger(self.heading.font()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        inner = QWidget(self)
        rows = QVBoxLayout(inner)
        # Headings and fields begin at one line; on the right the scroll bar keeps its distance.
        rows.setContentsMargins(0, 0, self.fontMetrics().averageCharWidth(), 0)
        rows.setSpacing(self.fontMetrics().height())
        if slot is not None:
            rows.addWidget(slot, 1)
        self.fields = tuple(Field(setting, words, inner) for setting in settings)
        if self.fields:
            rows.addLayout(self._form())
        for box in self.boxes:
            rows.addWidget(box)
        if slot is None:
            rows.addStretch(1)
        column.addWidget(scrolling(inner, self), 1)
        self.retranslate()

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(self.fontMetrics().height())
        for field in self.fields:
            form.addRow(field.label, field)
        return form

    def show_resolved(self, found: Resolved) -> None:
        """Show the values that hold."""
        for field in self.fields:
            field.show_resolved(found)

    def retranslate(self) -> None:
        """Set the texts again."""
        self.heading.setText(self._words(f"settings.page.{self.name}"))
        self.setAccessibleName(self.heading.text())
        for field in self.fields:
            field.retranslate()
        for box in self.boxes:
            if isinstance(box, Box):
                box.retranslate()

    def activate(self) -> None:
        """The page was opened."""
        for box in self.boxes:
            if isinstance(box, Box):
                box.activate()


def _larger(font: QFont) -> QFont:
    font.setPointSizeF(font.pointSizeF() * 1.3)
    font.setBold(True)
    return font
