"""The control channel: newline-delimited JSON requests of tests, the command line and the demo.

A request is an object with `request` and its parameters; each gets one line back, in order: `{"ok": true, ...}` or
`{"ok": false, "error": <code>, "params": {...}}`. `iscbridge.sandbox.control` is the client.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from iscbridge.core.errors import BridgeError, SandboxError
from iscbridge.sandbox import events
from iscbridge.sandbox.actions import Actions
from iscbridge.sandbox.archive import ArchiveError
from iscbridge.sandbox.cloud import ME, CloudStore
from iscbridge.sandbox.listing import item_as_json
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.pickers import Pickers, parse_answer
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.sessions import Sessions, listen
from iscbridge.sandbox.storm import Storm

_log = logging.getLogger(__name__)

#: Longest request line in bytes.
LINE_LIMIT = 1024 * 1024
_MOST_CONNECTIONS = 32

Json = dict[str, Any]


class Controller(QObject):
    """Serves the control channel."""

    def __init__(
        self,
        places: Places,
        store: CloudStore,
        *,
        personality: Personality,
        sessions: Sessions,
        pickers: Pickers,
        actions: Actions,
        quit_desk: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._places = places
        self._store = store
        self._personality = personality
        self._sessions = sessions
        self._pickers = pickers
        self._actions = actions
        self._quit = quit_desk
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._accept)
        self._lines: dict[QLocalSocket, bytearray] = {}

    def listen(self) -> None:
        """Begin.

        Raises:
            OSError: the address can't be listened at.
        """
        listen(self._server, self._places.control)

    def stop(self) -> None:
        self._server.close()
        for socket in list(self._lines):
            socket.flush()
            socket.disconnectFromServer()

    # -- connections

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._lines) >= _MOST_CONNECTIONS:
                socket.abort()
                socket.deleteLater()
                continue
            self._lines[socket] = bytearray()
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._gone(socket))
            self._read(socket)

    def _gone(self, socket: QLocalSocket) -> None:
        if self._lines.pop(socket, None) is not None:
            socket.deleteLater()

    def _read(self, socket: QLocalSocket) -> None:
        buffer = self._lines.get(socket)
        if buffer is None:
            return
        buffer += socket.readAll().data()
        while (end := buffer.find(b"\n")) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            self._reply(socket, self._answer(line))
        if len(buffer) > LINE_LIMIT:
            self._reply(socket, _refusal(SandboxError("ISCB-SANDBOX-REQUEST", reason="the line is too long")))
            socket.disconnectFromServer()

    def _reply(self, socket: QLocalSocket, answer: Json) -> None:
        socket.write(json.dumps(answer, ensure_ascii=True).encode() + b"\n")
        socket.flush()

    def _answer(self, line: bytes) -> Json:
        try:
            return {"ok": True, **self._carry_out(line)}
        except BridgeError as error:
            return _refusal(error)
        except (ArchiveError, OSError, sqlite3.Error, ValueError, OverflowError) as error:
            _log.warning("control: %s", error)
            return _refusal(SandboxError("ISCB-SANDBOX-REQUEST", reason=str(error)[:200]))

    def _carry_out(self, line: bytes) -> Json:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="not JSON in UTF-8") from error
        name = message.get("request") if isinstance(message, dict) else None
        handler = self._handlers().get(name) if isinstance(name, str) else None
        if handler is None:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"unknown request {str(name)[:40]!r}")
        return handler(message)

    def _handlers(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "state": self._state,
            "personality": self._set_personality,
            "login": lambda _: self._change(login="in"),
            "logout": lambda _: self._change(login="out"),
            "hold": lambda m: self._change(hold=_field(m, "at", str, "middle")),
            "release": lambda _: self._change(hold="none"),
            "script": self._script,
            "answer": self._answer_dialog,
            "close": self._close_client,
            "stop": self._stop,
            "announce": self._announce,
            "storm": self._storm,
            "ls": self._ls,
            "get": self._get,
            "checkout": self._check_out,
            "checkin": self._check_in,
            "mkdir": self._mkdir,
            "calls": self._calls,
            "vendorKey": lambda _: {"verifyKey": self._actions.licenses.vendor.public_key()},
        }

    # -- requests

    def _state(self, _: Json) -> Json:
        return {
            "pid": os.getpid(),
            "address": self._places.address,
            "login": self._personality.text("login"),
            "personality": self._personality.different(),
            "sessions": [
                {"number": s.number, "client": s.client, "pid": s.pid, "calls": s.calls} for s in self._sessions.open()
            ],
            "uploads": [
                {
                    "number": u.number,
                    "session": u.session,
                    "path": u.path,
                    "assembly": u.assembly,
                    "stage": u.stage.value,
                    "done": u.done,
                    "total": u.total,
                    "held": u.held,
                }
                for u in self._actions.uploader.pending()
            ],
            "dialogs": [
                {"number": d.number, "session": d.session, "kind": d.kind, "path": d.path}
                for d in self._pickers.dialogs()
            ],
            "script": self._pickers.script_left,
            "late": self._actions.results.waiting,
            "storm": sum(child.left for child in self.children() if isinstance(child, Storm)),
        }

    def _set_personality(self, message: Json) -> Json:
        changes = _field(message, "set", dict, {})
        reset = _field(message, "reset", bool, False)
        if changes or reset:
            self._personality.set(changes, reset=reset)
            self._sessions.adapt()
        return {"personality": self._personality.all()}

    def _change(self, **changes: object) -> Json:
        self._personality.set(changes)
        self._sessions.adapt()
        return {}

    def _script(self, message: Json) -> Json:
        self._pickers.script(_field(message, "answers", list, []), clear=_field(message, "clear", bool, False))
        return {"script": self._pickers.script_left}

    def _answer_dialog(self, message: Json) -> Json:
        number = _field(message, "dialog", int, 0)
        self._pickers.answer(number or None, parse_answer(message.get("answer")))
        return {}

    def _close_client(self, _: Json) -> Json:
        self._sessions.close_all()
        return {}

    def _stop(self, _: Json) -> Json:
        self._quit()
        return {}

    def _announce(self, message: Json) -> Json:
        self._actions.announce_update(forced=_field(message, "forced", bool, False))
        return {}

    def _storm(self, message: Json) -> Json:
        event = _field(message, "event", str, events.EVENT_HEARTBEAT)
        info = _field(message, "info", str, '{"operate":"HeartBeat","params":{"n":"{n}"},"comeBackParams":{}}')
        count = _field(message, "n", int, 1)
        per_second = _field(message, "perSecond", int, 0)
        if event not in events.NAMES or not 1 <= count <= 10_000_000 or per_second < 0 or "\0" in info:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="event, info, n or perSecond of a storm")
        Storm(self._sessions, event=event, info=info, count=count, per_second=per_second, parent=self)
        return {"sessions": len(self._sessions.open())}

    def _ls(self, _: Json) -> Json:
        items = [item_as_json(item, self._store.versions(item.path)) for item in self._store.items()]
        return {"items": items, "folders": self._store.folders()}

    def _get(self, message: Json) -> Json:
        path, destination = _field(message, "path", str, ""), Path(_field(message, "to", str, ""))
        if not destination.is_absolute():
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="`to` is not absolute")
        number = _field(message, "version", int, 0) or None
        unpacked = _field(message, "unpacked", bool, False)
        return {"path": str(self._store.fetch(path, destination, number, unpacked=unpacked))}

    def _check_out(self, message: Json) -> Json:
        return {"done": self._store.check_out(_field(message, "path", str, ""), _field(message, "by", str, ME))}

    def _check_in(self, message: Json) -> Json:
        self._store.check_in(_field(message, "path", str, ""))
        return {}

    def _mkdir(self, message: Json) -> Json:
        self._store.make_folder(_field(message, "path", str, ""))
        return {}

    def _calls(self, _: Json) -> Json:
        calls = [
            {"number": number, "time": at, "function": function, "arguments": json.loads(arguments)}
            for number, at, function, arguments in self._store.noted_calls()
        ]
        return {"calls": calls}


def _field(message: Mapping[str, Any], key: str, kind: type[Any], default: Any) -> Any:
    """A parameter of a request in the type that it must have.

    Raises:
        SandboxError: ISCB-SANDBOX-REQUEST.
    """
    value = message.get(key, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"{key} is not of type {kind.__name__}")
    return value


def _refusal(error: BridgeError) -> Json:
    return {"ok": False, "error": error.code, "params": error.params}
