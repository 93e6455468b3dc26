"""The picture that a CAD left in its file, read as from a stranger: whatever the file holds, the cost is bounded."""

from __future__ import annotations

import os
import zipfile
import zlib
from io import BufferedIOBase
from typing import BinaryIO

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from iscbridge.core.errors import BridgeError
from iscbridge.platform.files import FileStamp, open_shared
from iscbridge.platform.volumes import is_share

#: Where FreeCAD puts it.
MEMBER = "thumbnails/Thumbnail.png"
SUFFIX = ".fcstd"
#: FreeCAD writes 128 x 128, some 10 kB.
MAX_MEMBER = 2 * 1024 * 1024
MAX_SIDE = 2048
#: Bytes that are read of the whole file, directory and picture together.
MAX_READ = 8 * 1024 * 1024


def may_have_thumbnail(path: str) -> bool:
    """Whether a file of this name can hold one. Looks at the name only."""
    return path.lower().endswith(SUFFIX)


def look(path: str) -> tuple[int, FileStamp] | None:
    """Open a file of this computer: its descriptor, which is the caller's, and its stamp. None: not to be had.

    A file on a share is left alone: fetching it only for its picture costs the network and may take for ever.
    """
    if not may_have_thumbnail(path) or is_share(path):
        return None
    try:
        return open_shared(path)
    except BridgeError:
        return None


def read(fd: int, side: int) -> QImage | None:
    """The picture of an open file, at most `side` pixels wide and high; None if there is none that can be used."""
    with os.fdopen(os.dup(fd), "rb", buffering=0) as raw:
        return read_from(raw, side)


def read_from(file: BinaryIO, side: int) -> QImage | None:
    """As `read`, from any file object that can seek."""
    data = _member(file)
    return None if data is None else _decode(data, side)


def _member(file: BinaryIO) -> bytes | None:
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            info = archive.getinfo(MEMBER)
            if info.file_size > MAX_MEMBER or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                return None
            with archive.open(info) as entry:
                data = entry.read(MAX_MEMBER + 1)
    except (OSError, ValueError, OverflowError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):
        # ValueError, OverflowError: lies in a directory that reach seek(); RuntimeError: encrypted; KeyError: none
        return None
    return data if 0 < len(data) <= MAX_MEMBER else None


def _decode(data: bytes, side: int) -> QImage | None:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    size = reader.size()
    if not size.isValid() or size.isEmpty() or max(size.width(), size.height()) > MAX_SIDE:
        return None
    image = reader.read()
    if image.isNull():
        return None
    if max(image.width(), image.height()) > side:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        return image.scaled(QSize(side, side), keep, smooth)
    return image


class _Bounded(BufferedIOBase):
    """Gives at most `MAX_READ` bytes: a directory that claims more can't keep us busy."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_READ

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes, and no more than what is left."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As every file does."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As every file does."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True
