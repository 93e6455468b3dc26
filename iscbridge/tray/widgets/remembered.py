"""Widths of columns and shares of a window, as a person left them: kept from one opening to the next.

The widget says when: on a resize, and in `closeEvent`. `hideEvent` and event filters come in the middle of a destruction
as well, when nothing of it may be touched any more.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QHeaderView, QSplitter

from iscbridge.tray.room import TrayState

#: Nothing that was kept makes a part of a window too small to be found again.
_LEAST_SHARE = 0.15
_LEAST_LETTERS = 3


class Columns:
    """One column takes the room that is left; the others are as wide as they were the last time.

    Widths are kept in letters, so that they fit another font and another screen. The header is given with each call
    and not kept: it belongs to its view.
    """

    def __init__(self, letters: Mapping[int, int], *, filling: int, state: TrayState, key: str) -> None:
        """`letters` are the widths of the first time, and the least one of the filling column."""
        self._letters = letters
        self._filling = filling
        self._state = state
        self._key = key
        self._last = max(letters)

    def begin(self, header: QHeaderView) -> None:
        """Set all widths; once, when the columns are there."""
        header.setStretchLastSection(True)
        kept = self._state.get(self._key)
        widths: dict[str, object] = kept if isinstance(kept, dict) else {}
        letter = _letter(header)
        for column, usual in self._letters.items():
            width = widths.get(str(int(column)))
            if not isinstance(width, (int, float)) or not _LEAST_LETTERS <= width <= 10 * usual:
                width = usual
            header.resizeSection(column, round(width * letter))
        self.fill(header)

    def fill(self, header: QHeaderView) -> None:
        """Give the room that is left to its column; after each change of the width."""
        letter = _letter(header)
        others = sum(header.sectionSize(column) for column in self._middle)
        # The last column is stretched: its size says nothing of what it needs.
        needed = 0 if self._last == self._filling else self._letters[self._last] * letter
        least = self._letters[self._filling] * letter
        header.resizeSection(self._filling, max(least, header.viewport().width() - others - needed))

    def keep(self, header: QHeaderView) -> None:
        """Remember what the person did; when the list goes."""
        letter = _letter(header)
        widths = {str(int(column)): round(header.sectionSize(column) / letter, 1) for column in self._middle}
        self._state.put(self._key, widths)

    @property
    def _middle(self) -> list[int]:
        return [column for column in self._letters if column not in (self._filling, self._last)]


def _letter(header: QHeaderView) -> int:
    return max(1, header.fontMetrics().averageCharWidth())


class Share:
    """How much of a splitter its first part has."""

    def __init__(self, usual: float, *, state: TrayState, key: str) -> None:
        self._usual = usual
        self._now: float | None = None
        self._state = state
        self._key = key

    def begin(self, splitter: QSplitter) -> None:
        """Divide it; once, when its parts are there."""
        kept = self._state.get(self._key)
        share = kept if isinstance(kept, float) and _LEAST_SHARE <= kept <= 1 - _LEAST_SHARE else self._usual
        splitter.setSizes([round(10_000 * share), round(10_000 * (1 - share))])

    def note(self, splitter: QSplitter) -> None:
        """A person has moved the handle."""
        sizes = splitter.sizes()
        if sum(sizes) > 0:
            self._now = round(sizes[0] / sum(sizes), 3)

    def keep(self) -> None:
        """Remember it; when the window goes."""
        if self._now is not None:
            self._state.put(self._key, self._now)
