"""What the buttons do, and what is told of it."""

from __future__ import annotations

import os

import FreeCAD as App

from iscbridge_freecad import documents, installed, links
from iscbridge_freecad.background import Background
from iscbridge_freecad.bridge import Bridge
from iscbridge_freecad.client import FINAL_STATES
from iscbridge_freecad.qt import QtCore, QtWidgets
from iscbridge_freecad.standing import state_of
from iscbridge_freecad.words import language, text

PRODUCT = "FreeCAD"
COMMANDS = ("save", "saveAs", "open", "licence", "status")
_EVENTS = ["job.changed", "license.changed", "upgrade.announced", "workfile.changed", "bridge.closing"]
_AGAIN_MS = 250
_SOON_MS = 150


class Commands(QtCore.QObject):
    """The add-in while FreeCAD runs.

    Args:
        window: FreeCAD's main window.
        notices: where things are told.
        refresh: called when buttons or the state of the document may be others.
    """

    def __init__(self, window, notices, refresh):
        super().__init__(window)
        self.licence = None
        self.state = "none"
        self._jobs = {}
        self._notices = notices
        self._refresh = refresh
        self._delivered = []
        self._asking = False
        self._asked_state = 0
        self._background = Background(self)
        version = ".".join(App.Version()[:2])
        greeting = {"hostVersion": version, "product": PRODUCT, "language": language(), "events": _EVENTS}
        self.bridge = Bridge(self, greeting, self._told, self._bridge_changed)
        self._state_timer = QtCore.QTimer(self)
        self._state_timer.setSingleShot(True)
        self._state_timer.timeout.connect(self._ask_state)
        self._open_timer = QtCore.QTimer(self)
        self._open_timer.timeout.connect(self._open_next)

    # Buttons

    def run(self, command):
        """Do what a button says; returns at once."""
        reason = self.refusal(command)
        if reason:
            self._notices.tell(reason, serious=True)
            return
        getattr(self, "_do_" + command)()

    def refusal(self, command):
        """Why a command is disabled; empty if it is not."""
        licence = self.licence
        if licence is None or not licence.get("managed") or not installed.refusal_disables():
            return ""
        allowed = licence.get("allowed", {})
        able = {
            "save": allowed.get("newSave", True) or allowed.get("openedSave", True),
            "saveAs": allowed.get("newSave", True),
            "open": allowed.get("open", True),
        }
        if able.get(command, True):
            return ""
        error = licence.get("error") or {}
        return text("licence.refused", message=error.get("message", ""), remedy=error.get("remedy", ""))

    def _do_save(self):
        self._save("cloud.save")

    def _do_saveAs(self):  # noqa: N802  the command's name
        self._save("cloud.saveAs")

    def _do_open(self):
        self.bridge.order("cloud.open", {}, self._open_answered)
        connected = self.bridge.state == "connected"
        self._notices.line(text("open.asked") if connected else self._later("open.kept"))

    def _do_licence(self):
        self._notices.tell(self._licence_words(), serious=False)
        self.bridge.ask("tray.show", {"window": "license"}, _nobody)

    def _do_status(self):
        words = [text("bridge." + self.bridge.state, message=str(self.bridge.error or "")), text("state." + self.state)]
        self._notices.tell("\n".join(words))
        if self.bridge.state != "connected":
            self.bridge.wake()
        self.look_soon()

    # Saving

    def _save(self, method):
        document = App.ActiveDocument
        if document is None:
            self._notices.tell(text("no_document"))
            return
        try:
            loaded = documents.save_tree(document)
        except documents.CantDo as reason:
            self._notices.tell(text(reason.text_id, **reason.params), serious=True)
            return
        path, name = document.FileName, document.Label
        # What stands in the files counts, and not what FreeCAD tells of them: it leaves out what is missing.
        self._background.run(links.check, lambda found: self._checked(method, path, name, found), loaded)

    def _checked(self, method, path, name, found):
        assembly, stale, missing = found or (True, (), ())
        if stale:
            files = ", ".join(sorted({os.path.basename(file) for _, file in stale}))
            self._notices.tell(text("save.stale", name=name, files=files), serious=True)
        elif missing:
            self._notices.tell(text("save.missing", name=name, files=", ".join(missing)), serious=True)
        else:
            self._hand_over(method, {"path": path, "assembly": assembly}, name)

    def _hand_over(self, method, order, name):
        connected = self.bridge.state == "connected"
        self.bridge.order(method, order, lambda job, error: self._save_answered(name, job, error))
        self._notices.line(text("save.sent", name=name) if connected else self._later("save.kept", name=name))
        self.look_soon()

    def _later(self, text_id, **params):
        self.bridge.wake()
        return f"{text('bridge.' + self.bridge.state, message=str(self.bridge.error or ''))} {text(text_id, **params)}"

    def _save_answered(self, name, job, error):
        if error is None:
            self._job(job)
            return
        words = text("save.not_asked", name=name, title=error.title, message=error.message, remedy=error.remedy)
        self._notices.tell(words, serious=True)

    # What ISCBridge tells

    def _told(self, topic, params):
        if topic == "job.changed":
            self._job(params)
        elif topic == "license.changed":
            self._licence_is(params, None)
        elif topic == "workfile.changed":
            self.look_soon()
        elif topic == "upgrade.announced" and params.get("text"):
            self._notices.tell(params["text"], serious=bool(params.get("forced")))

    def _bridge_changed(self):
        state = self.bridge.state
        if state == "connected":
            self.bridge.ask("license.check", {"product": PRODUCT}, self._licence_is)
            for job in [job for job, known in self._jobs.items() if known not in FINAL_STATES]:
                self.bridge.ask("job.get", {"job": job}, self._job_is)
        words = text("bridge." + state, message=str(self.bridge.error or ""))
        if state in ("foreign", "other", "upgrade"):
            self._notices.tell(words, serious=True)
        else:
            self._notices.line(words)
        self.look_soon()
        self._refresh()

    def _job_is(self, job, error):
        if error is None:
            self._job(job)

    def _job(self, job):
        known, state = self._jobs.get(job["job"]), job["state"]
        if known == state or known in FINAL_STATES:
            return  # the answer to an order that was asked twice comes twice
        self._jobs[job["job"]] = state
        self.look_soon()
        if state not in FINAL_STATES:
            return
        if job["kind"] == "open":
            self._open_ended(job)
        elif state != "replaced":
            self._save_ended(job)

    def _save_ended(self, job):
        name = os.path.basename(job["path"])
        error = job.get("error") or {}
        parts = {part: error.get(part, "") for part in ("title", "message", "remedy")}
        words = {
            "done": "save.done",
            "cancelled": "save.cancelled",
            "unknown": "save.unknown",
        }.get(job["state"], "save.failed")
        self._notices.tell(text(words, name=name, **parts), serious=job["state"] not in ("done", "cancelled"))

    # Opening

    def _open_answered(self, job, error):
        if error is None:
            self._job(job)
            return
        words = text("open.failed", title=error.title, message=error.message, remedy=error.remedy)
        self._notices.tell(words, serious=True)

    def _open_ended(self, job):
        if job["state"] == "done" and job.get("resultPath"):
            result = job.get("result") or {}
            read_only = result.get("openType") == "OpenOnly" and result.get("workState") == "CHECKIN"
            self._delivered.append((job["resultPath"], read_only))
            self._open_timer.start(0)
        elif job["state"] == "cancelled":
            self._notices.line(text("open.cancelled"))
        else:
            error = job.get("error") or {}
            parts = {part: error.get(part, "") for part in ("title", "message", "remedy")}
            self._notices.tell(text("open.failed", **parts), serious=True)

    def _open_next(self):
        """Open what was delivered once FreeCAD is at rest: it may be in the middle of a task, or in a box of its own."""
        self._open_timer.setInterval(_AGAIN_MS)
        if self._asking or not self._delivered:
            self._open_timer.stop()
            return
        path, read_only = self._delivered[0]
        if QtWidgets.QApplication.activeModalWidget() is not None or not documents.may_open():
            self._notices.line(text("open.waits", name=os.path.basename(path)))
            return
        self._delivered.pop(0)
        close = documents.loaded_from(path)
        changed = [one.Label for one in close if documents.is_modified(one)]
        if changed:
            self._ask_reload(path, read_only, changed)
        else:
            self._open(path, read_only)

    def _ask_reload(self, path, read_only, changed):
        self._asking = True
        name = os.path.basename(path)

        def answered(function, *arguments):
            self._asking = False
            function(*arguments)
            self._open_timer.start(0)

        self._notices.ask(
            text("open.ask", name=name, files=", ".join(changed)),
            [
                (text("open.keep"), lambda: answered(self._notices.tell, text("open.kept_mine", name=name, path=path))),
                (text("open.reload"), lambda: answered(self._open, path, read_only)),
            ],
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
        self.look_soon()

    def _opened(self, name, read_only, missing):
        if missing:
            files = ", ".join(os.path.basename(path) for path in missing)
            self._notices.tell(text("open.broken", name=name, files=files), serious=True)
        else:
            self._notices.tell(text("open.read_only" if read_only else "open.done", name=name))

    # Licence

    def _licence_is(self, licence, error):
        if error is not None:
            # A bridge that does not know the question has no licence to check.
            self.licence = {} if error.code == "ISCB-PROTO-UNKNOWN-METHOD" else self.licence
        elif licence.get("product") == PRODUCT:
            before = self.refusal("open") or self.refusal("saveAs")
            self.licence = licence
            now = self.refusal("open") or self.refusal("saveAs")
            if now and now != before:
                self._notices.tell(now, serious=True)
            elif licence.get("notice"):
                self._notices.line(licence["notice"])
        self._refresh()

    def _licence_words(self):
        licence = self.licence
        if licence is None:
            return text("licence.unread")
        if not licence.get("managed"):
            return text("licence.free")
        error = licence.get("error")
        if error:
            return text("licence.refused", message=error["message"], remedy=error["remedy"])
        return licence.get("notice") or text("licence.good")

    # The open document

    def look_soon(self):
        """The state of the open document may be another one."""
        self._state_timer.start(_SOON_MS)

    def _ask_state(self):
        self._asked_state += 1
        number, document = self._asked_state, App.ActiveDocument
        if document is None or not document.FileName:
            self._state_is("none" if document is None else "new")
            return
        if self.bridge.state != "connected":
            self._state_is("unknown")
            return
        path = document.FileName

        def status(found, error):
            if error is not None:
                self._state_is("unknown")
                return
            question = {"text": os.path.basename(path), "limit": 500}
            self.bridge.ask("workfile.list", question, lambda files, wrong: listed(found, files, wrong))

        def listed(found, files, error):
            if number == self._asked_state and App.ActiveDocument is not None:
                known = [] if error is not None else files["files"]
                changed = any(one["state"] in ("changed", "changing") for one in known if _same(one["path"], path))
                watched = any(_same(one["path"], path) for one in known)
                self._state_is(state_of(found, watched, changed or documents.is_modified(App.ActiveDocument)))

        self.bridge.ask("file.status", {"path": path}, status)

    def _state_is(self, state):
        if state != self.state:
            self.state = state
            self._refresh()


def _same(one, other):
    return os.path.normcase(one) == os.path.normcase(other)


def _nobody(_result, _error):
    """Nobody wants this answer."""
