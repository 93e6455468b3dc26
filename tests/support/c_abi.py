"""Every call of `iscbridge_client.h` through ctypes, with its structs."""

from __future__ import annotations

import ctypes
import json
from ctypes import POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_uint32, c_uint64, c_void_p, cast
from pathlib import Path
from typing import Any, ClassVar

from support.c_client import Config, load

DEFAULT = -1
LONG = 60000


def _texts(*names: str) -> list[tuple[str, type[c_char_p]]]:
    return [(name, c_char_p) for name in names]


def _numbers(*names: str) -> list[tuple[str, type[c_int32]]]:
    return [(name, c_int32) for name in names]


class _Given(Structure):
    def text(self, name: str) -> str:
        return (getattr(self, name) or b"").decode()

    def data(self) -> dict[str, Any]:
        """The `json` member."""
        found: dict[str, Any] = json.loads(self.text("json"))
        return found


class Error(_Given):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("status", "retry"),
        *_texts("code", "title", "message", "remedy", "request_id", "json"),
    )


class Job(_Given):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("state", "is_final", "assembly"),
        ("files", c_int64),
        ("bytes", c_int64),
        ("attempts", c_int64),
        *_texts("job", "kind", "state_text", "reason", "path", "cloud", "handed_path", "result_path", "replaced_by"),
        *_texts("request_id"),
        ("error", POINTER(Error)),
        *_texts("json"),
    )


class File(_Given):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("busy", "opened", "read_only"),
        *_texts("path"),
        ("job", POINTER(Job)),
        *_texts("json"),
    )


class License(_Given):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("managed", "new_save", "opened_save", "open", "checking", "days_left"),
        *_texts("product", "state", "notice", "renew_url"),
        ("error", POINTER(Error)),
        *_texts("json"),
    )


class Event(_Given):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("kind", "status", "read_only"),
        ("user_data", c_uint64),
        ("dropped", c_uint64),
        *_texts("topic", "path"),
        ("job", POINTER(Job)),
        ("license", POINTER(License)),
        ("error", POINTER(Error)),
        *_texts("json"),
    )


class SaveOptions(Structure):
    _fields_ = (
        ("size", c_uint32),
        *_numbers("assembly", "force"),
        ("file_count", c_uint32),
        ("files", POINTER(c_char_p)),
        *_texts("manifest", "request_id", "product"),
    )


#: The states of a job that tests ask for.
DONE, FAILED, REFUSED, CANCELLED, UNKNOWN = 5, 6, 7, 8, 10
#: Kinds of events.
OTHER, CONNECTED, LOST, JOB, OPENED, LICENSE, ANSWER = range(7)
TIMEOUT, NOT_RUNNING, LOST_STATUS, REFUSED_STATUS = -5, -6, -8, -9


class CallError(Exception):
    """A status below zero, with the library's details."""

    def __init__(self, status: int, details: Error | None) -> None:
        self.status = status
        self.code = details.text("code") if details else ""
        self.message = details.text("message") if details else ""
        self.request_id = details.text("request_id") if details else ""
        super().__init__(status, self.code, self.message)


