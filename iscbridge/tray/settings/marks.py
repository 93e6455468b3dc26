"""Small signs that stand before a text: never alone, so nothing is told by a picture or a colour only."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget


class Mark(Enum):
    """What stands before a text."""

    NONE = "none"
    LOCK = "lock"
    WARNING = "warning"
    NOTE = "note"
    GOOD = "good"
    BAD = "bad"


class Sign(QWidget):
    """A mark in the colour of the text beside it, as high as a line."""

    def __init__(self, mark: Mark, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = mark
        self.setProperty("decorative", True)
        self._measure()

    def set_mark(self, mark: Mark) -> None:
        """Another mark."""
        self._mark = mark
        self.setVisible(mark is not Mark.NONE)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        side = self.fontMetrics().height()
        return QSize(side, side)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._measure()

    def _measure(self) -> None:
        self.setFixedSize(self.sizeHint())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / 16, self.height() / 16)
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        paint = _PAINTS.get(self._mark)
        if paint is not None:
            paint(painter, colour)
        painter.end()


class MarkedLabel(QWidget):
    """A mark and a text that wraps."""

    def __init__(self, mark: Mark, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = Sign(mark, self)
        self.label = QLabel(self)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)

    def text(self) -> str:
        """What stands there."""
        return self.label.text()

    def set_text(self, text: str, mark: Mark | None = None) -> None:
        """Another text, and another mark if one is named."""
        self.label.setText(text)
        if mark is not None:
            self.sign.set_mark(mark)

    def announce(self) -> None:
        """Let a screen reader say it now."""
        if self.isVisible() and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self.label, QAccessible.Event.Alert))


class Aside(QLabel):
    """A text that steps back a little, and can still be read: a third of the way from the text to what is behind it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._step_back()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationPaletteChange, QEvent.Type.PaletteChange):
            self._step_back()

    def _step_back(self) -> None:
        plain = QApplication.palette(self)
        text, behind = plain.color(QPalette.ColorRole.WindowText), plain.color(QPalette.ColorRole.Window)
        colour = QColor.fromRgb(*((2 * t + b) // 3 for t, b in zip(_rgb(text), _rgb(behind), strict=True)))
        if self.palette().color(QPalette.ColorRole.WindowText) != colour:
            own = QPalette()
            own.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(own)


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _lock(painter: QPainter, colour: QColor) -> None:
    painter.drawArc(QRectF(5, 2, 6, 8), 0, 180 * 16)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(3.5, 7, 9, 6.5), 1, 1)


def _warning(painter: QPainter, colour: QColor) -> None:
    painter.drawPolygon(QPolygonF([QPointF(8, 2), QPointF(14.5, 13.5), QPointF(1.5, 13.5)]))
    painter.drawLine(QPointF(8, 6), QPointF(8, 9.5))
    _dot(painter, colour, 11.8)


def _note(painter: QPainter, colour: QColor) -> None:
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    painter.drawLine(QPointF(8, 7.5), QPointF(8, 11))
    _dot(painter, colour, 5)


def _good(painter: QPainter, _colour: QColor) -> None:
    painter.drawPolyline(QPolygonF([QPointF(3, 8.5), QPointF(6.5, 12), QPointF(13, 4)]))


def _bad(painter: QPainter, _colour: QColor) -> None:
    painter.drawLine(QPointF(4, 4), QPointF(12, 12))
    painter.drawLine(QPointF(12, 4), QPointF(4, 12))


def _dot(painter: QPainter, colour: QColor, y: float) -> None:
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(8, y), 0.3, 0.3)


_PAINTS: dict[Mark, Callable[[QPainter, QColor], None]] = {
    Mark.LOCK: _lock,
    Mark.WARNING: _warning,
    Mark.NOTE: _note,
    Mark.GOOD: _good,
    Mark.BAD: _bad,
}
