"""One look at how a document stands with the cloud: a few questions to ISCBridge, one after the other."""

from __future__ import annotations

import os

from iscbridge_freecad import documents
from iscbridge_freecad.standing import state_of, watched_as, watched_elsewhere

_MOST = 500


class Look:
    """Asks at once, and tells the state once.

    Args:
        bridge: where it is asked.
        background: for what FreeCAD must not wait for.
        document: it has a file.
        wanted: whether the answer is still wanted; only then the document is touched.
        told: called with the state.
    """

    def __init__(self, bridge, background, document, wanted, told):
        self._bridge = bridge
        self._background = background
        self._document = document
        self._wanted = wanted
        self._told = told
        self._path = document.FileName
        self._status = {}
        self._ask("file.status", {"path": self._path}, self._status_is)

    def _ask(self, method, params, then):
        def answered(result, error):
            if self._wanted():
                if error is None:
                    then(result)
                else:
                    self._told("unknown")

        self._bridge.ask(method, params, answered)

    def _status_is(self, status):
        self._status = status
        self._ask("workfile.list", {"text": os.path.basename(self._path), "limit": _MOST}, self._listed)

    def _listed(self, found):
        files = found["files"]
        watched = watched_as(self._path, files)
        if watched or not files:
            self._watched(watched)
        else:
            self._background.run(watched_elsewhere, self._watched, self._path, files)

    def _watched(self, watched):
        if self._wanted():
            self._told(state_of(self._status, watched, documents.is_modified(self._document)))
