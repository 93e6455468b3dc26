"""The licences of all products: a pure state machine. `handle(input) -> effects`; no threads, no clock, no I/O.

Its owner does the effects of an input in their order; a record is durable before what comes after it is done. The rules
stand beside each other by concern: `policy` (what follows from a record), `learn` (what changes a record), `rhythm` and
`asking` (when the authority is asked), `activation` (a code's way in), `line` (what is remembered of one product).
"""

from __future__ import annotations

import math
from dataclasses import replace

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import activation, asking, learn, policy
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import (
    AnswerError,
    Changed,
    Effect,
    ForgetCode,
    LookAtMachine,
    Question,
    WriteRecord,
)
from iscbridge.core.licensing.line import UNKNOWN_CODE, Line, Told, Under
from iscbridge.core.licensing.model import AnswerKind, LicenseRecord, Machine, Verdict, Word
from iscbridge.core.licensing.rhythm import Rhythm, is_stopped

_WRITE_EVERY_S = 3600.0


class Licenses:
    """Decides what holds for every product. Not thread-safe: it has one owner."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def handle(self, event: i.Input) -> list[Effect]:
        """Take one input; returns what the world has to do, in order. Raises nothing for any input in any order."""
        product = _product_of(event)
        if isinstance(event, i.Loaded) and product not in self._lines:
            self._lines[product] = _load(event)
        line = self._lines.get(product)
        if line is None:
            return _not_managed(event, product)
        line.record = learn.seen(line.record, event.now)
        bound = line.record.device
        self._dispatch(line, event)
        if line.record.device != bound:
            line.looks_stale = line.looks
        return self._conclude(line, event.now, event.day)

    def verdict(self, product: str, now: float) -> Verdict | None:
        """What holds now; None for a product that was not loaded."""
        line = self._lines.get(product)
        return None if line is None else policy.judge(line.record, line.policy, now, line.machine)

    def record(self, product: str) -> LicenseRecord | None:
        """The record as it is now; None for a product that was not loaded."""
        line = self._lines.get(product)
        return None if line is None else line.record

    def checking(self, product: str) -> bool:
        """Whether something is under way that may change the verdict."""
        line = self._lines.get(product)
        return line is not None and line.checking

    def failure(self, product: str) -> ErrorInfo | None:
        """Why the last question to the authority got no answer; None if it got one, or nothing is known."""
        line = self._lines.get(product)
        return None if line is None else line.failure

    def products(self) -> list[str]:
        """All that were loaded."""
        return list(self._lines)

    def _dispatch(self, line: Line, event: i.Input) -> None:
        match event:
            case i.Loaded():
                line.policy = event.policy
                if line.unverified and not event.unverified:
                    _verified(line, event)
            case i.MachineSeen():
                _on_machine_seen(line, event)
            case i.Used():
                _on_used(line, event.day)
            case i.ActivateRequested():
                activation.on_requested(line, event)
            case i.CodeKept():
                activation.on_kept(line, event)
            case i.RefreshRequested():
                line.waiting.append(event.token)
            case i.DeactivateRequested():
                _on_deactivate(line, event)
            case i.ReleaseRequested():
                _on_release(line, event)
            case i.Answered():
                _on_answered(line, event)
            case i.Delivered():
                _on_delivered(line, event)
            case i.TimerFired():
                line.timers.pop(event.key.rpartition(":")[2], None)
            case _:
                pass  # an input of a later version

    def _conclude(self, line: Line, now: float, day: int) -> list[Effect]:
        """Ask what is due, write what must survive, tell what changed: in this order of effects but for the questions."""
        if line.waiting and not line.kept and line.activation is None:
            line.answer_waiting()  # there is nothing to ask
        asking.ask_next(line, now, day)
        verdict = policy.judge(line.record, line.policy, now, line.machine)
        announce = _announce(line, verdict)
        told = Told(verdict, line.record.masked_code or line.record.pending_masked, line.checking)
        out: list[Effect] = [*_write(line, day), *line.secrets]
        if told != line.told:
            out.append(Changed(line.product, verdict, told.masked, told.checking, announce))
            line.told = told
        line.looks += sum(isinstance(ask, LookAtMachine) for ask in line.asks)
        out += [*line.answers, *line.asks, *asking.timers(line, verdict, now, day)]
        line.secrets, line.answers, line.asks = [], [], []
        return out


def _product_of(event: i.Input) -> str:
    if isinstance(event, i.TimerFired):
        kind, _, rest = event.key.partition(":")
        return rest.rpartition(":")[0] if kind == "license" else ""
    return str(getattr(event, "product", ""))


def _not_managed(event: i.Input, product: str) -> list[Effect]:
    if isinstance(event, i.ActivateRequested | i.RefreshRequested | i.DeactivateRequested | i.ReleaseRequested):
        return [AnswerError(product, event.token, ErrorInfo("ISCB-LIC-NO-POLICY", {"product": product}))]
    return []


def _load(event: i.Loaded) -> Line:
    record, held = _found(event)
    line = Line(event.policy, record, event.record, written_day=event.day, held=held, looked_day=event.day)
    line.unverified = event.unverified
    line.asks.append(LookAtMachine(event.product))
    _take_up_codes(line, event)
    return line


def _found(event: i.Loaded) -> tuple[LicenseRecord, bool]:
    """The record to begin with, and whether it is held."""
    if event.record is not None:
        return event.record if event.unverified else learn.leased(event.record, event.lease), event.unverified
    record = LicenseRecord(event.product)
    if event.trouble is None and not event.has_code:
        return record, event.unverified
    code = UNKNOWN_CODE if event.has_code else ""
    lost = replace(record, masked_code=code, error=event.trouble, refused_since=event.now)
    found = learn.leased(lost, event.lease if event.has_code else None)
    return found, found.word is Word.NONE


def _take_up_codes(line: Line, event: i.Loaded) -> None:
    if event.has_pending_code:
        if line.activation is None:
            activation.recovered(line)
    elif event.has_code and not line.record.masked_code:
        line.secrets.append(ForgetCode(event.product))  # a deactivation that a crash cut short


def _verified(line: Line, event: i.Loaded) -> None:
    """The secret store opened, and told what the record really is."""
    line.unverified = False
    record, held = _found(event)
    if event.record is not None and event.record == line.written:
        line.held = False
    else:
        line.record, line.written, line.held = record, event.record, held
        line.query = Rhythm()
        line.asks.append(LookAtMachine(event.product))
    _take_up_codes(line, event)


def _on_machine_seen(line: Line, event: i.MachineSeen) -> None:
    record, stale = line.record, line.looks_stale > 0
    line.looks, line.looks_stale = max(0, line.looks - 1), max(0, line.looks_stale - 1)
    if record.salt and event.salt and record.salt != event.salt:
        return  # made before the record had its salt: says nothing
    if stale and record.device and event.device not in ("", record.device):
        line.device = event.device
        line.asks.append(LookAtMachine(line.product))
        return
    record = replace(record, salt=record.salt or event.salt)
    machine = event.machine
    if event.device and event.device == record.device:
        machine = Machine.SAME
    elif not record.device:
        machine = Machine.UNKNOWN  # compared with a binding that is gone
    line.machine = machine
    line.device = event.device or line.device
    if record.word is not Word.NONE:
        record = learn.machine_seen(record, machine, event.device, event.now)
    line.record = record


def _on_used(line: Line, day: int) -> None:
    line.used = True
    if line.record.used_day == day:
        return
    line.record = replace(line.record, used_day=day)
    if line.looked_day != day:
        line.looked_day = day
        line.asks.append(LookAtMachine(line.product))


def _on_deactivate(line: Line, event: i.DeactivateRequested) -> None:
    if line.busy:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-BUSY", {"product": line.product}))
        return
    _take_off(line, event.now)
    line.answer(event.token)


def _on_release(line: Line, event: i.ReleaseRequested) -> None:
    if not line.has_seats:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-NO-SEAT", {"product": line.product}))
    elif line.busy:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-BUSY", {"product": line.product}))
    elif not line.kept:
        line.refuse(event.token, ErrorInfo("ISCB-LIC-NOT-ACTIVATED", {"product": line.product}))
    else:
        line.releasing = event.token


def _on_released(line: Line, token: int, event: i.Answered) -> None:
    """The relay's word counts: only a seat that it took back is gone here too."""
    line.releasing = None
    if event.answer.kind is AnswerKind.DONE:
        _take_off(line, event.now)
        line.answer(token)
    else:
        line.refuse(token, line.no_answer(event.answer.error))


