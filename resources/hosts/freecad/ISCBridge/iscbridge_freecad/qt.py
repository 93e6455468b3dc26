"""The Qt that FreeCAD itself runs with. Another one in the same process would end it."""

from __future__ import annotations

import importlib

_BINDING = importlib.import_module("PySide.QtCore").QObject.__module__.partition(".")[0]

QtCore = importlib.import_module(f"{_BINDING}.QtCore")
QtGui = importlib.import_module(f"{_BINDING}.QtGui")
QtWidgets = importlib.import_module(f"{_BINDING}.QtWidgets")
#: Moved from QtWidgets to QtGui with Qt 6.
QAction = getattr(QtGui, "QAction", None) or QtWidgets.QAction
