"""Capture: a consistent, durable copy of everything that a save is about. Runs on worker threads; no Qt, no engine.

A copy is consistent if no file changed between the first look and the last: each file's stamp is taken before its
references are read, when it is opened, after it was copied, and for the whole set once more at the end. What
changed is done again a few times; what stays restless is said so. Versions are never mixed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from iscbridge.core.errors import AssemblyError, BridgeError, FileError, RequestError
from iscbridge.core.jobs import CapturedFile, Snapshot
from iscbridge.core.paths import printable
from iscbridge.hosts.closure import Stopped
from iscbridge.hosts.links import format_error
from iscbridge.journal.compare import Comparison, prepare, recheck
from iscbridge.journal.plan import CaptureRequest, Plan, Planned, identify_opened, identities, make_plan, walk
from iscbridge.journal.snapshots import Batch, SnapshotStore, Stored
from iscbridge.platform.files import stamp
from iscbridge.platform.volumes import volume_key

__all__ = [
    "CaptureRequest",
    "Comparison",
    "Stopped",
    "capture",
    "identify_opened",
    "identities",
    "is_rule",
    "prepare",
    "recheck",
    "volume_key",
]

#: Pauses between rounds while files change or are locked: some 9 seconds in all, for a CAD that writes slowly.
PATIENCE_S: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 3.5)
#: Copying and hashing release the interpreter's lock: two threads keep two cores and the disk busy.
_THREADS = 2
_FEW = 4
_RULES = ("ISCB-FILE-IS-FOLDER", "ISCB-FILE-NOT-REGULAR", "ISCB-FILE-LOOP", "ISCB-FILE-PATH-NOT-EXPRESSIBLE")


class _Changed(Exception):  # noqa: N818  never leaves this module
    """A file was not the same at two looks."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def is_rule(error: BridgeError) -> bool:
    """Whether the request itself is at fault, so that the job is refused; else a fault of the moment made it fail."""
    return isinstance(error, (AssemblyError, RequestError)) or error.code in _RULES


def capture(
    request: CaptureRequest, store: SnapshotStore, stop: threading.Event, patience: Sequence[float] = PATIENCE_S
) -> Snapshot:
    """Copy everything that the request is about into the store. When this returns, no crash loses it.

    Args:
        request: what to capture.
        store: where to.
        stop: set it from any thread to give up soon.
        patience: pauses in seconds between rounds while files change or are locked.

    Raises:
        BridgeError: see `is_rule`; ISCB-FILE-RESTLESS if files went on changing.
        Stopped: `stop` was set.
    """
    with store.batch() as batch:
        work = _Capture(request, store, batch, stop)
        for pause in (*patience, None):
            try:
                return work.round()
            except _Changed as change:
                if pause is None:
                    raise FileError("ISCB-FILE-RESTLESS", path=printable(change.path)) from None
            except FileError as error:
                if pause is None or not work.may_pass(error):
                    raise
            if stop.wait(pause):
                raise Stopped
    raise AssertionError("the last round returns or raises")


class _Capture:
    """One capture, in rounds; copies that are still good are taken over from round to round."""

    def __init__(self, request: CaptureRequest, store: SnapshotStore, batch: Batch, stop: threading.Event) -> None:
        self._request = request
        self._staging: Path = request.staging or store.staging
        self._store = store
        self._batch = batch
        self._stop = stop
        self._taken: dict[str, Stored] = {}
        self._derived: dict[tuple[str, tuple[tuple[str, str], ...]], Stored] = {}
        self._planned = False

    def may_pass(self, error: FileError) -> bool:
        """Whether another round may do without this error: a lock, or a file that was there a moment ago."""
        return error.code == "ISCB-FILE-LOCKED" or (error.code == "ISCB-FILE-MISSING" and self._planned)

    def round(self) -> Snapshot:
        """Plan, copy, look again, make durable."""
        plan = make_plan(self._request, self._staging, self._stop)
        self._planned = True
        self._settle(plan)
        self._store.check_room(sum(file.stamp.size for file in plan.files if not self._is_taken(file)))
        self._take_all(plan)
        stored = [self._final(file, plan) for file in plan.files]
        self._check_unchanged(plan)
        self._store.publish(stored)
        files = tuple(
            _captured(file, self._taken[file.source], made) for file, made in zip(plan.files, stored, strict=True)
        )
        return Snapshot(plan.identity, files, plan.folder, plan.staged)

    def _is_taken(self, file: Planned) -> bool:
        taken = self._taken.get(file.source)
        return taken is not None and taken.stamp == file.stamp

    def _settle(self, plan: Plan) -> None:
        """Wait until no file is so fresh that a later write could leave its time stamp as it is."""
        now = time.time()
        if self._stop.wait(max(file.stamp.unsettled_for(now) for file in plan.files)):
            raise Stopped

    def _take_all(self, plan: Plan) -> None:
        todo = iter([file for file in plan.files if not self._is_taken(file)])
        if len(plan.files) < _FEW:
            for file in todo:
                self._take(file)
            return
        lock = threading.Lock()
        faults: list[BaseException] = []

        def work() -> None:
            while not faults:
                with lock:
                    file = next(todo, None)
                if file is None:
                    return
                try:
                    self._take(file)
                except BaseException as fault:  # noqa: BLE001  handed to the thread that waits
                    faults.append(fault)

        threads = [threading.Thread(target=work, name=f"capture-{number}", daemon=True) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    def _take(self, file: Planned) -> None:
        if self._stop.is_set():
            raise Stopped
        stored = self._store.take(file.source, self._batch, self._stop)
        if stored.stamp != file.stamp or stored.size != file.stamp.size or stamp(file.source) != file.stamp:
            raise _Changed(file.source)
        self._taken[file.source] = stored

    def _final(self, file: Planned, plan: Plan) -> Stored:
        """The bytes that go to the cloud: the copy, or for a file with redirected references one made from it."""
        taken = self._taken[file.source]
        if not file.renamed:
            return taken
        if self._stop.is_set():
            raise Stopped
        key = (taken.tmp, tuple(sorted(file.renamed.items())))
        if key not in self._derived:
            form = plan.form_of(file.source)
            if form is None:
                raise format_error(file.source, "references of this format can't be redirected")
            self._derived[key] = self._store.derive(
                taken, self._batch, lambda source, target: form.rewrite(source, target, file.renamed, file.source)
            )
        return self._derived[key]

    def _check_unchanged(self, plan: Plan) -> None:
        for file in plan.files:
            if stamp(file.source) != file.stamp:
                raise _Changed(file.source)
        if plan.folder is not None and not plan.staged:
            now = walk(plan.folder, self._stop)
            if now != {file.name: file.stamp for file in plan.files}:
                raise _Changed(plan.folder)


def _captured(file: Planned, taken: Stored, made: Stored) -> CapturedFile:
    return CapturedFile(
        name=file.name,
        source=file.source,
        size=taken.size,
        mtime_ns=file.stamp.mtime_ns,
        file_id=file.stamp.file_id,
        sha256=made.sha256,
        source_sha256=taken.sha256,
    )
