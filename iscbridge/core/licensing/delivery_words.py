"""What can happen to licences that ISCDesk delivers, and what `iscbridge.core.licensing.delivery` asks of the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo


class Form(StrEnum):
    """How a licence comes: `LicenseType` of the event."""

    FILE = "file"
    STRING = "string"


# -- inputs


@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs; `now` is seconds since the epoch, UTC."""

    now: float


@dataclass(frozen=True, slots=True)
class Asker:
    """The host that asks: its instance, and the product that it named in its hello (may be empty)."""

    instance: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class RequestLicense(Input):
    """`license.request`. Answered when it is certain that it is on its way; what became of it is told by `TellHosts`."""

    product: str
    token: int
    form: Form
    file_name: str = ""
    device_info: str = field(default="", repr=False)
    """The fingerprint, at most 5 KB; only passed on."""
    built_in: bool = False
    """Whether the product's policy has a `verify_key`: then the bridge verifies what comes, not the host."""
    asker: Asker = Asker()


@dataclass(frozen=True, slots=True)
class TrialExpired(Input):
    """`license.trialExpired`. Whether an event follows is not documented: none is no error."""

    product: str
    token: int
    file_name: str = ""
    device_info: str = field(default="", repr=False)
    built_in: bool = False
    asker: Asker = Asker()


@dataclass(frozen=True, slots=True)
class CallDone(Input):
    """A call of `CallDesk` or `ReportToDesk` came back, or could not be made (ISCB-SDK-NOT-CONNECTED)."""

    call: int
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class DeskEvent(Input):
    """EVENT_LICENSE_VERIFY; `params` as they came, names in any case."""

    params: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifyDone(Input):
    """Answer to effect `Verify`. `error` None: the licence is good."""

    number: int
    expires: float | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class HostVerified(Input):
    """`license.verified`: what the host says of the licence that it was asked to verify."""

    product: str
    token: int
    ok: bool
    message: str = ""
    """Why not; goes to ISCDesk as it is."""
    expires: float | None = None
    asker: Asker = Asker()


@dataclass(frozen=True, slots=True)
class SessionLost(Input):
    """The SDK session that the calls go through is gone."""


@dataclass(frozen=True, slots=True)
class TimerFired(Input):
    key: str


# -- effects


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class CallDesk(Effect):
    """Call an SDK function by the guide's name -> CallDone. `args` in the guide's order."""

    call: int
    function: str
    args: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReportToDesk(Effect):
    """Call LicenseVerifyNotify(ok, text) -> CallDone. The text is `message`, or that of `error`, or empty."""

    call: int
    ok: bool
    message: str = ""
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Verify(Effect):
    """Ask the built-in verifier, off the loop -> VerifyDone. A file is read at `path`; a string is `content`."""

    product: str
    number: int
    path: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TellHosts(Effect):
    """Notification `license.received`, to clients whose hello named `product` and to these instances, to nobody else.

    `error`: no licence came, or it is not good. `verified`: the bridge has verified it, nothing is asked of the host.
    Else the host is to verify it and to say so with `license.verified`.
    """

    product: str
    instances: frozenset[str]
    form: str
    path: str = ""
    content: str = field(default="", repr=False)
    verified: bool = False
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Deliver(Effect):
    """Input `Delivered` for the product's licence: a delivered licence was verified."""

    product: str
    valid: bool
    expires: float | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Warn(Effect):
    """For the log and the warnings of the bridge; nobody waits for it."""

    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class AnswerOk(Effect):
    """Answer the pending request `token`."""

    token: int


@dataclass(frozen=True, slots=True)
class AnswerError(Effect):
    """Answer the pending request `token` with an error."""

    token: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    """Send TimerFired(key) at time `at` or soon after. Keys begin with `delivery:`."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class ClearTimer(Effect):
    key: str
