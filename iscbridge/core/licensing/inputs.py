"""What can happen to the licences. Every input names its product (but for TimerFired) and carries the time and the day."""

from __future__ import annotations

from dataclasses import dataclass

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, LicensePolicy, LicenseRecord, Machine


@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs: `now` seconds since the epoch, UTC, by this machine's clock; `day` its calendar day."""

    now: float
    day: int


@dataclass(frozen=True, slots=True)
class Loaded(Input):
    """First input of a product: its policy, and the record that was found, if any.

    It comes once more if the record was unverified, as soon as it could be verified.
    """

    product: str
    policy: LicensePolicy
    record: LicenseRecord | None = None
    trouble: ErrorInfo | None = None
    """ISCB-LIC-RECORD-*: the record was edited, copied, rolled back or can't be read. `record` is then None, and only a trusted answer counts."""
    has_code: bool = False
    """Whether the secret store holds a code of this product (also when the record is gone)."""
    has_pending_code: bool = False
    """Whether it holds one that was typed in and is not settled."""
    unverified: bool = False
    """The secret store does not open: `record` counts as it lies there, and so do the codes that it speaks of."""
    lease: Answer | None = None
    """What the kept lease says, which was found good again; None: there is none, or none that is good."""


@dataclass(frozen=True, slots=True)
class MachineSeen(Input):
    """The fingerprint was taken and compared with the record's `device`."""

    product: str
    machine: Machine
    device: str
    """This machine's fingerprint as the record would hold it."""
    salt: str = ""
    """The salt that `device` was made with: the record's, or a fresh one if it had none."""


@dataclass(frozen=True, slots=True)
class Used(Input):
    """A host of this product said hello, asked `license.check`, or asked for cloud work."""

    product: str


@dataclass(frozen=True, slots=True)
class ActivateRequested(Input):
    """A person typed a code (`masked` is its masked form), or wants the kept one bound anew (`masked` empty)."""

    product: str
    token: int
    masked: str = ""
    take_over: bool = False
    """A seat is to be taken over from another machine, if none is free."""


@dataclass(frozen=True, slots=True)
class CodeKept(Input):
    """Answer to effect KeepCode: the secret store has the new code as pending, or could not take it."""

    product: str
    attempt: int
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class RefreshRequested(Input):
    """A person wants the authority asked now."""

    product: str
    token: int


@dataclass(frozen=True, slots=True)
class DeactivateRequested(Input):
    """A person takes the licence off this machine. The store is not told: it has no such call."""

    product: str
    token: int


@dataclass(frozen=True, slots=True)
class ReleaseRequested(Input):
    """A person gives this machine's seat back. The relay is told; the licence is taken off this machine by its answer."""

    product: str
    token: int


@dataclass(frozen=True, slots=True)
class Answered(Input):
    """Answer to effect Ask."""

    product: str
    attempt: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Delivered(Input):
    """A licence that ISCDesk delivered was verified, by the host or by the built-in verifier."""

    product: str
    valid: bool
    expires: float | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class TimerFired(Input):
    """A timer of effect SetTimer; `key` as it was set."""

    key: str
