"""Objects of the local protocol, and how jobs and errors become such objects.

Member names on the wire are camelCase. A member that is absent has its default; nothing is ever sent as null
where it can be left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from iscbridge.core.errors import CODES, Retry
from iscbridge.core.inputs import Session
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState, WaitReason
from iscbridge.texts.render import Language, render

#: Time as it stands on the wire: ISO 8601, UTC, milliseconds.
Time = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Base of what the server sends. A client ignores members that it does not know."""


class ErrorObject(Wire, frozen=True):
    """An error for people and programs: `code` never changes its meaning, the texts are in the client's language."""

    code: str
    title: str
    message: str
    remedy: str
    retry: Retry
    params: dict[str, str]


class JobObject(Wire, frozen=True):
    """A job as clients see it."""

    job: str
    kind: JobKind
    state: JobState
    path: str
    assembly: bool
    cloud: str
    created: Time
    updated: Time
    notes: list[str]
    reason: WaitReason | None = None
    error: ErrorObject | None = None
    handed_path: str | None = None
    result_path: str | None = None
    result: dict[str, str] | None = None
    replaced_by: str | None = None
    request_id: str | None = None
    host: str | None = None
    product: str | None = None
    submitted: Time | None = None
    attempts: int = 0
    files: int | None = None
    size: int | None = None


class OpenedObject(Wire, frozen=True):
    """How a file came from the cloud."""

    open_type: str
    work_state: str
    read_only: bool
    assembly: bool
    opened: Time


class HostObject(Wire, frozen=True):
    """A program that is connected."""

    host: str
    version: str
    product: str
    since: Time
    pid: int | None = None


class NetworkStepObject(Wire, frozen=True):
    """One step of the way to the store, of `network.test`."""

    name: str
    target: str
    ok: bool
    millis: int
    proxy: str | None = None
    """Of the step `proxy`: its `host:port`."""
    source: str | None = None
    """Of the step `proxy`: who says so."""
    error: ErrorObject | None = None


class SessionObject(Wire, frozen=True):
    """One SDK session."""

    session: Session
    state: str
    error: ErrorObject | None = None


class UpgradeObject(Wire, frozen=True):
    """An upgrade that ISCDesk announced."""

    forced: bool
    since: Time
    answer: bool | None = None
    """What ISCDesk was told; None: nothing yet."""


def time_to_wire(seconds: float) -> str:
    """Seconds since the epoch as a wire time."""
    # isoformat: strftime takes ten times as long, twice in every answer with a job
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error_to_wire(info: ErrorInfo, language: Language) -> ErrorObject:
    """The error with its texts in `language`."""
    text = render(info, language)
    return ErrorObject(
        code=info.code,
        title=text.title,
        message=text.message,
        remedy=text.remedy,
        retry=CODES.get(info.code, Retry.NO),
        params=dict(info.params),
    )


def job_to_wire(job: Job, language: Language) -> JobObject:
    """The job as clients see it; only its error's texts depend on the language."""
    snapshot = job.snapshot
    return JobObject(
        job=job.id,
        kind=job.kind,
        state=job.state,
        path=job.path,
        assembly=job.assembly,
        cloud=job.cloud,
        created=time_to_wire(job.created),
        updated=time_to_wire(job.updated),
        notes=list(job.notes),
        reason=job.reason,
        error=None if job.error is None else error_to_wire(job.error, language),
        handed_path=job.handed_path,
        result_path=job.result_path,
        result=job.result or None,
        replaced_by=job.replaced_by,
        request_id=job.origin.request_id,
        host=job.origin.host or None,
        product=job.origin.product or None,
        submitted=None if job.submitted_at is None else time_to_wire(job.submitted_at),
        attempts=job.attempts,
        files=None if snapshot is None else len(snapshot.files),
        size=None if snapshot is None else snapshot.total_size,
    )


#: Errors of JSON-RPC itself, and ours above them. Programs go by `data.code`; the number is for JSON-RPC libraries.
_NUMBERS: dict[str, int] = {
    "ISCB-PROTO-BAD-UTF8": -32700,
    "ISCB-PROTO-BAD-JSON": -32700,
    "ISCB-PROTO-BAD-REQUEST": -32600,
    "ISCB-PROTO-UNKNOWN-METHOD": -32601,
    "ISCB-REQ-NO-SUCH-JOB": -32020,
    "ISCB-REQ-WRONG-STATE": -32021,
    "ISCB-REQ-ID-REUSED": -32022,
    "ISCB-REQ-TOO-MANY": -32023,
    "ISCB-PROTO-HELLO-FIRST": -32001,
    "ISCB-PROTO-VERSION": -32002,
    "ISCB-PROTO-FRAME-TOO-LARGE": -32003,
    "ISCB-PROTO-FLOOD": -32004,
    "ISCB-PROTO-CLOSED": -32005,
    "ISCB-BRIDGE-INTERNAL": -32603,
}
_FAMILY_NUMBERS: dict[str, int] = {
    "REQ": -32602,
    "FILE": -32010,
    "ASM": -32011,
    "CLOUD": -32012,
    "SDK": -32013,
    "JOURNAL": -32014,
    "BRIDGE": -32015,
    "SANDBOX": -32016,
    "LIC": -32017,
    "STORE": -32018,
    "SECRET": -32019,
    "DEVICE": -32024,
    "SET": -32025,
    "HOST": -32026,
    "RELAY": -32027,
    "PROTO": -32000,
}


def error_number(code: str) -> int:
    """JSON-RPC's error number for one of our codes."""
    number = _NUMBERS.get(code)
    return number if number is not None else _FAMILY_NUMBERS.get(code.split("-")[1], -32000)


class RpcError(Wire, frozen=True):
    """The `error` member of an answer."""

    code: int
    message: str
    data: ErrorObject


def rpc_error(info: ErrorInfo, language: Language) -> RpcError:
    """The error as the `error` member of an answer."""
    data = error_to_wire(info, language)
    return RpcError(error_number(info.code), data.title, data)


def without_surrogates(value: Any) -> Any:
    """JSON-like data with every half surrogate pair replaced, so that it can be sent as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value
