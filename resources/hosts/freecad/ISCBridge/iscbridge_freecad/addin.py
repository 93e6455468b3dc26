"""Begins when FreeCAD's window is there."""

from __future__ import annotations

import FreeCAD as App
import FreeCADGui as Gui

from iscbridge_freecad import documents
from iscbridge_freecad.commands import COMMANDS, Commands, bridge_words
from iscbridge_freecad.notice import Notices
from iscbridge_freecad.qt import QtCore, QtWidgets
from iscbridge_freecad.toolbar import Toolbar
from iscbridge_freecad.words import text

#: The running add-in: FreeCAD itself keeps nothing of it.
RUNNING = []


class Addin(QtCore.QObject):
    """Puts the parts together."""

    def __init__(self, window):
        super().__init__(window)
        self.notices = Notices(window)
        self.toolbar = None
        self.commands = Commands(window, self.notices, self.refresh)
        self.toolbar = Toolbar(window, self.commands.run)
        self._observer = _Observer(self.commands)
        App.addDocumentObserver(self._observer)
        QtWidgets.QApplication.instance().aboutToQuit.connect(self.commands.close)
        self.refresh()

    def refresh(self):
        """Buttons and the state of the document, as they are now."""
        if self.toolbar is None:
            return
        for name in COMMANDS:
            self.toolbar.enable(name, self.commands.refusal(name))
        self.toolbar.show_state(text("state." + self.commands.state), bridge_words(self.commands.bridge))


class _Observer:
    """What FreeCAD tells of documents."""

    def __init__(self, commands):
        self._commands = commands

    def slotActivateDocument(self, _document):  # noqa: N802  FreeCAD's names
        self._commands.look_soon()

    def slotDeletedDocument(self, document):  # noqa: N802  FreeCAD's name
        documents.note_closed(document.Name)
        self._commands.closing()

    def slotFinishSaveDocument(self, _document, _path):  # noqa: N802  FreeCAD's name
        self._commands.look_soon()

    def slotChangedObject(self, one, property_name):  # noqa: N802  FreeCAD's name
        documents.note_change(one, property_name)
        if self._commands.state == "saved":
            self._commands.look_soon()


def start():
    """Begin as soon as FreeCAD's own start is over."""
    QtCore.QTimer.singleShot(0, _begin)


def _begin():
    window = Gui.getMainWindow()
    if window is not None and not RUNNING:
        RUNNING.append(Addin(window))
