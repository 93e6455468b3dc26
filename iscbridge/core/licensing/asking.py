"""What is asked next, one question at a time, and when to look again."""

from __future__ import annotations

import math

from iscbridge.core.licensing import policy
from iscbridge.core.licensing.clock import reckon
from iscbridge.core.licensing.effects import Ask, Effect, Question, SetTimer
from iscbridge.core.licensing.line import Line, Under
from iscbridge.core.licensing.model import LicenseState, Verdict
from iscbridge.core.licensing.rhythm import LONGEST_PAUSE_S, Rhythm


def ask_next(line: Line, now: float, day: int) -> None:
    """Ask what is due, unless a question is under way."""
    if line.under is not None:
        return
    found = _next(line, now, day)
    if found is None:
        return
    question, pending, by_person = found
    attempt = line.number()
    line.under = Under(attempt, question, pending, day, by_person)
    line.asks.append(Ask(line.product, attempt, question, pending=pending, by_person=by_person))


def _next(line: Line, now: float, day: int) -> tuple[Question, bool, bool] | None:
    """Question, whether about the pending code, whether by a person. In order of who waits."""
    activation = line.activation
    settling = activation is not None and not activation.keeping
    if activation is not None and settling and activation.want is not None:
        return activation.want, True, activation.token is not None
    by_person = bool(line.waiting) or line.rebind is not None
    if line.kept and line.releasing is not None:
        return Question.RELEASE, False, True
    if line.kept and by_person:
        return Question.TAKE_OVER if line.take_over else Question.QUERY, False, True
    if settling and (by_person or line.settle.may_retry(now, day)):
        return Question.QUERY, True, by_person
    if _query_is_due(line, now, day):
        return Question.QUERY, False, False
    if _report_is_due(line, now, day):
        return Question.REPORT_USE, False, False
    return None


def _query_is_due(line: Line, now: float, day: int) -> bool:
    record, rhythm = line.record, line.query
    used = record.used_day == day
    if not line.kept or not (used or line.urgent):
        return False
    if rhythm.may_retry(now, day):
        return True
    state, _ = policy.standing(record, line.policy, now, line.machine)
    wanted = record.checked_day != day or state in policy.CURED_BY_A_CHECK or _lease_is_old(line, now)
    if rhythm.asked_on(day):
        return wanted and rhythm.retry_at is None
    return wanted and (used or rhythm.retry_at is None)


def _lease_is_old(line: Line, now: float) -> bool:
    """Whether the lease wants to be renewed, and somebody is at work: a seat that nobody uses may go to others."""
    next_check = line.record.next_check
    return line.used and next_check is not None and reckon(line.record, now).time >= next_check


def _report_is_due(line: Line, now: float, day: int) -> bool:
    record, rhythm = line.record, line.report
    if not line.kept or record.used_day != day or record.checked_day != day or record.reported_day == day:
        return False
    state, _ = policy.standing(record, line.policy, now, line.machine)
    return state is LicenseState.ACTIVE and (not rhythm.asked_on(day) or rhythm.may_retry(now, day))


def timers(line: Line, verdict: Verdict, now: float, day: int) -> list[Effect]:
    """The timers that are not set as they should be."""
    wanted = {"retry": _retry_at(line, now, day), "until": verdict.until}
    found: list[Effect] = []
    for name, wish in wanted.items():
        if wish is None or not math.isfinite(wish) or not math.isfinite(now):
            line.timers.pop(name, None)
            continue
        # whole seconds, and never now: what rounding left undone is not done again and again in one moment
        at = max(float(math.ceil(wish)), math.floor(now) + 1.0)
        if line.timers.get(name) != at:
            line.timers[name] = at
            found.append(SetTimer(line.product, f"license:{line.product}:{name}", at))
    return found


def _retry_at(line: Line, now: float, day: int) -> float | None:
    times = [_again(rhythm, now) for rhythm in _running(line, day)]
    return min((at for at in times if at is not None), default=None)


def _running(line: Line, day: int) -> list[Rhythm]:
    """Which questions go on by themselves: those of the day only if it is a day with use."""
    if line.under is not None:
        return []
    used = line.record.used_day == day
    found = []
    if line.kept and (line.urgent or (used and not (line.query.stopped and line.query.asked_on(day)))):
        found.append(line.query)
    if line.activation is not None and not line.activation.keeping:
        found.append(line.settle)
    if line.kept and used and not line.report.stopped and line.record.reported_day != day:
        found.append(line.report)
    return found


def _again(rhythm: Rhythm, now: float) -> float | None:
    if rhythm.retry_at is None:
        return None
    # stopped for the day: look from time to time whether it is another one
    return rhythm.retry_at if rhythm.retry_at > now else now + LONGEST_PAUSE_S
