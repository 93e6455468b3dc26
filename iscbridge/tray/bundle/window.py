"""The support bundle's window: all that it would hold, before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.errors import FileError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.reveal import reveal
from iscbridge.service.support.bundle import Bundle, Gathered, Member, default_name, gather, write
from iscbridge.service.support.sizes import size_text
from iscbridge.texts.render import render
from iscbridge.tray.background import in_background
from iscbridge.tray.bundle.contents import ContentsTree, what_is
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.labels import ElidedLabel

#: Of a file; a log of megabytes would make the window stand still.
_PREVIEW_LINES = 2000
_PREVIEW_BYTES = 200_000


class BundleWindow(QWidget):
    """Gathers at once, shows the contents and each file of them, saves where the person says."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._gathered: Gathered | None = None
        self._bundle: Bundle | None = None
        self._saved: Path | None = None
        self._said: tuple[str, Mapping[str, object]] = ("bundle.window.gathering", {})
        self._busy = False
        self._dialog: QFileDialog | None = None
        self.intro, self.what = self._label(), self._label()
        self.tree = ContentsTree(self)
        self.preview = QPlainTextEdit(self)
        self.preview.setReadOnly(True)
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        # Tab leads on, as in every text that can't be written in.
        self.preview.setTabChangesFocus(True)
        self.shorten = QCheckBox(self)
        self.shorten.toggled.connect(self._dress)
        self.status = ElidedLabel(parent=self)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.again, self.save_as = QPushButton(self), QPushButton(self)
        self.show_folder, self.close_button = QPushButton(self), QPushButton(self)
        self._lay_out()
        self.tree.chosen.connect(self._show_member)
        room.words.changed.connect(self._on_language)
        self._retranslate()
        self.gather()

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(self.tree)
        right = QWidget(split)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.what)
        beside.addWidget(self.preview, 1)
        split.addWidget(right)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(self)
        roles = QDialogButtonBox.ButtonRole
        buttons.addButton(self.again, roles.ResetRole)
        buttons.addButton(self.show_folder, roles.ActionRole)
        buttons.addButton(self.save_as, roles.AcceptRole)
        buttons.addButton(self.close_button, roles.RejectRole)
        self.again.clicked.connect(self.gather)
        self.save_as.clicked.connect(self.ask_where)
        self.show_folder.clicked.connect(self._open_folder)
        self.close_button.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.intro)
        layout.addWidget(split, 1)
        layout.addWidget(self.shorten)
        layout.addWidget(self.status)
        layout.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(width * 80)
        self.resize(width * 130, self.fontMetrics().height() * 36)

    # gathering

    @Slot()
    def gather(self) -> None:
        """Read everything anew."""
        self._begin("bundle.window.gathering")
        errand = in_background(partial(gather, self._room.home, self._room.words.language), parent=self)
        errand.done.connect(self._on_gathered)
        errand.failed.connect(self._on_failed)

    @Slot(object)
    def _on_gathered(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._busy = False
        self._dress()

    @Slot()
    def _dress(self) -> None:
        if self._gathered is None or self._busy:
            return
        self._begin("bundle.window.gathering")
        work = partial(self._gathered.dress, shorten_paths=self.shorten.isChecked())
        errand = in_background(work, parent=self)
        errand.done.connect(self._on_dressed)
        errand.failed.connect(self._on_failed)

    @Slot(object)
    def _on_dressed(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.tree.show_bundle(bundle, self._room.words)
        total = size_text(bundle.size, self._room.words.language)
        self._end("bundle.window.total", count=len(bundle.members), size=total)

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self._end("bundle.window.failed", detail=render(error, self._room.words.language).title)

    # looking

    @Slot(object)
    def _show_member(self, member: Member | None) -> None:
        words = self._room.words
        if member is None:
            self.what.setText(words("bundle.window.choose"))
            self.preview.clear()
            return
        self.what.setText(what_is(member, words))
        text = member.data[:_PREVIEW_BYTES].decode("utf-8", "replace")
        lines = text.splitlines()
        shown = "\n".join(lines[:_PREVIEW_LINES])
        if len(lines) > _PREVIEW_LINES or len(member.data) > _PREVIEW_BYTES:
            shown = f"{words('bundle.window.cut')}\n\n{shown}"
        self.preview.setPlainText(shown)

    # saving

    @Slot()
    def ask_where(self) -> None:
        """The system's own dialog; it asks before it replaces a file."""
        words = self._room.words
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, words("bundle.window.save-title"), folder, words("bundle.window.filter"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(default_name())
        dialog.fileSelected.connect(self.save_to)
        self._dialog = dialog
        dialog.open()

    @Slot(str)
    def save_to(self, path: str) -> None:
        """Write the bundle; whoever chose the path has agreed to replace what is there."""
        if self._bundle is None or not path:
            return
        self._begin("bundle.window.saving")
        errand = in_background(partial(_write, self._bundle, Path(path)), parent=self)
        errand.done.connect(self._on_saved)
        errand.failed.connect(self._on_not_saved)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._saved = path
        self._end("bundle.window.saved", path=path)

    @Slot(object)
    def _on_not_saved(self, error: ErrorInfo) -> None:
        shown = render(error, self._room.words.language)
        self._end("bundle.window.not-saved", detail=f"{shown.message} {shown.remedy}")

    @Slot()
    def _open_folder(self) -> None:
        if self._saved is not None:
            in_background(partial(reveal, str(self._saved)), parent=self)

    # words

    def _begin(self, name: str) -> None:
        self._busy = True
        self._say(name)

    def _end(self, name: str, **params: object) -> None:
        self._busy = False
        self._say(name, **params)

    def _say(self, name: str, **params: object) -> None:
        self._said = name, params
        self.status.setText(self._room.words(name, **params))
        ready = self._bundle is not None and not self._busy
        self.save_as.setEnabled(ready)
        self.shorten.setEnabled(ready)
        self.again.setEnabled(not self._busy)
        self.show_folder.setEnabled(self._saved is not None)

    @Slot()
    def _on_language(self) -> None:
        self._retranslate()
        if not self._busy:
            self.gather()  # the explanations in it are in the reader's language, too

    def _retranslate(self) -> None:
        words = self._room.words
        self.setWindowTitle(words("bundle.window.title"))
        self.intro.setText(words("bundle.window.intro"))
        self.tree.setAccessibleName(words("bundle.window.tree"))
        self.preview.setAccessibleName(words("bundle.window.preview"))
        self.shorten.setText(words("bundle.window.shorten"))
        self.shorten.setToolTip(words("bundle.window.shorten-help"))
        self.shorten.setAccessibleDescription(words("bundle.window.shorten-help"))
        for button, name in (
            (self.again, "again"),
            (self.save_as, "save"),
            (self.show_folder, "show-folder"),
            (self.close_button, "close"),
        ):
            button.setText(words(f"bundle.window.{name}"))
        self.tree.retranslate(words)
        self._show_member(self.tree.member)
        name, params = self._said
        self._say(name, **params)


def _write(bundle: Bundle, path: Path) -> Path:
    """Write, and give the path. Raises FileError."""
    if path.is_dir():
        raise FileError("ISCB-FILE-EXISTS", path=str(path))
    write(bundle, path, replace=True)
    return path


def make(room: Room) -> QWidget:
    """The window."""
    return BundleWindow(room)
