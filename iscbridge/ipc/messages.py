"""Every message of the local protocol, declared once: `MESSAGES`.

`docs/protocol.md` explains them; a test holds each of its examples against these declarations, both ways.
What a client sends is checked strictly: a member that is not declared is an error, since a mistyped `assembly`
would otherwise save the wrong thing. What the server sends may grow; clients ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from iscbridge.core.errors import RequestError
from iscbridge.core.event_params import flag_of, param_of
from iscbridge.core.inputs import Resolution
from iscbridge.core.jobs import JobState
from iscbridge.core.licensing.delivery_words import TellHosts
from iscbridge.core.workfile_model import FileState, Policy
from iscbridge.ipc import limits
from iscbridge.ipc.job_wire import AssemblyCheckResult, JobHistoryResult, JobRecoverResult
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.ipc.paths import check_path
from iscbridge.ipc.wire import (
    ErrorObject,
    HostObject,
    JobObject,
    NetworkStepObject,
    OpenedObject,
    SessionObject,
    Time,
    UpgradeObject,
    Wire,
    error_to_wire,
)
from iscbridge.ipc.workfile_wire import WorkfileAskParams, WorkfileChangedParams, WorkfileListResult
from iscbridge.texts.render import Language

Text = Annotated[str, Meta(max_length=limits.MAX_TEXT)]
Name = Annotated[str, Meta(min_length=1, max_length=limits.MAX_TEXT)]
RequestId = Annotated[str, Meta(min_length=1, max_length=limits.MAX_REQUEST_ID)]
Instance = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{8,64}$")]
JobId = Annotated[str, Meta(min_length=1, max_length=64)]
Files = Annotated[list[str], Meta(min_length=1, max_length=limits.MAX_FILES)]
DeviceInfo = Annotated[str, Meta(max_length=limits.MAX_DEVICE_INFO)]


class LicenseForm(StrEnum):
    """A licence comes as a file or as a string (guide pages Sdk::GetLicenseFileRequest, GetLicenseStringRequest)."""

    FILE = "file"
    STRING = "string"


class Direction(StrEnum):
    """Who sends the message first."""

    REQUEST = "request"
    """Client to server; answered once."""
    NOTIFICATION = "notification"
    """Server to client; never answered."""


class Params(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Base of what a client sends."""


class Nothing(Params, frozen=True):
    """No members."""


class Ok(Wire, frozen=True):
    """Done; nothing more to say."""


# bridge.*
class HelloParams(Params, frozen=True):
    protocol: Annotated[int, Meta(ge=1, le=1_000_000)]
    host: Name
    instance: Instance
    min_protocol: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    host_version: Text = ""
    product: Text = ""
    language: Language = "en"
    all: bool = False
    events: Annotated[list[Name], Meta(max_length=64)] | None = None


class HelloLimits(Wire, frozen=True):
    frame: int
    files: int
    pending: int


class HelloResult(Wire, frozen=True):
    protocol: int
    version: str
    cloud: str
    pid: int
    limits: HelloLimits


class SubscribeParams(Params, frozen=True):
    events: Annotated[list[Name], Meta(max_length=64)] | None = None
    all: bool = False
    language: Language | None = None
    """Of all texts from now on; None: as before."""


class StatusResult(Wire, frozen=True):
    version: str
    protocol: int
    cloud: str
    pid: int
    socket: str
    home: str
    started: Time
    closing: bool
    clients: int
    jobs: dict[str, int]
    """How many jobs are in each state that is not final, and in `unknown`."""
    sessions: list[SessionObject]
    warnings: list[ErrorObject]
    """What a person should know: SDK given up, journal set aside ..."""
    paused: bool
    hosts: list[HostObject]
    tray: bool
    """Whether a tray is connected, which can show windows."""
    paused_until: Time | None = None
    upgrade: UpgradeObject | None = None


class PauseParams(Params, frozen=True):
    minutes: Annotated[int, Meta(ge=1, le=limits.MAX_PAUSE_MINUTES)] | None = None
    """None: until `bridge.resume`."""


class ReloadResult(Wire, frozen=True):
    restart: list[str]
    """Keys of settings that changed and hold only after a restart."""


class TrayShowParams(Params, frozen=True):
    window: Name | None = None
    job: JobId | None = None


class TrayWantedParams(Wire, frozen=True):
    window: str | None = None
    job: str | None = None


class ChangedParams(Wire, frozen=True):
    """No members: what changed is asked for."""


class ClosingParams(Wire, frozen=True):
    reason: str


