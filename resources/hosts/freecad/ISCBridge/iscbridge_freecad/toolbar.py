"""Toolbar, menu and the line in the status bar, in every workbench."""

from __future__ import annotations

import FreeCAD as App

from iscbridge_freecad.commands import COMMANDS
from iscbridge_freecad.qt import QAction, QtCore, QtWidgets
from iscbridge_freecad.words import text

_SETTINGS = "User parameter:BaseApp/Preferences/Mod/ISCBridge"
_HIDDEN = "ToolbarHidden"
_PLACED = "ToolbarPlaced"


class Toolbar(QtCore.QObject):
    """FreeCAD hides what is not a workbench's own at every change of the workbench: here it comes back."""

    def __init__(self, window, run):
        super().__init__(window)
        self._window = window
        self._reasons = {}
        self.actions = {name: self._action(name, run) for name in COMMANDS}
        self._bar = QtWidgets.QToolBar(window)
        self._bar.setObjectName("ISCBridgeToolbar")
        self._bar.setToolButtonStyle(QtCore.Qt.ToolButtonTextOnly)
        self._menu = QtWidgets.QMenu(window)
        self._menu.setObjectName("ISCBridgeMenu")
        for action in self.actions.values():
            self._bar.addAction(action)
            self._menu.addAction(action)
        window.addToolBar(self._bar)
        # Only a person's own click: FreeCAD's hiding is not meant.
        self._bar.toggleViewAction().triggered.connect(self._remember)
        self._state = QtWidgets.QLabel("", window)
        self._state.setObjectName("ISCBridgeState")
        window.statusBar().addPermanentWidget(self._state)
        window.workbenchActivated.connect(self._later)
        window.installEventFilter(self)
        self.come_back()

    def show_state(self, words, tip):
        """The state of the open document."""
        # A repaint of anything in the window costs FreeCAD one of all its views: only for other words.
        if words != self._state.text():
            self._state.setText(words)
            self._state.setAccessibleName(words)
        self._state.setToolTip(tip)

    def enable(self, name, reason):
        """Enable a command, or disable it with the reason."""
        self._reasons[name] = reason
        self.actions[name].setEnabled(not reason)
        self._name(name)

    def come_back(self):
        """Show what FreeCAD has hidden."""
        self._put_menu()
        self._put_bar()
        self._name_all()
        self._bar.setVisible(not App.ParamGet(_SETTINGS).GetBool(_HIDDEN, False))
        self._bar.toggleViewAction().setVisible(True)

    def _put_menu(self):
        """Before the last one, which is Help. FreeCAD builds its menus anew for each workbench."""
        menus = self._window.menuBar()
        own = self._menu.menuAction()
        others = [one for one in menus.actions() if one is not own and one.isVisible()]
        own.setVisible(True)
        if others and menus.actions()[-2:] != [own, others[-1]]:
            menus.insertAction(others[-1], own)

    def _put_bar(self):
        """In a row of its own below FreeCAD's, for the first time; later on it is where the person has moved it."""
        settings = App.ParamGet(_SETTINGS)
        ready = any(one is not self._bar and one.isVisible() for one in self._window.findChildren(QtWidgets.QToolBar))
        if ready and not settings.GetBool(_PLACED, False):
            settings.SetBool(_PLACED, True)
            self._window.removeToolBar(self._bar)
            self._window.addToolBarBreak()
            self._window.addToolBar(self._bar)

    def _action(self, name, run):
        action = QAction(text(name), self._window)
        action.setObjectName("ISCBridge_" + name)
        action.triggered.connect(lambda *_: run(name))
        return action

    def _name_all(self):
        """FreeCAD names what it finds in its window anew when the language changes, and ours after nothing."""
        self._menu.setTitle(text("menu"))
        self._bar.setWindowTitle(text("toolbar"))
        for name in COMMANDS:
            self._name(name)

    def _name(self, name):
        action, tip = self.actions[name], self._reasons.get(name) or text(name + ".tip")
        action.setText(text(name))
        action.setToolTip(tip)
        action.setStatusTip(tip)

    def eventFilter(self, _watched, event):  # noqa: N802  Qt's name
        """Another language."""
        if event.type() == QtCore.QEvent.LanguageChange:
            self._later()
        return False

    def _later(self, *_):
        QtCore.QTimer.singleShot(0, self.come_back)

    def _remember(self, shown):
        App.ParamGet(_SETTINGS).SetBool(_HIDDEN, not shown)
