"""The settings' page of CADs: which are here, how their add-ins stand, and putting them in and out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.hosts.catalog import Catalog, Entry, add_host, look_at
from iscbridge.hosts.host_file import HostFile
from iscbridge.hosts.install import AddinState, Done
from iscbridge.hosts.overview import Overview, Row, act, overview
from iscbridge.hosts.roots import Roots
from iscbridge.ipc.messages import StatusResult
from iscbridge.ipc.wire import ErrorObject
from iscbridge.texts.render import render
from iscbridge.tray.background import in_background
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room
from iscbridge.tray.settings.asking import Asking
from iscbridge.tray.settings.flow import FlowLayout
from iscbridge.tray.settings.hosts_model import HostsModel

#: How often it is asked who is connected, while somebody looks on.
_AGAIN_MS = 3000
_REMOVE, _ADD = "remove", "add"


def make(room: Room) -> QWidget:
    """The page."""
    return HostsPage(room)


class HostsPage(QWidget):
    """A table, and below it what can be done with the chosen row."""

    def __init__(
        self, room: Room, parent: QWidget | None = None, *, roots: Roots | None = None, catalog: Catalog | None = None
    ) -> None:
        """`roots` and `catalog`: of another machine than this one."""
        super().__init__(parent)
        self._room = room
        self._roots = roots
        self._catalog = catalog
        self._busy = ""
        self._subject: Row | None = None
        """What an action is under way for, or what was asked about."""
        self._offered: tuple[Path, HostFile] | None = None
        self._offered_path = Path()
        self._action = ""
        self._faults: tuple[ErrorInfo, ...] = ()
        self._error: ErrorInfo | None = None
        self._said: tuple[str, dict[str, str]] | None = None
        self._kept: tuple[str, ...] = ()
        self._known = False
        self._build()
        room.words.changed.connect(self.retranslate)
        room.link.state_changed.connect(self._on_link)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._ask_who)
        self.retranslate()
        self.look()
        self._ask_who()

    def _build(self) -> None:
        self.help = _label(self)
        self.model = HostsModel(self._room.words)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.table.setMinimumHeight(self.fontMetrics().height() * 8)
        self.detail = _label(self)
        self.outcome = _label(self)
        self.asking = Asking(self)
        self.install, self.repair, self.remove, self.again, self.other = (QPushButton(self) for _ in range(5))
        row = FlowLayout()
        deeds = (self._on_install, self._on_repair, self._on_remove, self._on_again, self._on_other)
        for button, deed in zip((self.install, self.repair, self.remove, self.again, self.other), deeds, strict=True):
            button.setAutoDefault(False)
            button.clicked.connect(deed)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.help)
        layout.addWidget(self.table, 1)
        for widget in (self.detail, self.outcome, self.asking):
            layout.addWidget(widget)
        layout.addLayout(row)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.model.modelReset.connect(self._on_reset)
        self.asking.answered.connect(self._on_answer)

    # what is shown

    @property
    def chosen(self) -> Row | None:
        """The row that is chosen."""
        return self.model.row(self.table.currentIndex().row())

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words = self._room.words
        self.setWindowTitle(words("hosts.page"))
        self.help.setText(words("hosts.page.help"))
        self.table.setAccessibleName(words("hosts.page.table"))
        self.model.retranslate()
        self.again.setText(words("hosts.again"))
        self.other.setText(words("hosts.other"))
        self.repair.setText(words("hosts.repair"))
        self.remove.setText(words("hosts.remove"))
        self._show()
        if self.asking.key:
            self.asking.say(*self._question(self.asking.key))

    def _show(self) -> None:
        """All that depends on the chosen row and on what is under way."""
        words, row = self._room.words, self.chosen
        actions = () if row is None or self._busy else row.actions
        older = row is not None and row.look.state is AddinState.OLDER
        self.install.setText(words("hosts.update" if older else "hosts.add"))
        for name, button in (("install", self.install), ("repair", self.repair), ("remove", self.remove)):
            offered = row is not None and name in row.actions
            button.setVisible(offered)
            button.setEnabled(name in actions)
        self.again.setEnabled(not self._busy)
        self.other.setEnabled(not self._busy)
        self.detail.setText("\n".join(self._details(row)))
        self.detail.setVisible(bool(self.detail.text()))
        self.outcome.setText("\n".join(self._outcome()))
        self.outcome.setVisible(bool(self.outcome.text()))

    def _details(self, row: Row | None) -> list[str]:
        words = self._room.words
        if row is None:
            return [words("hosts.choose" if self.model.rowCount() else "hosts.none")] if self._known else []
        if row.installation is None:
            return [words("hosts.detail.detached")]
        lines = [words("hosts.detail.program", path=row.installation.program)]
        if row.look.state is AddinState.NO_ADDIN:
            return [*lines, words("hosts.no_addin.help", title=row.title[words.language])]
        if row.place:
            lines.append(words("hosts.detail.place", path=row.place))
        if row.look.changed:
            lines.append(words("hosts.detail.changed", files=", ".join(row.look.changed)))
        if row.look.state is AddinState.FOREIGN:
            lines.append(words("hosts.detail.foreign", files=", ".join(row.look.extras)))
        return lines

    def _outcome(self) -> list[str]:
        words = self._room.words
        lines = [self._in_words(fault) for fault in self._faults]
        if self._busy:
            title = "" if self._subject is None else self._subject.title[words.language]
            lines.append(words(self._busy, title=title))
        if self._said is not None:
            message, params = self._said
            lines.append(words(message, **params))
        if self._kept:
            lines.append(words("hosts.kept", files=", ".join(self._kept)))
        if self._error is not None:
            lines.append(self._in_words(self._error))
        return lines

    def _in_words(self, error: ErrorInfo) -> str:
        shown = render(error, self._room.words.language)
        return self._room.words("license.page.failed", code=error.code, **shown._asdict())

    # looking

    @Slot()
    def look(self) -> None:
        """Look for CADs again."""
        self._busy = self._busy or "hosts.busy.look"
        errand = in_background(partial(overview, self._room.home, self._roots, self._catalog), parent=self)
        errand.done.connect(self._on_overview)
        errand.failed.connect(self._on_failed)
        self._show()

    @Slot(object)
    def _on_overview(self, found: Overview) -> None:
        self._busy, self._known = "", True
        self._faults = found.faults
        self.model.set_rows(found.rows)
        self._show()

    @Slot()
    def _on_reset(self) -> None:
        if self.model.rowCount():
            self.table.selectRow(0)

    @Slot()
    def _on_row(self) -> None:
        self.asking.withdraw()
        self._show()

    @Slot()
    def _ask_who(self) -> None:
        if self._room.link.state is LinkState.CONNECTED:
            reply = self._room.link.ask("bridge.status", parent=self)
            reply.done.connect(self._on_status)
            reply.failed.connect(self._on_unknown)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        self.model.set_connected([host.product for host in status.hosts if host.product])

    @Slot(object)
    def _on_unknown(self, _error: ErrorObject) -> None:
        self.model.set_connected(None)

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            self._ask_who()
        else:
            self.model.set_connected(None)

    # acting

    @Slot()
    def _on_install(self) -> None:
        self._act("install")

    @Slot()
    def _on_repair(self) -> None:
        self._act("repair")

    @Slot()
    def _on_remove(self) -> None:
        self._subject = self.chosen
        if self._subject is not None:
            self.asking.ask(_REMOVE, *self._question(_REMOVE))

    @Slot()
    def _on_again(self) -> None:
        self._error, self._said, self._kept = None, None, ()
        self.look()

    def _question(self, key: str) -> tuple[str, str, str]:
        words = self._room.words
        no = words("hosts.no")
        if key == _ADD and self._offered is not None:
            path, host = self._offered
            params = {"title": host.named(words.language), "product": host.product, "path": printable(str(path))}
            return words("hosts.other.ask", **params), words("hosts.other.yes"), no
        row = self._subject
        title, place = ("", "") if row is None else (row.title[words.language], row.place)
        return words("hosts.remove.ask", title=title, path=place), words("hosts.remove.yes"), no

    @Slot(str)
    def _on_answer(self, key: str) -> None:
        if key == _REMOVE:
            self._act("remove", self._subject)
        elif self._offered is not None:
            path, _ = self._offered
            errand = in_background(partial(add_host, path, self._room.home), parent=self)
            errand.done.connect(self._on_added)
            errand.failed.connect(self._on_failed)

    def _act(self, action: str, row: Row | None = None) -> None:
        row = row or self.chosen
        if row is None or row.installation is None or self._busy:
            return
        self._subject, self._action = row, action
        self._error, self._said, self._kept = None, None, ()
        self._busy = "hosts.busy.act"
        work = partial(
            act,
            self._room.home,
            row.host,
            action,
            program=row.installation.program,
            roots=self._roots,
            catalog=self._catalog,
        )
        errand = in_background(work, parent=self)
        errand.done.connect(self._on_acted)
        errand.failed.connect(self._on_failed)
        self._show()

    @Slot(object)
    def _on_acted(self, done: Done) -> None:
        title = "" if self._subject is None else self._subject.title[self._room.words.language]
        self._busy, self._kept = "", done.kept
        self._said = (f"hosts.done.{self._action}", {"title": title})
        self.look()

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self._busy, self._error, self._said = "", error, None
        self.look()

    # another CAD

    @Slot()
    def _on_other(self) -> None:
        words = self._room.words
        title, kinds = words("hosts.other"), words("hosts.other.kinds")
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if chosen:
            self.offer(Path(chosen))

    def offer(self, path: Path) -> None:
        """Look at a vendor's description, and ask whether it is to be added."""
        self._error, self._said, self._kept = None, None, ()
        self._offered_path = path
        errand = in_background(partial(look_at, path), parent=self)
        errand.done.connect(self._on_looked)
        errand.failed.connect(self._on_failed)

    @Slot(object)
    def _on_looked(self, host: HostFile) -> None:
        self._offered = (self._offered_path, host)
        self.asking.ask(_ADD, *self._question(_ADD))
        self._show()

    @Slot(object)
    def _on_added(self, entry: Entry) -> None:
        self._said = ("hosts.other.done", {"title": entry.host.named(self._room.words.language)})
        self.look()

    def event(self, event: QEvent) -> bool:
        """Ask who is connected while somebody looks on, and only then."""
        if event.type() == QEvent.Type.Show:
            self._again.start()
        elif event.type() == QEvent.Type.Hide:
            self._again.stop()
        return super().event(event)


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
