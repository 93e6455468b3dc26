"""A world for the licences under test: a service that does their effects, a store, a disk, a clock that may lie.

A step is a kind and a number; the number seeds what is left to chance in it. The standard library is enough: the same
world runs under hypothesis and by hand (`python tests/support/license_run.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.learn import WORDS
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
from support.license_relay import Relay
from support.license_store import FAILURES, Code, Store
from support.license_truth import GRACE_DAYS, BrokenPromiseError, Truth
from support.sim_dice import Dice

START = 1_900_000_000.0
TERMS_S = (400 * DAY_S, 20 * DAY_S, 2 * DAY_S)
_TIMERS_AT_MOST = 4000


@dataclass(slots=True)
class Out:
    """A question that the service is putting to the store."""

    ask: e.Ask
    code: str | None


@dataclass(slots=True)
class Place:
    """One product's part of the world."""

    policy: LicensePolicy
    truth: Truth
    disk: LicenseRecord | None = None
    trouble: ErrorInfo | None = None
    kept: str | None = None
    pending: str | None = None
    out: Out | None = None
    queue: list[i.Input] = field(default_factory=list)
    """Answers of the service that the licences have not got yet."""
    codes: dict[int, str] = field(default_factory=dict)
    """Codes that were typed, by token."""
    told: Verdict | None = None
    timers: dict[str, float] = field(default_factory=dict)
    salt: str = ""
    hardware: int = 0
    lease: str = ""
    """Text of the lease that is kept beside the record."""
    alone: Licenses = field(default_factory=Licenses)
    """Gets this product's inputs only: no other product may make a difference."""


