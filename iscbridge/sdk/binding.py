"""The C ABI for Python: the only module that touches cffi objects.

The declarations come from `native/include/iscdesk_c.h` (see `build_cffi`), their types from `abi`. No function of the
ABI takes a callback, so no foreign thread ever enters Python: events are fetched with `SdkHandle.wait_events`, a
blocking call that cffi makes without the interpreter's lock.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from iscbridge.core.errors import SdkError
from iscbridge.sdk.status import Status, call_error

TYPE_CHECKING = False  # as `typing` has it; that module would be a tenth of what the SDK process loads
if TYPE_CHECKING:
    from iscbridge.sdk.abi import CCallOut, CEvent, CEvents, CHandle, CLibrary, CText, Ffi


class SdkCallError(SdkError):
    """A call that did not even reach the SDK; `status` is the ABI's number, `detail` its text."""

    def __init__(self, function: str, path: str, status: int, detail: str) -> None:
        error = call_error(function, path, status, 0, detail)
        super().__init__(error.code, **error.params)
        self.status = status
        self.detail = detail


@dataclass(slots=True)
class SdkReturned:
    """A queued call came back. `ok`: the SDK reported success; `vendor_status` is its own number."""

    call: int
    status: int
    vendor_status: int
    ok: bool


@dataclass(slots=True)
class SdkRaised:
    """An event of the SDK. `type` is the vendor's number, `text` the information string in UTF-8.

    `encoding` 2: the string was in no known encoding, and `text` is what came.
    """

    sequence: int
    type: int
    text: bytes
    encoding: int
    raised_ns: int


@dataclass(slots=True)
class SdkEventsLost:
    """Events were dropped because nobody fetched them in time."""


_kept: list[CLibrary] = []
"""Libraries stay loaded for good: cffi would unload one with its last reference, under the feet of its own threads."""

HappenedInSdk = SdkReturned | SdkRaised | SdkEventsLost


@dataclass(frozen=True, slots=True)
class SdkInfo:
    """What was loaded. `functions` has bit n set if function n of `isc_function` is there."""

    abi: int
    cloud: str
    dialect: str
    failure_is_final: bool
    functions: int


class SdkLibrary:
    """A shim library that fits this package."""

    def __init__(self, path: str, ffi: Ffi, lib: CLibrary) -> None:
        self.path = path
        self._ffi = ffi
        self._lib = lib

    @staticmethod
    def load(path: str) -> SdkLibrary:
        """Load the shim at an absolute path and hold its ABI against the one that this package was built with.

        Raises:
            SdkError: ISCB-SDK-LOAD or ISCB-SDK-ABI.
        """
        ffi = _ffi(path)
        if not os.path.isabs(path) or "\0" in path:
            raise SdkError("ISCB-SDK-LOAD", path=path, detail="that is no absolute path")
        try:
            if sys.platform == "win32":
                # The SDK's other DLLs lie beside it; Python 3.8+ searches no other folder for them.
                os.add_dll_directory(os.path.dirname(path))
            lib = ffi.dlopen(path)
        except (OSError, UnicodeError) as error:
            raise SdkError("ISCB-SDK-LOAD", path=path, detail=str(error)) from error
        _kept.append(lib)
        _check_abi(path, ffi, lib)
        return SdkLibrary(path, ffi, lib)

    def open(self, sdk_path: str | None = None, event_capacity: int = 0) -> SdkHandle:
        """Load the SDK itself; `sdk_path` None takes the one that the shim was built with.

        `event_capacity` bounds the events that wait to be fetched (0: the shim's default). Connects to nothing
        yet: that is `SdkHandle.init`.

        Raises:
            SdkError: ISCB-SDK-LOAD, ISCB-SDK-ABI.
        """
        ffi, lib = self._ffi, self._lib
        config = ffi.new("isc_config *")
        config.size = ffi.sizeof("isc_config")
        config.abi_version = lib.ISC_ABI_VERSION
        config.event_capacity = event_capacity
        sdk_text = None if sdk_path is None else ffi.new("char[]", _utf8("isc_open", sdk_path))
        if sdk_text is not None:
            config.sdk_library = sdk_text
        out = ffi.new("isc_handle **")
        status = lib.isc_open(out, config)
        if status < 0:
            code = "ISCB-SDK-ABI" if status == Status.ERR_ABI else "ISCB-SDK-LOAD"
            detail = f"{_text(ffi, lib.isc_status_text(status))} ({status})"
            raise SdkError(
                code, path=sdk_path or self.path, detail=detail, expected=str(lib.ISC_ABI_VERSION), found=detail
            )
        return SdkHandle(ffi, lib, out[0])


