"""Whether a file or folder is an administrator's: theirs, and nobody else may change it."""

from __future__ import annotations

import os
import stat
import sys

from iscbridge.platform.access_lists import ADMINISTRATORS, OWNER_RIGHTS, SYSTEM, Access

_TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
_EVERYONE = "S-1-1-0"
_TRUSTED = frozenset({SYSTEM, ADMINISTRATORS, _TRUSTED_INSTALLER})
#: FILE_WRITE_DATA or FILE_ADD_FILE, FILE_APPEND_DATA or FILE_ADD_SUBDIRECTORY, FILE_DELETE_CHILD, DELETE, WRITE_DAC,
#: WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE.
_CHANGES = 0x2 | 0x4 | 0x40 | 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000 | 0x4000_0000


def doubt(access: Access) -> str:
    """Who besides administrators and the system may change what has this owner and access list; empty: nobody."""
    if access.owner not in _TRUSTED:
        return access.owner
    if access.grants is None:
        return _EVERYONE
    for grant in access.grants:
        if grant.rights & _CHANGES and grant.who not in _TRUSTED and grant.who != OWNER_RIGHTS:
            return grant.who or "?"
    return ""


if sys.platform == "win32":
    from iscbridge.platform.access_lists import access_of_path, is_link

    def doubt_about(path: str) -> str:
        """Why a file or folder can't be taken for an administrator's, in few signs; empty: it can. Links never can.

        Raises:
            OSError: it is not there, or the system does not tell.
        """
        return "->" if is_link(path) else doubt(access_of_path(path))

else:

    def doubt_about(path: str) -> str:
        """Why a file or folder can't be taken for an administrator's, in few signs; empty: it can. Links never can.

        Raises:
            OSError: it is not there, or the system does not tell.
        """
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return "->"
        if found.st_uid != 0:
            return f"uid {found.st_uid}"
        # With an access list besides, the group's bits are the most that the list allows to anybody.
        return stat.filemode(found.st_mode) if found.st_mode & 0o022 else ""
