"""The snapshot store: every captured file, once, under the SHA-256 of its bytes.

`objects/ab/<sha256>` holds whole, flushed files only: bytes are written under `tmp/`, flushed, and then renamed.
Whatever lies in `tmp/` when the store is opened is left over from a crash and goes. One process uses a store (the
profile's lock sees to it), with any number of threads.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

from iscbridge.core.errors import FileError, JournalError
from iscbridge.core.jobs import CapturedFile, Snapshot
from iscbridge.core.paths import printable
from iscbridge.hosts.closure import Stopped
from iscbridge.platform import durable
from iscbridge.platform.faults import store_error
from iscbridge.platform.files import FileStamp, open_shared, read_into
from iscbridge.platform.longpaths import extended
from iscbridge.platform.reflink import Reflinker
from iscbridge.platform.volumes import free_bytes

#: Small enough to stay in a core's cache between reading, hashing and writing, large enough to need few calls.
BLOCK = 256 * 1024
#: Room left on the disk for the journal itself.
_RESERVE = 64 * 1024 * 1024
#: Up to so many files are flushed one by one; beyond, the whole volume at once is faster.
_FEW = 16
#: Objects of a capture that the journal never heard of (taken back, failed) are held back from `collect` this long.
_PINNED_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was copied into the store, not yet flushed."""

    sha256: str
    size: int
    stamp: FileStamp
    """Of the source, as it was opened."""
    tmp: str


@dataclass(slots=True)
class Batch:
    """The files of one capture on their way into the store."""

    folder: str
    numbers: Iterator[int] = field(default_factory=count)

    def new_path(self) -> str:
        """Path for one more file. Callable on any thread."""
        return os.path.join(self.folder, str(next(self.numbers)))


