"""The C ABI of isc_device.h for Python: the only module here that touches cffi objects.

The declarations come from the header (`iscbridge.sdk.build_cffi`). The library keeps nothing between calls, so this
needs no lock but for loading it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Literal, NewType, Protocol, overload

from iscbridge.core.errors import DeviceError
from iscbridge.device.facts import Part
from iscbridge.platform.native import native_library

STEM = "iscbridge_device"
"""The library's name without prefix and ending."""

_FIRST_ROOM = 64 * 1024
_MOST_ROOM = 16 * 1024 * 1024
_ROUNDS = 8
"""How often a part is asked for again because it has grown since."""

CText = NewType("CText", object)
CBuffer = NewType("CBuffer", object)


class CLength(Protocol):
    """A `uint32_t *`."""

    def __getitem__(self, index: Literal[0]) -> int: ...


class CLibrary(Protocol):
    """The loaded library."""

    ISC_DEVICE_ABI_VERSION: int
    ISC_DEVICE_ADAPTERS: int
    ISC_DEVICE_DISKS: int
    ISC_DEVICE_FIRMWARE: int
    ISC_DEVICE_NAMES: int
    ISC_DEVICE_CPU: int
    ISC_DEVICE_OK: int
    ISC_DEVICE_ERR_BUFFER: int

    def isc_device_abi_version(self) -> int: ...
    def isc_device_status_text(self, status: int, /) -> CText: ...
    def isc_device_read(self, part: int, buffer: CBuffer, capacity: int, length: CLength, /) -> int: ...


class Ffi(Protocol):
    """The part of a cffi `FFI` object that is used here."""

    error: type[Exception]

    def dlopen(self, path: str, /) -> CLibrary: ...
    @overload
    def new(self, kind: Literal["uint32_t *"], /) -> CLength: ...
    @overload
    def new(self, kind: Literal["uint8_t[]"], length: int, /) -> CBuffer: ...
    def buffer(self, data: CBuffer, size: int, /) -> bytes: ...
    def string(self, text: CText, /) -> bytes: ...


class DeviceLibrary:
    """The loaded library. Any thread, also several at once."""

    def __init__(self, ffi: Ffi, lib: CLibrary) -> None:
        self._ffi = ffi
        self._lib = lib
        self._numbers = {
            Part.ADAPTERS: lib.ISC_DEVICE_ADAPTERS,
            Part.DISKS: lib.ISC_DEVICE_DISKS,
            Part.FIRMWARE: lib.ISC_DEVICE_FIRMWARE,
            Part.NAMES: lib.ISC_DEVICE_NAMES,
            Part.CPU: lib.ISC_DEVICE_CPU,
        }

    @staticmethod
    def load(path: str) -> DeviceLibrary:
        """Load the library at an absolute path.

        Raises:
            DeviceError: ISCB-DEVICE-LOAD, if it is missing, can't be loaded or is of another version.
        """
        try:
            ffi: Ffi = import_module("iscbridge.device._device_cffi").ffi
        except ImportError as error:
            detail = f"this installation has no declarations for it ({error}); build the package"
            raise DeviceError("ISCB-DEVICE-LOAD", path=path, detail=detail) from error
        try:
            lib = ffi.dlopen(path)
            found = lib.isc_device_abi_version()
        except (OSError, AttributeError, ffi.error) as error:
            raise DeviceError("ISCB-DEVICE-LOAD", path=path, detail=str(error)) from error
        if found != lib.ISC_DEVICE_ABI_VERSION:
            detail = f"ABI {lib.ISC_DEVICE_ABI_VERSION} was expected, it has ABI {found}"
            raise DeviceError("ISCB-DEVICE-LOAD", path=path, detail=detail)
        return DeviceLibrary(ffi, lib)

    def read(self, part: Part) -> bytes | str:
        """One part, read anew: its bytes, or a sentence (str) if the system does not give it. Blocks for a moment."""
        length = self._ffi.new("uint32_t *")
        room, status = _FIRST_ROOM, self._lib.ISC_DEVICE_ERR_BUFFER
        for _ in range(_ROUNDS):
            buffer = self._ffi.new("uint8_t[]", room)
            status = self._lib.isc_device_read(self._numbers[part], buffer, room, length)
            if status == self._lib.ISC_DEVICE_OK:
                return bytes(self._ffi.buffer(buffer, length[0])[:])
            if status != self._lib.ISC_DEVICE_ERR_BUFFER or length[0] > _MOST_ROOM:
                break
            room = length[0] + length[0] // 4
        return self._ffi.string(self._lib.isc_device_status_text(status)).decode("ascii", "replace")


_lock = threading.Lock()
_loaded: dict[str, DeviceLibrary] = {}


def device_library(environment: Mapping[str, str] | None = None) -> DeviceLibrary:
    """The packaged library (or the one of ISCBRIDGE_NATIVE_DIR), loaded once.

    Raises:
        DeviceError: ISCB-DEVICE-LOAD.
    """
    path = str(native_library(STEM, os.environ if environment is None else environment))
    with _lock:
        if path not in _loaded:
            _loaded[path] = DeviceLibrary.load(path)
        return _loaded[path]
