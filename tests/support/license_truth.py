"""What is really so, kept beside the licences under test by a true clock, and the promises that follow from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from iscbridge.core.licensing.model import DAY_S, LicenseState, Machine, Verdict, Word

GRACE_DAYS = 14
LONGEST_DAYS = 30
OPENED_S = 15 * DAY_S
#: Rounding of timers and of sums of large numbers.
EPS_S = 3.0


class BrokenPromiseError(AssertionError):
    """A promise of the licence policy was broken."""


@dataclass(slots=True)
class Truth:
    """One product. Times are true ones; the machine's clock may show others."""

    product: str
    word: Word = Word.NONE
    word_at: float = 0.0
    """When the last trusted word arrived."""
    refused_at: float | None = None
    """When the first refusal since the last good word arrived."""
    back: float = 0.0
    """Seconds by which the machine's clock was ever set back, in sum."""
    moves: int = 0
    """How often it was moved at all."""
    back_at_word: float = 0.0
    moves_at_word: int = 0
    moves_when_told: int = 0
    """`moves` when the store's time was heard last: moved since, nobody knows how wrong the clock is."""
    machine: Machine = Machine.UNKNOWN
    bound: int | None = None
    """The hardware that the licence is bound to."""
    last_seen: int | None = None
    """The hardware that the licences looked at last, in this life."""
    over: bool = False
    """The grace was seen to be over, in this life, and no trusted word came since."""
    at_refusal: tuple[float, int] = (0.0, 0)
    """`back` and `moves` when `refused_at` was set."""
    vague: bool = False
    """New work may have stopped before `refused_at` already, for another reason."""
    lost: bool = False
    """The record was lost or spoilt, and no trusted answer came since."""
    uses: set[int] = field(default_factory=set)
    """Days of the machine's calendar with use, in this life."""
    asked: set[int] = field(default_factory=set)
    """Days on which something was asked, in this life."""
    done: tuple[float, float, int, float | None] | None = None
    """The store took an activation, and was not asked since how it stands: when, the clock's moves until then, and the
    end of the lease that came with it."""
    lease_until: float | None = None
    """When the lease ends that the last word is; None: it was none, or its key was withdrawn before the last start."""
    checked: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> float:
        """When the grace is over. A lease says so itself, and none counts for longer than 30 days."""
        if self.lease_until is not None:
            return min(self.lease_until, self.word_at + LONGEST_DAYS * DAY_S)
        return self.word_at + GRACE_DAYS * DAY_S

    @property
    def set_back(self) -> float:
        """Seconds by which the machine's clock was set back since the last trusted word, in sum."""
        return self.back - self.back_at_word

    @property
    def moved(self) -> bool:
        """Whether the machine's clock was moved at all since then."""
        return self.moves != self.moves_at_word

    def heard(self, word: Word, at: float, *, told: bool = True, until: float | None = None) -> None:
        """A trusted word about the licence arrived; `told`: with the store's time; `until`: as a lease with this end."""
        self.lease_until = until
        self.moves_when_told = self.moves if told else self.moves_when_told
        vague = self.lost or self.vague or self.moves != self.moves_when_told
        if word is Word.ALIVE:
            self.refused_at, vague = None, False
        elif self.refused_at is None:
            self.refused_at = at
            self.at_refusal = (self.back, self.moves)
        self.word, self.word_at, self.lost, self.vague, self.done = word, at, False, vague, None
        self.back_at_word, self.moves_at_word = self.back, self.moves
        self.over = False

    def looked(self, hardware: int) -> None:
        """The licences got to know what machine this is. Tens are machines, ones are their parts."""
        self.last_seen = hardware
        if self.bound is None or self.bound // 10 == hardware // 10:
            self.bound, self.machine = hardware, Machine.SAME
        else:
            self.machine = Machine.OTHER

    def bind(self) -> None:
        """The licence belongs to this machine from now on."""
        self.bound = self.last_seen
        self.machine = Machine.UNKNOWN if self.bound is None else Machine.SAME

    def heard_of_activation(self) -> None:
        """What the store said when it took the activation counts, since it can't be asked now."""
        if self.done is not None:
            at, back, moves, until = self.done
            self.heard(Word.ALIVE, at, until=until)
            self.back_at_word, self.moves_at_word = back, moves

    def taken_off(self, at: float) -> None:
        """The licence was taken off this machine."""
        if self.word is Word.ALIVE and not self.lost and self.refused_at is None:
            self.refused_at = min(at, self.end)
            self.at_refusal = (self.back_at_word, self.moves_at_word)
            self.vague = self.machine is Machine.OTHER
        self.word, self.done, self.over, self.bound = Word.NONE, None, False, None
        self.lease_until = None
        self.machine = Machine.UNKNOWN

    def lease_found(self, word: Word, at: float, until: float, *, unmoved: bool, lie: float) -> None:
        """The record was lost, and the kept lease was found good: it is the last word again.

        How wrong the clock was is forgotten with the record: what it shows now may be behind by all of that.
        """
        back = self.back - max(0.0, -lie)
        self.heard(word, at, until=until)
        self.back_at_word = min(back, self.back_at_word)
        self.moves_at_word = self.moves if unmoved and lie == 0.0 else -1
        self.at_refusal = (self.back_at_word, self.moves_at_word)

    def record_lost(self) -> None:
        """The record was spoilt: only a trusted answer counts."""
        self.lease_until = None
        self.word, self.refused_at, self.lost, self.done, self.over = Word.NONE, None, True, None, False
        self.bound = None

    def clock_moved(self, by: float) -> None:
        self.moves += 1
        self.back += max(0.0, -by)

    def check(self, verdict: Verdict, now: float) -> None:
        """Every promise about one verdict. `now` is the true time."""
        self._never_past_a_refusal(verdict)
        if self.word is Word.ALIVE and self.machine is Machine.OTHER:
            self.promise("moved", not verdict.allowed.new_save, f"{verdict.state} on another machine")
        if self.over:
            self.promise("over stays over", not verdict.allowed.new_save, f"{verdict.state} after it was over")
        self._never_longer_than_the_grace(verdict, now)
        self._never_restricted_by_a_failure(verdict, now)
        self._opened_files_for_15_days(verdict, now)
        self._the_verdict_is_whole(verdict)

    def promise(self, name: str, kept: bool, said: str) -> None:
        self.checked[name] += 1
        if not kept:
            raise BrokenPromiseError(f"{name}: {self.product}: {said}")

    def _never_past_a_refusal(self, verdict: Verdict) -> None:
        new_work = verdict.allowed.new_save or verdict.allowed.open
        if self.word is not Word.ALIVE or self.lost:
            self.promise("refusal", not new_work, f"{verdict.state} allows new work after {self.word}")

    def _never_longer_than_the_grace(self, verdict: Verdict, now: float) -> None:
        if self.word is Word.ALIVE and now > self.end + self.set_back + EPS_S:
            self.promise(
                "grace", not verdict.allowed.new_save, f"{verdict.state} {now - self.end:.0f} s after the grace"
            )

    def _never_restricted_by_a_failure(self, verdict: Verdict, now: float) -> None:
        honest = self.word is Word.ALIVE and not self.lost and not self.moved and self.machine is not Machine.OTHER
        if honest and now < self.end - EPS_S:
            allowed = verdict.allowed
            free = allowed.new_save and allowed.opened_save and allowed.open
            self.promise("honest", free, f"{verdict.state} {self.end - now:.0f} s before the end of the grace")
        if honest and now > self.end + EPS_S:
            self.promise("over", verdict.state is LicenseState.GRACE_OVER, f"{verdict.state} after the grace")

    def _opened_files_for_15_days(self, verdict: Verdict, now: float) -> None:
        stopped = self._stopped_at()
        if stopped is None or verdict.allowed.new_save or self.lost:
            return
        back, moves = (self.back_at_word, self.moves_at_word) if self.refused_at is None else self.at_refusal
        if now > stopped + OPENED_S + self.back - back + EPS_S:
            self.promise("15 days", not verdict.allowed.opened_save, f"{verdict.state} still saves opened files")
        elif moves == self.moves and not self.vague and now < stopped + OPENED_S - EPS_S:
            self.promise("15 days", verdict.allowed.opened_save, f"{verdict.state} saves no opened files")

    def _stopped_at(self) -> float | None:
        if self.refused_at is not None:
            return self.refused_at
        return self.end if self.word is Word.ALIVE and self.machine is not Machine.OTHER else None

    def _the_verdict_is_whole(self, verdict: Verdict) -> None:
        allowed = verdict.allowed
        if allowed.new_save:
            whole = (
                allowed.open and allowed.opened_save and verdict.error is verdict.since is verdict.opened_before is None
            )
        else:
            whole = not allowed.open and verdict.error is not None
            whole = whole and allowed.opened_save == (verdict.opened_before is not None)
        self.promise("whole", whole, f"{verdict}")
