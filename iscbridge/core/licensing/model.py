"""Words of licensing: what is known of one product's licence, what the vendor's policy says, what follows.

Everything is a frozen value. Times are seconds since the epoch, UTC; days are `datetime.date` ordinals of the
machine's own calendar, given by the caller: the core has no clock and no calendar. A licence code never comes
in here: only its masked form does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo

DAY_S = 86_400.0


class LicenseState(StrEnum):
    """Where a product's licence stands. The table of what each allows is `iscbridge.core.licensing.policy`."""

    NOT_ACTIVATED = "not_activated"
    """No code was ever accepted here, or it was taken away on this machine."""
    ACTIVE = "active"
    OFFLINE_GRACE = "offline_grace"
    """The last trusted answer was good, and since then checks failed. Changes nothing but a notice."""
    GRACE_OVER = "grace_over"
    """No trusted answer for longer than the grace: one successful check ends it."""
    FROZEN = "frozen"
    EXPIRED = "expired"
    RELEASED = "released"
    """The code was given back or refunded: it never comes back, a new code is needed."""
    REFUSED = "refused"
    """The store knows no such code, or says that it is not activated; or the delivered licence is not valid."""
    CLOCK_SUSPECT = "clock_suspect"
    """The computer's clock went back by more than the slack: nothing can be counted until an online answer."""
    MACHINE_CHANGED = "machine_changed"
    """The stored licence was bound on another machine: it has to be activated here."""


class Word(StrEnum):
    """The last trusted word of the authority, which only another trusted word replaces."""

    NONE = "none"
    ALIVE = "alive"
    EXPIRED = "expired"
    RELEASED = "released"
    FROZEN = "frozen"
    REFUSED = "refused"


class AnswerKind(StrEnum):
    """What an authority's answer to one question means. Everything but FAILED is a trusted word."""

    DONE = "done"
    """The call was carried out and says nothing of the state: activation accepted, usage report taken."""
    ALIVE = "alive"
    EXPIRED = "expired"
    RELEASED = "released"
    FROZEN = "frozen"
    NO_SUCH_CODE = "no_such_code"
    """92020005, or 92020020 for the one code that was asked about."""
    NOT_ACTIVATED = "not_activated"
    """92020011."""
    NOT_RECEIVED = "not_received"
    """92020004: the buyer has not collected the code in the store yet."""
    ILLEGAL_STATE = "illegal_state"
    """92020003: on activation maybe "already active"; only a query settles it."""
    FAILED = "failed"
    """No trusted answer: network, gateway, 5xx, bad signature, an answer that can't be read. Changes nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an authority, or that there was none."""

    kind: AnswerKind
    server_time: float | None = None
    """The authority's own clock (header `Date` of an answer that came through verified TLS); None if not told."""
    expires: float | None = None
    """When the licence ends, as far as told. Only for notices: the state comes from the word alone."""
    error: ErrorInfo | None = None
    """For FAILED and for refusals: what to tell people."""
    lease: str = field(default="", repr=False)
    """The signed text that it was read from; a relay's only."""
    until: float | None = None
    """While it lies ahead no other word is needed, by the authority's clock; a lease's only."""
    next_check: float | None = None
    """From then on a use asks again, by the authority's clock; a lease's only."""


class Machine(StrEnum):
    """What comparing the stored fingerprint with this machine's showed."""

    SAME = "same"
    CHANGED = "changed"
    """The same machine with other parts: the stored fingerprint is to be renewed."""
    OTHER = "other"
    UNKNOWN = "unknown"
    """Too little is known of one side to say; counts as the same: nobody is locked out for a missing fact."""


@dataclass(frozen=True, slots=True)
class LicensePolicy:
    """What the vendor's policy file says of one product. `docs/licensing.md` has the file's form."""

    product: str
    grace_days: int = 14
    """1 to 30."""
    renew_url: str = ""
    """Where a person renews; shown with EXPIRED and FROZEN."""
    authority: str = "store"
    """Who answers: `store` (Open API with the vendor's own keys), `relay`, or `desk` (licences delivered by ISCDesk)."""
    verify_key: str = ""
    """Ed25519 public key, base64: the bridge verifies delivered licences itself. Empty: the host does."""
    relay_url: str = ""
    """`https://host[:port]` of the vendor's relay."""
    relay_keys: tuple[str, ...] = ()
    """`name:key` of each key that may sign the relay's leases: Ed25519 public keys, base64."""


