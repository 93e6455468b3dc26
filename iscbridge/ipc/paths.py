"""What can be said of a path by looking at its text alone. Nothing here touches the disk, so nothing can block."""

from __future__ import annotations

import os

from iscbridge.core.errors import RequestError

_WINDOWS = os.name == "nt"

#: Windows: UTF-16 units of an extended path; POSIX: bytes (PATH_MAX without the closing NUL).
_LONGEST_WINDOWS = 32_767
_LONGEST_POSIX = 4_095
#: UTF-16 units (NTFS) or bytes (ext4, xfs, APFS) of one name.
_LONGEST_NAME = 255

#: Names that Windows takes for devices in every folder, whatever the suffix (Microsoft: "Naming Files, Paths, and Namespaces").
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\u00b9\u00b2\u00b3"}
)

_SHOWN = 200


def check_path(path: str, *, windows: bool = _WINDOWS) -> None:
    """Refuse a path that can't name a file on this system.

    Raises:
        RequestError: ISCB-REQ-PATH-EMPTY, -ENCODING, -RELATIVE, -DEVICE or -TOO-LONG; param `path` (shortened).
    """
    if not path or path.isspace():
        raise RequestError("ISCB-REQ-PATH-EMPTY")
    if "\0" in path or not (path.isascii() or _is_unicode(path)):
        raise RequestError("ISCB-REQ-PATH-ENCODING", path=shown(path))
    if windows:
        _check_windows(path)
    else:
        _check_posix(path)


def shown(path: str) -> str:
    """The path as it goes into an error: whole characters only, and no longer than a person can read."""
    clean = path.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return clean if len(clean) <= _SHOWN else f"{clean[: _SHOWN - 3]}..."


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair: the host read a name that is not valid in its encoding
        return False
    return True


def _check_posix(path: str) -> None:
    if not path.startswith("/"):
        raise RequestError("ISCB-REQ-PATH-RELATIVE", path=shown(path))
    size = len(path) if path.isascii() else len(path.encode("utf-8"))
    if size <= _LONGEST_NAME:
        return
    if size > _LONGEST_POSIX or any(len(part.encode("utf-8")) > _LONGEST_NAME for part in path.split("/")):
        raise RequestError("ISCB-REQ-PATH-TOO-LONG", path=shown(path))


def _check_windows(path: str) -> None:
    plain = path.replace("/", "\\")
    if plain.startswith("\\\\?\\"):
        rest = plain[4:]
        if rest[:4].lower() == "unc\\":
            plain = "\\\\" + rest[4:]
        elif _has_drive(rest):
            plain = rest
        else:
            raise RequestError("ISCB-REQ-PATH-DEVICE", path=shown(path))
    if plain.startswith("\\\\.\\") or plain == "\\\\.":
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=shown(path))
    if plain.startswith("\\\\"):
        names = plain[2:].split("\\")
        if len(names) < 2 or not names[0] or not names[1]:
            raise RequestError("ISCB-REQ-PATH-RELATIVE", path=shown(path))
    elif _has_drive(plain):
        names = plain[3:].split("\\")
    elif _device(plain.rsplit("\\", 1)[-1]):
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=shown(path))
    else:
        raise RequestError("ISCB-REQ-PATH-RELATIVE", path=shown(path))
    if any(_device(name) for name in names):
        raise RequestError("ISCB-REQ-PATH-DEVICE", path=shown(path))
    if _units(path) > _LONGEST_WINDOWS or any(_units(name) > _LONGEST_NAME for name in names):
        raise RequestError("ISCB-REQ-PATH-TOO-LONG", path=shown(path))


def _has_drive(path: str) -> bool:
    return len(path) >= 3 and path[0].isascii() and path[0].isalpha() and path[1:3] == ":\\"


def _device(name: str) -> bool:
    return name.split(".", 1)[0].split(":", 1)[0].rstrip(" ").lower() in _DEVICES


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
