"""A link whose answers a test gives: for the logic of one window. Answers come later, as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.messages import REQUESTS, TOPICS
from iscbridge.ipc.wire import error_to_wire
from iscbridge.tray.link import LinkState, Reply

#: What a script says to a request: the result as it stands on the wire, an error, or None for no answer at all.
Answer = Mapping[str, Any] | ErrorInfo | None
Script = Mapping[str, Answer | Callable[[Mapping[str, Any]], Answer]]


class ScriptedLink(QObject):
    """`Link` without a bridge. `asked` holds every question, as (method, params)."""

    state_changed = Signal(object)
    told = Signal(str, object)

    def __init__(self, script: Script | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.script: dict[str, Any] = dict(script or {})
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.state = LinkState.CONNECTED
        self.hello = None
        self.language = "en"
        self._open: dict[int, tuple[Reply, Answer]] = {}
        self._number = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._answer)

    def ask(self, method: str, params: Mapping[str, Any] | None = None, *, parent: QObject) -> Reply:
        """As `Link.ask`. A request that the script does not know is a mistake of the test."""
        given = dict(params or {})
        msgspec.json.decode(msgspec.json.encode(given), type=REQUESTS[method].params)  # what the bridge would refuse
        self.asked.append((method, given))
        answer = self.script[method]
        reply = Reply(method, parent)
        self._number += 1
        self._open[self._number] = (reply, answer(given) if callable(answer) else answer)
        self._later.start()
        return reply

    def asked_for(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every such request so far."""
        return [params for name, params in self.asked if name == method]

    def tell(self, topic: str, **params: Any) -> None:
        """A notification, its members named as on the wire."""
        raw = msgspec.json.encode(params)
        self.told.emit(topic, msgspec.json.decode(raw, type=TOPICS[topic].params))

    def set_state(self, state: LinkState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def _answer(self) -> None:
        ready, self._open = self._open, {}
        for reply, answer in ready.values():
            if not isValid(reply) or answer is None:
                continue
            if isinstance(answer, ErrorInfo):
                reply.failed.emit(error_to_wire(answer, self.language))
            else:
                declared = REQUESTS[reply.method].result
                reply.done.emit(msgspec.json.decode(msgspec.json.encode(answer), type=declared))
            if isValid(reply):
                reply.setParent(None)
