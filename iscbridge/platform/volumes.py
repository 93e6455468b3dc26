"""Which volume a path lies on, without asking the volume: a share that does not answer must not hold up others."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import time

from iscbridge.platform.longpaths import extended


def free_bytes(folder: str) -> int:
    """Bytes that this user can still write on the volume of `folder`.

    Raises:
        OSError: the folder can't be looked at.
    """
    return shutil.disk_usage(extended(folder)).free


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def volume_key(path: str) -> str:
        """Drive or share of an absolute path, by its text."""
        plain = re.sub(r"^[\\/]{2}\?[\\/](UNC[\\/])?", lambda m: "\\\\" if m[1] else "", path, flags=re.IGNORECASE)
        drive = os.path.splitdrive(os.path.normpath(plain))[0]
        return drive.casefold()

    _DRIVE_REMOTE = 4
    _GetDriveTypeW = ctypes.WinDLL("kernel32", use_last_error=True).GetDriveTypeW
    _GetDriveTypeW.argtypes = (wintypes.LPCWSTR,)
    _GetDriveTypeW.restype = wintypes.UINT

    def is_share(path: str) -> bool:
        """Whether an absolute path lies on another machine. Asks this system only, never the share."""
        root = os.path.splitdrive(os.path.normpath(path))[0]
        local = re.fullmatch(r"\\\\\?\\(?!UNC)[^\\]+", root, flags=re.IGNORECASE)
        if root.startswith("\\\\") and local is None:
            return True
        return bool(_GetDriveTypeW(root + "\\") == _DRIVE_REMOTE)

else:
    _MOUNTS = "/proc/self/mountinfo"
    _FRESH_S = 5.0

    def volume_key(path: str) -> str:
        """Mount point of an absolute path, by its text and the kernel's list of mounts (links are not followed)."""
        plain = "/" + os.path.normpath(path).lstrip("/")
        for mount in _table.mounts():
            if mount in ("/", plain) or plain.startswith(mount + "/"):
                return mount
        return "/"

    #: File systems of other machines, or whose changes other programs can make behind the kernel's back (proc(5) type).
    _SHARES = re.compile(
        r"nfs\d*|cifs|smb\d*|smbfs|9p|afs|ceph|coda|glusterfs|lustre|ncpfs|vboxsf|vmhgfs|fuse\..+|autofs"
    )

    def is_share(path: str) -> bool:
        """Whether an absolute path lies on another machine, by the kernel's list of mounts. Never asks the share."""
        return _SHARES.fullmatch(_table.mounts().get(volume_key(path), "")) is not None

    class _MountTable:
        """The mount points, longest first, and their types, read again when they may be old."""

        def __init__(self) -> None:
            self._lock = threading.Lock()
            self._mounts: dict[str, str] = {}
            self._read_at = float("-inf")

        def mounts(self) -> dict[str, str]:
            with self._lock:
                now = time.monotonic()
                if now - self._read_at > _FRESH_S:
                    self._mounts = _read_mounts()
                    self._read_at = now
                return self._mounts

    def _read_mounts() -> dict[str, str]:
        try:
            with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
                # a later line lies on top of an earlier one
                types = {_unescape(line.split(" ", 5)[4]): line.split(" - ", 1)[1].split(" ", 1)[0] for line in file}
        except (OSError, IndexError):
            return {"/": ""}  # no /proc: one queue for all
        return {point: types[point] for point in sorted(types, key=len, reverse=True)}

    def _unescape(text: str) -> str:
        """Blanks, tabs, newlines and backslashes stand in octal (proc(5))."""
        return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)

    _table = _MountTable()
