"""Owner and access list of a file or folder on Windows, as plain data that can be judged anywhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass

SYSTEM, ADMINISTRATORS, OWNER_RIGHTS = "S-1-5-18", "S-1-5-32-544", "S-1-3-4"


@dataclass(frozen=True, slots=True)
class Grant:
    """An entry that allows something to somebody. Of a form that names them in another way, `who` is empty."""

    who: str
    rights: int


@dataclass(frozen=True, slots=True)
class Access:
    """What is known of one file or folder. Denials are not in it: a list that needs them is not plain enough."""

    owner: str
    grants: tuple[Grant, ...] | None
    """None: it has no access list, and everybody may do everything."""


if sys.platform == "win32":
    import ctypes
    import os
    from ctypes import wintypes

    from iscbridge.platform.longpaths import extended
    from iscbridge.platform.winfiles import BACKUP_SEMANTICS, close_handle, open_handle

    _FILE_OBJECT = 1  # SE_FILE_OBJECT
    _OWNER_AND_DACL = 0x1 | 0x4
    _READ_CONTROL = 0x0002_0000
    #: With FILE_FLAG_OPEN_REPARSE_POINT: a link itself.
    _AS_IT_IS = BACKUP_SEMANTICS | 0x0020_0000
    _INHERIT_ONLY = 0x08  # meant for what lies in a folder; says nothing of the folder itself
    #: ACCESS_ALLOWED_ACE_TYPE and its callback form: both have the SID at offset 8.
    _ALLOWS = (0x0, 0x9)
    #: The forms with GUIDs before the SID, which no file needs.
    _ALLOWS_OTHERWISE = (0x4, 0x5, 0xB)

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
    _flag = ctypes.POINTER(wintypes.BOOL)
    _advapi32.GetSecurityDescriptorOwner.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), _flag)
    _advapi32.GetSecurityDescriptorDacl.argtypes = (ctypes.c_void_p, _flag, ctypes.POINTER(ctypes.c_void_p), _flag)
    _GetAce = _advapi32.GetAce
    _GetAce.argtypes = (ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p))
    _advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))

    def access_of_path(path: str) -> Access:
        """Of a file or folder; of a link, its own.

        Raises:
            OSError: it is not there, or Windows does not tell.
        """
        handle = open_handle(extended(path), _READ_CONTROL, _AS_IT_IS)
        try:
            return access_of_handle(handle)
        finally:
            close_handle(handle)

    def access_of_handle(handle: int) -> Access:
        """Of what an open handle stands for; it may be read, or its access list may.

        Raises:
            OSError: Windows does not tell.
        """
        descriptor = ctypes.c_void_p()
        found = (None, None, None, None, ctypes.byref(descriptor))
        problem = _GetSecurityInfo(handle, _FILE_OBJECT, _OWNER_AND_DACL, *found)
        if problem:
            raise ctypes.WinError(problem)
        try:
            return access_in(descriptor)
        finally:
            _kernel32.LocalFree(descriptor)

    def access_in(descriptor: ctypes.c_void_p) -> Access:
        """What a security descriptor says.

        Raises:
            OSError: it has no owner, or can't be read.
        """
        owner, dacl = ctypes.c_void_p(), ctypes.c_void_p()
        present, default = wintypes.BOOL(), wintypes.BOOL()
        _done(_advapi32.GetSecurityDescriptorOwner(descriptor, ctypes.byref(owner), ctypes.byref(default)))
        _done(
            _advapi32.GetSecurityDescriptorDacl(
                descriptor, ctypes.byref(present), ctypes.byref(dacl), ctypes.byref(default)
            )
        )
        grants = None if dacl.value is None or not present.value else tuple(_grants(dacl.value))
        return Access(_sid_text(owner.value), grants)

    def _grants(dacl: int) -> list[Grant]:
        found = []
        for index in range(_Acl.from_address(dacl).count):
            ace = ctypes.c_void_p()
            _done(_GetAce(dacl, index, ctypes.byref(ace)))
            if ace.value is None:
                continue
            header = _AceHeader.from_address(ace.value)
            if header.flags & _INHERIT_ONLY:
                continue
            if header.type in _ALLOWS:
                found.append(Grant(_sid_text(ace.value + ctypes.sizeof(_AceHeader)), header.mask))
            elif header.type in _ALLOWS_OTHERWISE:
                found.append(Grant("", header.mask))
        return found

    def _sid_text(sid: int | None) -> str:
        text = ctypes.c_void_p()
        _done(_advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)))
        try:
            return ctypes.wstring_at(text.value or 0)
        finally:
            _kernel32.LocalFree(text)

    def _done(result: int) -> None:
        if not result:
            raise ctypes.WinError(ctypes.get_last_error())

    def is_link(path: str) -> bool:
        """Whether it leads elsewhere: a symbolic link, a junction, a mount point.

        Raises:
            OSError: it is not there.
        """
        return bool(os.lstat(extended(path)).st_file_attributes & _REPARSE_POINT)

    _REPARSE_POINT = 0x400