class World:
    """Everything around one `Licenses`."""

    def __init__(self, products: int = 2, relays: int = 0) -> None:
        """`relays`: so many of the products have their licences from a relay."""
        self.true = START
        self.lie = 0.0
        self.dice = Dice()
        self.store = Store()
        self.outage = False
        self.licenses = Licenses()
        self.relay = Relay()
        self.moved: dict[str, int] = {}
        """How often the clock had been moved when a lease was given, by its text."""
        self.places = {
            f"p{number}": self._place(f"p{number}", "relay" if number < relays else "store")
            for number in range(products)
        }
        self.open_tokens: set[int] = set()
        self.tokens = 0
        self.made = 0
        self.crash_after: int | None = None
        self.story: list[str] = []
        self.tally: Counter[str] = Counter()
        self.prompt = False
        """The store answers at once, or the network says at once that there is none."""
        self._released = False
        """The relay's word that it has the seat back arrives."""
        self._checking: dict[str, tuple[bool, str]] = {}
        for product in self.places:
            self._load(product)

    @staticmethod
    def _place(product: str, authority: str) -> Place:
        return Place(LicensePolicy(product, grace_days=GRACE_DAYS, authority=authority), Truth(product))

    @property
    def now(self) -> float:
        return self.true + self.lie

    @property
    def day(self) -> int:
        return int(self.now // DAY_S)

    # steps
    def pass_time(self, seconds: float) -> None:
        """Time goes on, and timers fire when they are due."""
        end = self.now + seconds
        for _ in range(_TIMERS_AT_MOST):
            due = min(((at, key) for place in self.places.values() for key, at in place.timers.items()), default=None)
            if due is None or due[0] > end:
                break
            self.true = max(self.true, due[0] - self.lie)
            product = due[1].split(":")[1]
            del self.places[product].timers[due[1]]
            self.feed(product, i.TimerFired(self.now, self.day, due[1]))
            self.check_told(product)
            self.settle()
        else:
            raise BrokenPromiseError("timers: they never come to an end")
        self.true = max(self.true, end - self.lie)
        for product in self.places:
            self.check(product)
            self.check_told(product)

    def settle(self) -> None:
        """Where answers are prompt: all of them."""
        for product, place in self.places.items():
            for _ in range(20):
                if not self.prompt or not (place.out or place.queue):
                    break
                self.true += 1.0
                self.deliver(product)
                self.answer(product, self.dice.pick(FAILURES) if self.outage else None)

    def drain(self) -> None:
        """Everything under way comes to its end, and everybody was answered."""
        self.prompt, self.outage, self.crash_after = True, False, None
        self.settle()
        self.pass_time(2 * DAY_S)
        unsettled = [product for product, place in self.places.items() if place.pending is not None]
        if unsettled:
            raise BrokenPromiseError(f"open: {unsettled}: a code stays pending, and the store answers")
        if self.open_tokens:
            raise BrokenPromiseError(f"tokens: never answered: {sorted(self.open_tokens)}")

    def move_clock(self, by: float) -> None:
        """Somebody sets the machine's clock; the service lets the timers be looked at again."""
        self.lie += by
        for place in self.places.values():
            place.truth.clock_moved(by)
        for product in self.places:
            for name in ("retry", "until"):
                self.feed(product, i.TimerFired(self.now, self.day, f"license:{product}:{name}"))

    def use(self, product: str) -> None:
        """A host is at work."""
        place, crash = self.places[product], self.crash_after is not None
        first = self.day not in place.truth.uses and self.day not in place.truth.asked
        place.truth.uses.add(self.day)
        self.feed(product, i.Used(self.now, self.day, product))
        record = self.licenses.record(product)
        if crash or not first or place.out is not None or record is None:
            return
        if record.masked_code and record.checked_day != self.day:
            raise BrokenPromiseError(f"heartbeat: {product}: the first use of a day asks nothing")

    def typed(self, product: str, state: Code, *, take_over: bool = False) -> None:
        """A person types a code; `take_over`: and wants another machine's seat if need be."""
        self.made += 1
        code = f"CODE{self.made:05}"
        self.store.codes[code] = state
        token = self._token()
        self.places[product].codes[token] = code
        masked = f"CO****{self.made % 1000:03}"
        self.feed(product, i.ActivateRequested(self.now, self.day, product, token, masked, take_over))

    def take_over(self, product: str) -> None:
        """A person wants another machine's seat for the kept code."""
        self.feed(product, i.ActivateRequested(self.now, self.day, product, self._token(), take_over=True))

    def person(
        self,
        product: str,
        kind: type[i.ActivateRequested | i.RefreshRequested | i.DeactivateRequested | i.ReleaseRequested],
    ) -> None:
        """A person presses a button."""
        self.feed(product, kind(self.now, self.day, product, self._token()))

    def answer(self, product: str, lost: str | None) -> None:
        """The question under way comes to its end; `lost`: the answer does not arrive, for this reason."""
        place = self.places[product]
        out = place.out
        if out is None:
            return
        if place.policy.authority == "relay":
            question = Question.ACTIVATE if out.ask.pending and out.ask.question is Question.QUERY else out.ask.question
            answer = self.relay.carry_out(question, out.code, self.store.codes, self.true, self.dice)
            self.moved[answer.lease] = place.truth.moves
            self.tally["leased"] += bool(answer.lease)
        else:
            answer = self.store.carry_out(
                out.ask.question, out.code, self.true, tells_time=self.dice.chance(0.9), term_s=self.dice.pick(TERMS_S)
            )
        if lost is not None:
            answer = Answer(AnswerKind.FAILED, error=ErrorInfo(lost))
        place.out = None
        self._learn_truth(place, out.ask, answer, product)

    def deliver(self, product: str) -> None:
        """The licences get the oldest answer of the service."""
        place = self.places[product]
        if not place.queue:
            return
        event = replace(place.queue.pop(0), now=self.now, day=self.day)
        if isinstance(event, i.MachineSeen):
            record = self.licenses.record(product)
            if record is not None and record.salt in ("", event.salt):  # else it says nothing
                stale = self.licenses._lines[product].looks_stale > 0 and record.device not in ("", event.device)
                self._truth_of_look(place.truth, event, compared=not stale)
        self.feed(product, event)

    @staticmethod
    def _truth_of_look(truth: Truth, event: i.MachineSeen, *, compared: bool) -> None:
        """`compared`: with the binding that holds; one with an older binding is followed by another look."""
        if event.device and compared and (truth.word is not Word.NONE):
            truth.looked(int(event.device.split("/")[0]))
        elif event.device:
            truth.last_seen = int(event.device.split("/")[0])

    def restart(self) -> None:
        """The bridge ends without a word and starts again."""
        self.licenses = Licenses()
        for place in self.places.values():
            place.alone = Licenses()
            place.out, place.told = None, None
            place.queue.clear()
            place.timers.clear()
            place.codes.clear()
            place.truth.uses.clear()
            place.truth.asked.clear()
            truth, disk = place.truth, place.disk
            truth.machine, truth.last_seen, truth.done, truth.over = Machine.UNKNOWN, None, None, False
            truth.bound = int(disk.device.split("/")[0]) if disk is not None and disk.device else None
        self._checking.clear()
        self.open_tokens.clear()
        for product in self.places:
            self._load(product)

    def spoil(self, product: str) -> None:
        """The record is edited, and noticed at the next start."""
        place = self.places[product]
        if place.disk is not None:
            place.disk, place.trouble = None, ErrorInfo("ISCB-LIC-RECORD-EDITED", {"product": product})

    # what happens to inputs
    def feed(self, product: str, event: i.Input) -> None:
        """One input; its effects are done in order, or only the first of them if the bridge crashes on the way."""
        self.story.append(f"{self.true - START:12.0f} {self.lie:10.0f}  {event}")
        effects = self.licenses.handle(event)
        if self.places[product].alone.handle(event) != effects:
            raise BrokenPromiseError(f"apart: {product}: another product makes a difference")
        self._check_order(effects)
        if self.crash_after is not None:
            effects, crashed = effects[: self.crash_after], True
            self.crash_after = None
        else:
            crashed = False
        for effect in effects:
            self.story.append(f"{'':26}-> {effect}")
            self._do(product, effect)
        disk = self.places[product].disk
        gone = disk is not None and disk.word is Word.NONE and not disk.masked_code
        if gone and (isinstance(event, i.DeactivateRequested) or self._released):
            self.places[product].truth.taken_off(self.true)
        if self._released and not gone and not crashed:
            raise BrokenPromiseError(f"given back: {product}: the relay has the seat, and it is used here too")
        self._released = False
        if crashed:
            self.restart()
        self.check(product)
        verdict = self.licenses.verdict(product, self.now)
        if verdict is not None and verdict.state is LicenseState.GRACE_OVER and not crashed:
            self.places[product].truth.over = True

    def check(self, product: str) -> None:
        """Every promise about this product, now."""
        verdict = self.licenses.verdict(product, self.now)
        if verdict is not None:
            self.tally[verdict.state] += 1
            self.places[product].truth.check(verdict, self.true)

    def check_told(self, product: str) -> None:
        """What hosts were told still holds; a timer may be late by its rounding."""
        told, verdict = self.places[product].told, self.licenses.verdict(product, self.now)
        if told is None or verdict is None or (told.until is not None and abs(told.until - self.now) < 2.0):
            return
        if told.allowed != verdict.allowed or told.notice != verdict.notice:
            raise BrokenPromiseError(f"told: {product}: hosts know {told}, and it is {verdict}")

    def _token(self) -> int:
        self.tokens += 1
        self.open_tokens.add(self.tokens)
        return self.tokens

    def _load(self, product: str) -> None:
        place = self.places[product]
        truth = place.truth
        if place.disk is None and (place.trouble is not None or place.kept is not None):
            truth.record_lost()
        lease = self._lease_found(place)
        event = i.Loaded(
            self.now,
            self.day,
            product,
            place.policy,
            place.disk,
            place.trouble,
            has_code=place.kept is not None,
            has_pending_code=place.pending is not None,
            lease=lease,
        )
        self.feed(product, event)
        if truth.lost and place.kept is not None and place.out is None:
            raise BrokenPromiseError(f"spoilt: {product}: a code without a record is not asked about")

    def _lease_found(self, place: Place) -> Answer | None:
        """What the kept lease says at a start, and what that teaches."""
        truth, text = place.truth, place.lease if place.disk is None else place.disk.lease
        answer = self.relay.verified(text)
        if answer is None:
            self.tally["key withdrawn"] += bool(text)
            truth.lease_until = None
        elif truth.lost and place.kept is not None and answer.server_time is not None and answer.until is not None:
            self.tally["lease found"] += 1
            unmoved = self.moved[text] == truth.moves
            truth.lease_found(WORDS[answer.kind], answer.server_time, answer.until, unmoved=unmoved, lie=self.lie)
        return answer

    def _learn_truth(self, place: Place, ask: e.Ask, answer: Answer, product: str) -> None:
        """Hand the answer over. What it teaches counts once it is written down: a crash before that forgets it."""
        truth, written = place.truth, self.crash_after != 0
        crash, valid = self.crash_after is not None, not self._is_void(product)
        asked = ask.question is Question.QUERY or (ask.question is Question.TAKE_OVER and not ask.pending)
        word = WORDS.get(answer.kind) if asked and valid and written else None
        rebound = not ask.pending and self.licenses._lines[product].rebind is not None
        if word is Word.ALIVE and (ask.pending or rebound):
            truth.bind()
        if word is not None and (not ask.pending or word is Word.ALIVE):
            truth.heard(word, self.true, told=answer.server_time is not None, until=answer.until)
        elif ask.pending and valid:
            self._learn_of_pending(truth, ask, answer, written=written)
        self._released = ask.question is Question.RELEASE and answer.kind is AnswerKind.DONE and valid
        self.feed(product, i.Answered(self.now, self.day, product, ask.attempt, answer))
        after = self.licenses.verdict(product, self.now)
        if word is Word.ALIVE and not crash and after is not None and truth.machine is not Machine.OTHER:
            truth.promise("restored", after.allowed.new_save, f"{after.state} after a good answer")

    def _learn_of_pending(self, truth: Truth, ask: e.Ask, answer: Answer, *, written: bool) -> None:
        if ask.question in (Question.ACTIVATE, Question.TAKE_OVER):
            if answer.kind in (AnswerKind.DONE, AnswerKind.ALIVE):
                truth.done = (self.true, truth.back, truth.moves, answer.until)
        elif answer.kind is AnswerKind.FAILED and written and truth.done is not None:
            truth.heard_of_activation()
            truth.bind()
        else:
            truth.done = None

    def _is_void(self, product: str) -> bool:
        line = self.licenses._lines[product]
        return line.under is None or line.under.void

    def _check_order(self, effects: list[e.Effect]) -> None:
        kinds = [type(effect) for effect in effects]
        if kinds.count(e.WriteRecord) > 1 or (e.WriteRecord in kinds and kinds[0] is not e.WriteRecord):
            raise BrokenPromiseError(f"order: the record is not written first: {kinds}")
        if kinds.count(e.Changed) > 1 or kinds.count(e.Ask) > 1:
            raise BrokenPromiseError(f"order: {kinds}")

    def _do(self, product: str, effect: e.Effect) -> None:
        place = self.places[product]
        match effect:
            case e.WriteRecord(record=record):
                if place.disk is not None and record.generation <= place.disk.generation:
                    raise BrokenPromiseError(f"generation: {product}: {record.generation}")
                place.disk, place.trouble, place.lease = record, None, record.lease
            case e.KeepCode(attempt=attempt, token=token):
                place.truth.done = None
                place.pending = place.codes.pop(token)
                place.queue.append(i.CodeKept(0.0, 0, product, attempt))
            case e.PromoteCode():
                place.kept, place.pending = place.pending, None
            case e.ForgetCode(pending=pending):
                place.pending = None
                place.kept = place.kept if pending else None
            case e.Ask():
                self._ask(place, effect)
            case e.LookAtMachine():
                self._look(product, place)
            case e.Changed(verdict=verdict):
                if verdict == place.told and not self._checking_changed(product, effect):
                    raise BrokenPromiseError(f"changed: {product}: nothing did")
                place.told = verdict
                self._checking[product] = (effect.checking, effect.masked_code)
            case e.AnswerVerdict(token=token) | e.AnswerError(token=token):
                if token not in self.open_tokens:
                    raise BrokenPromiseError(f"tokens: {product}: {token} was answered twice")
                self.open_tokens.discard(token)
            case e.SetTimer(key=key, at=at):
                place.timers[key] = at

    def _checking_changed(self, product: str, effect: e.Changed) -> bool:
        return self._checking.get(product) != (effect.checking, effect.masked_code)

    def _ask(self, place: Place, ask: e.Ask) -> None:
        if place.out is not None:
            raise BrokenPromiseError(f"one question: {ask.product}: {ask} while {place.out.ask} is under way")
        truth = place.truth
        by_itself = not ask.pending and not ask.by_person and not truth.lost and truth.word is not Word.NONE
        if by_itself and self.day not in truth.uses and not self._used_before_restart(place):
            raise BrokenPromiseError(f"day without use: {ask}")
        truth.asked.add(self.day)
        self.tally[f"ask {ask.question}"] += 1
        place.out = Out(ask, place.pending if ask.pending else place.kept)

    def _used_before_restart(self, place: Place) -> bool:
        return place.disk is not None and place.disk.used_day == self.day

    def _look(self, product: str, place: Place) -> None:
        record = self.licenses.record(product)
        salt = record.salt if record is not None and record.salt else f"salt{self.dice.random()}"
        device = f"{place.hardware}/{salt}"
        known = record.device if record is not None else ""
        machine = Machine.UNKNOWN if not known else self._compare(known.split("/")[0], place.hardware)
        place.queue.append(i.MachineSeen(0.0, 0, product, machine, device, salt))

    @staticmethod
    def _compare(known: str, hardware: int) -> Machine:
        """Tens are machines, ones are their parts."""
        if int(known) == hardware:
            return Machine.SAME
        return Machine.CHANGED if int(known) // 10 == hardware // 10 else Machine.OTHER