class SdkHandle:
    """One loaded SDK. Calls are queued to the shim's own thread and never block; their outcome is a `SdkReturned`.

    Threads: calls and `close` may come from any thread, `wait_events` from one thread at a time. `close` wakes a
    waiting `wait_events`; the shim knows closed handles and answers them with a status.
    """

    def __init__(self, ffi: Ffi, lib: CLibrary, handle: CHandle) -> None:
        self._ffi = ffi
        self._lib = lib
        self._handle: CHandle | None = handle
        self._lock = threading.Lock()
        self._closing = threading.Lock()
        self._events: CEvents | None = None
        self._capacity = 0

    def info(self) -> SdkInfo:
        """What was loaded.

        Raises:
            SdkCallError: the handle is closed.
        """
        info = self._ffi.new("isc_info *")
        info.size = self._ffi.sizeof("isc_info")
        with self._lock:
            self._check("isc_get_info", "", self._lib.isc_get_info(self._open_handle("isc_get_info"), info))
        return SdkInfo(
            abi=info.abi_version,
            cloud=_text(self._ffi, info.cloud),
            dialect=_text(self._ffi, info.dialect),
            failure_is_final=bool(info.call_failure_is_final),
            functions=info.functions,
        )

    # Calls: each gives the number that the matching SdkReturned carries, and raises SdkCallError if it can't be queued.

    def init(self) -> int:
        """Init, then RegisterEventRecall: the first call of all (page Sdk::Init)."""
        return self._queue("Init", self._lib.isc_init)

    def license_file_request(self, file_name: str, device: str) -> int:
        """GetLicenseFileRequest; empty texts where nothing is to be said."""
        function = "GetLicenseFileRequest"
        name, dev = _utf8(function, file_name), _utf8(function, device)
        return self._queue(function, lambda h, out: self._lib.isc_license_file_request(h, name, dev, out))

    def license_string_request(self, device: str) -> int:
        """GetLicenseStringRequest."""
        function = "GetLicenseStringRequest"
        dev = _utf8(function, device)
        return self._queue(function, lambda h, out: self._lib.isc_license_string_request(h, dev, out))

    def license_verify_notify(self, verified: bool, message: str) -> int:
        """LicenseVerifyNotify: the outcome of the host's own check."""
        function = "LicenseVerifyNotify"
        text = _utf8(function, message)
        return self._queue(function, lambda h, out: self._lib.isc_license_verify_notify(h, int(verified), text, out))

    def trial_expired(self, license_type: str, device: str, file_name: str) -> int:
        """TrialExpirationAndGetLicense.

        `license_type`: the guide prints the enumerator LICENSE_TYPE_FILE only; LICENSE_TYPE_STRING is our name for
        the other of the two types that its page speaks of.
        """
        function = "TrialExpirationAndGetLicense"
        numbers = {"LICENSE_TYPE_FILE": self._lib.ISC_LICENSE_FILE, "LICENSE_TYPE_STRING": self._lib.ISC_LICENSE_STRING}
        number = numbers.get(license_type)
        if number is None:
            raise SdkCallError(function, "", Status.ERR_ARGUMENT, f"no licence type {license_type!r}")
        dev, name = _utf8(function, device), _utf8(function, file_name)
        return self._queue(function, lambda h, out: self._lib.isc_trial_expired(h, number, dev, name, out))

    def check_new_versions(self) -> int:
        """CheckNewVersions."""
        return self._queue("CheckNewVersions", self._lib.isc_check_new_versions)

    def upgrade_notify(self, upgrade: bool) -> int:
        """UpgradeNotify: the answer to an upgrade that is not forced."""
        return self._queue("UpgradeNotify", lambda h, out: self._lib.isc_upgrade_notify(h, int(upgrade), out))

    def open_cloud_file(self) -> int:
        """OpenCloudFile: the desk shows its picker."""
        return self._queue("OpenCloudFile", self._lib.isc_open_cloud_file)

    def save(self, path: str, assembly: bool) -> int:
        """Save a file, or with `assembly` the folder that holds it (page Sdk::Save)."""
        text = _utf8("Save", path)
        return self._queue("Save", lambda h, out: self._lib.isc_save(h, text, int(assembly), out), path)

    def select_save_as_path(self, path: str, assembly: bool) -> int:
        """SelectSaveAsPath: the desk asks where to."""
        function = "SelectSaveAsPath"
        text = _utf8(function, path)
        return self._queue(
            function, lambda h, out: self._lib.isc_select_save_as_path(h, text, int(assembly), out), path
        )

    def get_solution(self, path: str) -> int:
        """GetSolution."""
        text = _utf8("GetSolution", path)
        return self._queue("GetSolution", lambda h, out: self._lib.isc_get_solution(h, text, out), path)

    def shut_out(self) -> int:
        """ShutOut: leave the desk. `close` does it too, if it was not done."""
        return self._queue("ShutOut", self._lib.isc_shut_out)

    def wait_events(self, timeout_ms: int, most: int) -> list[HappenedInSdk]:
        """What happened since the last call, in order; blocks up to `timeout_ms` (-1: without end) while it is nothing.

        Raises:
            SdkCallError: the handle is closed, or the shim failed.
        """
        handle = self._open_handle("isc_wait_events")
        if self._events is None or self._capacity != most:
            self._events = self._room(most)
            self._capacity = most
        events = self._events
        count = self._lib.isc_wait_events(handle, timeout_ms, events, most)
        if count < 0:
            if count == Status.ERR_TIMEOUT:
                return []
            self._check("isc_wait_events", "", count)
        return [self._taken(events[i]) for i in range(count)]

    def close(self, grace_ms: int) -> bool:
        """ShutOut if Init was made, waiting at most `grace_ms`, and let go of the SDK. False: it took too long.

        Events that were not fetched by now are gone. A `wait_events` elsewhere raises SdkCallError (ERR_CLOSED).
        A second close waits for the first and does nothing more.
        """
        with self._closing:
            with self._lock:
                handle, self._handle = self._handle, None
            return handle is None or self._lib.isc_close(handle, grace_ms) >= 0

    def _room(self, most: int) -> CEvents:
        events = self._ffi.new("isc_event[]", most)
        for i in range(most):
            events[i].size = self._ffi.sizeof("isc_event")
        return events

    def _taken(self, event: CEvent) -> HappenedInSdk:
        if event.kind == self._lib.ISC_EVENT_SDK:
            text = self._ffi.unpack(event.text, event.text_length) if event.text_length else b""
            return SdkRaised(event.sequence, event.type, text, event.text_encoding, event.raised_ns)
        if event.kind == self._lib.ISC_EVENT_RETURNED:
            return SdkReturned(event.call, event.result, event.vendor_status, bool(event.ok))
        return SdkEventsLost()

    def _queue(self, function: str, call: Callable[[CHandle, CCallOut], int], path: str = "") -> int:
        out = self._ffi.new("uint64_t *")
        with self._lock:
            self._check(function, path, call(self._open_handle(function), out))
        return out[0]

    def _open_handle(self, function: str) -> CHandle:
        if self._handle is None:
            raise SdkCallError(function, "", Status.ERR_CLOSED, "the handle is closed")
        return self._handle

    def _check(self, function: str, path: str, status: int) -> None:
        if status < 0:
            raise SdkCallError(function, path, status, self.status_text(status))

    def status_text(self, status: int) -> str:
        """The shim's own words for a status."""
        return _text(self._ffi, self._lib.isc_status_text(status))


