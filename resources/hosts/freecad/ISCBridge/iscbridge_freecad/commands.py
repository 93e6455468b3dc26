"""What the buttons do, the licence, the state of the open document, and what ISCBridge tells."""

from __future__ import annotations

import FreeCAD as App

from iscbridge_freecad import installed
from iscbridge_freecad.background import Background
from iscbridge_freecad.bridge import Bridge
from iscbridge_freecad.client import FINAL_STATES, BridgeError
from iscbridge_freecad.looking import Look
from iscbridge_freecad.memory import Memory
from iscbridge_freecad.opening import Opening
from iscbridge_freecad.qt import QtCore
from iscbridge_freecad.saving import LeftBehind, Saving
from iscbridge_freecad.words import language, text

PRODUCT = "FreeCAD"
COMMANDS = ("save", "saveAs", "open", "licence", "status")
_EVENTS = ["job.changed", "license.changed", "upgrade.announced", "workfile.changed", "bridge.closing"]
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
        self._asked_state = 0
        self._tell_state = False
        self._background = Background(self)
        self._saving = Saving(self, notices, self._background)
        self.opening = Opening(self, notices, self._background)
        version = ".".join(App.Version()[:2])
        greeting = {"hostVersion": version, "product": PRODUCT, "language": language(), "events": _EVENTS}
        self._left_behind = []
        self.bridge = Bridge(self, greeting, self._told, self._bridge_changed, Memory())
        self._left_behind = LeftBehind.take_up(self, self._saving, greeting)
        self._state_timer = QtCore.QTimer(self)
        self._state_timer.setSingleShot(True)
        self._state_timer.timeout.connect(self._ask_state)

    def close(self):
        """FreeCAD ends."""
        try:
            self._saving.finish()
        finally:
            for one in (self.bridge, *self._left_behind):
                one.close()

    def closing(self):
        """A document is being closed, and is still there."""
        self._saving.finish_objects()
        self.look_soon()

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
        self._saving.save("cloud.save")

    def _do_saveAs(self):  # noqa: N802  the command's name
        self._saving.save("cloud.saveAs")

    def _do_open(self):
        self.opening.open()

    def _do_licence(self):
        words = self._licence_words()
        self._notices.tell(words if self.bridge.state == "connected" else self.later(words))
        self.bridge.ask("tray.show", {"window": "license"}, _nobody)

    def _do_status(self):
        self._tell_state = True
        if self.bridge.state != "connected":
            self.bridge.wake()
        self._ask_state()

    def later(self, words):
        """What is told of a command while there is no connection: why, and what becomes of it."""
        self.bridge.wake()
        return f"{self._bridge_words()} {words}"

    def _bridge_words(self):
        return bridge_words(self.bridge)

    # What ISCBridge tells

    def _told(self, topic, params):
        if topic == "job.changed":
            self.job_is(params)
        elif topic == "license.changed":
            self._licence_is(params, None)
        elif topic == "workfile.changed":
            self.look_soon()
        elif topic == "upgrade.announced" and params.get("text"):
            self._notices.tell(params["text"], serious=bool(params.get("forced")))

    def _bridge_changed(self):
        state = self.bridge.state
        if state == "connected":
            for one in self._left_behind:
                one.wake()
            self.bridge.ask("license.check", {"product": PRODUCT}, self._licence_is)
            for job in [job for job, known in self._jobs.items() if known not in FINAL_STATES]:
                self.bridge.ask("job.get", {"job": job}, self._job_answered)
        words = self._bridge_words()
        if state in ("foreign", "version", "other", "upgrade"):
            self._notices.tell(words, serious=True)
        else:
            self._notices.line(words)
        self.look_soon()
        self._refresh()

    def _job_answered(self, job, error):
        if error is None:
            self.job_is(job)

    def job_is(self, job):
        """A job as it is now, from whichever answer."""
        state = job["state"]
        if self._jobs.get(job["job"]) == state:
            return  # the answer to an order that was asked twice comes twice
        # Also after a final one: a person may have it tried again, and the cloud may take a success back.
        self._jobs[job["job"]] = state
        self.look_soon()
        if state not in FINAL_STATES:
            return
        if job["kind"] == "open":
            self.opening.ended(job)
        elif state != "replaced":
            self._saving.ended(job)

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

        def wanted():
            return number == self._asked_state and App.ActiveDocument is document

        Look(self.bridge, self._background, document, wanted, self._state_is)

    def _state_is(self, state):
        if state != self.state:
            self.state = state
            self._refresh()
        if self._tell_state:
            self._tell_state = False
            self._notices.tell(f"{self._bridge_words()}\n{text('state.' + state)}")


def bridge_words(bridge):
    """How the connection stands. Words of ISCBridge's own are in FreeCAD's language; those of the client are not."""
    error = bridge.error
    told = isinstance(error, BridgeError) and error.title != error.message
    return text("bridge." + bridge.state, message=f"{error.message} {error.remedy}" if told else "")


def _nobody(_result, _error):
    """Nobody wants this answer."""
