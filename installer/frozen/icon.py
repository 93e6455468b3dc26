"""The programs' icon and the logo, painted by what paints the tray: there is no picture to be kept in step with it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

#: What Explorer, the task bar and the start menu ask for at 100 to 400 %.
SIZES = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
#: From this size on the picture stands compressed in the file, as Windows does it itself.
_COMPRESSED = 96
LOGO = 512


def write(icon: Path, logo: Path) -> None:
    """Write the .ico with all sizes, and the logo as PNG."""
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication(["icon"])
    icon.write_bytes(ico([(size, _png(size) if size >= _COMPRESSED else _bitmap(size)) for size in SIZES]))
    logo.write_bytes(_png(LOGO))
    del application


def ico(pictures: list[tuple[int, bytes]]) -> bytes:
    """The file: a head, a line for each picture, the pictures."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    lines = b""
    for size, data in pictures:
        side = size % 256  # 256 is written as 0
        lines += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + lines + b"".join(data for _, data in pictures)


def _image(size: int) -> QImage:
    from PySide6.QtGui import QImage

    from iscbridge.core.attention_state import Attention
    from iscbridge.tray.icons import attention_picture

    return attention_picture(Attention.SAVED, size).toImage().convertToFormat(QImage.Format.Format_ARGB32)


def _png(size: int) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(_image(size))
    buffer.close()
    return bytes(data.data())


def _bitmap(size: int) -> bytes:
    """A bitmap as an .ico holds it: from the bottom up, twice as high for the mask that nobody uses with an alpha channel."""
    image = _image(size)
    row = size * 4
    pixels = bytes(image.constBits())
    head = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, 0, 0, 0, 0, 0)
    mask = bytes((size + 31) // 32 * 4 * size)
    return head + b"".join(pixels[row * y : row * (y + 1)] for y in reversed(range(size))) + mask
