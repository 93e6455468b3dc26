"""What clients are told of working files: changes, gathered, and the question whether to save."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from iscbridge.ipc.server import BridgeServer
from iscbridge.ipc.workfile_wire import WorkfileAskParams, WorkfileChangedParams, WorkfileObject

#: More files than this are not listed in one notification: who wants to know asks for the list.
MOST_LISTED = 100
_CHANGED_MS = 250


class Telling(QObject):
    """Gathers for a moment and sends one notification."""

    def __init__(
        self,
        server: BridgeServer,
        describe: Callable[[str], WorkfileObject | None],
        counts: Callable[[], dict[str, int]],
        ask_s: float,
        parent: QObject,
    ) -> None:
        """`describe` gives a file as clients see it; None if it is watched no more."""
        super().__init__(parent)
        self._server = server
        self._describe = describe
        self._counts = counts
        self._changed: dict[str, None] = {}
        self._questions: dict[str, None] = {}
        self._all = False
        self._change_timer = self._timer(_CHANGED_MS, self._tell)
        self._ask_timer = self._timer(round(ask_s * 1000), self._ask)

    def _timer(self, milliseconds: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.CoarseTimer)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    def changed(self, path: str) -> None:
        """Something of a file is another now."""
        if len(self._changed) <= MOST_LISTED:  # one more says that there are too many
            self._changed[path] = None
        if not self._change_timer.isActive():
            self._change_timer.start()

    def everything(self) -> None:
        """All files may be others now."""
        self._all = True
        if not self._change_timer.isActive():
            self._change_timer.start()

    def ask(self, path: str) -> None:
        """Ask whether to save a file."""
        self._questions[path] = None
        if not self._ask_timer.isActive():
            self._ask_timer.start()

    def take_back(self, path: str) -> None:
        """The question has no sense any more."""
        self._questions.pop(path, None)

    @Slot()
    def _tell(self) -> None:
        changed, self._changed = self._changed, {}
        more, self._all = self._all or len(changed) > MOST_LISTED, False
        if not self._server.follows("workfile.changed"):
            return
        files = [] if more else [self._describe(path) for path in changed]
        gone = [] if more else [path for path, file in zip(changed, files, strict=True) if file is None]
        params = WorkfileChangedParams(
            files=[file for file in files if file is not None], gone=gone, counts=self._counts(), more=more
        )
        self._server.notify("workfile.changed", params)

    @Slot()
    def _ask(self) -> None:
        questions, self._questions = self._questions, {}
        if questions:
            listed = list(questions)[:MOST_LISTED]
            self._server.notify("workfile.ask", WorkfileAskParams(paths=listed, count=len(questions)))
