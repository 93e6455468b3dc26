"""Prints what the disks' drivers answer, to be recorded in native/tests/device_text_test.cpp: run by any Windows Python.

One line for each disk: its number, the bytes of its STORAGE_DEVICE_DESCRIPTOR in hexadecimal. Digits and letters of the
serial number are replaced by 0 and A, so that nothing of the machine is handed on but how its driver writes. No elevated
rights are needed.
"""

from __future__ import annotations

import ctypes
import re
import struct
import sys

_IOCTL_STORAGE_QUERY_PROPERTY = 0x2D1400
_SHARED, _OPEN_EXISTING = 0x3, 3
_ROOM = 8192
_AT_SERIAL = 24


def without_serial(answer: bytes) -> bytes:
    """The same with another serial number of the same form."""
    if len(answer) < _AT_SERIAL + 4:
        return answer
    begin = int.from_bytes(answer[_AT_SERIAL : _AT_SERIAL + 4], "little")
    if not 36 <= begin < len(answer):
        return answer
    end = answer.find(b"\0", begin)
    end = len(answer) if end < 0 else end
    serial = re.sub(rb"[A-Za-z]", b"A", re.sub(rb"[0-9]", b"0", answer[begin:end]))
    return answer[:begin] + serial + answer[end:]


def answers() -> list[tuple[int, bytes]]:
    """What each of the first 16 disks answers."""
    kernel = ctypes.WinDLL("kernel32")
    kernel.CreateFileW.restype = ctypes.c_void_p
    kernel.CreateFileW.argtypes = [ctypes.c_wchar_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32,
                                   ctypes.c_uint32, ctypes.c_void_p]  # fmt: skip
    kernel.DeviceIoControl.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_uint32,
                                       ctypes.c_char_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p]  # fmt: skip
    kernel.CloseHandle.argtypes = [ctypes.c_void_p]
    found = []
    for number in range(16):
        disk = kernel.CreateFileW(rf"\\.\PhysicalDrive{number}", 0, _SHARED, None, _OPEN_EXISTING, 0, None)
        if disk in (None, ctypes.c_void_p(-1).value):
            continue
        query, room, size = struct.pack("<II4x", 0, 0), ctypes.create_string_buffer(_ROOM), ctypes.c_uint32()
        if kernel.DeviceIoControl(disk, _IOCTL_STORAGE_QUERY_PROPERTY, query, len(query), room, _ROOM,
                                  ctypes.byref(size), None):  # fmt: skip
            found.append((number, room.raw[: size.value]))
        kernel.CloseHandle(disk)
    return found


def main() -> int:
    """Print them."""
    for number, answer in answers():
        print(number, without_serial(answer).hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
