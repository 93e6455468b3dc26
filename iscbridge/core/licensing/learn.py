"""What an answer, a look at the machine or the passing of time changes in a record. Pure: record in, record out."""

from __future__ import annotations

import math
from dataclasses import replace

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.clock import reckon
from iscbridge.core.licensing.model import Answer, AnswerKind, LicenseRecord, Machine, Word

#: What an answer to a query says of the licence. Every other kind says nothing of it, and changes nothing.
WORDS: dict[AnswerKind, Word] = {
    AnswerKind.ALIVE: Word.ALIVE,
    AnswerKind.EXPIRED: Word.EXPIRED,
    AnswerKind.RELEASED: Word.RELEASED,
    AnswerKind.FROZEN: Word.FROZEN,
    AnswerKind.NO_SUCH_CODE: Word.REFUSED,
    AnswerKind.NOT_ACTIVATED: Word.REFUSED,
}


def trusted(record: LicenseRecord, answer: Answer, now: float, day: int) -> LicenseRecord:
    """A trusted answer about the kept code, asked on `day`. An answer that says nothing of the licence: no change."""
    word = WORDS.get(answer.kind)
    if word is None:
        return record
    alive = word is Word.ALIVE
    before, record = record, _at(record, answer.server_time, now)
    stopped = _refused_since(before, record)
    return replace(
        record,
        word=word,
        refused_since=None if alive else stopped,
        expires=_term(record, answer),
        error=None if alive else answer.error,
        checked_day=day,
        delivered=False,
        lease=answer.lease,
        lease_until=_finite(answer.until),
        next_check=_finite(answer.next_check),
    )


def leased(record: LicenseRecord, lease: Answer | None) -> LicenseRecord:
    """The bridge has started; `lease` is the kept lease, if it was found good again.

    It makes up for a record that was lost: its signature proves what the record's seal proved. A lease that is not good
    any more (its key was withdrawn) takes nothing back that was heard: the grace counts, as for any other word.
    """
    word = None if lease is None else WORDS.get(lease.kind)
    if lease is None or word is None or lease.server_time is None:
        return replace(record, lease="", lease_until=None, next_check=None)
    if record.word is not Word.NONE:
        return record
    at = lease.server_time
    alive = word is Word.ALIVE
    return replace(
        record,
        word=word,
        word_at=at,
        latest_seen=max(record.latest_seen, at),
        refused_since=None if alive else at,
        expires=_finite(lease.expires),
        error=None if alive else lease.error,
        lease=lease.lease,
        lease_until=_finite(lease.until),
        next_check=_finite(lease.next_check),
    )


def _finite(time: float | None) -> float | None:
    return time if time is not None and math.isfinite(time) else None


def _refused_since(before: LicenseRecord, record: LicenseRecord) -> float:
    """When the first of the refusals came, never later than the word that just came."""
    since = record.word_at if before.refused_since is None else before.refused_since
    if before.word is Word.NONE and before.refused_since is not None:
        since += record.offset - before.offset  # the record was lost, and nobody had told the time yet
    return min(since, record.word_at)


def _at(record: LicenseRecord, server_time: float | None, now: float) -> LicenseRecord:
    """A trusted word came now. The authority's clock counts where it was told, and starts the count anew."""
    if server_time is not None and math.isfinite(server_time - now):
        at, offset = server_time, server_time - now
    else:
        clock = reckon(record, now)
        offset = 0.0 if clock.suspect else clock.offset
        at = now + offset
    return replace(record, word_at=at, latest_seen=at, offset=offset, failing_since=None, failures=0)


def _term(record: LicenseRecord, answer: Answer) -> float | None:
    """The end of the term as far as told. One that passed before this answer is not the end any more."""
    if answer.expires is not None and math.isfinite(answer.expires):
        return answer.expires
    known = record.expires
    return known if known is not None and known > record.word_at else None


def failed(record: LicenseRecord, now: float) -> LicenseRecord:
    """No trusted answer came: nothing but the count of failures changes."""
    since = reckon(record, now).time if record.failing_since is None else record.failing_since
    return replace(record, failing_since=since, failures=record.failures + 1)


def seen(record: LicenseRecord, now: float) -> LicenseRecord:
    """This machine's clock shows `now`. One that is not believed teaches nothing."""
    clock = reckon(record, now)
    if clock.suspect or not math.isfinite(clock.time):
        return record
    if clock.time == record.latest_seen and clock.offset == record.offset:
        return record
    return replace(record, latest_seen=clock.time, offset=clock.offset)


def machine_seen(record: LicenseRecord, machine: Machine, device: str, now: float) -> LicenseRecord:
    """The fingerprint was compared. The same machine with other parts is remembered as it is now."""
    if machine is Machine.OTHER:
        since = reckon(record, now).time if record.other_since is None else record.other_since
        return replace(record, other_since=since)
    # Too little known binds nothing away; it may bind what was not bound before.
    renew = bool(device) and (machine is Machine.CHANGED or not record.device)
    return replace(record, other_since=None, device=device if renew else record.device)


def bound(record: LicenseRecord, device: str) -> LicenseRecord:
    """The licence belongs to this machine from now on. An empty `device` is filled in by the next look."""
    return replace(record, device=device, other_since=None, bound_at=record.word_at)


def delivered(
    record: LicenseRecord, now: float, *, valid: bool, expires: float | None, error: ErrorInfo | None
) -> LicenseRecord:
    """A licence that ISCDesk delivered was verified, and is good or not.

    The same licence once more is no proof of the time: it does not make a clock good that was turned back.
    """
    clock = reckon(record, now)
    if not clock.suspect:
        at, offset = clock.time, clock.offset
    elif record.delivered and valid and expires == record.expires:
        return record
    else:
        at, offset = now, 0.0
    record = replace(record, word_at=at, latest_seen=at, offset=offset, failing_since=None, failures=0)
    return replace(
        record,
        delivered=True,
        word=Word.ALIVE if valid else Word.REFUSED,
        expires=expires if expires is not None and math.isfinite(expires) else None,
        error=None if valid else error,
        lease="",
        lease_until=None,
        next_check=None,
        refused_since=None if valid else (record.word_at if record.refused_since is None else record.refused_since),
    )


def deactivated(record: LicenseRecord, stopped: float | None) -> LicenseRecord:
    """The licence was taken off this machine. What was opened under it may still be saved for a while."""
    return LicenseRecord(
        record.product,
        generation=record.generation,
        refused_since=stopped,
        latest_seen=record.latest_seen,
        offset=record.offset,
        used_day=record.used_day,
        salt=record.salt,
    )
