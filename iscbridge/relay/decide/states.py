"""The life of a licence, by the store's word. Pure; the table stands in `docs/relay.md`.

The store speaks in two ways: it calls (renewed, frozen, unfrozen, released), and it answers when it is asked. Calls may
come twice and out of order: each sets a state, none counts, and the time at which one was signed tells what it may still
set. A released licence never comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.lease.form import LeaseState


class State(StrEnum):
    """Of a licence in the relay's database."""

    NEW = "new"
    """Known, and not activated in the store yet."""
    ALIVE = "alive"
    FROZEN = "frozen"
    EXPIRED = "expired"
    RELEASED = "released"
    REFUSED = "refused"
    """The store does not know it, or says that it was not activated."""


class Event(StrEnum):
    """What the store called for."""

    CREATED = "created"
    RENEWED = "renewed"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Life:
    """What of a licence the store's word can change. Times are seconds since the epoch."""

    state: State
    expires: int | None = None
    asked: int | None = None
    """When the store last gave a trusted answer."""


@dataclass(frozen=True, slots=True)
class Calls:
    """When the store's last calls for a licence were signed, in milliseconds."""

    status: int | None = None
    """Frozen or unfrozen."""
    renewed: int | None = None


#: What a call of the store makes of each state. What is not named stays as it is.
_CALLED: dict[Event, dict[State, State]] = {
    Event.CREATED: {},
    Event.RENEWED: {State.EXPIRED: State.ALIVE, State.FROZEN: State.ALIVE, State.REFUSED: State.ALIVE},
    Event.FREEZE: dict.fromkeys((State.NEW, State.ALIVE, State.EXPIRED, State.REFUSED), State.FROZEN),
    # It was frozen, whether that call is here already or not: so they may come in any order.
    Event.UNFREEZE: dict.fromkeys((State.FROZEN, State.EXPIRED, State.REFUSED), State.ALIVE),
    Event.RELEASE: dict.fromkeys(set(State) - {State.RELEASED}, State.RELEASED),
}

#: What a trusted answer of the store makes of it.
_ANSWERED: dict[AnswerKind, State] = {
    AnswerKind.ALIVE: State.ALIVE,
    AnswerKind.EXPIRED: State.EXPIRED,
    AnswerKind.RELEASED: State.RELEASED,
    AnswerKind.FROZEN: State.FROZEN,
    AnswerKind.NO_SUCH_CODE: State.REFUSED,
    AnswerKind.NOT_ACTIVATED: State.REFUSED,
}

#: What a device is told.
TOLD: dict[State, LeaseState] = {
    State.NEW: LeaseState.REFUSED,
    State.ALIVE: LeaseState.ALIVE,
    State.FROZEN: LeaseState.FROZEN,
    State.EXPIRED: LeaseState.EXPIRED,
    State.RELEASED: LeaseState.RELEASED,
    State.REFUSED: LeaseState.REFUSED,
}


def called(life: Life, event: Event, expires: int | None = None) -> Life:
    """What the store's call makes of a licence.

    Args:
        life: as it is.
        event: what was called for.
        expires: the new end, RENEWED only; it may be earlier than the old one (UNSUBSCRIBE_RENEWAL_PERIOD).
    """
    state = _CALLED[event].get(life.state, life.state)
    if event is Event.RENEWED and life.state is not State.RELEASED:
        return replace(life, state=state, expires=expires)
    return replace(life, state=state)


def arrived(life: Life, calls: Calls, event: Event, signed: int, expires: int | None = None) -> tuple[Life, Calls]:
    """What a call makes of a licence when it arrives, early or late: as if all had come in the order of their signing.

    Args:
        life: as it is.
        calls: that came before.
        event: what is called for.
        signed: when, in milliseconds.
        expires: the new end, RENEWED only.
    """
    if event is Event.RENEWED:
        if _is_older(signed, calls.renewed):
            return life, calls
        now = replace(calls, renewed=signed)
        if life.state is State.FROZEN and _is_older(signed, calls.status):
            return replace(life, expires=expires), now  # it was frozen after that
        return called(life, event, expires), now
    if event in {Event.FREEZE, Event.UNFREEZE}:
        if _is_older(signed, calls.status):
            return life, calls
        now = replace(calls, status=signed)
        return (life if _is_older(signed, calls.renewed) else called(life, event)), now
    return called(life, event), calls


def _is_older(signed: int, than: int | None) -> bool:
    return than is not None and signed < than


def answered(life: Life, kind: AnswerKind, expires: int | None, now: int) -> Life:
    """What the store's answer makes of a licence. No trusted answer changes nothing."""
    state = _ANSWERED.get(kind)
    if state is None:
        return life
    if life.state is State.RELEASED:
        return replace(life, asked=now)
    # The query knows no FROZEN (cloud-store-api.md, section 2.3), so neither "alive" nor "expired" says that what the
    # store froze by a call is frozen no more.
    if life.state is State.FROZEN and state in {State.ALIVE, State.EXPIRED}:
        return replace(life, asked=now, expires=expires if expires is not None else life.expires)
    return replace(life, state=state, asked=now, expires=expires if expires is not None else life.expires)
