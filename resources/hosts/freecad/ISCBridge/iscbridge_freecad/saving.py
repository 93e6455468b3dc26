"""Save to cloud: FreeCAD saves here, ISCBridge takes it over, and what becomes of it is told."""

from __future__ import annotations

import os

import FreeCAD as App

from iscbridge_freecad import documents, links, memory
from iscbridge_freecad.bridge import Bridge
from iscbridge_freecad.client import FINAL_STATES
from iscbridge_freecad.qt import QtCore
from iscbridge_freecad.words import text

#: Done without a person; where to save it as is asked, and not out of the blue at another time.
_WITHOUT_PERSON = frozenset(("cloud.save",))
_WORDS = {"done": "save.done", "cancelled": "save.cancelled", "unknown": "save.unknown"}


class Saving(QtCore.QObject):
    """The saves of one FreeCAD.

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
        self._looks = []

    def save(self, method):
        """Save the open document here, then `cloud.save` or `cloud.saveAs` it."""
        document = App.ActiveDocument
        if document is None:
            self._notices.tell(text("no_document"))
            return
        try:
            tree = documents.save_tree(document)
        except documents.CantDo as reason:
            self._notices.tell(text(reason.text_id, **reason.params), serious=True)
            return
        self._looks.append(_Look(method, document, tree, self._background, self._looked))

    def finish_objects(self):
        """A document is being closed: what is to be known of its objects is looked up while they are there."""
        for look in self._looks:
            look.finish_objects()

    def finish(self):
        """FreeCAD ends: what a person has saved to the cloud a moment ago is handed over, or remembered."""
        for look in list(self._looks):
            if look.method in _WITHOUT_PERSON:
                look.finish()

    def ended(self, job):
        """A save has come to its end."""
        name = os.path.basename(job["path"])
        error = job.get("error") or {}
        parts = {part: error.get(part, "") for part in ("title", "message", "remedy")}
        words = _WORDS.get(job["state"], "save.failed")
        told = text(words, name=name, **parts)
        if job["state"] == "done" and job.get("cloud") == "sandbox":
            told += " " + text("sandbox")  # it would be taken for the real one
        self._notices.tell(told, serious=job["state"] not in ("done", "cancelled"))

    def answered(self, name, job, error):
        """ISCBridge has taken a save, or has not."""
        if error is None:
            self._commands.job_is(job)
            return
        words = text("save.not_asked", name=name, title=error.title, message=error.message, remedy=error.remedy)
        self._notices.tell(words, serious=True)

    def taken_up(self, names):
        """Saves of an earlier FreeCAD are asked for now."""
        self._notices.tell(text("save.taken_up", names=", ".join(f"“{name}”" for name in names)))

    def _looked(self, look, found):
        self._looks.remove(look)
        name = look.name
        assembly, stale, missing = found or (True, (), ())
        if stale:
            files = ", ".join(sorted({os.path.basename(file) for _, file in stale}))
            self._notices.tell(text("save.stale", name=name, files=files), serious=True)
        elif missing:
            self._notices.tell(text("save.missing", name=name, files=", ".join(missing)), serious=True)
        else:
            self._hand_over(look.method, {"path": look.path, "assembly": assembly}, name)

    def _hand_over(self, method, order, name):
        bridge = self._commands.bridge
        connected = bridge.state == "connected"
        remember = method in _WITHOUT_PERSON
        kept = bridge.order(method, order, lambda job, error: self.answered(name, job, error), name if remember else "")
        if connected:
            words = "save.sent"
        elif remember:
            words = "save.kept" if kept else "save.kept_here"
        else:
            words = "save.kept_open"
        told = text(words, name=name)
        self._notices.line(told if connected else self._commands.later(told))
        self._commands.look_soon()


class _Look:
    """What was saved is looked at before it is handed over: first here what the objects use, then on a thread the files.

    What stands in the files counts, and not what FreeCAD tells of them: it leaves out what is missing.
    """

    def __init__(self, method, document, tree, background, looked):
        self.method = method
        self.path = document.FileName
        self.name = document.Label
        self._background = background
        self._looked = looked
        self._used = {}
        self._at_objects = True
        self._finish = background.slices(documents.used_files(tree, self._used), self._objects_are_known)

    def finish_objects(self):
        if self._at_objects:
            self._finish()

    def finish(self):
        self.finish_objects()
        self._finish()

    def _objects_are_known(self):
        self._at_objects = False
        self._finish = self._background.run(links.check, lambda found: self._looked(self, found), self._used)


class LeftBehind(QtCore.QObject):
    """Saves of a FreeCAD that ended before ISCBridge had taken them: asked for in its name until they have ended."""

    def __init__(self, commands, saving, left, greeting):
        super().__init__(commands)
        self._commands = commands
        self._jobs = set()
        self._bridge = Bridge(
            self, {**greeting, "events": ["job.changed"]}, self._told, self._changed, left, starts=False
        )
        orders = left.read()
        for method, params, name in orders:
            self._bridge.order(method, params, self._taken(saving, name), name)
        if orders:
            saving.taken_up([name for _, _, name in orders])
        self._rest()

    @classmethod
    def take_up(cls, commands, saving, greeting):
        """One for each FreeCAD that left something."""
        return [cls(commands, saving, left, greeting) for left in memory.left_behind()]

    def wake(self):
        """ISCBridge answers."""
        if self._bridge.waiting:
            self._bridge.wake()

    def close(self):
        """FreeCAD ends, or nothing is left to do."""
        self._bridge.close()

    def _taken(self, saving, name):
        def taken(job, error):
            if error is None and job["state"] not in FINAL_STATES:
                self._jobs.add(job["job"])
            saving.answered(name, job, error)
            self._rest()

        return taken

    def _told(self, topic, params):
        if topic == "job.changed" and params["job"] in self._jobs:
            if params["state"] in FINAL_STATES:
                self._jobs.discard(params["job"])
            self._commands.job_is(params)
            self._rest()

    def _changed(self):
        if self._bridge.state == "connected":
            for job in list(self._jobs):
                self._bridge.ask("job.get", {"job": job}, self._looked)

    def _looked(self, job, error):
        if error is None:
            self._told("job.changed", job)

    def _rest(self):
        if not self._jobs and not self._bridge.waiting:
            QtCore.QTimer.singleShot(0, self.close)
