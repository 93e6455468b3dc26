"""From an HTTP reply of the store to an `Answer`: pure, and whatever comes in, an answer comes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.store.codes import StoreCode, error_of_status, look_up, normalized, showable
from iscbridge.store.models import Reply, UnreadableError, read_date, read_reply, read_retry_after
from iscbridge.store.operations import Operation

CLOCK_LIMIT_S = 900.0
"""The gateway refuses signatures whose time is off by more (reference, section 4.2)."""
LOCKED_S = 300.0
"""How long the gateway locks an AK after more than five failures (section 4.6)."""
_LOCKED_WORDS = "reach the limit"
_EXPIRED_WORD = "expired"


class Trouble(StrEnum):
    """What the client has to act on, besides handing on the answer."""

    NONE = "none"
    AUTH = "auth"
    """The signature or the key was refused."""
    CLOCK = "clock"
    """The same, because of the time in it."""
    LOCKED = "locked"
    """The key is locked for a while."""
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    date: str | None = None
    retry_after: str | None = None
    flaw: ErrorInfo | None = None
    """Why the body could not be read to its end; it is empty then, and the status is all there is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, and what goes with it."""

    answer: Answer
    trouble: Trouble = Trouble.NONE
    store_code: str = ""
    """The store's own code in a form that can be logged; empty if there was none."""
    retry_after: float | None = None
    """Seconds."""
    told: object = field(default=None, repr=False)
    """What else a success told (`operations.Success`)."""


def read(operation: Operation, http: HttpReply, signed_at: float) -> Reading:
    """What a reply means. `signed_at` is the time in the signature that it answers."""
    server_time = read_date(http.date)
    if http.flaw is not None:
        return _without_code(http, server_time, http.flaw)
    try:
        reply = read_reply(http.body)
    except UnreadableError as error:
        return _without_code(http, server_time, _unreadable(str(error)))
    if not reply.code:
        return _without_code(http, server_time, _unreadable("no error_code"))
    row = look_up(reply.code, http.status)
    if row is None:
        return _unexpected(reply.code, http, server_time)
    if row.kind is AnswerKind.DONE and row.code != operation.success:
        return _failed(_unreadable("another interface's success"), http, server_time)
    if row.kind is AnswerKind.DONE:
        return _success(operation, reply, http, server_time)
    if row.kind is not AnswerKind.FAILED:
        return _refusal(row, http, server_time)
    return _failure(row, reply, http, server_time, signed_at)


def _unreadable(detail: str) -> ErrorInfo:
    return ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": detail})


def _without_code(http: HttpReply, server_time: float | None, flaw: ErrorInfo) -> Reading:
    """No code of the store in it: the status says more than the body, unless it says that all is well."""
    code = error_of_status(http.status)
    if code == "ISCB-STORE-UNREADABLE":
        return _failed(flaw, http, server_time)
    return _failed(ErrorInfo(code, {"status": str(http.status), "storeCode": f"HTTP {http.status}"}), http, server_time)


def _unexpected(code: str, http: HttpReply, server_time: float | None) -> Reading:
    """A code that is not documented. The gateway's own with 401 is of the kind that gets a key locked."""
    error = ErrorInfo("ISCB-STORE-UNEXPECTED", {"storeCode": f"{showable(code)} (HTTP {http.status})"})
    reading = _failed(error, http, server_time, showable(code))
    if http.status == 401 and normalized(code).startswith("APIGW."):
        return replace(reading, trouble=Trouble.AUTH)
    return replace(reading, trouble=Trouble.THROTTLED) if http.status == 429 else reading


def _success(operation: Operation, reply: Reply, http: HttpReply, server_time: float | None) -> Reading:
    if not 200 <= http.status < 300:
        return _failed(_unreadable("success and failure at once"), http, server_time)
    try:
        success = operation.read(reply.data if operation.part == "data" else reply.extra.get(operation.part))
    except UnreadableError as problem:
        return _failed(_unreadable(str(problem)), http, server_time, operation.success)
    error = ErrorInfo(success.error) if success.error else None
    answer = Answer(success.kind, server_time, success.expires, error)
    return Reading(answer, store_code=operation.success, told=success.told)


def _refusal(row: StoreCode, http: HttpReply, server_time: float | None) -> Reading:
    """A word about the code. It has come with 200 and with 401; with a server's failure or a redirect it is none."""
    if http.status >= 500 or 300 <= http.status < 400:
        params = {"status": str(http.status), "storeCode": f"{row.code} (HTTP {http.status})"}
        return _failed(ErrorInfo(error_of_status(http.status), params), http, server_time)
    return Reading(Answer(row.kind, server_time, error=_error_of(row)), store_code=row.code)


def _failure(row: StoreCode, reply: Reply, http: HttpReply, server_time: float | None, signed_at: float) -> Reading:
    error = _error_of(row)
    if error.code == "ISCB-STORE-AUTH":
        message = reply.message.lower()
        if _LOCKED_WORDS in message:
            error = replace(error, code="ISCB-STORE-KEY-LOCKED")
        elif _EXPIRED_WORD in message or _far_apart(server_time, signed_at):
            error = replace(error, code="ISCB-STORE-CLOCK")
    return _failed(error, http, server_time, row.code)


def _error_of(row: StoreCode) -> ErrorInfo:
    return ErrorInfo(row.error or "ISCB-STORE-UNEXPECTED", {"storeCode": row.code})


def _far_apart(server_time: float | None, signed_at: float) -> bool:
    return server_time is not None and abs(server_time - signed_at) > CLOCK_LIMIT_S


_TROUBLES = {
    "ISCB-STORE-AUTH": Trouble.AUTH,
    "ISCB-STORE-CLOCK": Trouble.CLOCK,
    "ISCB-STORE-KEY-LOCKED": Trouble.LOCKED,
    "ISCB-STORE-THROTTLED": Trouble.THROTTLED,
}


def _failed(error: ErrorInfo, http: HttpReply, server_time: float | None, store_code: str = "") -> Reading:
    answer = Answer(AnswerKind.FAILED, server_time, error=error)
    wait = read_retry_after(http.retry_after, server_time)
    return Reading(answer, _TROUBLES.get(error.code, Trouble.NONE), store_code, wait)