# cloud.*
class SaveParams(Params, frozen=True):
    path: str
    assembly: bool = False
    files: Files | None = None
    manifest: str | None = None
    request_id: RequestId | None = None
    force: bool = False
    product: Text | None = None


class OpenParams(Params, frozen=True):
    request_id: RequestId | None = None
    product: Text | None = None


class SolveParams(Params, frozen=True):
    path: str
    request_id: RequestId | None = None
    product: Text | None = None


class FileOpenedParams(Wire, frozen=True):
    job: str
    path: str
    assembly: bool
    open_type: str
    work_state: str
    read_only: bool


# job.*
class JobParams(Params, frozen=True):
    job: JobId


class JobListParams(Params, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=limits.MAX_PAGE)] = 50
    before: JobId | None = None
    states: Annotated[list[JobState], Meta(max_length=16)] | None = None
    text: Text | None = None


class JobListResult(Wire, frozen=True):
    jobs: list[JobObject]
    next: str | None = None
    """Value for `before` of the next page; absent on the last page."""


class RecoverParams(Params, frozen=True):
    job: JobId
    folder: str


class AssemblyCheckParams(Params, frozen=True):
    path: str
    files: Files | None = None
    manifest: str | None = None


class ResolveParams(Params, frozen=True):
    job: JobId
    answer: Resolution


# file.*
class FileStatusParams(Params, frozen=True):
    path: str


class FileStatusResult(Wire, frozen=True):
    path: str
    busy: bool
    """Whether a save of it is neither done nor given up."""
    job: JobObject | None = None
    opened: OpenedObject | None = None


# workfile.*
class WorkfileListParams(Params, frozen=True):
    states: Annotated[list[FileState], Meta(max_length=16)] | None = None
    text: Text | None = None
    limit: Annotated[int, Meta(ge=1, le=limits.MAX_PAGE)] = 50
    after: str | None = None


class WorkfileParams(Params, frozen=True):
    path: str


class WorkfilePolicyParams(Params, frozen=True):
    path: str
    policy: Policy | None = None


# license.*, upgrade.*
class LicenseRequestParams(Params, frozen=True):
    product: Name
    form: LicenseForm
    file_name: Text = ""
    device_info: DeviceInfo | None = None
    """None: the bridge fills in this machine's fingerprint; "" is passed on as it is."""


class LicenseVerifiedParams(Params, frozen=True):
    product: Name
    ok: bool
    message: Annotated[str, Meta(max_length=1024)] = ""
    expires: Time | None = None
    """When the licence ends, if it is good and does."""


class LicenseReceivedParams(Wire, frozen=True):
    ok: bool
    form: str
    path: str | None = None
    content: str | None = None
    product: str | None = None
    verified: bool | None = None
    """The bridge has verified it with the vendor's key: the host need not, and gets no path and no content."""
    error: ErrorObject | None = None
    """Why there is none, or why it is not good."""


def received_to_wire(told: TellHosts, language: Language) -> LicenseReceivedParams:
    """The parameters of `license.received`."""
    return LicenseReceivedParams(
        ok=told.error is None,
        form=told.form,
        path=told.path or None,
        content=told.content or None,
        product=told.product,
        verified=told.verified or None,
        error=None if told.error is None else error_to_wire(told.error, language),
    )


class LicenseStatusParams(Params, frozen=True):
    product: Name | None = None


class LicenseStatusResult(Wire, frozen=True):
    licenses: list[LicenseObject]


class LicenseProductParams(Params, frozen=True):
    product: Name


class LicenseSigninResult(Wire, frozen=True):
    """Where the browser goes. Whoever has the address can sign in here: it is for the browser alone."""

    product: str
    url: str
    until: Time
    """So long the browser is awaited."""

    def __repr__(self) -> str:
        return f"LicenseSigninResult(product={self.product!r})"


class LicenseSignoutResult(Wire, frozen=True):
    license: LicenseObject
    url: str | None = None
    """Where the browser forgets the person, too."""


class LicenseActivateParams(Params, frozen=True):
    """A code that a person typed. Nothing that shows this structure shows the code."""

    product: Name
    code: Text | None = None
    """None: the code that is kept already is bound anew. Blanks around it are gone."""

    def __post_init__(self) -> None:
        if self.code is not None:
            msgspec.structs.force_setattr(self, "code", self.code.strip())

    def __repr__(self) -> str:
        return f"LicenseActivateParams(product={self.product!r}, code={None if self.code is None else '****'!r})"


class UpgradeParams(Params, frozen=True):
    product: Text | None = None


