"""What a person can do with the chosen working files: one `QAction` each, for buttons and the context menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from iscbridge.core.workfile_model import FileState
from iscbridge.ipc.wire import ErrorObject
from iscbridge.ipc.workfile_wire import WorkfileObject
from iscbridge.platform.reveal import reveal
from iscbridge.tray.background import in_background
from iscbridge.tray.room import Room
from iscbridge.tray.workfiles.display import POLICIES, policy_text


class FileActions(QObject):
    """Acts on the files that were chosen last."""

    failed = Signal(object)
    """An `ErrorObject`."""
    saved = Signal(int)
    """So many saves were asked for."""
    forgotten = Signal(int)
    """So many files are watched no more."""
    not_shown = Signal()
    """The folder could not be shown."""

    def __init__(self, room: Room, window: QWidget, view: QWidget) -> None:
        super().__init__(window)
        self._room = room
        self._chosen: tuple[WorkfileObject, ...] = ()
        self.save = self._action(window, "Ctrl+S")
        self.show = self._action(window, "Ctrl+L")
        self.forget = self._action(view, QKeySequence.StandardKey.Delete, Qt.ShortcutContext.WidgetShortcut)
        self.policy_menu = QMenu(window)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_policy)
        for policy in POLICIES:
            action = QAction(self)
            action.setCheckable(True)
            action.setData("" if policy is None else policy.value)
            self._group.addAction(action)
            self.policy_menu.addAction(action)
        self.save.triggered.connect(self._on_save)
        self.show.triggered.connect(self._on_show)
        self.forget.triggered.connect(self._on_forget)
        room.words.changed.connect(self.retranslate)
        self.retranslate()
        self.choose(())

    def _action(
        self,
        widget: QWidget,
        keys: str | QKeySequence.StandardKey,
        where: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> QAction:
        action = QAction(self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(where)
        widget.addAction(action)
        return action

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._room.words
        self.save.setText(words("workfiles.deed.save"))
        self.show.setText(words("workfiles.deed.show"))
        self.forget.setText(words("workfiles.deed.forget"))
        self.policy_menu.setTitle(words("workfiles.deed.policy"))
        self.policy_menu.setAccessibleName(words("workfiles.deed.policy"))
        for action, policy in zip(self._group.actions(), POLICIES, strict=True):
            action.setText(policy_text(policy, words))

    def choose(self, files: Sequence[WorkfileObject]) -> None:
        """Act on these from now on."""
        self._chosen = tuple(files)
        some = bool(self._chosen)
        self.save.setEnabled(any(file.state is not FileState.MISSING for file in self._chosen))
        self.show.setEnabled(len(self._chosen) == 1)
        self.forget.setEnabled(some)
        self.policy_menu.setEnabled(some)
        policies = {file.policy for file in self._chosen}
        for action, policy in zip(self._group.actions(), POLICIES, strict=True):
            action.setChecked(policies == {policy})

    @Slot()
    def _on_save(self) -> None:
        """An assembly is saved once, however many of its files are chosen."""
        each = {file.main or file.path: file for file in self._chosen if file.state is not FileState.MISSING}
        for file in each.values():
            self._ask("workfile.save", {"path": file.path})
        if each:
            self.saved.emit(len(each))

    @Slot()
    def _on_show(self) -> None:
        errand = in_background(partial(reveal, self._chosen[0].path), parent=self)
        errand.done.connect(self._on_shown)

    @Slot(object)
    def _on_shown(self, shown: object) -> None:
        if not shown:
            self.not_shown.emit()

    @Slot()
    def _on_forget(self) -> None:
        for file in self._chosen:
            self._ask("workfile.forget", {"path": file.path})
        if self._chosen:
            self.forgotten.emit(len(self._chosen))

    @Slot(QAction)
    def _on_policy(self, action: QAction) -> None:
        policy = action.data()
        for file in self._chosen:
            self._ask("workfile.policy", {"path": file.path, **({"policy": policy} if policy else {})})

    def _ask(self, method: str, params: dict[str, object]) -> None:
        reply = self._room.link.ask(method, params, parent=self)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self.failed.emit(error)
