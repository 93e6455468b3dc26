"""Uploads: one worker thread that reads what was saved, piece by piece, and adds a version to the cloud.

It reads like a real desk: a file that is overwritten meanwhile is really torn in the cloud. Uploads run one after
the other. Their stages are reported to the desk's thread by queued signals.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from iscbridge.platform.longpaths import extended
from iscbridge.sandbox import archive
from iscbridge.sandbox.blobs import Blob
from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.gate import Gate, Stopped
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.places import Places

_log = logging.getLogger(__name__)

#: What a desk that crashes by its personality exits with.
CRASH_EXIT = 70

#: How long a worker may take to notice that the desk closes.
STOP_S = 10.0

_LARGEST_PIECE = 256 * 1024


class Stage(StrEnum):
    """Where an upload stands."""

    QUEUED = "queued"
    READING = "reading"
    STORED = "stored"
    """All bytes are stored, the version is not."""
    COMMITTED = "committed"
    """The version exists."""
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Upload:
    """One upload. The worker writes `stage`, `done`, `total`, `held`; others only read them."""

    number: int
    session: int
    """The session that asked for it; it may be gone."""
    seq: str
    """The call that asked for it."""
    path: str
    assembly: bool
    function: str
    target: str | None = None
    """Cloud path picked in save-as."""
    stage: Stage = Stage.QUEUED
    done: int = 0
    total: int = 0
    held: str = ""
    """The gate that it stops at."""
    success: bool = False
    cloud_path: str = ""
    why: str = ""
    """Why it failed, for the log."""
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def cloud_name(self) -> str:
        """The cloud file's name, if it is a new one."""
        name = os.path.basename(os.path.normpath(self.path))
        return f"{name}.zip" if self.assembly else name


class RuleBrokenError(Exception):
    """The upload breaks a rule that is known at once; the message says which."""


def check_rules(path: str, *, assembly: bool) -> None:
    """The rules of page Save that can be checked before a byte is read.

    Raises:
        RuleBrokenError: nothing is there, it is of the wrong kind, or an assembly folder holds no file named like it.
    """
    if not os.path.isabs(path):
        raise RuleBrokenError("the path is not absolute")
    try:
        if not assembly:
            if not os.path.isfile(extended(path)):
                raise RuleBrokenError("no such file")
            return
        if not os.path.isdir(extended(path)):
            raise RuleBrokenError("no such folder")
        stem = os.path.normcase(os.path.basename(os.path.normpath(path)))
        with os.scandir(extended(path)) as entries:
            if not any(os.path.normcase(os.path.splitext(e.name)[0]) == stem and e.is_file() for e in entries):
                raise RuleBrokenError("the assembly folder holds no file of its own name")
    except (OSError, ValueError) as error:
        raise RuleBrokenError(str(error)) from error