@dataclass(frozen=True, slots=True)
class LicenseRecord:
    """What must survive of one product's licence. Written tamper-evident; see `iscbridge.journal`."""

    product: str
    generation: int = 0
    """Rises with each writing; an older file put back is noticed by it."""
    masked_code: str = ""
    """`PL****001`; empty while no code is kept. The code itself lies in the secret store."""
    pending: bool = False
    """A code was typed in, and its activation is not settled yet."""
    pending_masked: str = ""
    """Masked form of that code, empty if not known. Without `pending`: of the code that takes the former one's place."""
    word: Word = Word.NONE
    word_at: float = 0.0
    """When the last trusted word was given, by the authority's clock where it told, else by ours."""
    refused_since: float | None = None
    """When the first of the refusals since the last ALIVE came."""
    expires: float | None = None
    error: ErrorInfo | None = None
    """What came with a refusal."""
    failing_since: float | None = None
    """When the first of the failed checks since the last trusted word ended; None if the last one did not fail."""
    failures: int = 0
    """Failed checks in a row."""
    latest_seen: float = 0.0
    """The latest time that ever came here, in the authority's time: shown by this machine's clock, or told by the authority."""
    offset: float = 0.0
    """The authority's clock minus this machine's at the last trusted word; every other time here is the authority's."""
    checked_day: int = 0
    """Day of the last trusted answer to a daily check."""
    used_day: int = 0
    """Day of the last use by a host."""
    reported_day: int = 0
    """Day of the last usage report that was taken."""
    device: str = ""
    """This machine's fingerprint at the last binding, each value salted and hashed (`iscbridge.device`)."""
    bound_at: float | None = None
    """When the licence was bound to this machine; None if that was before this was kept."""
    other_since: float | None = None
    """When it was first seen that this is another machine; None while it is the same."""
    salt: str = ""
    """Random per machine and product, hex: for `device` and for the client id of usage reports."""
    delivered: bool = False
    """A licence delivered by ISCDesk and verified, instead of a code."""
    lease: str = field(default="", repr=False)
    """The text of the lease that the last trusted word is; it is verified again at each start."""
    lease_until: float | None = None
    """Until when that lease needs no other word; None: the last word was no lease, or its key is not known any more."""
    next_check: float | None = None
    """From when on a use of the product asks again; None: the first use of the next day does."""
    noticed: str = ""
    """The notice that was announced last, so that each is announced once; empty when there was none to announce."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a state lets happen. Local work is not in it: it is always allowed."""

    new_save: bool
    """Save, Save-as and solve of files that did not come from the cloud while licensed."""
    opened_save: bool
    """Save of a file that was opened from the cloud before the licence stopped."""
    open: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for a person: the id of a text and its parameters."""

    id: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from record, policy, machine and time. Its times are by this machine's clock, as those of files are."""

    product: str
    state: LicenseState
    allowed: Allowed
    since: float | None = None
    """When new cloud work stopped; None while it is allowed."""
    opened_before: float | None = None
    """Files opened from the cloud up to this time may still be saved; None if none may."""
    until: float | None = None
    """When this verdict may change by the mere passing of time; None if never."""
    days_left: int | None = None
    """OFFLINE_GRACE: whole days (rounded up) until new cloud work stops. ACTIVE: until the term ends, if 30 or less."""
    error: ErrorInfo | None = None
    """Why new cloud work is refused; None while it is allowed."""
    notice: Notice | None = None
    hopeful: bool = False
    """New cloud work is not allowed now, but a check that succeeds would change that (GRACE_OVER, CLOCK_SUSPECT; NOT_ACTIVATED
    while an activation is open)."""
