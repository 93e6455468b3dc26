"""Runs inside FreeCAD: does what the tests send over a socket, and watches the event loop and modal boxes meanwhile."""

import json
import os
import socket
import time
import traceback

import FreeCAD as App
import FreeCADGui as Gui
from iscbridge_freecad.qt import QtCore, QtWidgets

NAMES = {"App": App, "Gui": Gui, "QtCore": QtCore, "QtWidgets": QtWidgets, "os": os, "time": time}
KEEP = []


class Watch(QtCore.QObject):
    """How long the event loop stood still, how much of that it worked, and which modal boxes were there."""

    def __init__(self):
        super().__init__()
        self.longest = self.busiest = 0.0
        self.ticks = 0
        self.boxes = []
        self.answer = self.expected = None
        self._last, self._worked = time.monotonic(), time.thread_time()
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(2)

    def begin(self):
        self.longest, self.busiest, self.ticks = 0.0, 0.0, 0
        self._last, self._worked = time.monotonic(), time.thread_time()

    def _tick(self):
        now, worked = time.monotonic(), time.thread_time()
        self.ticks += 1
        self.longest, self._last = max(self.longest, now - self._last), now
        self.busiest, self._worked = max(self.busiest, worked - self._worked), worked
        box = QtWidgets.QApplication.activeModalWidget()
        if box is not None and self.answer is not None:
            answer, self.answer = self.answer, None
            answer(box)
        elif box is not None and box is not self.expected:
            self.boxes.append(f"{box.metaObject().className()}: {box.windowTitle()}")
            box.close()


class Server(QtCore.QObject):
    """One client, one line of JSON a request."""

    def __init__(self, path):
        super().__init__()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._client = None
        self._bytes = b""
        self._accepts = QtCore.QSocketNotifier(self._listener.fileno(), QtCore.QSocketNotifier.Read, self)
        self._accepts.activated.connect(self._accept)

    def _accept(self, *_):
        self._accepts.setEnabled(False)
        self._client = self._listener.accept()[0]
        self._reads = QtCore.QSocketNotifier(self._client.fileno(), QtCore.QSocketNotifier.Read, self)
        self._reads.activated.connect(self._read)

    def _read(self, *_):
        block = self._client.recv(65536)
        if not block:
            os._exit(0)
        self._bytes += block
        while b"\n" in self._bytes:
            line, _, self._bytes = self._bytes.partition(b"\n")
            self._client.sendall(json.dumps(self._do(json.loads(line))).encode() + b"\n")

    def _do(self, code):
        NAMES["result"] = None
        try:
            exec(compile(code, "test", "exec"), NAMES)
            return {"result": NAMES["result"]}
        except Exception:  # noqa: BLE001  told to the test
            return {"error": traceback.format_exc()}


def button(name):
    """The toolbar's button of one of the add-in's commands."""
    for one in (
        Gui.getMainWindow().findChild(QtWidgets.QToolBar, "ISCBridgeToolbar").findChildren(QtWidgets.QToolButton)
    ):
        if one.defaultAction() is not None and one.defaultAction().objectName() == f"ISCBridge_{name}":
            return one
    raise LookupError(name)


def press(name):
    """Press it, as a person does; seconds until it has done its work."""
    began = time.monotonic()
    button(name).click()
    return time.monotonic() - began


def note():
    """The note in the corner: its text and its buttons."""
    for one in Gui.getMainWindow().findChildren(QtWidgets.QFrame, "ISCBridgeNote"):
        if one.isVisible():
            words = one.findChild(QtWidgets.QLabel, "ISCBridgeWords").text()
            return words, {made.text(): made for made in one.findChildren(QtWidgets.QPushButton)}
    return "", {}


def line():
    return Gui.getMainWindow().statusBar().currentMessage()


def state():
    return Gui.getMainWindow().findChild(QtWidgets.QLabel, "ISCBridgeState").text()


def close_all():
    names = list(App.listDocuments())
    while names:
        for name in list(names):
            if name not in App.listDocuments():
                names.remove(name)
                continue
            App.closeDocument(name)
    while note()[1]:
        next(iter(note()[1].values())).click()


WATCH = Watch()
NAMES.update(watch=WATCH, press=press, button=button, note=note, line=line, state=state, close_all=close_all)
KEEP.append(Server(os.environ["ISCBRIDGE_TEST_SOCKET"]))
