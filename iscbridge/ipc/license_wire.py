"""The licence of a product as clients see it, and how a verdict of the core becomes it.

A licence code goes out masked or not at all: what does not look masked is replaced here, whoever gave it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Allowed, LicensePolicy, Verdict
from iscbridge.ipc.wire import ErrorObject, Time, Wire, error_to_wire, time_to_wire
from iscbridge.texts.render import Language, text

#: State of a product that no vendor's policy names: nothing is restricted, and nothing is known.
UNMANAGED = "unmanaged"

_MASKED = re.compile(r"(?:..)?\*{4}(?:...)?")
_ALL_ALLOWED = Allowed(new_save=True, opened_save=True, open=True)


class AllowedObject(Wire, frozen=True):
    """Which cloud work may begin now. Local work is not in it: it is always allowed."""

    new_save: bool
    opened_save: bool
    open: bool


class SigninObject(Wire, frozen=True):
    """The person of a licence whose seats are people's, on this machine."""

    needed: bool
    """Nobody is signed in, and nothing else is wrong."""
    waiting: bool
    """A browser is awaited."""
    user: str | None = None
    until: Time | None = None
    error: ErrorObject | None = None
    """Why the last sign-in came to nothing."""


class LicenseObject(Wire, frozen=True):
    """Where a product's licence stands."""

    product: str
    managed: bool
    state: str
    """A value of `LicenseState`, or `unmanaged`."""
    allowed: AllowedObject
    checking: bool
    cloud: str
    code: str | None = None
    authority: str | None = None
    since: Time | None = None
    opened_before: Time | None = None
    until: Time | None = None
    days_left: int | None = None
    expires: Time | None = None
    checked: Time | None = None
    activated: Time | None = None
    grace_ends: Time | None = None
    renew_url: str | None = None
    notice: str | None = None
    error: ErrorObject | None = None
    warnings: list[ErrorObject] | None = None
    holder: str | None = None
    sign_in: SigninObject | None = None


@dataclass(frozen=True, slots=True)
class SigninFacts:
    """What a licence object tells of the person at this machine."""

    needed: bool = False
    waiting: bool = False
    user: str | None = None
    """Who is signed in; None: nobody."""
    until: float | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class LicenseFacts:
    """What a licence object tells beside the verdict."""

    product: str
    cloud: str
    """`sandbox` or `iscdesk`."""
    policy: LicensePolicy | None = None
    masked_code: str = ""
    checking: bool = False
    """Whether the authority is being asked now."""
    checked: float | None = None
    """When the last trusted word was given; 0 counts as never."""
    expires: float | None = None
    activated: float | None = None
    """When the licence was bound to this machine, if that is known."""
    grace_ends: float | None = None
    """When new cloud work stops if nobody answers before; None where there is no such time."""
    warnings: Sequence[ErrorInfo] = ()
    """What a person should know beside the state: the vendor's own keys are in use ..."""
    holder: str = ""
    """Who has the seat, if it is a person's."""
    sign_in: SigninFacts | None = None
    """None: nobody signs in for this licence, as far as is known."""


def license_to_wire(verdict: Verdict | None, facts: LicenseFacts, language: Language) -> LicenseObject:
    """The licence with its texts in `language`; without a verdict that of a product that nobody manages."""
    warnings = [error_to_wire(warning, language) for warning in facts.warnings] or None
    if verdict is None:
        return LicenseObject(
            product=facts.product,
            managed=False,
            state=UNMANAGED,
            allowed=_allowed(_ALL_ALLOWED),
            checking=False,
            cloud=facts.cloud,
            warnings=warnings,
        )
    policy = facts.policy
    notice = verdict.notice
    return LicenseObject(
        product=facts.product,
        managed=True,
        state=verdict.state.value,
        allowed=_allowed(verdict.allowed),
        checking=facts.checking,
        cloud=facts.cloud,
        code=_masked(facts.masked_code),
        authority=None if policy is None else policy.authority,
        since=_time(verdict.since),
        opened_before=_time(verdict.opened_before),
        until=_time(verdict.until),
        days_left=verdict.days_left,
        expires=_time(facts.expires),
        checked=_time(facts.checked or None),
        activated=_time(facts.activated or None),
        grace_ends=_time(facts.grace_ends),
        renew_url=None if policy is None else policy.renew_url or None,
        notice=None if notice is None else text(notice.id, language, **notice.params),
        error=None if verdict.error is None else error_to_wire(verdict.error, language),
        warnings=warnings,
        holder=facts.holder or None,
        sign_in=None if facts.sign_in is None else _sign_in(facts.sign_in, language),
    )


def _sign_in(facts: SigninFacts, language: Language) -> SigninObject:
    error = None if facts.error is None else error_to_wire(facts.error, language)
    return SigninObject(
        needed=facts.needed, waiting=facts.waiting, user=facts.user, until=_time(facts.until), error=error
    )


def _allowed(allowed: Allowed) -> AllowedObject:
    return AllowedObject(allowed.new_save, allowed.opened_save, allowed.open)


def _masked(code: str) -> str | None:
    if not code:
        return None
    return code if _MASKED.fullmatch(code) else "****"


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else time_to_wire(seconds)
