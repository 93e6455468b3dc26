"""Reading a small file that holds a secret: only if nobody but its owner could have read it before."""

from __future__ import annotations

import os
import stat
import sys

from iscbridge.core.errors import SecretError
from iscbridge.core.paths import printable
from iscbridge.platform.faults import file_error
from iscbridge.platform.files import open_shared


def read_owner_only(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file that belongs to this user and that no other user may read or change.

    Links are followed: what counts is the file at their end. Administrators and the system are not "others".

    Raises:
        FileError: ISCB-FILE-*: missing, a folder, not regular, not to be read.
        SecretError: ISCB-SECRET-FILE-SHARED: it belongs to somebody else, or others may read or change it.
    """
    fd, _ = open_shared(path)
    with open(fd, "rb") as file:
        try:
            if _is_shared(fd):
                raise SecretError("ISCB-SECRET-FILE-SHARED", path=printable(path))
            return file.read(most)
        except OSError as error:
            raise file_error(error, path) from error


if sys.platform == "win32":
    import msvcrt

    from iscbridge.platform.access_lists import ADMINISTRATORS, OWNER_RIGHTS, SYSTEM, access_of_handle
    from iscbridge.platform.winuser import user_sid

    #: FILE_READ_DATA, FILE_WRITE_DATA, FILE_APPEND_DATA, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, _WRITE and _READ.
    _READS_OR_CHANGES = 0x1 | 0x2 | 0x4 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000 | 0x4000_0000 | 0x8000_0000

    def _is_shared(fd: int) -> bool:
        """By the file's owner and access list."""
        access = access_of_handle(msvcrt.get_osfhandle(fd))
        trusted = {user_sid(), SYSTEM, ADMINISTRATORS}
        if access.owner not in trusted or access.grants is None:
            return True
        return not {grant.who for grant in access.grants if grant.rights & _READS_OR_CHANGES} <= trusted | {
            OWNER_RIGHTS
        }

else:

    def _is_shared(fd: int) -> bool:
        found = os.fstat(fd)
        return found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077 != 0
