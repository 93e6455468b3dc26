"""Types over the untyped cffi objects, so that mypy checks every use of the C ABI.

The header `native/include/iscdesk_c.h` is the manual; a test holds the names here against it. These shapes exist for
the type checker only: nothing imports this module at run time, and the SDK process starts without it.
"""

from __future__ import annotations

from typing import Literal, NewType, Protocol, overload

CText = NewType("CText", object)
"""A `const char *` or NULL."""
CHandle = NewType("CHandle", object)
"""An `isc_handle *`."""


class CHandleOut(Protocol):
    """An `isc_handle **`, room for one handle."""

    def __getitem__(self, index: Literal[0]) -> CHandle: ...


class CCallOut(Protocol):
    """A `uint64_t *`, room for the number of one call."""

    def __getitem__(self, index: Literal[0]) -> int: ...


class CEvent(Protocol):
    """One `isc_event`."""

    size: int
    kind: int
    sequence: int
    call: int
    result: int
    vendor_status: int
    ok: int
    type: int
    raised_ns: int
    text_length: int
    text_encoding: int
    text: CText


class CEvents(Protocol):
    """An array of `isc_event`."""

    def __getitem__(self, index: int) -> CEvent: ...


class CConfig(Protocol):
    """An `isc_config *`."""

    size: int
    abi_version: int
    sdk_library: CText
    event_capacity: int
    flags: int


class CInfo(Protocol):
    """An `isc_info *`."""

    size: int
    abi_version: int
    cloud: CText
    dialect: CText
    call_failure_is_final: int
    functions: int


class CLibrary(Protocol):
    """The loaded library: constants and functions of the header that are used here. Statuses are negative ints."""

    ISC_ABI_VERSION: int
    ISC_LICENSE_FILE: int
    ISC_LICENSE_STRING: int
    ISC_EVENT_RETURNED: int
    ISC_EVENT_SDK: int

    def isc_abi_version(self) -> int: ...
    def isc_struct_size(self, which: int, /) -> int: ...
    def isc_status_text(self, status: int, /) -> CText: ...
    def isc_open(self, out: CHandleOut, config: CConfig, /) -> int: ...
    def isc_get_info(self, handle: CHandle, info: CInfo, /) -> int: ...
    def isc_init(self, handle: CHandle, call: CCallOut, /) -> int: ...
    def isc_license_file_request(self, handle: CHandle, name: bytes, device: bytes, call: CCallOut, /) -> int: ...
    def isc_license_string_request(self, handle: CHandle, device: bytes, call: CCallOut, /) -> int: ...
    def isc_license_verify_notify(self, handle: CHandle, verified: int, message: bytes, call: CCallOut, /) -> int: ...
    def isc_trial_expired(self, handle: CHandle, kind: int, device: bytes, name: bytes, call: CCallOut, /) -> int: ...
    def isc_check_new_versions(self, handle: CHandle, call: CCallOut, /) -> int: ...
    def isc_upgrade_notify(self, handle: CHandle, upgrade: int, call: CCallOut, /) -> int: ...
    def isc_open_cloud_file(self, handle: CHandle, call: CCallOut, /) -> int: ...
    def isc_save(self, handle: CHandle, path: bytes, assembly: int, call: CCallOut, /) -> int: ...
    def isc_select_save_as_path(self, handle: CHandle, path: bytes, assembly: int, call: CCallOut, /) -> int: ...
    def isc_get_solution(self, handle: CHandle, path: bytes, call: CCallOut, /) -> int: ...
    def isc_wait_events(self, handle: CHandle, timeout_ms: int, events: CEvents, capacity: int, /) -> int: ...
    def isc_shut_out(self, handle: CHandle, call: CCallOut, /) -> int: ...
    def isc_close(self, handle: CHandle, grace_ms: int, /) -> int: ...


class Ffi(Protocol):
    """The part of a cffi `FFI` object that is used here."""

    NULL: CText
    error: type[Exception]

    def dlopen(self, path: str, /) -> CLibrary: ...
    @overload
    def new(self, kind: Literal["isc_config *"], /) -> CConfig: ...
    @overload
    def new(self, kind: Literal["isc_info *"], /) -> CInfo: ...
    @overload
    def new(self, kind: Literal["isc_event[]"], length: int, /) -> CEvents: ...
    @overload
    def new(self, kind: Literal["isc_handle **"], /) -> CHandleOut: ...
    @overload
    def new(self, kind: Literal["uint64_t *"], /) -> CCallOut: ...
    @overload
    def new(self, kind: Literal["char[]"], text: bytes, /) -> CText: ...
    def sizeof(self, kind: str, /) -> int: ...
    def string(self, text: CText, /) -> bytes: ...
    def unpack(self, text: CText, length: int, /) -> bytes: ...
