"""Toolbar, menu and the line in the status bar, in every workbench."""

from __future__ import annotations

import FreeCAD as App

from iscbridge_freecad.commands import COMMANDS
from iscbridge_freecad.qt import QAction, QtCore, QtWidgets
from iscbridge_freecad.words import text

_SETTINGS = "User parameter:BaseApp/Preferences/Mod/ISCBridge"
_HIDDEN = "ToolbarHidden"


class Toolbar(QtCore.QObject):
    """FreeCAD hides what is not a workbench's own at every change of the workbench: here it comes back."""

    def __init__(self, window, run):
        super().__init__(window)
        self._window = window
        self.actions = {name: self._action(name, run) for name in COMMANDS}
        self._bar = QtWidgets.QToolBar(text("toolbar"), window)
        self._bar.setObjectName("ISCBridgeToolbar")
        self._bar.setToolButtonStyle(QtCore.Qt.ToolButtonTextOnly)
        self._menu = QtWidgets.QMenu(text("menu"), window)
        self._menu.setObjectName("ISCBridgeMenu")
        for action in self.actions.values():
            self._bar.addAction(action)
            self._menu.addAction(action)
        window.addToolBarBreak()
        window.addToolBar(self._bar)
        # Only a person's own click: FreeCAD's hiding is not meant.
        self._bar.toggleViewAction().triggered.connect(self._remember)
        self._state = QtWidgets.QLabel("", window)
        self._state.setObjectName("ISCBridgeState")
        window.statusBar().addPermanentWidget(self._state)
        window.workbenchActivated.connect(self._later)
        self.come_back()

    def show_state(self, words, tip):
        """The state of the open document."""
        self._state.setText(words)
        self._state.setAccessibleName(words)
        self._state.setToolTip(tip)

    def enable(self, name, reason):
        """Enable a command, or disable it with the reason."""
        self.actions[name].setEnabled(not reason)
        words = reason or text(name + ".tip")
        self.actions[name].setToolTip(words)
        self.actions[name].setStatusTip(words)

    def come_back(self):
        """Show what FreeCAD has hidden."""
        menus = self._window.menuBar()
        if self._menu.menuAction() not in menus.actions():
            help_menu = menus.actions()[-1] if menus.actions() else None
            menus.insertMenu(help_menu, self._menu)
        self._menu.menuAction().setVisible(True)
        self._bar.setVisible(not App.ParamGet(_SETTINGS).GetBool(_HIDDEN, False))
        self._bar.toggleViewAction().setVisible(True)

    def _action(self, name, run):
        action = QAction(text(name), self._window)
        action.setObjectName("ISCBridge_" + name)
        action.setToolTip(text(name + ".tip"))
        action.setStatusTip(text(name + ".tip"))
        action.triggered.connect(lambda *_: run(name))
        return action

    def _later(self, *_):
        QtCore.QTimer.singleShot(0, self.come_back)

    def _remember(self, shown):
        App.ParamGet(_SETTINGS).SetBool(_HIDDEN, not shown)
