"""What follows from a licence record: one table of state and action, and the way from record and time to the state.

In order of weight: no word and no code; the authority's explicit refusals; another machine; a clock that went back;
the grace. A failed check is never a refusal. Local work is always allowed, and what was accepted is finished.
All times in here are the authority's (`iscbridge.core.licensing.clock`); those of the verdict are this machine's.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.clock import SLACK_S, Reckoning, reckon
from iscbridge.core.licensing.model import (
    DAY_S,
    Allowed,
    LicensePolicy,
    LicenseRecord,
    LicenseState,
    Machine,
    Notice,
    Verdict,
    Word,
)
from iscbridge.core.licensing.refusals import SIGN_IN

OPENED_DAYS = 15
"""Days after a refusal in which files that were opened before it may still be saved (design, section 9)."""
NOTICE_DAYS = (1, 3, 7)
"""Days left of the grace, or of the term, at which people are told; the smallest that is reached counts."""
TERM_SHOWN_DAYS = 30
MIN_GRACE_DAYS, MAX_GRACE_DAYS = 1, 30


class Opened(StrEnum):
    """Whether a file that was opened from the cloud before may be saved."""

    YES = "yes"
    FOR_15_DAYS = "15 days"
    """If it was opened before new cloud work stopped; during 15 days from then."""


class Row(NamedTuple):
    """What one state allows, and the notices it may carry."""

    new_save: bool
    opened_save: Opened
    open: bool
    local: bool
    notices: tuple[str, ...]


_TERM = ("license.termEndsIn", "license.termEndsTomorrow", "license.termPassed")
_GRACE = ("license.graceEndsIn", "license.graceEndsTomorrow")

#: State x action. The documentation prints it, and the tests hold both against the code.
TABLE: dict[LicenseState, Row] = {
    LicenseState.NOT_ACTIVATED: Row(False, Opened.FOR_15_DAYS, False, True, ("license.notActivated",)),
    LicenseState.ACTIVE: Row(True, Opened.YES, True, True, _TERM),
    LicenseState.OFFLINE_GRACE: Row(True, Opened.YES, True, True, (*_GRACE, "license.termPassed")),
    LicenseState.GRACE_OVER: Row(False, Opened.FOR_15_DAYS, False, True, ("license.graceOver",)),
    LicenseState.FROZEN: Row(False, Opened.FOR_15_DAYS, False, True, ("license.frozen", "license.frozenNoUrl")),
    LicenseState.EXPIRED: Row(False, Opened.FOR_15_DAYS, False, True, ("license.expired", "license.expiredNoUrl")),
    LicenseState.RELEASED: Row(False, Opened.FOR_15_DAYS, False, True, ("license.released",)),
    LicenseState.REFUSED: Row(False, Opened.FOR_15_DAYS, False, True, ("license.refused",)),
    LicenseState.CLOCK_SUSPECT: Row(False, Opened.FOR_15_DAYS, False, True, ("license.clockSuspect",)),
    LicenseState.MACHINE_CHANGED: Row(False, Opened.FOR_15_DAYS, False, True, ("license.machineChanged",)),
}

REFUSALS: dict[Word, LicenseState] = {
    Word.EXPIRED: LicenseState.EXPIRED,
    Word.RELEASED: LicenseState.RELEASED,
    Word.FROZEN: LicenseState.FROZEN,
    Word.REFUSED: LicenseState.REFUSED,
}
CURED_BY_A_CHECK = (LicenseState.GRACE_OVER, LicenseState.CLOCK_SUSPECT)


def judge(
    record: LicenseRecord | None, policy: LicensePolicy, now: float, machine: Machine = Machine.UNKNOWN
) -> Verdict:
    """What holds when this machine's clock shows `now`. Raises nothing for any times."""
    record = record or LicenseRecord(policy.product)
    clock = reckon(record, now)
    state = _state(record, policy, clock, machine)
    row = TABLE[state]
    if row.new_save:
        return _allowed(record, policy, clock, state)
    since = stopped_at(record, policy, clock, state)
    opened = since is not None and clock.time < since + OPENED_DAYS * DAY_S
    before = None if since is None else clock.on_machine(since)
    return Verdict(
        policy.product,
        state,
        Allowed(row.new_save, opened, row.open),
        since=before,
        opened_before=before if opened else None,
        until=_restricted_until(record, clock, since if opened else None),
        error=error_of(state, record, policy),
        notice=None if _is_open(state, record) else _restriction_notice(state, policy),
        hopeful=state in CURED_BY_A_CHECK or _is_open(state, record),
    )


