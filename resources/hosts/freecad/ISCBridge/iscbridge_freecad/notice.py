"""What is told to the person: the status bar, FreeCAD's report, and a note in the corner that blocks nothing."""

from __future__ import annotations

import FreeCAD as App

from iscbridge_freecad.qt import QtCore, QtWidgets
from iscbridge_freecad.words import text

_LINE_MS = 10_000
_SHORT_MS = 8_000
_CHARACTERS = 60
_MARGIN = 12
#: More than anybody reads; FreeCAD's report has them all.
_MOST_WAITING = 20


class Notices(QtCore.QObject):
    """Notes at the lower right corner of the main window; one at a time, a question before all others.

    One that is serious gives way to a question alone, and waits its turn: no news takes it from a person's eyes.
    """

    def __init__(self, window):
        super().__init__(window)
        self._window = window
        self._note = None
        self._question = False
        self._serious = ""
        self._waiting = []
        self.last = ""
        window.installEventFilter(self)

    def line(self, words):
        """A line in the status bar."""
        self.last = words
        self._window.statusBar().showMessage(words.replace("\n", " "), _LINE_MS)

    def tell(self, words, serious=False):
        """A note; one that is serious stays until it is closed. FreeCAD's report and its status bar have it as well.

        While another one has to be read first, one that is not serious is told there alone.
        """
        self.last = words
        self._window.statusBar().clearMessage()
        (App.Console.PrintWarning if serious else App.Console.PrintMessage)(f"ISCBridge: {words}\n")
        if not self._is_to_be_read():
            self._close_with(words, serious)
        elif serious and words != self._serious and words not in self._waiting:
            self._waiting = [*self._waiting, words][-_MOST_WAITING:]

    def ask(self, words, answers):
        """A question: `answers` are (label, function) pairs. Waits for nobody."""
        self.line(words)
        if self._serious and self._is_to_be_read():
            self._waiting.insert(0, self._serious)
        self._question = True
        self._serious = ""
        self._put(words, answers, serious=True)

    def _is_to_be_read(self):
        """Whether there is a note that nothing may take away."""
        return self._note is not None and not self._note.isHidden() and (self._question or bool(self._serious))

    def _close_with(self, words, serious):
        """A note that is closed with a button, or by itself."""
        self._question = False
        self._serious = words if serious else ""
        self._put(words, [(text("close"), None)], serious)
        if not serious:
            self._close_later()

    def _close_later(self):
        timer = QtCore.QTimer(self._note)
        timer.setSingleShot(True)
        timer.timeout.connect(self._note.close)
        timer.start(_SHORT_MS)

    def _put(self, words, answers, serious):
        if self._note is not None:
            self._note.hide()
            self._note.deleteLater()
        self._note = note = QtWidgets.QFrame(self._window)
        note.setObjectName("ISCBridgeNote")
        note.setAccessibleName(words)
        note.setFrameStyle(QtWidgets.QFrame.Box | QtWidgets.QFrame.Raised)
        note.setMidLineWidth(1)  # a line of one is lost where a screen is scaled by a fraction
        note.setAutoFillBackground(True)
        box = QtWidgets.QVBoxLayout(note)
        box.addLayout(_top(note, serious))
        box.addWidget(_words(note, words))
        row = QtWidgets.QHBoxLayout()
        row.addStretch(1)
        for words_of_answer, function in answers:
            button = QtWidgets.QPushButton(words_of_answer, note)
            button.clicked.connect(self._answer(note, function))
            row.addWidget(button)
        box.addLayout(row)
        self._place()
        note.show()
        note.raise_()

    def _answer(self, note, function):
        def clicked(*_):
            self._question = False
            note.hide()
            if function is not None:
                function()
            if self._waiting and not self._is_to_be_read():
                self._close_with(self._waiting.pop(0), serious=True)

        return clicked

    def _place(self):
        note = self._note
        if note is None:
            return
        room = self._window.width() - 2 * _MARGIN
        wanted = max(note.fontMetrics().averageCharWidth() * _CHARACTERS, note.minimumSizeHint().width())
        width = min(wanted, room)
        height = note.layout().totalHeightForWidth(width)
        bottom = self._window.height() - self._window.statusBar().height() - _MARGIN
        note.setGeometry(self._window.width() - width - _MARGIN, bottom - height, width, height)

    def eventFilter(self, _watched, event):  # noqa: N802  Qt's name
        """The note keeps its corner."""
        if event.type() == QtCore.QEvent.Resize:
            self._place()
        return False


def _top(note, serious):
    """Who tells it; and a sign if it matters."""
    row = QtWidgets.QHBoxLayout()
    if serious:
        sign = QtWidgets.QLabel(note)
        side = note.fontMetrics().height()
        icon = note.style().standardIcon(QtWidgets.QStyle.SP_MessageBoxWarning)
        sign.setPixmap(icon.pixmap(side, side))
        row.addWidget(sign)
    name = QtWidgets.QLabel("ISCBridge", note)
    font = name.font()
    font.setBold(True)
    name.setFont(font)
    row.addWidget(name, 1)
    return row


def _words(note, words):
    label = QtWidgets.QLabel(words, note)
    label.setObjectName("ISCBridgeWords")
    label.setWordWrap(True)
    label.setTextFormat(QtCore.Qt.PlainText)
    label.setTextInteractionFlags(QtCore.Qt.TextSelectableByMouse | QtCore.Qt.TextSelectableByKeyboard)
    return label
