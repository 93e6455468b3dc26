"""The times of a licence, painted: shapes and words, so that nothing rests on colour.

What has been is joined by a whole line, what is to come by a dashed one. The marks stand in their order and not to
scale: a term of a year beside a grace of days would leave room for one of them only.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from iscbridge.tray.settings.license_words import MarkName

_LINES = 3


@dataclass(frozen=True, slots=True)
class Point:
    """One mark with its words."""

    name: MarkName
    title: str
    day: str
    far: str
    """How far that is from today; empty for today itself."""

    @property
    def lines(self) -> tuple[str, str, str]:
        """The words, from above."""
        return self.title, self.day, self.far


class TimeLine(QWidget):
    """Side by side where there is room, else one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: list[Point] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_points(self, points: list[Point], in_words: str, title: str) -> None:
        """Show these marks; `in_words` says the same to a screen reader."""
        self.setAccessibleName(title)
        self.setAccessibleDescription(in_words)
        self.setVisible(bool(points))
        if points != self._points:
            self._points = points
            self.updateGeometry()
            self.update()

    @property
    def points(self) -> list[Point]:
        """What is shown."""
        return list(self._points)

    # the size

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        if self._fits(width):
            return self._dot() * 2 + self._row()
        return len(self._points) * self._row()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = sum(self._columns())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = max(self._columns(), default=0) + 2 * self._dot()
        return QSize(width, self._dot() * 2 + self._row())

    def _fits(self, width: int) -> bool:
        return sum(self._columns()) <= width

    def _columns(self) -> list[int]:
        """The width that each mark's words need."""
        plain, bold = QFontMetrics(self.font()), QFontMetrics(self._bold())
        return [
            max(
                bold.horizontalAdvance(point.title),
                plain.horizontalAdvance(point.day),
                plain.horizontalAdvance(point.far),
            )
            + 2 * self._gap()
            for point in self._points
        ]

    def _column(self, number: int) -> tuple[float, float]:
        """Left edge and width of a mark's column; what is left over is shared out."""
        needed = self._columns()
        more = (self.width() - sum(needed)) / len(needed)
        return sum(needed[:number]) + more * number, needed[number] + more

    def _bold(self) -> QFont:
        font = self.font()
        font.setBold(True)
        return font

    def _line(self) -> int:
        return QFontMetrics(self.font()).height()

    def _row(self) -> int:
        return _LINES * self._line() + self._gap()

    def _dot(self) -> int:
        return max(10, self._line() * 2 // 3)

    def _gap(self) -> int:
        return max(6, self._line() // 2)

    # the picture

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side_by_side = self._fits(self.width())
        centres = [self._centre(number, side_by_side) for number in range(len(self._points))]
        today = next((number for number, point in enumerate(self._points) if point.name == "today"), -1)
        for number in range(len(centres) - 1):
            coming = number >= today
            pen = QPen(self.palette().windowText(), 2, Qt.PenStyle.DashLine if coming else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawLine(centres[number], centres[number + 1])
        for number, point in enumerate(self._points):
            self._draw_shape(painter, point.name, centres[number])
            self._draw_words(painter, point, self._place(number, side_by_side), side_by_side=side_by_side)
        painter.end()

    def _centre(self, number: int, side_by_side: bool) -> QPointF:
        if side_by_side:
            left, width = self._column(number)
            return QPointF(self._from_start(left + width / 2), self._dot())
        return QPointF(self._from_start(self._dot()), self._row() * (number + 0.5))

    def _place(self, number: int, side_by_side: bool) -> QRect:
        if side_by_side:
            left, width = self._column(number)
            return QRect(int(left), 2 * self._dot(), int(width), self._row() - self._gap())
        indent = 2 * self._dot() + self._gap()
        top = self._row() * number + self._gap() // 2
        return QRect(indent, top, self.width() - indent, self._row() - self._gap())

    def _from_start(self, x: float) -> float:
        return x if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else self.width() - x

    def _draw_shape(self, painter: QPainter, name: MarkName, centre: QPointF) -> None:
        radius = self._dot() / 2
        painter.setPen(QPen(self.palette().windowText(), 2))
        filled = name in ("today", "stopped")
        painter.setBrush(self.palette().windowText() if filled else self.palette().window())
        if name == "today":
            up, right, down, left = ((0, -1), (1, 0), (0, 1), (-1, 0))
            painter.drawPolygon(QPolygonF([centre + QPointF(x, y) * radius * 1.2 for x, y in (up, right, down, left)]))
        elif name in ("grace", "expires", "stopped"):
            painter.drawRect(QRectF(centre.x() - radius * 0.8, centre.y() - radius * 0.8, radius * 1.6, radius * 1.6))
        else:
            painter.drawEllipse(centre, radius * 0.9, radius * 0.9)

    def _draw_words(self, painter: QPainter, point: Point, place: QRect, *, side_by_side: bool) -> None:
        painter.setPen(QPen(self.palette().windowText(), 1))
        flags = Qt.AlignmentFlag.AlignHCenter if side_by_side else Qt.AlignmentFlag.AlignLeft
        for number, words in enumerate(point.lines):
            where = QRect(place.left(), place.top() + number * self._line(), place.width(), self._line())
            painter.setFont(self._bold() if number == 0 else self.font())
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, flags | Qt.AlignmentFlag.AlignVCenter, shown)
