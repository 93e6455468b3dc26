"""A licence in words: what its card says, without any widget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from iscbridge.core.licensing.refusals import TAKEN
from iscbridge.core.web_pages import is_web_page
from iscbridge.ipc.license_wire import UNMANAGED, LicenseObject
from iscbridge.tray.settings.said import said
from iscbridge.tray.words import Words
from iscbridge.version import VERSION

DAY_S = 86_400.0

MarkName = Literal["activated", "checked", "stopped", "today", "grace", "expires"]

STATES = {
    "unmanaged": "license.state.unmanaged",
    "not_activated": "license.state.not_activated",
    "active": "license.state.active",
    "offline_grace": "license.state.offline_grace",
    "grace_over": "license.state.grace_over",
    "frozen": "license.state.frozen",
    "expired": "license.state.expired",
    "released": "license.state.released",
    "refused": "license.state.refused",
    "clock_suspect": "license.state.clock_suspect",
    "machine_changed": "license.state.machine_changed",
}
MARKS: dict[MarkName, str] = {
    "activated": "license.page.mark.activated",
    "checked": "license.page.mark.checked",
    "stopped": "license.page.mark.stopped",
    "today": "license.page.mark.today",
    "grace": "license.page.mark.grace",
    "expires": "license.page.mark.expires",
}
_AUTHORITIES = {
    "store": "license.page.by.store",
    "relay": "license.page.by.relay",
    "desk": "license.page.by.desk",
}
#: States in which renewing in the store helps.
_RENEWABLE = ("active", "offline_grace", "expired", "frozen")


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of the time line."""

    name: MarkName
    at: float


def seconds(time: str | None) -> float | None:
    """A time of the protocol as seconds since the epoch."""
    return None if time is None else datetime.fromisoformat(time).timestamp()


def shown_time(at: float) -> str:
    """A time as every engineer reads it, wherever: year, month, day, hour, minute, in this computer's zone."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def shown_day(at: float) -> str:
    """The day of a time."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")


def state(words: Words, licence: LicenseObject) -> str:
    """The state as people call it. One of a newer bridge names itself."""
    named = words(STATES[licence.state]) if licence.state in STATES else licence.state
    return words("license.page.checking", state=named) if licence.checking else named


def marks(licence: LicenseObject, now: float) -> list[Mark]:
    """What is known of a licence's times, in their order; nothing is guessed. Empty if nothing but today is known."""
    stopped = seconds(licence.since) if not licence.allowed.new_save else None
    grace = seconds(licence.grace_ends)
    # of what new cloud work has stopped by, the end of the grace is told once
    found: list[tuple[MarkName, float | None]] = [
        ("activated", seconds(licence.activated)),
        ("checked", seconds(licence.checked)),
        ("stopped", None if stopped == grace else stopped),
        ("grace", grace),
        ("expires", seconds(licence.expires)),
    ]
    known = [Mark(name, at) for name, at in found if at is not None]
    return sorted([*known, Mark("today", now)], key=lambda mark: mark.at) if known else []


def marks_in_words(words: Words, found: list[Mark], now: float) -> str:
    """The time line for who does not see it: one sentence after the other."""
    parts = [
        words("license.page.mark.line", name=words(MARKS[mark.name]), when=when(words, mark, now)) for mark in found
    ]
    return words("license.page.mark.between").join(parts)


def when(words: Words, mark: Mark, now: float) -> str:
    """The day of a mark, and how far from today that is."""
    day = shown_day(mark.at)
    return day if mark.name == "today" else words("license.page.when", day=day, far=far(words, mark.at - now))


def far(words: Words, ahead: float) -> str:
    """A distance from today in days."""
    days = math.floor(abs(ahead) / DAY_S)
    if not days:
        return words("license.page.far.soon" if ahead >= 0 else "license.page.far.lately")
    if days == 1:
        return words("license.page.far.tomorrow" if ahead > 0 else "license.page.far.yesterday")
    return words("license.page.far.in" if ahead > 0 else "license.page.far.ago", days=days)


def grace(words: Words, licence: LicenseObject, now: float) -> str:
    """How long new cloud work goes on without any answer; empty where there is no such time."""
    ends = seconds(licence.grace_ends)
    if ends is None:
        return ""
    if not licence.allowed.new_save or ends <= now:
        return words("license.page.grace.over", when=shown_time(ends)) if ends <= now else ""
    left = ends - now
    if left < DAY_S:
        return words("license.page.grace.hours", hours=max(1, math.floor(left / 3600)), when=shown_time(ends))
    return words("license.page.grace.days", days=math.floor(left / DAY_S), when=shown_time(ends))