def _take_off(line: Line, now: float) -> None:
    state, stopped = policy.standing(line.record, line.policy, now, line.machine)
    if policy.TABLE[state].new_save:
        stopped = line.record.latest_seen
    line.record = learn.deactivated(line.record, stopped)
    line.decided()
    line.activation = None
    line.query = line.settle = line.report = Rhythm()
    line.failure = None
    if line.under is not None:
        line.under = replace(line.under, void=True)
    line.secrets.append(ForgetCode(line.product))
    line.answer_waiting()


def _on_answered(line: Line, event: i.Answered) -> None:
    under = line.under
    if under is None or under.attempt != event.attempt:
        return
    line.under = None
    if under.void:
        return
    if under.question is Question.REPORT_USE:
        _on_reported(line, under, event)
    elif under.question is Question.RELEASE:
        if line.releasing is not None:
            _on_released(line, line.releasing, event)
    elif not under.pending:
        _on_word(line, under, event)
    elif line.activation is not None:
        activation.on_answered(line, line.activation, under, event)


def _on_word(line: Line, under: Under, event: i.Answered) -> None:
    """A query about the kept code is over."""
    answer = event.answer
    heard = answer.kind in learn.WORDS
    if heard:
        line.record = learn.trusted(line.record, answer, event.now, under.day)
        line.query = line.query.answered(under.day)
        line.failure = None
        line.used = False
        line.decided()
    else:
        line.record = learn.failed(line.record, event.now)
        line.query = line.query.failed(line.product, line.record.salt, event.now, under.day, answer.error)
        line.failure = line.no_answer(answer.error)
        if is_stopped(answer.error) and not under.by_person and (line.waiting or line.rebind is not None):
            return  # nobody was asked at all; for a person who came meanwhile the client tries once more
    line.answer_waiting()
    if line.rebind is not None:
        _rebound(line, line.rebind, event, heard=heard)


