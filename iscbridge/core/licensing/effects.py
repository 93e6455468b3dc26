"""What the licences ask of the world, to be done in order. A record is durable before what comes after it is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord, Verdict


class Question(StrEnum):
    """The authority's calls."""

    ACTIVATE = "activate"
    QUERY = "query"
    REPORT_USE = "report_use"
    TAKE_OVER = "take_over"
    """Take a seat of the code over from another machine; asked in place of ACTIVATE."""
    RELEASE = "release"
    """Give this machine's seat back."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""

    product: str


@dataclass(frozen=True, slots=True)
class KeepCode(Effect):
    """Put the code that was typed in (the service holds it by `token`) into the secret store as pending -> CodeKept."""

    attempt: int
    token: int


@dataclass(frozen=True, slots=True)
class PromoteCode(Effect):
    """The pending code is the product's code from now on; the former one is forgotten."""


@dataclass(frozen=True, slots=True)
class ForgetCode(Effect):
    """Take the code (`pending`: the pending one; else both) out of the secret store."""

    pending: bool = False


@dataclass(frozen=True, slots=True)
class Ask(Effect):
    """Ask the authority -> Answered with this attempt. `pending`: about the pending code, else about the kept one.

    `by_person`: a person asked for it, so that a stop after failed signatures may be tried once more.
    """

    attempt: int
    question: Question
    pending: bool = False
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class LookAtMachine(Effect):
    """Take the fingerprint and compare it -> MachineSeen."""


@dataclass(frozen=True, slots=True)
class WriteRecord(Effect):
    """Make the record durable."""

    record: LicenseRecord


@dataclass(frozen=True, slots=True)
class Changed(Effect):
    """The verdict is another one than before, or its notice is: tell hosts, tray and the engine."""

    verdict: Verdict
    masked_code: str
    checking: bool
    """Whether the authority is being asked now."""
    announce: bool = False
    """The verdict's notice was not announced before: show it once, without being asked."""


@dataclass(frozen=True, slots=True)
class AnswerVerdict(Effect):
    """Answer the pending request `token` with the licence as it is now."""

    token: int


@dataclass(frozen=True, slots=True)
class AnswerError(Effect):
    """Answer the pending request `token` with an error."""

    token: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    """Send TimerFired(key) at time `at` or soon after; setting a key again moves it. Keys begin with `license:`."""

    key: str
    at: float