def standing(
    record: LicenseRecord, policy: LicensePolicy, now: float, machine: Machine
) -> tuple[LicenseState, float | None]:
    """The state, and since when new cloud work has stopped in the authority's time; None while it is allowed."""
    clock = reckon(record, now)
    state = _state(record, policy, clock, machine)
    return state, None if TABLE[state].new_save else stopped_at(record, policy, clock, state)


def grace_end(record: LicenseRecord, policy: LicensePolicy) -> float:
    """When the grace that follows the last trusted word is over.

    A lease says so itself, longer or shorter than the policy's grace: a seat that somebody else may have after that time
    must not be used here as well. No word counts for longer than the longest grace.
    """
    if record.lease_until is not None:
        return min(record.lease_until, record.word_at + MAX_GRACE_DAYS * DAY_S)
    return record.word_at + _grace_days(policy) * DAY_S


def shown_dates(record: LicenseRecord, policy: LicensePolicy, now: float) -> tuple[float | None, float | None]:
    """When the licence was bound here, and when its grace ends: what a time line shows, by this machine's clock.

    A licence that was refused or that ISCDesk delivered has no grace.
    """
    clock = reckon(record, now)
    bound = None if record.bound_at is None or record.word is Word.NONE else clock.on_machine(record.bound_at)
    graced = record.word is Word.ALIVE and not record.delivered
    return bound, clock.on_machine(grace_end(record, policy)) if graced else None


def _grace_days(policy: LicensePolicy) -> int:
    return min(max(policy.grace_days, MIN_GRACE_DAYS), MAX_GRACE_DAYS)


def _state(record: LicenseRecord, policy: LicensePolicy, clock: Reckoning, machine: Machine) -> LicenseState:
    if record.word is Word.NONE:
        # a code whose record was lost is not "not activated": one answer settles it
        return LicenseState.GRACE_OVER if record.masked_code else LicenseState.NOT_ACTIVATED
    if record.word in REFUSALS:
        return REFUSALS[record.word]
    if machine is Machine.OTHER:
        return LicenseState.MACHINE_CHANGED
    if record.delivered:
        return _delivered_state(record, clock)
    if clock.suspect:
        return LicenseState.CLOCK_SUSPECT
    if clock.time >= grace_end(record, policy):
        return LicenseState.GRACE_OVER
    return LicenseState.ACTIVE if record.failing_since is None else LicenseState.OFFLINE_GRACE


def _delivered_state(record: LicenseRecord, clock: Reckoning) -> LicenseState:
    """The signed term is the proof: only its end has to be counted, and one without an end needs no clock."""
    if record.expires is None:
        return LicenseState.ACTIVE
    if clock.suspect:
        return LicenseState.CLOCK_SUSPECT
    return LicenseState.EXPIRED if clock.time >= record.expires else LicenseState.ACTIVE


def stopped_at(record: LicenseRecord, policy: LicensePolicy, clock: Reckoning, state: LicenseState) -> float | None:
    """When new cloud work stopped, in a state that does not allow it; None: it never was allowed here."""
    if state is LicenseState.NOT_ACTIVATED or record.word is Word.NONE:
        return record.refused_since
    if record.word in REFUSALS:
        return record.word_at if record.refused_since is None else record.refused_since
    end = _end_of_trust(record, policy)
    if state is LicenseState.MACHINE_CHANGED:
        return min(end, clock.time if record.other_since is None else record.other_since)
    if state is LicenseState.CLOCK_SUSPECT:
        return min(end, record.latest_seen)
    return end


def _end_of_trust(record: LicenseRecord, policy: LicensePolicy) -> float:
    if record.delivered:
        return math.inf if record.expires is None else record.expires
    return grace_end(record, policy)


def _restricted_until(record: LicenseRecord, clock: Reckoning, since: float | None) -> float | None:
    """When the 15 days end (`since`: when they began, None if they are over), or a clock that went back is believed."""
    if clock.suspect:
        matters = record.word is Word.ALIVE or since is not None
        return record.latest_seen - SLACK_S - max(clock.offset, 0.0) if matters else None
    return None if since is None else clock.on_machine(since + OPENED_DAYS * DAY_S)


