"""Which process is at the other end of a local connection: so that one process can't take every place."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.GetNamedPipeClientProcessId.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.ULONG))

    def peer_process(descriptor: int) -> int | None:
        """Process id of the client of a connected pipe; None if Windows does not tell."""
        pid = wintypes.ULONG()
        if not _kernel32.GetNamedPipeClientProcessId(descriptor, ctypes.byref(pid)):
            return None
        return pid.value

elif sys.platform == "linux":
    import os
    import socket

    def peer_process(descriptor: int) -> int | None:
        """Process id of the client of a connected socket (unix(7), SO_PEERCRED); None if the kernel does not tell."""
        try:
            with socket.socket(fileno=os.dup(descriptor)) as copy:
                credentials = copy.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        except OSError:
            return None
        return int.from_bytes(credentials[:4], sys.byteorder)

else:

    def peer_process(descriptor: int) -> int | None:
        """Not known on this system: only the limit for all clients together holds."""
        del descriptor
        return None
