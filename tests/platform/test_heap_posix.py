"""On Linux with glibc, whose heap the product trims."""

from __future__ import annotations

import subprocess
import sys

#: Many small pieces, every one of them freed but the last: the library can't shrink its heap from the end by itself.
PROGRAM = """
import ctypes, resource
from iscbridge.platform.heap import give_back
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
pieces = [libc.malloc(2000) for _ in range(10_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 2000)
for piece in pieces[:-1]:
    libc.free(piece)
def held():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = held()
give_back()
print(before - held())
"""


def test_what_was_freed_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 10_000_000
