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
    import ctypes
    import msvcrt
    from ctypes import wintypes

    from iscbridge.platform.winuser import user_sid

    _FILE_OBJECT = 1  # SE_FILE_OBJECT
    _OWNER_AND_DACL = 0x1 | 0x4
    _SYSTEM, _ADMINISTRATORS, _OWNER_RIGHTS = "S-1-5-18", "S-1-5-32-544", "S-1-3-4"
    #: FILE_READ_DATA, FILE_WRITE_DATA, FILE_APPEND_DATA, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, _WRITE and _READ.
    _READS_OR_CHANGES = 0x1 | 0x2 | 0x4 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000 | 0x4000_0000 | 0x8000_0000
    _INHERIT_ONLY = 0x08  # meant for what lies in a folder; says nothing of the file itself
    #: ACCESS_ALLOWED_ACE_TYPE and its callback form: both have the mask at offset 4 and the SID at offset 8.
    _ALLOWS = (0x0, 0x9)

    class _AceHeader(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_ubyte),
            ("flags", ctypes.c_ubyte),
            ("size", wintypes.WORD),
            ("mask", wintypes.DWORD),
        )

    class _Acl(ctypes.Structure):
        _fields_ = (
            ("revision", ctypes.c_ubyte),
            ("_sbz1", ctypes.c_ubyte),
            ("size", wintypes.WORD),
            ("count", wintypes.WORD),
            ("_sbz2", wintypes.WORD),
        )

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32.LocalFree.argtypes = (wintypes.HLOCAL,)
    _kernel32.LocalFree.restype = wintypes.HLOCAL
    _GetSecurityInfo = _advapi32.GetSecurityInfo
    _GetSecurityInfo.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        wintypes.DWORD,
        ctypes.POINTER(ctypes.c_void_p),
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_void_p),
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_void_p),
    )
    _GetSecurityInfo.restype = wintypes.DWORD
    _GetAce = _advapi32.GetAce
    _GetAce.argtypes = (ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p))
    _advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))

    def _is_shared(fd: int) -> bool:
        """By the file's owner and access list. Denials are not weighed: a list that needs them is not plain enough."""
        owner, dacl, descriptor = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        handle = msvcrt.get_osfhandle(fd)
        found = (ctypes.byref(owner), None, ctypes.byref(dacl), None, ctypes.byref(descriptor))
        problem = _GetSecurityInfo(handle, _FILE_OBJECT, _OWNER_AND_DACL, *found)
        if problem:
            raise ctypes.WinError(problem)
        try:
            trusted = {user_sid(), _SYSTEM, _ADMINISTRATORS}
            if _sid_text(owner.value) not in trusted or dacl.value is None:
                return True  # without an access list everybody may do everything
            return not _who_may(dacl.value) <= trusted | {_OWNER_RIGHTS}
        finally:
            _kernel32.LocalFree(descriptor)

    def _who_may(dacl: int) -> set[str]:
        found = set()
        for index in range(_Acl.from_address(dacl).count):
            ace = ctypes.c_void_p()
            if not _GetAce(dacl, index, ctypes.byref(ace)) or ace.value is None:
                raise ctypes.WinError(ctypes.get_last_error())
            header = _AceHeader.from_address(ace.value)
            applies = header.type in _ALLOWS and not header.flags & _INHERIT_ONLY
            if applies and header.mask & _READS_OR_CHANGES:
                found.add(_sid_text(ace.value + ctypes.sizeof(_AceHeader)))
        return found

    def _sid_text(sid: int | None) -> str:
        text = ctypes.c_void_p()
        if not _advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)) or text.value is None:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.wstring_at(text.value)
        finally:
            _kernel32.LocalFree(text)

else:

    def _is_shared(fd: int) -> bool:
        found = os.fstat(fd)
        return found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077 != 0