class Uploader(QObject):
    """Owns the worker thread. Methods and signals belong to the desk's thread."""

    started = Signal(object)
    """The first byte is about to be read (Upload)."""
    half_way = Signal(object)
    """Half of the bytes are read (Upload); only where `drop=upload` asks for it."""
    ended = Signal(object)
    """Done, failed or cancelled (Upload)."""

    def __init__(self, places: Places, personality: Personality, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places = places
        self._personality = personality
        self._gate = Gate(personality)
        self._queue: queue.SimpleQueue[Upload | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._uploads: dict[int, Upload] = {}
        self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)
        self.ended.connect(self._forget)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Cancel everything and wait for the worker."""
        for upload in self._uploads.values():
            upload.cancelled.set()
        self._gate.close()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)  # it may hang in a share that does not answer; the process ends all the same

    def add(
        self, session: int, seq: str, function: str, path: str, *, assembly: bool, target: str | None = None
    ) -> Upload:
        """Queue an upload."""
        upload = Upload(next(self._numbers), session, seq, path, assembly, function, target)
        self._uploads[upload.number] = upload
        self._queue.put(upload)
        return upload

    def pending(self) -> list[Upload]:
        """Uploads that have not ended, oldest first."""
        return list(self._uploads.values())

    def drop_session(self, session: int) -> None:
        """Give up all uploads of a session; those already committed stay in the cloud."""
        for upload in self.pending():
            if upload.session == session:
                upload.cancelled.set()
                self._gate.nudge()

    def _forget(self, upload: Upload) -> None:
        self._uploads.pop(upload.number, None)

    # -- on the worker thread

    def _work(self) -> None:
        with CloudStore(self._places) as store:
            while (upload := self._queue.get()) is not None:
                try:
                    self._run(upload, store)
                    upload.success = True
                except Stopped:
                    upload.why = "cancelled"
                except (RuleBrokenError, archive.ArchiveError, OSError) as error:
                    upload.why = str(error)
                except Exception as error:  # noqa: BLE001 - the worker must outlive any upload; logged with its trace
                    _log.exception("upload of %s", upload.path)
                    upload.why = repr(error)
                upload.stage = Stage.ENDED
                if self._gate.closed:
                    return
                self.ended.emit(upload)

    def _run(self, upload: Upload, store: CloudStore) -> None:
        self._gate.hold("start", upload)
        upload.stage = Stage.READING
        self.started.emit(upload)
        check_rules(upload.path, assembly=upload.assembly)
        identity = self._personality.text("identity")
        name, target = upload.cloud_name, upload.target
        if not store.may_save(upload.path, name=name, identity=identity, target=target):
            raise RuleBrokenError("checked in and opened read-only, or checked out by somebody else")
        blob = self._store_bytes(upload, store)
        upload.stage = Stage.STORED
        self._gate.hold("commit", upload)
        if self._personality.text("login") == "out" or self._personality.take_failure():
            raise RuleBrokenError("logged out or told to fail")
        self._crash_if("before_commit")
        check_in = self._personality.text("after_save") == "checkin"
        version = store.save(upload.path, blob, name=name, identity=identity, target=target, check_in=check_in)
        upload.cloud_path = version.path
        upload.stage = Stage.COMMITTED
        _log.info("stored %s version %d (%d bytes) of %s", version.path, version.number, version.size, upload.path)
        self._crash_if("after_commit")
        self._gate.hold("result", upload)

    def _store_bytes(self, upload: Upload, store: CloudStore) -> Blob:
        with store.writer() as writer:
            if upload.assembly:
                members = archive.list_folder(extended(upload.path))
                copy = self._copier(upload, sum(member.size for member in members))
                archive.pack(members, writer.file, copy)
            else:
                copy = self._copier(upload, os.path.getsize(extended(upload.path)))
                copy(extended(upload.path), writer.file.write)
            if not upload.total:
                self._half_way(upload)
            self._gate.check(upload)
            return writer.seal()

    def _copier(self, upload: Upload, total: int) -> Callable[[str, Callable[[bytes], object]], None]:
        """A function that reads one file in pieces and does on the way what the personality asks for."""
        upload.total = total
        piece_size = max(1, min(_LARGEST_PIECE, total // 16))

        def copy(path: str, write: Callable[[bytes], object]) -> None:
            with open(path, "rb", buffering=0) as file:
                while piece := file.read(self._gate.piece(piece_size)):
                    write(piece)
                    before = upload.done
                    upload.done += len(piece)
                    if before * 2 < total <= upload.done * 2:
                        self._half_way(upload)
                    self._gate.pace(len(piece), upload)

        return copy

    def _half_way(self, upload: Upload) -> None:
        self._crash_if("upload")
        if self._personality.take("drop", "upload") == "upload":
            self.half_way.emit(upload)
        self._gate.hold("middle", upload)

    def _crash_if(self, when: str) -> None:
        if self._personality.take("crash", when) == when:
            os._exit(CRASH_EXIT)
