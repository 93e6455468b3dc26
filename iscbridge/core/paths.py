"""Rules of paths that need no disk: is this a path that can be asked for, and which names would collide.

Both flavours by parameter, so that each system's rules are tested on every system. Nothing here touches a file.
"""

from __future__ import annotations

import ntpath
import posixpath
import re

from iscbridge.core.errors import RequestError

#: Linux: PATH_MAX with its closing NUL (limits.h); Windows: a UNICODE_STRING holds 32,767 UTF-16 units.
_LONGEST_POSIX_BYTES = 4095
_LONGEST_WINDOWS_UNITS = 32_700  # less the prefix that long paths need
_LONGEST_NAME = 255  # bytes on Linux, UTF-16 units on Windows

#: "Naming Files, Paths, and Namespaces" (Microsoft): reserved with any extension, in any folder.
_WINDOWS_DEVICE = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])[ .]*([.:].*)?", re.IGNORECASE
)
_WINDOWS_VERBATIM = re.compile(r"[\\/]{2}\?[\\/](UNC[\\/]|[A-Za-z]:[\\/])", re.IGNORECASE)
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:")

#: Kernel interfaces that call themselves ordinary files, whose reading may block or never end.
_POSIX_DEVICES = ("/dev", "/proc", "/sys")
_POSIX_MEMORY_DISK = "/dev/shm"  # noqa: S108  an ordinary file system, only named here


def check_path(path: str, *, windows: bool) -> None:
    """Refuse a path that can't name a file or folder of this system, whatever the disk holds.

    Raises:
        RequestError: ISCB-REQ-PATH-EMPTY, -ENCODING (a NUL or half a surrogate pair), -RELATIVE, -DEVICE or -TOO-LONG.
    """
    if not path:
        raise RequestError("ISCB-REQ-PATH-EMPTY")
    if "\0" in path or any(0xD800 <= ord(c) <= 0xDFFF for c in path):
        raise RequestError("ISCB-REQ-PATH-ENCODING", path=printable(path))
    if windows:
        _check_windows(path)
    else:
        _check_posix(path)


def printable(path: str, limit: int = 300) -> str:
    """The path as text that every screen and file can take: what can't be encoded is shown as an escape."""
    text = path.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
    return text if len(text) <= limit else f"{text[: limit // 2]}\u2026{text[-limit // 2 :]}"


def name_key(name: str) -> str:
    """Equal for names that one folder of some system would not hold side by side: case and composition ignored."""
    if name.isascii():
        return name.lower()
    import unicodedata  # here: its tables are large, and many never meet another name

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_inside(path: str, folder: str, *, windows: bool) -> bool:
    """Whether `path` is `folder` or lies below it, by its text alone (both absolute)."""
    if windows:
        inner, outer, divider = ntpath.normpath(path).casefold(), ntpath.normpath(folder).casefold(), "\\"
    else:
        inner, outer, divider = posixpath.normpath(path), posixpath.normpath(folder), "/"
    return inner == outer or inner.startswith(outer.rstrip(divider) + divider)


def check_member_name(name: str) -> bool:
    """Whether `name` is a place inside a folder: parts divided by '/', none of which leads out or is empty."""
    if not name or "\\" in name or "\0" in name or _WINDOWS_DRIVE.match(name):
        return False
    return all(part not in ("", ".", "..") for part in name.split("/"))


def _check_posix(path: str) -> None:
    if not path.startswith("/"):
        raise RequestError("ISCB-REQ-PATH-RELATIVE", path=printable(path))
    plain = "/" + posixpath.normpath(path).lstrip("/")
    if any(is_inside(plain, d, windows=False) for d in _POSIX_DEVICES) and not is_inside(
        plain, _POSIX_MEMORY_DISK, windows=False
    ):
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=printable(path))
    raw = path.encode()
    if len(raw) > _LONGEST_POSIX_BYTES or any(len(part) > _LONGEST_NAME for part in raw.split(b"/")):
        raise RequestError("ISCB-REQ-PATH-TOO-LONG", path=printable(path))


def _check_windows(path: str) -> None:
    if path[:1] in "\\/" and path[1:2] in ("\\", "/") and path[2:3] in ("?", "."):
        verbatim = _WINDOWS_VERBATIM.match(path)
        if verbatim is None:
            raise RequestError("ISCB-REQ-PATH-DEVICE", path=printable(path))
        rest = path[verbatim.end() :]
    elif path.startswith("\\??\\"):
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=printable(path))
    else:
        drive, rest = ntpath.splitdrive(path)
        if _WINDOWS_DEVICE.fullmatch(path):
            raise RequestError("ISCB-REQ-PATH-DEVICE", path=printable(path))
        if not drive or rest[:1] not in ("\\", "/"):
            raise RequestError("ISCB-REQ-PATH-RELATIVE", path=printable(path))
    parts = re.split(r"[\\/]", rest)
    # A colon behind the drive names a stream of a file and not a file.
    if any(_WINDOWS_DEVICE.fullmatch(part) or ":" in part for part in parts):
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=printable(path))
    if _units(path) > _LONGEST_WINDOWS_UNITS or any(_units(part) > _LONGEST_NAME for part in parts):
        raise RequestError("ISCB-REQ-PATH-TOO-LONG", path=printable(path))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
