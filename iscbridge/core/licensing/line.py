"""What the licences remember of one product, and the effects of the input under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.effects import AnswerError, AnswerVerdict, Effect, Question
from iscbridge.core.licensing.model import Answer, LicensePolicy, LicenseRecord, Machine, Verdict, Word
from iscbridge.core.licensing.rhythm import Rhythm

UNKNOWN_CODE = "****"
"""Shown for a code whose masked form was lost with the record."""


@dataclass(frozen=True, slots=True)
class Under:
    """The question under way."""

    attempt: int
    question: Question
    pending: bool
    day: int
    """On which it was asked: its answer counts for that day."""
    by_person: bool = False
    """A person wanted it."""
    void: bool = False
    """Its code is not the one any more: the answer is awaited, and means nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """The store's word that an activation was carried out, to be believed if it can't be asked again."""

    answer: Answer
    now: float
    """When it came, by this machine's clock."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A code that was typed in and is not settled."""

    masked: str
    token: int | None = None
    """Of the person who waits; None: it is settled in the background."""
    keeping: int = 0
    """Attempt of the KeepCode whose answer is awaited."""
    want: Question | None = None
    """What is to be asked next, at once."""
    again: bool = False
    """The store said that the first activation did not arrive, and it was sent once more in this round."""
    arrived: bool = False
    """An activation was answered."""
    done: Done | None = None
    """The store took it."""
    first: Question = Question.ACTIVATE
    """How it is activated: TAKE_OVER if a seat of another machine is wanted."""


@dataclass(frozen=True, slots=True)
class Told:
    """What hosts were told last."""

    verdict: Verdict
    masked: str
    checking: bool


@dataclass(slots=True)
class Line:
    """One product. Nothing in here refers to another."""

    policy: LicensePolicy
    record: LicenseRecord
    written: LicenseRecord | None = None
    """The record as it is durable."""
    written_day: int = 0
    held: bool = False
    """What lies on the disk could not be trusted or read: it is not replaced before something certain is known."""
    unverified: bool = False
    """The record counts as it was found. It is held too: a seal on it would make good what somebody edited."""
    machine: Machine = Machine.UNKNOWN
    device: str = ""
    """This machine's fingerprint, once taken."""
    looked_day: int = 0
    looks: int = 0
    """Looks at the machine that are under way."""
    looks_stale: int = 0
    """Those of them that compare it with a binding that is gone: they say nothing of the one that holds."""
    under: Under | None = None
    activation: Activation | None = None
    rebind: int | None = None
    """Token of the person who wants the kept code bound to this machine."""
    take_over: bool = False
    """That person wants a seat of another machine for it."""
    releasing: int | None = None
    """Token of the person who gives this machine's seat back."""
    used: bool = False
    """The product was used since the last trusted word, in this life."""
    waiting: list[int] = field(default_factory=list)
    """Tokens of people who want the authority asked."""
    failure: ErrorInfo | None = None
    """Why the last question got no answer."""
    query: Rhythm = Rhythm()
    settle: Rhythm = Rhythm()
    report: Rhythm = Rhythm()
    told: Told | None = None
    timers: dict[str, float] = field(default_factory=dict)
    attempts: int = 0
    secrets: list[Effect] = field(default_factory=list)
    answers: list[Effect] = field(default_factory=list)
    asks: list[Effect] = field(default_factory=list)

    @property
    def product(self) -> str:
        return self.policy.product

    @property
    def by_desk(self) -> bool:
        """Whether the licence comes through ISCDesk: no code, and nothing to ask."""
        return self.policy.authority == "desk"

    @property
    def has_seats(self) -> bool:
        """Whether the licence comes from a vendor's relay, which gives seats to machines."""
        return self.policy.authority == "relay"

    @property
    def busy(self) -> bool:
        """Whether a person already waits for something that changes which licence is here."""
        waits = self.activation is not None and self.activation.token is not None
        return waits or self.rebind is not None or self.releasing is not None

    @property
    def kept(self) -> bool:
        """Whether there is a code that the authority can be asked about."""
        return bool(self.record.masked_code) and not self.record.delivered and not self.by_desk

    @property
    def urgent(self) -> bool:
        """Whether there is a code and no trusted word of it: it is asked for on any day."""
        return self.kept and self.record.word is Word.NONE

    @property
    def checking(self) -> bool:
        """Whether something is under way that may change the licence. A usage report can't."""
        if self.activation is not None and self.activation.keeping:
            return True
        return self.under is not None and not self.under.void and self.under.question is not Question.REPORT_USE

    @property
    def is_blank(self) -> bool:
        """Whether there never was anything worth keeping."""
        record = self.record
        nothing = record.word is Word.NONE and not record.masked_code and not record.pending
        return nothing and record.refused_since is None and self.written is None

    def decided(self) -> None:
        """The authority has spoken, or the person has: what is verified later is older, and undoes nothing of it."""
        self.held = self.unverified = False

    def number(self) -> int:
        """A number that this product's questions never had before in this life of the bridge."""
        self.attempts += 1
        return self.attempts

    def answer(self, token: int) -> None:
        self.answers.append(AnswerVerdict(self.product, token))

    def refuse(self, token: int, error: ErrorInfo) -> None:
        self.answers.append(AnswerError(self.product, token, error))

    def answer_waiting(self) -> None:
        """Answer all who wanted the authority asked: it was, or there is nothing to ask."""
        for token in self.waiting:
            self.answer(token)
        self.waiting.clear()

    def no_answer(self, error: ErrorInfo | None) -> ErrorInfo:
        """What to tell people where a question got no answer."""
        return error or ErrorInfo("ISCB-LIC-NO-ANSWER", {"product": self.product})
