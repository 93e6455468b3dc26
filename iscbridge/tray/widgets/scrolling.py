"""The one scroll area that a page has, and how a part of the page is brought into sight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scrolling(inner: QWidget, parent: QWidget | None = None) -> QScrollArea:
    """A scroll area around a page, without a frame of its own. What gets the keyboard is brought into sight by Qt."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    return area


def bring_into_view(part: QWidget) -> None:
    """Scroll the page that a widget lies on, if it lies on one. Its beginning counts more than its end."""
    above = part.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if isinstance(above, QScrollArea):
        above.ensureWidgetVisible(part)
        top = part.mapTo(above.widget(), part.rect().topLeft())
        above.ensureVisible(top.x(), top.y(), 0, 0)
