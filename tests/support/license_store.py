"""A made-up store for the licence policy's tests: what the authority knows of codes, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import Answer, AnswerKind


class Code(StrEnum):
    """Where a code stands in the store."""

    NEW = "new"
    ALIVE = "alive"
    EXPIRED = "expired"
    RELEASED = "released"
    FROZEN = "frozen"
    UNCOLLECTED = "uncollected"
    UNKNOWN = "unknown"


_QUERY = {
    Code.NEW: AnswerKind.NOT_ACTIVATED,
    Code.ALIVE: AnswerKind.ALIVE,
    Code.EXPIRED: AnswerKind.EXPIRED,
    Code.RELEASED: AnswerKind.RELEASED,
    Code.FROZEN: AnswerKind.FROZEN,
    Code.UNCOLLECTED: AnswerKind.NOT_RECEIVED,
    Code.UNKNOWN: AnswerKind.NO_SUCH_CODE,
}
FAILURES = ("ISCB-STORE-UNREACHABLE", "ISCB-STORE-TIMEOUT", "ISCB-STORE-AUTH-STOPPED")


@dataclass(slots=True)
class Store:
    """Codes and their states."""

    codes: dict[str, Code] = field(default_factory=dict)

    def carry_out(
        self, question: Question, code: str | None, time: float, *, tells_time: bool, term_s: float
    ) -> Answer:
        """Do what is asked, as documented; the answer may still be lost on its way."""
        if code is None:
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-LIC-CODE-LOST", {"product": "p"}))
        state = self.codes.get(code, Code.UNKNOWN)
        told = time if tells_time else None
        if question is Question.REPORT_USE:
            return Answer(AnswerKind.DONE, told)
        if question is Question.QUERY:
            expires = time + term_s if state is Code.ALIVE else None
            return Answer(_QUERY[state], told, expires)
        if state is Code.NEW:
            self.codes[code] = Code.ALIVE
            return Answer(AnswerKind.DONE, told)
        if state in (Code.UNCOLLECTED, Code.UNKNOWN):
            return Answer(_QUERY[state], told)
        return Answer(AnswerKind.ILLEGAL_STATE, told)