class SnapshotStore:
    """See the module. Errors of the store's own disk are JournalError (ISCB-JOURNAL-DISK-FULL, -IO)."""

    def __init__(self, root: Path, staging: Path | None = None) -> None:
        """Open the store, making it if need be. `staging`: where assemblies are laid out; default beside the store.

        Raises:
            JournalError: the folders can't be made.
        """
        self.root = str(root.absolute())
        self.staging = staging or Path(self.root).parent / "staging"
        self._objects = os.path.join(self.root, "objects")
        self._tmp = os.path.join(self.root, "tmp")
        self._lock = threading.Lock()
        self._pins: dict[str, float] = {}
        self._held: Counter[str] = Counter()
        self._fans: set[str] = set()
        """Folders of objects whose own entry is on the disk."""
        self._flushed: set[str] = set()
        """Those whose entries are: what a run that was killed has named need not be on the disk yet."""
        self._publishing = threading.Lock()
        self._unsure: set[str] = set()
        """Objects that have their name, and whose folder's entry a fault kept from being flushed."""
        self._batches = count()
        self._reflinker = Reflinker()
        self._buffers = threading.local()
        with self._own_errors():
            for folder in (self._objects, self._tmp):
                os.makedirs(extended(folder), mode=0o700, exist_ok=True)
            durable.flush_folder(self._objects)
            self._fans.update(os.path.join(self._objects, name) for name in os.listdir(extended(self._objects)))
            self._clean_tmp()

    # into the store

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """A place for the files of one capture; what was not published by `publish` goes when it ends."""
        folder = os.path.join(self._tmp, str(next(self._batches)))
        with self._own_errors():
            os.mkdir(extended(folder), 0o700)
        try:
            yield Batch(folder)
        finally:
            shutil.rmtree(extended(folder), ignore_errors=True)

    def check_room(self, size: int) -> None:
        """Whether `size` bytes fit on the disk.

        Raises:
            JournalError: ISCB-JOURNAL-DISK-FULL.
        """
        if self._reflinker.worked:
            return  # copies take no room of their own
        with self._own_errors():
            free = free_bytes(self.root)
        if free < size + _RESERVE:
            raise JournalError("ISCB-JOURNAL-DISK-FULL", folder=printable(self.root))

    def take(self, source: str, batch: Batch, stop: threading.Event) -> Stored:
        """Copy a file into the batch, hashed on the way (or shared with the source where the disk can).

        Raises:
            BridgeError: ISCB-FILE-* of the source, ISCB-JOURNAL-* of the store.
            Stopped: `stop` was set.
        """
        source_fd, stamp = open_shared(source)
        try:
            tmp = batch.new_path()
            with self._own_errors():
                target_fd = _create(tmp)
            try:
                if self._reflinker.clone(source_fd, target_fd):
                    sha256, size = self._hash(target_fd, tmp, stop)
                else:
                    with self._own_errors():
                        sha256, size = self._copy(source_fd, source, target_fd, stop)
            finally:
                os.close(target_fd)
        finally:
            os.close(source_fd)
        return Stored(sha256, size, stamp, tmp)

    def derive(self, original: Stored, batch: Batch, rewrite: Callable[[IO[bytes], IO[bytes]], None]) -> Stored:
        """A second file made from one of the batch; its stamp is that of the original's source.

        Raises:
            BridgeError: what `rewrite` raises; ISCB-JOURNAL-* of the store.
        """
        tmp = batch.new_path()
        with self._own_errors():
            with open(extended(original.tmp), "rb") as source, open(_create(tmp), "wb") as target:
                rewrite(source, target)
            with open(extended(tmp), "rb") as made:
                sha256, size = self._hash(made.fileno(), tmp, threading.Event())
        return Stored(sha256, size, original.stamp, tmp)

    def publish(self, files: list[Stored]) -> None:
        """Make the files durable and give them their names; when this returns no crash and no power cut loses them.

        They are safe from `collect` until the journal names them (its first `keep` that holds them).

        Raises:
            JournalError: nothing of it can be relied on.
        """
        by_sha = {stored.sha256: stored for stored in files}
        with self._lock:
            for sha in by_sha:
                self._pins[sha] = time.monotonic()
        # One at a time: what another capture has named and not flushed yet can't be relied on.
        with self._own_errors(), self._publishing:
            new = [stored for stored in by_sha.values() if not self._has(stored)]
            whole_volume = len(new) > _FEW and durable.flush_volume(self.root)
            if not whole_volume:
                for stored in new:
                    _flush(stored.tmp)
            self._unsure.update(stored.sha256 for stored in new)
            fans = {self._name(stored) for stored in new}
            fans |= {os.path.dirname(self._path(sha)) for sha in by_sha} - self._flushed
            if whole_volume:
                durable.flush_volume(self.root)
            else:
                for fan in fans:
                    durable.flush_folder(fan)
            self._flushed |= fans
            self._unsure.difference_update(by_sha)

    # out of the store

    def open(self, sha256: str) -> IO[bytes]:
        """An object's bytes.

        Raises:
            JournalError: ISCB-JOURNAL-SNAPSHOT-LOST: it is gone or can't be read.
        """
        try:
            return open(extended(self._path(sha256)), "rb")
        except OSError as error:
            raise _lost(sha256) from error

    def copy_out(self, file: CapturedFile, target: str, stop: threading.Event) -> None:
        """Write a captured file to `target`, whole or not at all; its bytes are checked on the way.

        Raises:
            JournalError: ISCB-JOURNAL-SNAPSHOT-LOST: the object is gone or damaged.
            OSError: `target` can't be written.
            Stopped: `stop` was set.
        """
        part = f"{target}.part"
        with self.open(file.sha256) as source:
            durable.remove(part)
            target_fd = _create(part)
            try:
                if self._reflinker.clone(source.fileno(), target_fd):
                    sha256, _ = self._hash(target_fd, part, stop)
                else:
                    sha256, _ = self._copy(source.fileno(), self._path(file.sha256), target_fd, stop)
            except FileError as error:
                raise _lost(file.source) from error
            finally:
                os.close(target_fd)
        if sha256 != file.sha256:
            durable.remove(part)
            raise _lost(file.source)
        durable.replace(part, target)

    def hold(self, snapshot: Snapshot) -> None:
        """Keep a snapshot's objects from `collect` until `release`, though its time may be over; may be nested."""
        with self._lock:
            self._held.update(file.sha256 for file in snapshot.files)

    def release(self, snapshot: Snapshot) -> None:
        """End one `hold`."""
        with self._lock:
            self._held.subtract(file.sha256 for file in snapshot.files)
            self._held = +self._held

    def holds(self, sha256: str) -> bool:
        """Whether the object is there (its bytes are checked when they are used)."""
        return os.path.exists(extended(self._path(sha256)))

    def collect(self, keep: set[str]) -> int:
        """Delete objects that are neither in `keep` nor held nor of a capture whose job the journal does not know yet.

        `keep` must have been read from the journal before the call, not earlier than the call before this one.

        Returns:
            Bytes that were given free.

        Raises:
            JournalError: the folders can't be read.
        """
        with self._lock:
            horizon = time.monotonic() - _PINNED_S
            self._pins = {sha: at for sha, at in self._pins.items() if sha not in keep and at > horizon}
        freed = 0
        with self._own_errors():
            for fan in sorted(os.listdir(extended(self._objects))):
                folder = os.path.join(self._objects, fan)
                for sha in os.listdir(extended(folder)):
                    if sha not in keep:
                        freed += self._delete(sha, os.path.join(folder, sha))
        return freed

    def _delete(self, sha: str, path: str) -> int:
        with self._lock:  # against a capture that finds the object there just now
            if sha in self._pins or sha in self._held:
                return 0
            try:
                size = os.stat(extended(path)).st_size
                os.unlink(extended(path))
            except OSError:
                return 0  # held open by somebody; the next round gets it
            return size

    def _has(self, stored: Stored) -> bool:
        """Whether the object is there already, whole and durable."""
        if stored.sha256 in self._unsure:
            return False
        try:
            return os.stat(extended(self._path(stored.sha256))).st_size == stored.size
        except FileNotFoundError:
            return False

    def _name(self, stored: Stored) -> str:
        """Give the object its name; returns its folder."""
        path = self._path(stored.sha256)
        fan = os.path.dirname(path)
        if fan not in self._fans:
            with suppress(FileExistsError):  # made at an earlier try, which could not flush it
                os.mkdir(extended(fan), 0o700)
            durable.flush_folder(self._objects)
            self._fans.add(fan)
        durable.replace(stored.tmp, path)
        return fan

    def _path(self, sha256: str) -> str:
        return os.path.join(self._objects, sha256[:2], sha256)

    def _clean_tmp(self) -> None:
        for name in os.listdir(extended(self._tmp)):
            path = extended(os.path.join(self._tmp, name))
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                os.unlink(path)

    def _buffer(self) -> memoryview:
        found: memoryview | None = getattr(self._buffers, "view", None)
        if found is None:
            found = self._buffers.view = memoryview(bytearray(BLOCK))
        return found

    def _copy(self, source_fd: int, source: str, target_fd: int, stop: threading.Event) -> tuple[str, int]:
        """SHA-256 and size of what was copied. Raises BridgeError for reading, OSError for writing."""
        import hashlib

        buffer = self._buffer()
        digest = hashlib.sha256()
        size = 0
        while count_ := read_into(source_fd, buffer, source):
            if stop.is_set():
                raise Stopped
            block = buffer[:count_]
            digest.update(block)
            _write_all(target_fd, block)
            size += count_
        return digest.hexdigest(), size

    def _hash(self, fd: int, path: str, stop: threading.Event) -> tuple[str, int]:
        return hash_file(fd, path, self._buffer(), stop)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise store_error(error, self.root) from error


