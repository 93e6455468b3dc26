"""Open from cloud: what was delivered is opened when FreeCAD is at rest, and read again if it was open."""

from __future__ import annotations

import os

from iscbridge_freecad import documents, links
from iscbridge_freecad.qt import QtCore, QtWidgets
from iscbridge_freecad.words import text

_AGAIN_MS = 250


class Opening(QtCore.QObject):
    """Deliveries of the cloud, one after the other.

    Args:
        commands: the running add-in.
        notices: where things are told.
        background: for what FreeCAD must not wait for.
    """

    def __init__(self, commands, notices, background):
        super().__init__(commands)
        self._commands = commands
        self._notices = notices
        self._background = background
        self.delivered = []
        self._asking = False
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._next)

    def open(self):
        """Let ISCDesk ask which."""
        bridge = self._commands.bridge
        bridge.order("cloud.open", {}, self._answered)
        connected = bridge.state == "connected"
        self._notices.line(text("open.asked") if connected else self._commands.later(text("open.kept")))

    def ended(self, job):
        """An opening has come to its end."""
        if job["state"] == "done" and job.get("resultPath"):
            result = job.get("result") or {}
            read_only = result.get("openType") == "OpenOnly" and result.get("workState") == "CHECKIN"
            self.delivered.append((job["resultPath"], read_only, frozenset()))
            self._timer.start(0)
        elif job["state"] == "cancelled":
            self._notices.line(text("open.cancelled"))
        else:
            error = job.get("error") or {}
            parts = {part: error.get(part, "") for part in ("title", "message", "remedy")}
            self._notices.tell(text("open.failed", **parts), serious=True)

    def _answered(self, job, error):
        if error is None:
            self._commands.job_is(job)
            return
        words = text("open.failed", title=error.title, message=error.message, remedy=error.remedy)
        self._notices.tell(words, serious=True)

    def _next(self):
        """Open one once FreeCAD is at rest: it may be in the middle of a task, or in a box of its own."""
        self._timer.setInterval(_AGAIN_MS)
        if self._asking or not self.delivered:
            self._timer.stop()
            return
        path, read_only, agreed = self.delivered[0]
        if QtWidgets.QApplication.activeModalWidget() is not None or not documents.may_open():
            words = text("open.waits", name=os.path.basename(path))
            if words != self._notices.last:
                self._notices.line(words)
            return
        self.delivered.pop(0)
        changed = [one for one in documents.loaded_from(path) if documents.is_modified(one)]
        if agreed.issuperset(one.FileName for one in changed):
            self._open(path, read_only)
        else:
            self._ask_reload(path, read_only, changed)

    def _ask_reload(self, path, read_only, changed):
        """The answer comes at any time: till then other documents may be changed, and a task may have begun."""
        self._asking = True
        name = os.path.basename(path)
        agreed = frozenset(one.FileName for one in changed)

        def keep():
            self._asking = False
            self._notices.tell(text("open.kept_mine", name=name, path=path))
            self._timer.start(0)

        def reload():
            self._asking = False
            self.delivered.insert(0, (path, read_only, agreed))
            self._timer.start(0)

        self._notices.ask(
            text("open.ask", name=name, files=", ".join(one.Label for one in changed)),
            [(text("open.keep"), keep), (text("open.reload"), reload)],
        )

    def _open(self, path, read_only):
        try:
            main = documents.main_file(path)
            document = documents.open_delivered(main, documents.loaded_from(path))
        except documents.CantDo as reason:
            self._notices.tell(text(reason.text_id, **reason.params), serious=True)
            return
        name = document.Label
        self._background.run(links.closure_missing, lambda found: self._opened(name, read_only, found or ()), main)
        self._commands.look_soon()

    def _opened(self, name, read_only, missing):
        if missing:
            files = ", ".join(os.path.basename(path) for path in missing)
            self._notices.tell(text("open.broken", name=name, files=files), serious=True)
        else:
            self._notices.tell(text("open.read_only" if read_only else "open.done", name=name))
