"""Content-addressed bytes: `blobs/ab/<sha256>`. A blob under its name is complete and on the disk."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from iscbridge.platform.durable import flush_file, flush_folder, replace

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that are stored durably."""

    sha256: str
    size: int


class BlobStore:
    """The blobs of one sandbox. Several threads may use it at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"
        self._temporary.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash lie, if they do."""
        return self._root / sha256[:2] / sha256

    def writer(self) -> BlobWriter:
        """A new blob to be written."""
        return BlobWriter(self, self._temporary / secrets.token_hex(8))

    def check(self, sha256: str) -> str | None:
        """What is wrong with a blob; None if its bytes are what its name says."""
        try:
            with self.path(sha256).open("rb") as file:
                found, _ = _hash(file)
        except OSError as error:
            return f"{sha256}: {error.strerror}"
        return None if found == sha256 else f"{sha256}: holds {found}"

    def sweep(self, wanted: set[str]) -> None:
        """Delete half-written blobs and those that nobody wants."""
        shutil.rmtree(self._temporary)
        self._temporary.mkdir()
        for folder in self._root.iterdir():
            if folder == self._temporary or not folder.is_dir():
                continue
            for blob in folder.iterdir():
                if blob.name not in wanted:
                    blob.unlink()


class BlobWriter:
    """A blob that is being written. Leaving its `with` block without `seal` deletes it."""

    def __init__(self, store: BlobStore, path: Path) -> None:
        self._store = store
        self._path = path
        self.file: BinaryIO = path.open("x+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.file.close()
        self._path.unlink(missing_ok=True)

    def seal(self) -> Blob:
        """Make the bytes durable under their hash.

        Raises:
            OSError: the disk is full or broken.
        """
        self.file.flush()
        flush_file(self.file.fileno())
        self.file.seek(0)
        sha256, size = _hash(self.file)
        self.file.close()  # Windows renames closed files only
        target = self._store.path(sha256)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():  # Windows does not replace a file that somebody reads
            replace(os.fspath(self._path), os.fspath(target))
        flush_folder(os.fspath(target.parent))
        flush_folder(os.fspath(target.parent.parent))
        return Blob(sha256, size)


def _hash(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
