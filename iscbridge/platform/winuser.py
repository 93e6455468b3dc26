"""Who runs this process, on Windows: the user's SID and the terminal session. Pipe names carry both."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _TOKEN_QUERY = 0x0008
    _TOKEN_USER = 1
    _PROCESS_QUERY_LIMITED_INFORMATION = 0x1000

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    _kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel32.OpenProcess.restype = wintypes.HANDLE
    _kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel32.LocalFree.argtypes = (wintypes.HLOCAL,)
    _kernel32.LocalFree.restype = wintypes.HLOCAL
    _kernel32.ProcessIdToSessionId.argtypes = (wintypes.DWORD, ctypes.POINTER(wintypes.DWORD))
    _advapi32.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE))
    _advapi32.GetTokenInformation.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.DWORD),
    )
    _advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))

    def session_id() -> int:
        """Number of the terminal session, so that two log-ons of one user do not meet."""
        import os

        session = wintypes.DWORD()
        if not _kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session)):
            raise ctypes.WinError(ctypes.get_last_error())
        return session.value

    def user_sid(pid: int | None = None) -> str:
        """SID of the user of a process (None: of this one) as text (`S-1-5-...`).

        Raises:
            OSError: Windows does not tell.
        """
        if pid is None:
            return _sid_of_process(this_process())
        process = _kernel32.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
        if not process:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return _sid_of_process(process)
        finally:
            _kernel32.CloseHandle(process)

    def token_parts(process: int, *parts: int) -> list[ctypes.Array[ctypes.c_char]]:
        """Parts of a process's token (TOKEN_INFORMATION_CLASS), as Windows gives them.

        Raises:
            OSError: Windows does not tell.
        """
        token = wintypes.HANDLE()
        if not _advapi32.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return [_part(token, part) for part in parts]
        finally:
            _kernel32.CloseHandle(token)

    def this_process() -> int:
        """What stands for this process among handles."""
        return int(_kernel32.GetCurrentProcess())

    def _part(token: wintypes.HANDLE, part: int) -> ctypes.Array[ctypes.c_char]:
        size = wintypes.DWORD()
        _advapi32.GetTokenInformation(token, part, None, 0, ctypes.byref(size))
        found = ctypes.create_string_buffer(max(size.value, ctypes.sizeof(wintypes.DWORD)))
        if not _advapi32.GetTokenInformation(token, part, found, size, ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        return found

    def _sid_of_process(process: int) -> str:
        [buffer] = token_parts(process, _TOKEN_USER)
        sid = ctypes.c_void_p.from_buffer(buffer)  # TOKEN_USER begins with the pointer to the SID
        text = ctypes.c_void_p()
        if not _advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)) or text.value is None:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.wstring_at(text.value)
        finally:
            _kernel32.LocalFree(text)