def _rebound(line: Line, token: int, event: i.Answered, *, heard: bool) -> None:
    line.rebind, line.take_over = None, False
    if event.answer.kind is AnswerKind.ALIVE:
        line.record = learn.bound(line.record, line.device)
        line.machine = Machine.SAME if line.device else Machine.UNKNOWN
        line.answer(token)
    elif heard:
        state, _ = policy.standing(line.record, line.policy, event.now, line.machine)
        line.refuse(token, policy.error_of(state, line.record, line.policy))
    else:
        line.refuse(token, line.no_answer(event.answer.error))


def _on_reported(line: Line, under: Under, event: i.Answered) -> None:
    """A usage report is over. Whatever came says nothing of the licence."""
    if event.answer.kind is AnswerKind.FAILED:
        error = event.answer.error
        line.report = line.report.failed(line.product, line.record.salt, event.now, under.day, error)
        return
    line.report = line.report.answered(under.day)
    if event.answer.kind is AnswerKind.DONE:
        line.record = replace(line.record, reported_day=under.day)


def _on_delivered(line: Line, event: i.Delivered) -> None:
    """A code that is kept or pending counts more than what ISCDesk delivers, unless the vendor says otherwise."""
    if not line.by_desk and (line.record.masked_code or line.activation is not None):
        return
    record = learn.delivered(line.record, event.now, valid=event.valid, expires=event.expires, error=event.error)
    if record is line.record:
        return
    line.record = learn.bound(record, line.device) if event.valid else record
    if event.valid:
        line.machine = Machine.SAME if line.device else Machine.UNKNOWN
    line.decided()


def _announce(line: Line, verdict: Verdict) -> bool:
    """Whether the notice is to be shown without being asked: once each, and only if that can be remembered."""
    notice = verdict.notice
    key = "" if notice is None else f"{notice.id}/{notice.params.get('days', '')}"
    if key == line.record.noticed or line.is_blank:
        return False
    line.record = replace(line.record, noticed=key)
    return notice is not None


def _write(line: Line, day: int) -> list[Effect]:
    if line.held or line.is_blank or not _is_worth_writing(line, day):
        return []
    line.record = replace(line.record, generation=line.record.generation + 1)
    line.written, line.written_day = line.record, day
    return [WriteRecord(line.product, line.record)]


def _is_worth_writing(line: Line, day: int) -> bool:
    """Everything at once, but for the time: it is written once an hour, and on a new day, while there is use."""
    record, written = line.record, line.written
    if written is None or replace(record, latest_seen=written.latest_seen) != written:
        return True
    forward = record.latest_seen - written.latest_seen
    if record.used_day != day or not math.isfinite(forward):
        return False
    return forward >= _WRITE_EVERY_S or (forward > 0 and day != line.written_day)
