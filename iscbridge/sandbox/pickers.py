"""The dialogs of the desk: what an engineer picks in open and save-as, from a script or from a window."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from iscbridge.core.errors import SandboxError

#: Answers that may wait.
_SCRIPT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was picked.

    As JSON in a script: `{"action": "open", "path": "/x", "version": 1, "checkout": true}`,
    `{"action": "save", "name": "x", "folder": "/y"}`, `{"action": "cancel"}` or `{"action": "wait"}` (the dialog
    stands open until an answer is given to it); every field but `action` may be left out. `after_ms` delays it.
    """

    action: str
    path: str = ""
    """Open: the cloud path; empty for the file saved last."""
    version: int | None = None
    checkout: bool = False
    name: str = ""
    """Save-as: the new name; empty for the name that the file has."""
    folder: str = "/"
    after_ms: int = 0


@dataclass(slots=True, eq=False)
class Dialog:
    """A dialog that stands open."""

    number: int
    session: int
    seq: str
    kind: str
    """`open` or `saveAs`."""
    path: str = ""
    """Save-as: the local path."""
    assembly: bool = False


class Window(Protocol):
    """A window that asks a person. It gives one answer, or none if it was dismissed before."""

    def dismiss(self) -> None: ...


WindowFactory = Callable[[Dialog, Callable[[Answer], None]], Window]


def parse_answer(found: object) -> Answer:
    """An answer of a script.

    Raises:
        SandboxError: ISCB-SANDBOX-REQUEST (param `reason`).
    """
    if not isinstance(found, Mapping):
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason="an answer is an object")
    kinds = {"path": str, "checkout": bool, "name": str, "folder": str, "version": int, "after_ms": int}
    action = found.get("action")
    if action not in {"open", "save", "cancel", "wait"}:
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason="action is open, save, cancel or wait")
    values: dict[str, Any] = {key: value for key, value in found.items() if key != "action"}
    for key, value in values.items():
        kind = kinds.get(key)
        fits = kind is not None and type(value) is kind
        if not fits or (isinstance(value, int) and value < 0):
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"{str(key)[:40]!r} of an answer")
    return Answer(action, **values)


class Pickers(QObject):
    """The open dialogs, and the script that answers them."""

    answered = Signal(object, object)
    """(Dialog, Answer); the answer's action is open, save or cancel."""

    def __init__(self, window: WindowFactory | None, parent: QObject | None = None) -> None:
        """`window` makes a window for a dialog that no script answers; None: answer by the defaults."""
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._script: deque[Answer] = deque()
        self._dialogs: dict[int, Dialog] = {}
        self._windows: dict[int, Window] = {}
        self._window = window

    @property
    def script_left(self) -> int:
        """Answers that wait for a dialog."""
        return len(self._script)

    def dialogs(self) -> list[Dialog]:
        """Dialogs that stand open, oldest first."""
        return list(self._dialogs.values())

    def script(self, answers: Sequence[object], *, clear: bool = False) -> None:
        """Add answers for the dialogs to come, one each, in order.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST; nothing is added then.
        """
        parsed = [parse_answer(answer) for answer in answers]
        if len(parsed) + (0 if clear else len(self._script)) > _SCRIPT_LIMIT:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="too many answers")
        if clear:
            self._script.clear()
        self._script.extend(parsed)

    def show(self, session: int, seq: str, kind: str, path: str = "", *, assembly: bool = False) -> None:
        """Put up a dialog."""
        dialog = Dialog(next(self._numbers), session, seq, kind, path, assembly)
        self._dialogs[dialog.number] = dialog
        if self._script:
            self._give(dialog, self._script.popleft())
        elif self._window is not None:
            self._windows[dialog.number] = self._window(dialog, lambda answer: self.answer(dialog.number, answer))
        else:
            self._give(dialog, Answer("open" if kind == "open" else "save"))

    def answer(self, number: int | None, answer: Answer) -> None:
        """Answer a dialog that stands open; None: the oldest.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: there is none, or the answer does not fit it.
        """
        dialog = self._dialogs.get(number if number is not None else min(self._dialogs, default=0))
        if dialog is None:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="no such dialog stands open")
        if answer.action == "wait" or not _fits(dialog, answer):
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"no answer for a dialog {dialog.kind}")
        self._give(dialog, answer)

    def drop_session(self, session: int) -> None:
        """Take down the dialogs of a session."""
        for dialog in self.dialogs():
            if dialog.session == session:
                self._take_down(dialog)

    def stop(self) -> None:
        """Take down all dialogs."""
        for dialog in self.dialogs():
            self._take_down(dialog)

    def _give(self, dialog: Dialog, answer: Answer) -> None:
        if answer.action == "wait":
            return
        if not _fits(dialog, answer):
            answer = Answer("cancel", after_ms=answer.after_ms)
        # Never from inside the call that put the dialog up: the call returns first, as in a real desk.
        timer = QTimer(self, singleShot=True, interval=answer.after_ms)
        timer.timeout.connect(lambda: self._done(dialog, answer))
        timer.timeout.connect(timer.deleteLater)
        timer.start()

    def _done(self, dialog: Dialog, answer: Answer) -> None:
        if dialog.number in self._dialogs:
            self._take_down(dialog)
            self.answered.emit(dialog, answer)

    def _take_down(self, dialog: Dialog) -> None:
        del self._dialogs[dialog.number]
        window = self._windows.pop(dialog.number, None)
        if window is not None:
            window.dismiss()


def _fits(dialog: Dialog, answer: Answer) -> bool:
    return answer.action == "cancel" or (answer.action == "open") == (dialog.kind == "open")