class UpgradeAnswerParams(Params, frozen=True):
    upgrade: bool
    product: Text | None = None


class UpgradeAnswerResult(Wire, frozen=True):
    upgrade: bool
    """The answer that counts: the first one."""


class UpgradeAnnouncedParams(Wire, frozen=True):
    available: bool | None = None
    forced: bool | None = None
    answer: bool | None = None
    """What ISCDesk was told."""
    text: str | None = None


# network.*
class NetworkTestResult(Wire, frozen=True):
    steps: list[NetworkStepObject]
    """For one address after the other; a step that failed is the last one of its address."""


def _check_save(params: SaveParams) -> None:
    check_path(params.path)
    if params.files is None and params.manifest is None:
        return
    if not params.assembly:
        raise RequestError("ISCB-REQ-PARAMS", detail="`files` and `manifest` belong to `assembly: true`")
    _check_list(params)


def _check_assembly(params: AssemblyCheckParams) -> None:
    check_path(params.path)
    _check_list(params)


def _check_list(params: SaveParams | AssemblyCheckParams) -> None:
    if params.files is not None and params.manifest is not None:
        raise RequestError("ISCB-REQ-PARAMS", detail="`files` and `manifest` exclude each other")
    if params.manifest is not None:
        check_path(params.manifest)
    for path in params.files or ():
        check_path(path)


def _check_verified(params: LicenseVerifiedParams) -> None:
    try:
        datetime.fromisoformat(params.expires or "2000-01-01T00:00:00.000Z")
    except ValueError:
        raise RequestError("ISCB-REQ-PARAMS", detail="`expires` is no time") from None


def _check_path_member(params: SolveParams | FileStatusParams | WorkfileParams | WorkfilePolicyParams) -> None:
    check_path(params.path)


def _check_recover(params: RecoverParams) -> None:
    check_path(params.folder)


def is_license_code(text: str) -> bool:
    """Whether the store could have issued it: 1 to 64 printable ASCII characters and no blank."""
    return 1 <= len(text) <= limits.MAX_LICENSE_CODE and all("!" <= character <= "~" for character in text)


def _check_activate(params: LicenseActivateParams) -> None:
    if params.code is not None and not is_license_code(params.code):
        raise RequestError("ISCB-REQ-PARAMS", detail=_ACTIVATE_FORM)