def allowed(words: Words, licence: LicenseObject) -> list[str]:
    """What may be done now, one line each; local work always."""
    may = licence.allowed
    opened_until = seconds(licence.until)
    opened = "license.page.may.opened.yes" if may.opened_save else "license.page.may.opened.no"
    limited = may.opened_save and not may.new_save and licence.opened_before is not None and opened_until is not None
    return [
        words("license.page.may.save.yes" if may.new_save else "license.page.may.save.no"),
        words("license.page.may.opened.until", when=shown_time(opened_until))
        if limited and opened_until
        else words(opened),
        words("license.page.may.open.yes" if may.open else "license.page.may.open.no"),
        words("license.page.may.local"),
    ]


def facts(words: Words, licence: LicenseObject) -> Iterator[tuple[str, str]]:
    """Names and values of what stands in the card's table."""
    if licence.code:
        yield words("license.page.code"), licence.code
    if licence.authority:
        by = _AUTHORITIES.get(licence.authority)
        yield words("license.page.by"), words(by) if by else licence.authority
    times: dict[MarkName, str | None] = {
        "activated": licence.activated,
        "checked": licence.checked,
        "expires": licence.expires,
    }
    if licence.holder:
        yield words("license.page.holder"), licence.holder
    if licence.sign_in is not None and licence.sign_in.user is not None:
        yield words("license.page.signed-in"), licence.sign_in.user or words("license.page.signed-in.nameless")
    for name, time in times.items():
        at = seconds(time)
        if at is not None:
            yield words(MARKS[name]), shown_time(at)


def explanation(licence: LicenseObject) -> list[str]:
    """What to know and to do: the reason with its remedy, or the notice."""
    error = licence.error
    found = [error.message, error.remedy] if error is not None else [licence.notice or ""]
    return [line for line in found if line]


def renew_url(licence: LicenseObject) -> str:
    """The address for renewing, where renewing helps and the address is a plain https one; else empty.

    It comes from a file that others wrote: nothing but a web page is ever opened.
    """
    url = licence.renew_url or ""
    return url if licence.state in _RENEWABLE and is_web_page(url) else ""


def takes_code(licence: LicenseObject) -> bool:
    """Whether a person can type a code for this product."""
    return licence.managed and licence.state != UNMANAGED and licence.authority != "desk"


def has_something(licence: LicenseObject) -> bool:
    """Whether there is anything to take off this computer."""
    return licence.managed and (bool(licence.code) or licence.state != "not_activated")


def has_seat(licence: LicenseObject) -> bool:
    """Whether this computer has a seat of a vendor's relay that it could give back."""
    settled = bool(licence.code) and licence.state != "not_activated"
    return licence.authority == "relay" and settled and not lost_seat(licence)


def lost_seat(licence: LicenseObject) -> bool:
    """Whether the code is here, and all seats of it are elsewhere."""
    return bool(licence.code) and licence.error is not None and licence.error.code in TAKEN


def can_sign_in(licence: LicenseObject) -> bool:
    """Whether a person is wanted on this computer."""
    return licence.sign_in is not None and licence.sign_in.needed and not licence.sign_in.waiting


def can_sign_out(licence: LicenseObject) -> bool:
    """Whether somebody is signed in here, or a browser is awaited."""
    return licence.sign_in is not None and (licence.sign_in.user is not None or licence.sign_in.waiting)


def awaits_browser(licence: LicenseObject) -> bool:
    """Whether a browser was sent on its way and is not back yet."""
    return licence.sign_in is not None and licence.sign_in.waiting


def person(words: Words, licence: LicenseObject) -> str:
    """What there is to say of the sign-in: that the browser is awaited, or why nothing came of it."""
    told = licence.sign_in
    if told is None:
        return ""
    if told.waiting:
        return words("license.page.signin.waiting")
    if told.error is None:
        return ""
    return words("license.page.failed", code=told.error.code, **said(told.error, words)._asdict())


def summary(words: Words, licence: LicenseObject, now: float) -> str:
    """The card as text for a message to the vendor: the code masked, nothing of the computer's fingerprint."""
    lines = [
        words("license.page.summary.title", product=licence.product, version=VERSION),
        words("license.page.summary.state", state=state(words, licence), cloud=cloud(words, licence)),
        *(words("license.page.pair", name=name, value=value) for name, value in facts(words, licence)),
        grace(words, licence, now),
        *allowed(words, licence),
    ]
    if licence.error is not None:
        lines.append(words("license.page.summary.error", code=licence.error.code, title=licence.error.title))
    lines += [words("license.page.summary.error", code=w.code, title=w.title) for w in licence.warnings or ()]
    lines.append(words("license.page.summary.today", when=shown_time(now)))
    return "\n".join(line for line in lines if line)


def cloud(words: Words, licence: LicenseObject) -> str:
    """Which cloud the licence is for."""
    return words("license.page.cloud.sandbox" if licence.cloud == "sandbox" else "license.page.cloud.desk")