def hash_path(path: str, stop: threading.Event) -> str:
    """SHA-256 of the file at a path.

    Raises:
        BridgeError: ISCB-FILE-*: it can't be read.
        Stopped: `stop` was set.
    """
    fd, _ = open_shared(path)
    try:
        return hash_file(fd, path, memoryview(bytearray(BLOCK)), stop)[0]
    finally:
        os.close(fd)


def hash_file(fd: int, path: str, buffer: memoryview, stop: threading.Event) -> tuple[str, int]:
    """SHA-256 and size of an open file, read from its beginning.

    Raises:
        BridgeError: ISCB-FILE-*: it can't be read.
        Stopped: `stop` was set.
    """
    import hashlib

    digest = hashlib.sha256()
    size = 0
    os.lseek(fd, 0, os.SEEK_SET)
    while count_ := read_into(fd, buffer, path):
        if stop.is_set():
            raise Stopped
        digest.update(buffer[:count_])
        size += count_
    return digest.hexdigest(), size


def _create(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(extended(path), flags, 0o600)


def _write_all(fd: int, block: memoryview) -> None:
    while block:
        block = block[os.write(fd, block) :]


def _flush(path: str) -> None:
    fd = os.open(extended(path), os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        durable.flush_file(fd)
    finally:
        os.close(fd)


def _lost(name: str) -> JournalError:
    return JournalError("ISCB-JOURNAL-SNAPSHOT-LOST", path=printable(name))
