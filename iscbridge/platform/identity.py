r"""One name for every spelling of a file: case, 8.3 names, mapped drives, substituted drives and links.

The key is made from the *path*, in the one form that the system itself gives it, and not from the file object
(inode, file index): a CAD saves by writing a new file and renaming it over the old one, so the object behind a
path changes with each save while the file, to the user and to the cloud, stays the same. For the same reason
two hard links are two files: the next save parts them.

Not seen as one: a server's short name, long name and address (`\\nas`, `\\nas.firm.cn`, `\\10.0.0.5`).
"""

from __future__ import annotations

import os
import sys

from iscbridge.core.paths import name_key
from iscbridge.platform.longpaths import extended

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    from iscbridge.platform.winfiles import BACKUP_SEMANTICS, close_handle, open_handle

    _VOLUME_NAME_DOS = 0x0
    _VOLUME_NAME_GUID = 0x1
    _LONGEST_PATH = 32_768

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _GetFinalPath = _kernel32.GetFinalPathNameByHandleW
    _GetFinalPath.argtypes = (wintypes.HANDLE, wintypes.LPWSTR, wintypes.DWORD, wintypes.DWORD)
    _GetFinalPath.restype = wintypes.DWORD

    def canonical(path: str) -> str:
        """The system's own spelling of the path; as far as it exists if it does not exist."""
        full = os.path.abspath(path)
        tail: list[str] = []
        while True:
            found = _final_path(full)
            if found is not None:
                return "\\".join([found.rstrip("\\"), *reversed(tail)])
            parent, name = os.path.split(full)
            if not name:
                return os.path.abspath(path)
            tail.append(name)
            full = parent

    def identity_key(path: str) -> str:
        """Equal for all spellings of one file or folder. NTFS compares names without case, so the key does, too."""
        return name_key(canonical(path))

    def _final_path(path: str) -> str | None:
        try:
            handle = open_handle(extended(path), 0, BACKUP_SEMANTICS)
        except OSError:
            return None
        try:
            buffer = ctypes.create_unicode_buffer(_LONGEST_PATH)
            # A share has no volume id; there the second form gives \\?\UNC\server\share, also for a mapped drive.
            for form in (_VOLUME_NAME_GUID, _VOLUME_NAME_DOS):
                length = _GetFinalPath(handle, buffer, _LONGEST_PATH, form)
                if 0 < length < _LONGEST_PATH:
                    return buffer.value
            return None
        finally:
            close_handle(handle)

else:

    def canonical(path: str) -> str:
        """The path with all links resolved; as far as it exists if it does not exist."""
        return os.path.realpath(extended(path))

    def identity_key(path: str) -> str:
        """Equal for all spellings of one file or folder, also where a volume ignores case (macOS, FAT, some shares)."""
        folder, name = os.path.split(canonical(path))
        parts: list[str] = []
        while name:
            parts.append(name_key(name) if _case_ignored(folder, name) else name)
            folder, name = os.path.split(folder)
        return "/" + "/".join(reversed(parts))

    def _case_ignored(folder: str, name: str) -> bool:
        other = name.swapcase()
        if other == name:
            return False
        try:
            here, there = (os.lstat(os.path.join(folder, spelling)) for spelling in (name, other))
            # One object, listed once: the volume took both spellings for one name (and they are no two hard links).
            return os.path.samestat(here, there) and not {name, other} <= set(os.listdir(folder))
        except OSError:
            return False
