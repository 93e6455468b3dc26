"""One product's licence, acted step by step: what comes in, and what the licences ask of the world."""

from __future__ import annotations

from typing import Any, TypeVar

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.machine import Licenses
from iscbridge.core.licensing.model import (
    DAY_S,
    Answer,
    AnswerKind,
    LicensePolicy,
    LicenseRecord,
    LicenseState,
    Machine,
    Verdict,
    Word,
)

DAY_0 = 22_000
T0 = DAY_0 * DAY_S + 8 * 3600
"""Eight in the morning."""
MASKED = "PL****001"

T = TypeVar("T", bound=e.Effect)


def a_record(**changes: Any) -> LicenseRecord:
    """A licence that was good at `T0`, checked and used on that day."""
    fields: dict[str, Any] = {
        "product": "cad",
        "generation": 5,
        "masked_code": MASKED,
        "word": Word.ALIVE,
        "word_at": T0,
        "latest_seen": T0,
        "checked_day": DAY_0,
        "used_day": DAY_0,
        "reported_day": DAY_0,
        "device": "dev",
        "salt": "salt",
    }
    return LicenseRecord(**{**fields, **changes})


class LicenseScene:
    """`Licenses` with a clock. Every method that puts something in keeps what came out in `out`."""

    def __init__(self, now: float = T0, **policy: Any) -> None:
        self.policy = LicensePolicy("cad", **policy)
        self.licenses = Licenses()
        self.now = now
        self.out: list[e.Effect] = []
        self.asked: list[e.Ask] = []
        self.last_token = 0

    @property
    def day(self) -> int:
        return int(self.now // DAY_S)

    @property
    def verdict(self) -> Verdict:
        verdict = self.licenses.verdict("cad", self.now)
        assert verdict is not None
        return verdict

    @property
    def state(self) -> LicenseState:
        return self.verdict.state

    @property
    def record(self) -> LicenseRecord:
        record = self.licenses.record("cad")
        assert record is not None
        return record

    def put(self, event: i.Input) -> list[e.Effect]:
        self.out = self.licenses.handle(event)
        self.asked += [effect for effect in self.out if isinstance(effect, e.Ask)]
        return self.out

    def only(self, kind: type[T]) -> T:
        """The one effect of this kind among the last ones."""
        found = [effect for effect in self.out if isinstance(effect, kind)]
        assert len(found) == 1, f"{len(found)} {kind.__name__} in {self.out}"
        return found[0]

    def has(self, kind: type[e.Effect]) -> bool:
        return any(isinstance(effect, kind) for effect in self.out)

    # what comes in
    def load(self, record: LicenseRecord | None = None, **fields: Any) -> LicenseScene:
        fields.setdefault("has_code", record is not None and bool(record.masked_code))
        self.put(i.Loaded(self.now, self.day, "cad", self.policy, record, **fields))
        return self

    def seen(self, machine: Machine = Machine.SAME, device: str = "dev", salt: str = "salt") -> None:
        self.put(i.MachineSeen(self.now, self.day, "cad", machine, device, salt))

    def wait(self, seconds: float = 0.0, *, days: float = 0.0) -> LicenseScene:
        self.now += seconds + days * DAY_S
        return self

    def use(self) -> list[e.Effect]:
        return self.put(i.Used(self.now, self.day, "cad"))

    def timer(self, name: str = "retry") -> list[e.Effect]:
        return self.put(i.TimerFired(self.now, self.day, f"license:cad:{name}"))

    def type_code(self, masked: str = MASKED) -> int:
        self.last_token += 1
        self.put(i.ActivateRequested(self.now, self.day, "cad", self.last_token, masked))
        return self.last_token

    def kept(self, error: ErrorInfo | None = None) -> None:
        self.put(i.CodeKept(self.now, self.day, "cad", self.only(e.KeepCode).attempt, error))

    def refresh(self) -> int:
        self.last_token += 1
        self.put(i.RefreshRequested(self.now, self.day, "cad", self.last_token))
        return self.last_token

    def deactivate(self) -> int:
        self.last_token += 1
        self.put(i.DeactivateRequested(self.now, self.day, "cad", self.last_token))
        return self.last_token

    def deliver(self, *, valid: bool = True, expires: float | None = None, error: ErrorInfo | None = None) -> None:
        self.put(i.Delivered(self.now, self.day, "cad", valid, expires, error))

    def answer(
        self,
        kind: AnswerKind,
        *,
        server: float | None = None,
        expires: float | None = None,
        error: str = "",
    ) -> list[e.Effect]:
        """The last question is answered."""
        info = ErrorInfo(error) if error else None
        attempt = self.asked[-1].attempt
        return self.put(i.Answered(self.now, self.day, "cad", attempt, Answer(kind, server, expires, info)))

    # what came out
    @property
    def errors(self) -> dict[int, str]:
        """Tokens that were answered with an error just now, and its code."""
        return {effect.token: effect.error.code for effect in self.out if isinstance(effect, e.AnswerError)}

    @property
    def answered(self) -> list[int]:
        """Tokens that were answered with the licence just now."""
        return [effect.token for effect in self.out if isinstance(effect, e.AnswerVerdict)]

    @property
    def questions(self) -> list[tuple[e.Question, bool]]:
        """What was asked just now, and whether about the pending code."""
        return [(effect.question, effect.pending) for effect in self.out if isinstance(effect, e.Ask)]

    @property
    def timers(self) -> dict[str, float]:
        """Timers set just now: in how many seconds."""
        return {effect.key: effect.at - self.now for effect in self.out if isinstance(effect, e.SetTimer)}
