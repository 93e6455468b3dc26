"""A made-up relay for the licence policy's tests: seats that come and go, and leases with an end of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import DAY_S, Answer, AnswerKind
from support.license_store import Code
from support.sim_dice import Dice

LEASES_S = (3600.0, 2 * DAY_S, 14 * DAY_S, 30 * DAY_S, 45 * DAY_S)
"""How long leases last; the last one is longer than any may count."""
_TERM_S = 20 * DAY_S
_WORDS = {
    Code.ALIVE: AnswerKind.ALIVE,
    Code.EXPIRED: AnswerKind.EXPIRED,
    Code.RELEASED: AnswerKind.RELEASED,
    Code.FROZEN: AnswerKind.FROZEN,
}


class Seat(StrEnum):
    """Where the seat of a code is."""

    FREE = "free"
    MINE = "mine"
    OTHER = "other"
    """Another machine has it, and there is no second one."""
    GIVEN_BACK = "given back"


@dataclass(slots=True)
class Relay:
    """Seats of codes, and the leases that were given."""

    seats: dict[str, Seat] = field(default_factory=dict)
    leases: dict[str, Answer] = field(default_factory=dict)
    """By their text: what verifying it again would say."""
    key: int = 0
    """Of the keys that sign; leases of an older one are not good any more once it was withdrawn."""
    withdrawn: int = 0
    """Keys below this one."""
    given: int = 0

    def carry_out(self, question: Question, code: str | None, codes: dict[str, Code], now: float, dice: Dice) -> Answer:
        """Answer as a relay does; the answer may still be lost on its way."""
        if code is None:
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-LIC-CODE-LOST", {"product": "p"}))
        if question is Question.REPORT_USE:
            return Answer(AnswerKind.DONE, now)
        seat, state = self.seats.get(code, Seat.FREE), codes.get(code, Code.UNKNOWN)
        if question is Question.RELEASE:
            self.seats[code] = Seat.GIVEN_BACK if seat in (Seat.FREE, Seat.MINE) else seat
            return Answer(AnswerKind.DONE, now)
        typed = question is not Question.QUERY
        if state is Code.NEW:
            state = codes[code] = Code.ALIVE
        if state not in _WORDS:
            refused = Answer(AnswerKind.NO_SUCH_CODE, error=_error("ISCB-RELAY-CODE"))
            return refused if typed else self._lease(refused.kind, now, dice, refused.error)
        if question is Question.TAKE_OVER and seat is Seat.OTHER and dice.chance(0.3):
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-RELAY-TRANSFERS"))
        return self._lease_of(code, state, seat, question, now, dice)

    def _lease_of(self, code: str, state: Code, seat: Seat, question: Question, now: float, dice: Dice) -> Answer:
        if state is Code.ALIVE and seat is Seat.OTHER and question is not Question.TAKE_OVER:
            return self._lease(AnswerKind.NO_SUCH_CODE, now, dice, _error("ISCB-RELAY-SEATS-TAKEN"))
        if state is Code.ALIVE and seat is Seat.GIVEN_BACK and question is Question.QUERY:
            return self._lease(AnswerKind.NO_SUCH_CODE, now, dice, _error("ISCB-RELAY-RELEASED"))
        if state is Code.ALIVE:
            self.seats[code] = Seat.MINE
        return self._lease(_WORDS[state], now, dice, None)

    def _lease(self, kind: AnswerKind, now: float, dice: Dice, error: ErrorInfo | None) -> Answer:
        """Sign one: only such a word can restrict what is there."""
        self.given += 1
        length = dice.pick(LEASES_S) if kind is AnswerKind.ALIVE else DAY_S
        text = f"{self.key}.{self.given}"
        expires = now + _TERM_S if kind is AnswerKind.ALIVE and dice.chance(0.5) else None
        answer = Answer(kind, now, expires, error, text, now + length, now + min(DAY_S, length / 2))
        self.leases[text] = answer
        return replace(answer)

    def verified(self, text: str) -> Answer | None:
        """What a kept lease says at the bridge's start; None if its key is not believed any more."""
        answer = self.leases.get(text)
        return None if answer is None or int(text.partition(".")[0]) < self.withdrawn else answer


def _error(code: str) -> ErrorInfo:
    return ErrorInfo(code, {"product": "p"})
