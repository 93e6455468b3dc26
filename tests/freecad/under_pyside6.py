"""The add-in under PySide6, as FreeCAD 1.x has it, with a stand-in for FreeCAD itself and the real bridge.

`python under_pyside6.py ADDIN WORK`: runs the add-in through a save, an opening, a question and the end; prints JSON.
What FreeCAD does to documents is not looked at here: that is what the tests with the real one are for.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types

from PySide6 import QtCore, QtGui, QtWidgets

PATIENCE_S = 60.0
#: Said by the platform without a screen whenever a window is shown; a real one does not.
OFFSCREEN = "This plugin does not support propagateSizeHints()"


class Document:
    """A document that is a file."""

    Partial = False

    def __init__(self, path):
        self.Name = self.Label = os.path.splitext(os.path.basename(path))[0]
        self.FileName = path
        self.Objects = [types.SimpleNamespace(OutList=[])]
        self.Modified = True
        self.Document = self

    def getDependentDocuments(self, _sort):  # noqa: N802  FreeCAD's name
        return [self]


class Parameters:
    def __init__(self):
        self._values = {}

    def GetString(self, name, default=""):  # noqa: N802  FreeCAD's name
        return self._values.get(name, default)

    def GetBool(self, name, default):  # noqa: N802  FreeCAD's name
        return self._values.get(name, default)

    def SetBool(self, name, value):  # noqa: N802  FreeCAD's name
        self._values[name] = value


class Window(QtWidgets.QMainWindow):
    workbenchActivated = QtCore.Signal(str)  # noqa: N815  FreeCAD's name


def stand_ins(work, window, said):
    """`FreeCAD`, `FreeCADGui` and `PySide`, as the add-in uses them."""
    settings, documents = Parameters(), {}
    app, gui = types.ModuleType("FreeCAD"), types.ModuleType("FreeCADGui")

    def show(name):
        app.ActiveDocument = gui.ActiveDocument = documents[name]

    def open_document(path):
        made = documents.setdefault(path, Document(path))
        made.Modified = False
        documents[made.Name] = documents.pop(path)
        show(made.Name)
        return made

    def save(_message):
        with open(app.ActiveDocument.FileName, "ab") as file:
            file.write(b"saved")
        app.ActiveDocument.Modified = False

    app.Version = lambda: ["1", "0", "0"]
    app.ParamGet = lambda _path: settings
    app.getUserAppDataDir = lambda: work + os.sep
    app.Console = types.SimpleNamespace(PrintMessage=said.append, PrintWarning=said.append)
    app.ActiveDocument = None
    app.listDocuments = lambda: dict(documents)
    app.getDocument = documents.__getitem__
    app.setActiveDocument = show
    app.openDocument = open_document
    app.closeDocument = documents.pop
    app.isRestoring = lambda: False
    app.addDocumentObserver = lambda _observer: None
    gui.getMainWindow = lambda: window
    gui.getDocument = documents.get
    gui.activateView = lambda *_: None
    gui.ActiveDocument = None
    gui.SendMsgToActiveView = save
    gui.Control = types.SimpleNamespace(activeDialog=lambda: False)
    shim = types.ModuleType("PySide")
    sys.modules.update({"FreeCAD": app, "FreeCADGui": gui, "PySide": shim, "PySide.QtCore": QtCore})
    return app


def until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def note(window):
    """The buttons of the note that is seen."""
    seen = [one for one in window.findChildren(QtWidgets.QFrame, "ISCBridgeNote") if one.isVisible()]
    return seen[-1].findChildren(QtWidgets.QPushButton) if seen else []


def run(addin_folder, work):
    complaints, said, answers = [], [], []
    QtCore.qInstallMessageHandler(lambda _kind, _context, words: complaints.append(words))
    application = QtWidgets.QApplication([])
    window = Window()
    window.menuBar().addMenu("&File")
    window.menuBar().addMenu("&Help")
    window.addToolBar("File")
    window.resize(900, 600)
    window.show()
    freecad = stand_ins(work, window, said)
    sys.path.insert(0, addin_folder)
    import InitGui  # noqa: F401  as FreeCAD begins
    from iscbridge_freecad import addin, qt

    until(lambda: addin.RUNNING, "the add-in")
    commands, notices = addin.RUNNING[0].commands, addin.RUNNING[0].notices
    until(lambda: commands.bridge.state == "connected", "the bridge")
    freecad.openDocument(os.path.join(work, "bracket.FCStd")).Modified = True
    bar = window.findChild(QtWidgets.QToolBar, "ISCBridgeToolbar")
    actions = {one.objectName(): one for one in bar.actions()}
    actions["ISCBridge_save"].trigger()
    until(lambda: "is in the cloud" in notices.last, "the save")
    bar.hide()
    window.workbenchActivated.emit("PartWorkbench")
    until(bar.isVisible, "the toolbar")
    job = {"job": "j", "kind": "open", "state": "done", "resultPath": os.path.join(work, "bracket.FCStd")}
    commands.job_is(job)
    until(lambda: "was opened from the cloud" in notices.last, "the opening")
    freecad.ActiveDocument.Modified = True
    commands.job_is({**job, "job": "k"})
    until(lambda: len(note(window)) == 2, "the question")
    window.resize(800, 500)
    answers += [one.text() for one in note(window)]
    note(window)[0].click()
    until(lambda: "was not reloaded" in notices.last, "the answer")
    for name in ("licence", "status"):
        actions[f"ISCBridge_{name}"].trigger()
    until(lambda: "Connected" in notices.last, "the status")
    menus = [one.text() for one in window.menuBar().actions()]
    QtCore.QTimer.singleShot(0, application.quit)
    application.exec()
    return {
        "binding": qt.QtCore.__name__,
        "action": qt.QAction is QtGui.QAction,
        "menus": menus,
        "answers": answers,
        "complaints": [words for words in complaints if words != OFFSCREEN],
        "left": os.listdir(os.path.join(work, "ISCBridge")),
        "connected": commands.bridge._client.connected,
    }


if __name__ == "__main__":
    print(json.dumps(run(*sys.argv[1:])))
