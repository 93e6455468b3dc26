"""The list of the activity window: what a change and a painted row cost with many rows, against few and against Qt."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from figures import Figure, percentile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QTableView

from iscbridge.core.jobs import JobKind, JobState
from iscbridge.ipc.wire import JobObject, time_to_wire
from iscbridge.platform.folders import Home
from iscbridge.tray.activity.criteria import Criteria, Group, Query
from iscbridge.tray.activity.filter_model import JobsFilter
from iscbridge.tray.activity.model import Column, JobsModel
from iscbridge.tray.activity.thumbnails import Thumbnails
from iscbridge.tray.activity.view import JobsView
from iscbridge.tray.icons import state_icon, type_icon
from iscbridge.tray.room import TrayState
from iscbridge.tray.words import Words

MANY, FEW = 10_000, 100
CHANGES, NEW, PAGES = 1_000, 20, 20
#: A change must cost the same however long the list is; what a longer binary search costs is below this.
LIMIT_CHANGE = 1.5
#: A page against one of a plain `QTableView` with the same texts in C++: half the rows, each with two lines and a picture.
LIMIT_PAINT = 4.0
#: With many rows a page is painted as with few.
LIMIT_PAINT_MANY = 1.3


def run(quick: bool) -> list[Figure]:
    """All figures of the list."""
    application = QApplication.instance() or QApplication([])
    rounds = 3 if quick else 15
    many, few = _List(200 if quick else MANY), _List(FEW)
    plain = _plain(many)
    figures = [
        _against("activity.change", rounds, many.change, few.change, CHANGES, LIMIT_CHANGE, "changes of one job each"),
        _against("activity.new", rounds, many.add, few.add, NEW, LIMIT_CHANGE, "new jobs, each shown"),
        _against(
            "activity.rows", rounds, many.paint, few.paint, PAGES, LIMIT_PAINT_MANY, "pages painted while scrolling"
        ),
    ]
    figures.append(_against_plain(rounds, many, plain))
    figures.append(_filter(rounds, many))
    del application
    return figures


class _List(QObject):
    """A list of so many jobs, shown."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = self.newest = rows
        self.turn = 0
        self.model = JobsModel(Words(), state_icon, self)
        self.filter = JobsFilter(self.model, self)
        self.model.put([_job(number) for number in range(rows)])
        self.view = JobsView(Words(), Thumbnails(self), type_icon)
        self.view.setModel(self.filter)
        self.view.set_widths(TrayState(Home(Path(tempfile.gettempdir()) / "iscbridge-bench")))
        self.view.resize(1100, 700)
        self.view.show()
        QApplication.processEvents()

    def change(self) -> None:
        self.turn += 1
        for number in range(CHANGES):
            # Among the rows that nobody sees, in both lists: what is repainted does not depend on the length.
            at = number * 7919 % (self.rows // 2)
            self.model.put((_job(at, minute=CHANGES * self.turn + number),))

    def add(self) -> None:
        for _ in range(NEW):
            self.newest += 1
            self.model.put((_job(self.newest, JobState.ACCEPTED),))
            QApplication.processEvents()

    def paint(self) -> None:
        _paint(self.view)


def _paint(view: QTableView) -> None:
    """Scroll through the list, and paint each page."""
    bar = view.verticalScrollBar()
    image = QImage(view.viewport().size(), QImage.Format.Format_RGB32)
    for step in range(PAGES):
        bar.setValue(bar.maximum() * step // PAGES)
        view.viewport().render(image)


def _job(number: int, state: JobState = JobState.DONE, minute: int = 0) -> JobObject:
    at = 1_795_000_000.0 + number
    return JobObject(
        f"j{number:08}",
        JobKind.SAVE,
        state,
        f"/home/ann/projects/pump-{number % 97}/stage-{number % 13}/part-{number}.step",
        False,
        "sandbox",
        time_to_wire(at),
        time_to_wire(at + 60 * minute + 2),
        [],
        host="FreeCAD",
    )


def _plain(of: _List) -> QTableView:
    """What Qt itself takes for the same texts and icons."""
    model = QStandardItemModel(of.rows, len(Column))
    for row in range(of.rows):
        for column in Column:
            item = QStandardItem(str(of.filter.index(row, column).data()))
            if column in (Column.STATE, Column.FILE):
                item.setIcon(state_icon(JobState.DONE))
            model.setItem(row, column, item)
    view = QTableView()
    model.setParent(view)
    view.setModel(model)
    view.resize(1100, 700)
    view.show()
    QApplication.processEvents()
    return view


def _time(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _against(
    name: str, rounds: int, top: Callable[[], None], bottom: Callable[[], None], of: int, limit: float, what: str
) -> Figure:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_time(top))
        theirs.append(_time(bottom))
    many, few = percentile(ours, 0.5), percentile(theirs, 0.5)
    each = f"{many * 1e6 / of:.0f} us against {few * 1e6 / of:.0f} us"
    return Figure(name, many / few, "x", limit, f"{each}, {MANY} rows against {FEW}; {what}")


def _against_plain(rounds: int, ours: _List, plain: QTableView) -> Figure:
    mine, qts = [], []
    for _ in range(rounds):
        mine.append(_time(ours.paint))
        qts.append(_time(lambda: _paint(plain)))
    top, bottom = percentile(mine, 0.5) / PAGES, percentile(qts, 0.5) / PAGES
    rows = ours.view.viewport().height() / ours.view.rowHeight(0)
    note = f"{top * 1e3:.1f} ms against {bottom * 1e3:.1f} ms for a page, {top * 1e6 / rows:.0f} us for a row of ours"
    return Figure("activity.paint", top / bottom, "x", LIMIT_PAINT, note)


def _filter(rounds: int, many: _List) -> Figure:
    found = []
    for _ in range(rounds):
        found.append(_time(lambda: many.filter.set_criteria(Criteria(Query(Group.ALL, "pump-7")))))
        found.append(_time(lambda: many.filter.set_criteria(Criteria())))
    return Figure("activity.filter", percentile(found, 0.5) * 1000, "ms", None, f"{many.rows} rows filtered by a text")