def _ffi(path: str) -> Ffi:
    """The generated declarations."""
    try:
        module = import_module("iscbridge.sdk._iscdesk_cffi")
    except ImportError as error:
        detail = f"this installation has no declarations for it ({error}); build the package"
        raise SdkError("ISCB-SDK-LOAD", path=path, detail=detail) from error
    ffi: Ffi = module.ffi
    return ffi


def _check_abi(path: str, ffi: Ffi, lib: CLibrary) -> None:
    """Version first: a library of another version need not have the other functions."""
    found = _exported(path, ffi, lib, "isc_abi_version")()
    if found != lib.ISC_ABI_VERSION:
        raise SdkError("ISCB-SDK-ABI", path=path, expected=f"ABI {lib.ISC_ABI_VERSION}", found=f"ABI {found}")
    size_of = _exported(path, ffi, lib, "isc_struct_size")
    for which, name in enumerate(("isc_config", "isc_info", "isc_event"), start=1):
        expected, size = ffi.sizeof(name), size_of(which)
        if size != expected:
            raise SdkError(
                "ISCB-SDK-ABI", path=path, expected=f"{name} of {expected} bytes", found=f"{name} of {size} bytes"
            )
    for name in dir(lib):
        if name.startswith("isc_"):
            _exported(path, ffi, lib, name)


def _exported(path: str, ffi: Ffi, lib: CLibrary, name: str) -> Callable[..., int]:
    try:
        function: Callable[..., int] = getattr(lib, name)
    except (AttributeError, ffi.error) as error:
        raise SdkError("ISCB-SDK-ABI", path=path, expected=name, found=f"no {name}") from error
    return function


def _utf8(function: str, text: str) -> bytes:
    """A text as C takes it; what it can't hold is refused, never cut or replaced."""
    if "\0" in text:
        raise SdkCallError(function, text, Status.ERR_ENCODING, "the text holds a NUL character")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        shown = text.encode("utf-8", "backslashreplace").decode()
        raise SdkCallError(function, shown, Status.ERR_ENCODING, "the text is no Unicode") from error


def _text(ffi: Ffi, text: CText) -> str:
    return ffi.string(text).decode("utf-8", "replace") if text != ffi.NULL else ""