#: All that a refusal of `license.activate` says: what msgspec says may quote what was sent (names of members do).
_ACTIVATE_FORM = (
    f"`product` has 1 to {limits.MAX_TEXT} characters, `code` has 1 to {limits.MAX_LICENSE_CODE} printable ASCII "
    "characters and no blank, and there is nothing else"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its name, what it carries, what is answered, and the protocol version that brought it."""

    name: str
    params: type[msgspec.Struct]
    result: type[msgspec.Struct] | None = None
    check: Callable[[Any], None] | None = None
    """Rules that the types do not say; raises RequestError."""
    since: int = 1
    by_name: bool = False
    """A notification that goes only to clients that name it: others are not told by default."""
    secret_form: str = ""
    """Not empty: its parameters may hold a secret, and this is the whole detail of every refusal of them."""

    @property
    def direction(self) -> Direction:
        """Requests have a result, notifications none."""
        return Direction.NOTIFICATION if self.result is None else Direction.REQUEST


MESSAGES: tuple[Message, ...] = (
    Message("bridge.hello", HelloParams, HelloResult),
    Message("bridge.status", Nothing, StatusResult),
    Message("bridge.reconnect", Nothing, Ok),
    Message("bridge.pause", PauseParams, Ok),
    Message("bridge.resume", Nothing, Ok),
    Message("bridge.shutdown", Nothing, Ok),
    Message("events.subscribe", SubscribeParams, Ok),
    Message("cloud.save", SaveParams, JobObject, _check_save),
    Message("cloud.saveAs", SaveParams, JobObject, _check_save),
    Message("cloud.open", OpenParams, JobObject),
    Message("cloud.solve", SolveParams, JobObject, _check_path_member),
    Message("job.get", JobParams, JobObject),
    Message("job.list", JobListParams, JobListResult),
    Message("job.history", JobParams, JobHistoryResult),
    Message("job.recover", RecoverParams, JobRecoverResult, _check_recover),
    Message("job.cancel", JobParams, JobObject),
    Message("job.retry", JobParams, JobObject),
    Message("job.resolve", ResolveParams, JobObject),
    Message("assembly.check", AssemblyCheckParams, AssemblyCheckResult, _check_assembly),
    Message("settings.reload", Nothing, ReloadResult),
    Message("tray.show", TrayShowParams, Ok),
    Message("file.status", FileStatusParams, FileStatusResult, _check_path_member),
    Message("workfile.list", WorkfileListParams, WorkfileListResult),
    Message("workfile.save", WorkfileParams, JobObject, _check_path_member),
    Message("workfile.policy", WorkfilePolicyParams, Ok, _check_path_member),
    Message("workfile.forget", WorkfileParams, Ok, _check_path_member),
    Message("license.request", LicenseRequestParams, Ok),
    Message("license.verified", LicenseVerifiedParams, Ok, _check_verified),
    Message("license.trialExpired", LicenseRequestParams, Ok),
    Message("license.status", LicenseStatusParams, LicenseStatusResult),
    Message("license.check", LicenseProductParams, LicenseObject),
    Message("license.activate", LicenseActivateParams, LicenseObject, _check_activate, secret_form=_ACTIVATE_FORM),
    Message("license.deactivateLocal", LicenseProductParams, LicenseObject),
    Message("license.release", LicenseProductParams, LicenseObject),
    Message("license.transfer", LicenseActivateParams, LicenseObject, _check_activate, secret_form=_ACTIVATE_FORM),
    Message("license.refresh", LicenseProductParams, LicenseObject),
    Message("license.signin", LicenseProductParams, LicenseSigninResult),
    Message("license.signout", LicenseProductParams, LicenseSignoutResult),
    Message("upgrade.check", UpgradeParams, Ok),
    Message("upgrade.answer", UpgradeAnswerParams, UpgradeAnswerResult),
    Message("network.test", Nothing, NetworkTestResult),
    Message("job.changed", JobObject),
    Message("file.opened", FileOpenedParams),
    Message("workfile.changed", WorkfileChangedParams, by_name=True),
    Message("workfile.ask", WorkfileAskParams, by_name=True),
    Message("license.received", LicenseReceivedParams),
    Message("license.changed", LicenseObject),
    Message("upgrade.announced", UpgradeAnnouncedParams),
    Message("bridge.changed", ChangedParams, by_name=True),
    Message("bridge.closing", ClosingParams),
    Message("settings.changed", ChangedParams),
    Message("tray.wanted", TrayWantedParams, by_name=True),
)

REQUESTS: Mapping[str, Message] = {m.name: m for m in MESSAGES if m.direction is Direction.REQUEST}
TOPICS: Mapping[str, Message] = {m.name: m for m in MESSAGES if m.direction is Direction.NOTIFICATION}

_DECODERS = {name: msgspec.json.Decoder(message.params) for name, message in REQUESTS.items()}


def decode_params(message: Message, raw: bytes | msgspec.Raw) -> msgspec.Struct:
    """The checked parameters of a request.

    Raises:
        RequestError: ISCB-REQ-PARAMS (params `method`, `detail`), or ISCB-REQ-PATH-* of a path in it.
        msgspec.DecodeError: not valid JSON; its subclass ValidationError never comes out.
        UnicodeDecodeError: not valid UTF-8.
        RecursionError: nested too deeply.

    What is wrong with a message that may hold a secret is always ISCB-REQ-PARAMS with its `secret_form`.
    """
    try:
        params: msgspec.Struct = _DECODERS[message.name].decode(raw)
    except msgspec.ValidationError as error:
        detail = message.secret_form or str(error)
        raise RequestError("ISCB-REQ-PARAMS", method=message.name, detail=detail) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        if message.secret_form:
            # What becomes of these errors elsewhere quotes a piece of the text.
            raise RequestError("ISCB-REQ-PARAMS", method=message.name, detail=message.secret_form) from None
        raise
    if message.check is not None:
        try:
            message.check(params)
        except RequestError as error:
            if error.code == "ISCB-REQ-PARAMS":
                raise RequestError("ISCB-REQ-PARAMS", method=message.name, **error.params) from None
            raise
    return params


def announcement(topic: str, params: Mapping[str, str]) -> msgspec.Struct:
    """The parameters of a notification from what the engine announces (text, partly the SDK's own names).

    Raises:
        ValueError: no announcement of that name.
    """
    if topic == "file.opened":
        open_type, work_state = param_of(params, "openType"), param_of(params, "workState")
        return FileOpenedParams(
            job=param_of(params, "job"),
            path=param_of(params, "path"),
            assembly=flag_of(params, "assembly") or False,
            open_type=open_type,
            work_state=work_state,
            read_only=open_type == "OpenOnly" and work_state == "CHECKIN",
        )
    raise ValueError(f"not an announcement: {topic}")
