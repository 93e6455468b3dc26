"""Who is at the other end of a local connection.

A server asks for the process, so that one can't take every place. A client asks whether the server is its own user's:
the name of a pipe can be taken by anybody on the machine.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    from iscbridge.platform.winuser import user_sid

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    for _function in (_kernel32.GetNamedPipeClientProcessId, _kernel32.GetNamedPipeServerProcessId):
        _function.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.ULONG))

    def peer_process(descriptor: int) -> int | None:
        """Process id of the client of a connected pipe; None if Windows does not tell."""
        pid = wintypes.ULONG()
        if not _kernel32.GetNamedPipeClientProcessId(descriptor, ctypes.byref(pid)):
            return None
        return pid.value

    def is_own_server(descriptor: int) -> bool:
        """Whether the server of a connected pipe runs as this process's user."""
        pid = wintypes.ULONG()
        if not _kernel32.GetNamedPipeServerProcessId(descriptor, ctypes.byref(pid)):
            return False
        try:
            return user_sid(pid.value) == user_sid()
        except OSError:
            return False

elif sys.platform == "linux":
    import os
    import socket

    def peer_process(descriptor: int) -> int | None:
        """Process id of the client of a connected socket (unix(7), SO_PEERCRED); None if the kernel does not tell."""
        credentials = _credentials(descriptor)
        return None if credentials is None else int.from_bytes(credentials[:4], sys.byteorder)

    def is_own_server(descriptor: int) -> bool:
        """Whether the server of a connected socket runs as this process's user."""
        credentials = _credentials(descriptor)
        return credentials is not None and int.from_bytes(credentials[4:8], sys.byteorder) == os.getuid()

    def _credentials(descriptor: int) -> bytes | None:
        """`struct ucred`: pid, uid, gid."""
        try:
            with socket.socket(fileno=os.dup(descriptor)) as copy:
                return copy.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        except OSError:
            return None

else:

    def peer_process(descriptor: int) -> int | None:
        """Not known on this system: only the limit for all clients together holds."""
        del descriptor
        return None

    def is_own_server(descriptor: int) -> bool:
        """As above: what guards a client here is that the socket's folder is its user's alone."""
        del descriptor
        return True