class Host:
    """A client of the library; what it is given stays until `close`."""

    _structs: ClassVar = (Config, SaveOptions, Error, Job, File, License, Event)

    def __init__(self, prefix: Path, home: Path, product: str = "") -> None:
        self._library = load(prefix)
        for number, struct in enumerate(self._structs, start=1):
            assert self._library.iscb_struct_size(number) == ctypes.sizeof(struct), struct
        texts = {"host": b"C host", "home": str(home).encode(), "product": product.encode()}
        config = Config(size=ctypes.sizeof(Config), abi_version=1, **texts)
        self._handle = c_void_p()
        self._given: list[c_void_p] = []
        assert self._library.iscb_create(byref(config), byref(self._handle)) == 0

    def close(self) -> None:
        """Let go, and free everything that was given: it is valid until here, also after the client's end."""
        assert self._library.iscb_close(self._handle, LONG) == 0
        for each in self._given:
            self._library.iscb_free(each)

    # what gives a job
    def save(self, path: Path, method: str = "save", **options: Any) -> Job:
        """`iscb_save` or `iscb_save_as`."""
        files = [str(file).encode() for file in options.pop("files", ())]
        given = SaveOptions(size=ctypes.sizeof(SaveOptions), file_count=len(files), **options)
        given.files = (c_char_p * len(files))(*files)
        return self._job(f"iscb_{method}", _text(str(path)), byref(given))

    def open(self, request_id: str | None = None) -> Job:
        return self._job("iscb_open", _text(request_id), None)

    def solve(self, path: Path, request_id: str | None = None) -> Job:
        return self._job("iscb_solve", _text(str(path)), _text(request_id), None)

    def get(self, job: str) -> Job:
        return self._job("iscb_job_get", _text(job))

    def wait(self, job: str, timeout: int = LONG) -> Job:
        return self._job("iscb_job_wait", _text(job), timeout=timeout)

    def cancel(self, job: str) -> Job:
        return self._job("iscb_job_cancel", _text(job))

    def retry(self, job: str) -> Job:
        return self._job("iscb_job_retry", _text(job))

    def resolve(self, job: str, *, repeat: bool) -> Job:
        return self._job("iscb_job_resolve", _text(job), c_int32(repeat))

    # the rest
    def connect(self, timeout: int = LONG) -> dict[str, Any]:
        return self._json("iscb_connect", timeout=timeout)

    @property
    def is_connected(self) -> int:
        return int(self._library.iscb_is_connected(self._handle))

    def file(self, path: Path) -> File:
        return cast(self._ask("iscb_file_status", _text(str(path))), POINTER(File)).contents

    def license(self, product: str | None = None) -> License:
        return cast(self._ask("iscb_license_check", _text(product)), POINTER(License)).contents

    def activate(self, code: str | None, product: str | None = None) -> License:
        return cast(self._ask("iscb_license_activate", _text(product), _text(code)), POINTER(License)).contents

    def release(self, product: str | None = None) -> License:
        return cast(self._ask("iscb_license_release", _text(product)), POINTER(License)).contents

    def transfer(self, code: str | None, product: str | None = None) -> License:
        return cast(self._ask("iscb_license_transfer", _text(product), _text(code)), POINTER(License)).contents

    def sign_in(self, product: str | None = None) -> str:
        return self._plain("iscb_license_sign_in", product)

    def sign_out(self, product: str | None = None) -> str:
        return self._plain("iscb_license_sign_out", product)

    def status(self) -> dict[str, Any]:
        return self._json("iscb_bridge_status")

    def request(self, method: str, **params: object) -> dict[str, Any]:
        return self._json("iscb_request", _text(method), _text(json.dumps(params)))

    def post(self, method: str, user_data: int, **params: object) -> None:
        words = (_text(method), _text(json.dumps(params)))
        assert self._library.iscb_post(self._handle, *words, LONG, c_uint64(user_data)) == 0

    def event(self, kind: int, timeout: int = LONG, **texts: str) -> Event:
        """The next event of a kind, with these texts; others are passed over."""
        while True:
            found = c_void_p()
            assert self._library.iscb_wait_event(self._handle, timeout, byref(found)) == 1, f"no event {kind} {texts}"
            self._given.append(found)
            event = cast(found, POINTER(Event)).contents
            if event.kind == kind and all(event.text(name) == text for name, text in texts.items()):
                return event

    def _job(self, function: str, *arguments: Any, timeout: int = LONG) -> Job:
        return cast(self._ask(function, *arguments, timeout=timeout), POINTER(Job)).contents

    def _json(self, function: str, *arguments: Any, timeout: int = LONG) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            cast(self._ask(function, *arguments, timeout=timeout), c_char_p).value or b""
        )
        return found

    def _plain(self, function: str, product: str | None) -> str:
        return (cast(self._ask(function, _text(product)), c_char_p).value or b"").decode()

    def _ask(self, function: str, *arguments: Any, timeout: int = LONG) -> c_void_p:
        out, error = c_void_p(), POINTER(Error)()
        call = getattr(self._library, function)
        status = call(self._handle, *arguments, c_int32(timeout), byref(out), byref(error))
        self._given += [out, cast(error, c_void_p)]
        if status != 0:
            raise CallError(status, error.contents if error else None)
        return out


def _text(text: str | None) -> c_char_p:
    return c_char_p(text.encode() if text is not None else None)
