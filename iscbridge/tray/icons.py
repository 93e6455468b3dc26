"""Every icon of the windows, painted: crisp at any size, told apart by shape and not by colour alone.

Fills have a luminance between 0.14 and 0.30, so that each stands out by 3:1 from a white panel as from a black one,
and the white glyph on it as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from math import cos, pi, sin
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from iscbridge.core.attention_state import Attention

if TYPE_CHECKING:
    from iscbridge.core.jobs import JobState
    from iscbridge.core.workfile_model import FileState

#: What panels and lists ask for at 100, 125, 150, 200 %: 16, 22, 24, 32, 48 and their multiples.
_SIZES = (16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 64, 96, 128)

_GREEN, _BLUE, _RED, _GREY = (
    QColor(0x1E, 0x8E, 0x4E),
    QColor(0x1F, 0x7A, 0xC9),
    QColor(0xD0, 0x3A, 0x2E),
    QColor(0x7A, 0x7F, 0x87),
)
_VIOLET, _AMBER, _TEAL = QColor(0x8E, 0x5B, 0xC8), QColor(0xB0, 0x6A, 0x00), QColor(0x0F, 0x86, 0x8C)
_WHITE = QColor(Qt.GlobalColor.white)

Paint = Callable[[QPainter], None]
"""Paints into the square from (0, 0) to (16, 16)."""


@lru_cache(maxsize=1)  # all its sizes take what a hundred lines of the list take, and only one state is shown
def attention_icon(state: Attention) -> QIcon:
    """The tray's icon for a state."""
    return _icon(_ATTENTION[state])


def attention_picture(state: Attention, size: int) -> QPixmap:
    """The same in one size, however large: for the programs' icon and the logo."""
    return pixmap(_ATTENTION[state], size)


@cache
def state_icon(state: JobState) -> QIcon:
    """The icon of a job's state."""
    return _icon(_STATES[state])


@cache
def file_icon(state: FileState) -> QIcon:
    """The icon of a working file's state."""
    return _icon(_FILES[state])


@cache
def type_icon(suffix: str, *, assembly: bool = False) -> QIcon:
    """The icon of a kind of file: a sheet with its suffix (`fcstd`, with or without dot, in any case)."""
    word = suffix.lstrip(".").upper()[:5]
    return _icon(lambda painter: _sheet(painter, word, assembly=assembly))


def pixmap(paint: Paint, size: int, ratio: float = 1.0) -> QPixmap:
    """What `paint` gives, `size` logical pixels wide and high."""
    side = round(size * ratio)
    image = QPixmap(side, side)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.scale(side / 16, side / 16)
    paint(painter)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def _icon(paint: Paint) -> QIcon:
    icon = QIcon()
    for size in _SIZES:
        painted = pixmap(paint, size)
        icon.addPixmap(painted)
        # A chosen row shows it as it is: Qt would tint it with the colour of the choice.
        icon.addPixmap(painted, QIcon.Mode.Selected)
    return icon


# plates: the outline already says something


def _disc(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(0.5, 0.5, 15, 15))


def _ring(painter: QPainter, colour: QColor) -> None:
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))


def _square(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(0.5, 0.5, 15, 15), 3, 3)


def _triangle(painter: QPainter, colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(8, 1.2), QPointF(15.1, 14.6), QPointF(0.9, 14.6)]))


def _diamond(painter: QPainter, colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(8, 0.8), QPointF(15.2, 8), QPointF(8, 15.2), QPointF(0.8, 8)]))


# glyphs


def _line(painter: QPainter, colour: QColor, width: float, *points: tuple[float, float]) -> None:
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _dot(painter: QPainter, colour: QColor, x: float, y: float, radius: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x, y), radius, radius)


def _check(painter: QPainter, colour: QColor = _WHITE) -> None:
    _line(painter, colour, 2.2, (4.2, 8.4), (7, 11.2), (11.9, 5))


def _exclamation(painter: QPainter, top: float = 5.0) -> None:
    _line(painter, _WHITE, 2, (8, top), (8, 9.6))
    _dot(painter, _WHITE, 8, 12.6, 1.25)


def _cross(painter: QPainter) -> None:
    _line(painter, _WHITE, 2.1, (5, 5), (11, 11))
    _line(painter, _WHITE, 2.1, (11, 5), (5, 11))


def _bars(painter: QPainter) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_WHITE)
    painter.drawRect(QRectF(4.6, 4, 2.4, 8))
    painter.drawRect(QRectF(9, 4, 2.4, 8))


