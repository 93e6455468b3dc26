"""Labels that all windows share."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStyle, QVBoxLayout, QWidget

from iscbridge.tray.widgets.tips import plain_tip

_LEAST_CHARACTERS = 12


class ElidedLabel(QLabel):
    """One line that gives way to its window: what does not fit is left out in the middle, and told by the tooltip.

    A screen reader gets the whole text.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show another text."""
        super().setText(text.replace("\n", " "))
        self._tell()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Some characters of it."""
        metrics = self.fontMetrics()
        least = min(metrics.horizontalAdvance(self.text()), metrics.averageCharWidth() * _LEAST_CHARACTERS)
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another width: more or less fits."""
        super().resizeEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what fits."""
        del event
        painter = QPainter(self)
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, area.width())
        role = self.foregroundRole()
        self.style().drawItemText(painter, area, self.alignment(), self.palette(), self.isEnabled(), shown, role)

    def _tell(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(plain_tip(self.text()) if cut else "")


class Heading(QLabel):
    """The title of a part of a window."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self.setFont(font)


class IconLabel(QLabel):
    """An icon as large as those of the style. It says nothing that no word beside it says."""

    def __init__(self, icon: QIcon | None = None, parent: QWidget | None = None, *, large: bool = False) -> None:
        super().__init__(parent)
        metric = QStyle.PixelMetric.PM_LargeIconSize if large else QStyle.PixelMetric.PM_SmallIconSize
        self._side = self.style().pixelMetric(metric, None, self)
        self.setProperty("decorative", True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if icon is not None:
            self.set_icon(icon)

    def set_icon(self, icon: QIcon) -> None:
        """Show another icon."""
        self.setPixmap(icon.pixmap(QSize(self._side, self._side), self.devicePixelRatioF()))


class StateLabel(QWidget):
    """An icon and the word for it, side by side."""

    def __init__(self, icon: QIcon | None = None, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconLabel(icon, self)
        self._text = QLabel(text, self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        self.setAccessibleName(text)

    @property
    def text(self) -> str:
        """The word."""
        return self._text.text()

    def show_state(self, icon: QIcon, text: str) -> None:
        """Another state."""
        self._icon.set_icon(icon)
        self._text.setText(text)
        self.setAccessibleName(text)


class EmptyState(QWidget):
    """What a list shows while there is nothing in it: that this is so, and how something comes in."""

    def __init__(self, title: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Heading(title, self)
        self._text = QLabel(text, self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        layout.addStretch(2)

    def set_texts(self, title: str, text: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