def _allowed(record: LicenseRecord, policy: LicensePolicy, clock: Reckoning, state: LicenseState) -> Verdict:
    end = _end_of_trust(record, policy)
    offline = state is LicenseState.OFFLINE_GRACE
    changes = [end]
    if offline:
        changes += [end - days * DAY_S for days in NOTICE_DAYS]
    if record.expires is not None:
        changes += [record.expires - days * DAY_S for days in (0, *NOTICE_DAYS)]
    coming = [time for time in changes if clock.time < time < math.inf]
    return Verdict(
        policy.product,
        state,
        Allowed(new_save=True, opened_save=True, open=True),
        until=clock.on_machine(min(coming)) if coming else None,
        days_left=_days_left(end - clock.time) if offline else _term_days_left(record, clock),
        notice=(_grace_notice(record, policy, end - clock.time) if offline else None)
        or _term_notice(record, policy, clock, offline=offline),
    )


def _is_open(state: LicenseState, record: LicenseRecord) -> bool:
    """Whether a code was typed in and is not settled: nobody is to be asked for it again."""
    return state is LicenseState.NOT_ACTIVATED and record.pending


def _days_left(seconds: float) -> int:
    """Whole days, rounded up. Nonsense counts as none."""
    return math.ceil(seconds / DAY_S) if 0 < seconds < math.inf else 0


def _term_days_left(record: LicenseRecord, clock: Reckoning) -> int | None:
    if record.expires is None:
        return None
    days = _days_left(record.expires - clock.time)
    return days if days <= TERM_SHOWN_DAYS else None


def _reached(seconds: float) -> int | None:
    return next((days for days in NOTICE_DAYS if seconds <= days * DAY_S), None)


def _grace_notice(record: LicenseRecord, policy: LicensePolicy, left: float) -> Notice | None:
    days = _reached(left)
    if days is None:
        return None
    if days == 1:
        return Notice("license.graceEndsTomorrow", {"product": policy.product})
    longest = days if record.lease_until is not None else _grace_days(policy)
    return Notice("license.graceEndsIn", {"product": policy.product, "days": str(min(days, longest))})


def _term_notice(record: LicenseRecord, policy: LicensePolicy, clock: Reckoning, *, offline: bool) -> Notice | None:
    if record.expires is None:
        return None
    left = record.expires - clock.time
    if left <= 0:
        return Notice("license.termPassed", {"product": policy.product})
    days = None if offline else _reached(left)
    if days is None:
        return None
    if days == 1:
        return Notice("license.termEndsTomorrow", {"product": policy.product})
    return Notice("license.termEndsIn", {"product": policy.product, "days": str(days)})


def _restriction_notice(state: LicenseState, policy: LicensePolicy) -> Notice:
    names = TABLE[state].notices
    if len(names) == 1:
        return Notice(names[0], {"product": policy.product})
    with_link, without = names
    if policy.renew_url:
        return Notice(with_link, {"product": policy.product, "url": policy.renew_url})
    return Notice(without, {"product": policy.product})


def needs_sign_in(error: ErrorInfo | None) -> bool:
    """Whether nothing is wrong but that nobody is signed in."""
    return error is not None and error.code == SIGN_IN


def error_of(state: LicenseState, record: LicenseRecord, policy: LicensePolicy) -> ErrorInfo:
    """Why a state does not allow new cloud work."""
    product, url = policy.product, policy.renew_url
    match state:
        case LicenseState.EXPIRED if url:
            return ErrorInfo("ISCB-LIC-EXPIRED", {"product": product, "url": url})
        case LicenseState.EXPIRED:
            return ErrorInfo("ISCB-LIC-EXPIRED-NO-URL", {"product": product})
        case LicenseState.FROZEN if url:
            return ErrorInfo("ISCB-LIC-FROZEN", {"product": product, "url": url})
        case LicenseState.FROZEN:
            return ErrorInfo("ISCB-LIC-FROZEN-NO-URL", {"product": product})
        case LicenseState.RELEASED:
            return ErrorInfo("ISCB-LIC-RELEASED", {"product": product})
        case LicenseState.REFUSED:
            return record.error or ErrorInfo("ISCB-LIC-REFUSED", {"product": product})
        case LicenseState.CLOCK_SUSPECT:
            return ErrorInfo("ISCB-LIC-CLOCK", {"product": product})
        case LicenseState.MACHINE_CHANGED:
            return ErrorInfo("ISCB-LIC-MACHINE", {"product": product})
        case LicenseState.GRACE_OVER:
            lost = record.error if record.word is Word.NONE else None
            return lost or ErrorInfo("ISCB-LIC-GRACE-OVER", {"product": product})
        case _ if record.pending and needs_sign_in(record.error):
            return record.error or ErrorInfo(SIGN_IN, {"product": product})
        case _ if record.pending:
            return ErrorInfo("ISCB-LIC-ACTIVATION-OPEN", {"product": product})
        case _:
            return record.error or ErrorInfo("ISCB-LIC-NOT-ACTIVATED", {"product": product})