def _turning(painter: QPainter) -> None:
    """Two arrows that chase each other."""
    for start in (20, 200):
        painter.setPen(QPen(_WHITE, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(4, 4, 8, 8), start * 16, 125 * 16)
        angle = (start + 125) * pi / 180
        tip = QPointF(8 + 4 * cos(angle), 8 - 4 * sin(angle))
        ahead, out = QPointF(-sin(angle), -cos(angle)), QPointF(cos(angle), -sin(angle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_WHITE)
        painter.drawPolygon(QPolygonF([tip + out * 2.3, tip - out * 2.3, tip + ahead * 3.1]))


def _arrow_up(painter: QPainter) -> None:
    _line(painter, _WHITE, 2, (8, 12.4), (8, 4.4))
    _line(painter, _WHITE, 2, (4.6, 7.6), (8, 4.2), (11.4, 7.6))


def _key(painter: QPainter) -> None:
    painter.setPen(QPen(_WHITE, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(5.4, 8), 2.5, 2.5)
    _line(painter, _WHITE, 1.8, (8, 8), (13.2, 8), (13.2, 10.8))
    _line(painter, _WHITE, 1.8, (10.6, 8), (10.6, 10.2))


def _pencil(painter: QPainter) -> None:
    _line(painter, _WHITE, 2.4, (6.2, 9.8), (10.6, 5.4))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_WHITE)
    painter.drawPolygon(QPolygonF([QPointF(4, 12), QPointF(4.7, 9.3), QPointF(6.7, 11.3)]))


def _question(painter: QPainter) -> None:
    path = QPainterPath(QPointF(5.4, 6.2))
    path.cubicTo(5.4, 2.6, 10.9, 2.8, 10.6, 6.1)
    path.cubicTo(10.4, 7.8, 8, 7.9, 8, 9.6)
    painter.setPen(QPen(_WHITE, 1.9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    _dot(painter, _WHITE, 8, 12.4, 1.2)


def _clock(painter: QPainter) -> None:
    _line(painter, _WHITE, 1.9, (8, 3.8), (8, 8.4), (11.2, 10.2))


def _three_dots(painter: QPainter, colour: QColor) -> None:
    for x in (4.6, 8, 11.4):
        _dot(painter, colour, x, 8, 1.25)


def _minus(painter: QPainter) -> None:
    _line(painter, _WHITE, 2.3, (4.6, 8), (11.4, 8))


def _layers(painter: QPainter) -> None:
    _line(painter, _WHITE, 1.7, (4.2, 7), (8, 9.2), (11.8, 7))
    _line(painter, _WHITE, 1.7, (4.2, 10), (8, 12.2), (11.8, 10))
    _line(painter, _WHITE, 1.7, (4.2, 5.2), (8, 3), (11.8, 5.2))


def _both(plate: Callable[[QPainter, QColor], None], colour: QColor, glyph: Callable[[QPainter], None]) -> Paint:
    def paint(painter: QPainter) -> None:
        plate(painter, colour)
        glyph(painter)

    return paint


def _offline(painter: QPainter) -> None:
    _ring(painter, _GREY)
    _line(painter, _GREY, 2, (3.6, 12.4), (12.4, 3.6))


def _starting(painter: QPainter) -> None:
    _ring(painter, _GREY)
    _three_dots(painter, _GREY)


def _question_in_triangle(painter: QPainter) -> None:
    painter.save()
    painter.translate(8, 9.4)
    painter.scale(0.72, 0.72)
    painter.translate(-8, -8)
    _question(painter)
    painter.restore()


_ATTENTION: dict[Attention, Paint] = {
    Attention.STARTING: _starting,
    Attention.SAVED: _both(_disc, _GREEN, _check),
    Attention.CHANGED: _both(_diamond, _TEAL, _pencil),
    Attention.WORKING: _both(_disc, _BLUE, _turning),
    Attention.PAUSED: _both(_disc, _GREY, _bars),
    Attention.OFFLINE: _offline,
    Attention.LICENSE: _both(_square, _VIOLET, _key),
    Attention.NEEDS_YOU: _both(_triangle, _RED, lambda painter: _exclamation(painter, 5.6)),
}

#: By the values of `JobState` and `FileState`, whose modules would load before the tray's icon is there.
_STATES: dict[str, Paint] = {
    "accepted": _both(_disc, _GREY, lambda painter: _three_dots(painter, _WHITE)),
    "captured": _both(_square, _TEAL, _check),
    "waiting": _both(_disc, _GREY, _clock),
    "submitted": _both(_disc, _BLUE, _arrow_up),
    "done": _both(_disc, _GREEN, _check),
    "failed": _both(_disc, _RED, _cross),
    "refused": _both(_square, _RED, _minus),
    "cancelled": _both(_square, _GREY, _cross),
    "replaced": _both(_square, _GREY, _layers),
    "unknown": _both(_triangle, _AMBER, _question_in_triangle),
}
_FILES: dict[str, Paint] = {
    "saved": _both(_disc, _GREEN, _check),
    "changed": _both(_diamond, _TEAL, _pencil),
    "changing": _both(_diamond, _BLUE, lambda painter: _three_dots(painter, _WHITE)),
    "missing": _both(_triangle, _AMBER, _question_in_triangle),
    "unreadable": _both(_square, _RED, _cross),
    "unknown": _starting,
}


def _sheet(painter: QPainter, word: str, *, assembly: bool) -> None:
    """A sheet of paper with a folded corner, its suffix on a band; behind it a second one for an assembly."""
    left = 3.5 if assembly else 2.5
    if assembly:
        painter.setPen(QPen(_GREY, 0.8))
        painter.setBrush(_WHITE)
        painter.drawRect(QRectF(1, 0.6, 10, 12.6))
    outline = QPainterPath(QPointF(left, 2 if assembly else 0.6))
    top = outline.currentPosition().y()
    right = left + 11
    for x, y in ((right - 3.4, top), (right, top + 3.4), (right, 15.4), (left, 15.4)):
        outline.lineTo(x, y)
    outline.closeSubpath()
    painter.setPen(QPen(_GREY, 0.8))
    painter.setBrush(_WHITE)
    painter.drawPath(outline)
    painter.drawPolyline(
        QPolygonF([QPointF(right - 3.4, top), QPointF(right - 3.4, top + 3.4), QPointF(right, top + 3.4)])
    )
    if word:
        band = QRectF(left - 1.5, 8.4, 13.5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(_BLUE))
        painter.drawRoundedRect(band, 1, 1)
        font = QFont()
        font.setPointSizeF({4: 3.0, 5: 2.5}.get(len(word), 3.6))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(_WHITE)
        painter.drawText(band, Qt.AlignmentFlag.AlignCenter, word)
