"""Who asks: a request of a device is proven, in time, new, and not one too many, before anything else is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, bindparam, func, select

from iscbridge.core.errors import RelayError
from iscbridge.lease.requests import WINDOW_S, Claim, in_time, proven
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import count_request, take_nonce
from iscbridge.relay.database.tables import NONCES, RATES

MINUTE_S, HOUR_S = 60, 3600
KEPT_S = 2 * WINDOW_S
"""So long a device's nonces are remembered. Those of the last minute tell how much it asks."""


def recent(scope: ColumnElement[str]) -> Select[int]:
    """How many requests a device made within the minute before `p_latest` less `KEPT_S`."""
    latest = bindparam("p_latest", type_=BigInteger)
    last = NONCES.c.until.between(latest - MINUTE_S + 1, latest)
    return select(func.count()).select_from(NONCES).where(NONCES.c.scope == scope, last)


_SEEN = select(RATES.c.count).where(RATES.c.scope == bindparam("p_scope"), RATES.c.window == bindparam("p_window"))
_RECENT = recent(bindparam("p_scope", type_=String))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: its signature is not looked at yet."""

    path: str
    claim: Claim
    body: bytes
    address: str
    """Of the client, as far as a proxy before us is to be believed."""


def check_signature(relay: Relay, request: Request, public_key: bytes) -> None:
    """That the device itself made this request, now, for this relay. Touches no database.

    Raises:
        RelayError: ISCB-RELAY-CLOCK: its time is too far from ours; the answer tells ours, and it may ask again.
            ISCB-RELAY-SIGNATURE: it is not by this key.
    """
    if not proven(request.claim, public_key, request.path, request.body, relay.settings.relay.host_name):
        raise RelayError("ISCB-RELAY-SIGNATURE")
    if not in_time(request.claim, relay.clock()):
        raise RelayError("ISCB-RELAY-CLOCK")


def check_proof(relay: Relay, request: Request, public_key: bytes) -> None:
    """As `check_signature`; whoever proves nothing is counted.

    Raises:
        RelayError: as `check_signature`; ISCB-RELAY-RATE.
    """
    try:
        check_signature(relay, request, public_key)
    except RelayError as error:
        if error.code == "ISCB-RELAY-SIGNATURE":
            turn_away(relay, request)
        raise


def admit(relay: Relay, connection: Connection, request: Request) -> None:
    """Count a request whose signature is good, and refuse one that came before.

    Raises:
        RelayError: ISCB-RELAY-RATE, ISCB-RELAY-REPLAY.
    """
    take(relay, connection, request)
    latest = relay.now() + KEPT_S
    seen = connection.execute(_RECENT, {"p_scope": request.claim.device, "p_latest": latest}).scalar_one()
    if seen > relay.settings.limits.device_per_minute:
        raise RelayError("ISCB-RELAY-RATE", seconds=str(MINUTE_S))


def take(relay: Relay, connection: Connection, request: Request) -> None:
    """Take down that this request came; what it is counted by as well.

    Raises:
        RelayError: ISCB-RELAY-REPLAY.
    """
    if not take_nonce(connection, request.claim.device, request.claim.nonce, relay.now() + KEPT_S):
        raise RelayError("ISCB-RELAY-REPLAY")


def admit_stranger(relay: Relay, connection: Connection, address: str) -> None:
    """Count a request that brings a code: guessing must stay hopeless.

    Raises:
        RelayError: ISCB-RELAY-RATE.
    """
    count(connection, f"enrol:{address}"[:96], relay.now(), HOUR_S, relay.settings.limits.enrol_per_hour)


def turn_away(relay: Relay, request: Request) -> None:
    """Count a request that proved nothing. Beyond the limit nothing is written any more: that would be the dearest of it.

    Raises:
        RelayError: ISCB-RELAY-RATE.
    """
    hold_off(relay, f"address:{request.address}")


def hold_off(relay: Relay, scope: str) -> None:
    """As `turn_away`, by any name of who asks.

    Raises:
        RelayError: ISCB-RELAY-RATE.
    """
    now, most = relay.now(), relay.settings.limits.address_per_minute
    scope, window = scope[:96], now - now % MINUTE_S
    here = {"p_scope": scope, "p_window": window}
    seen = relay.database.look(lambda connection: connection.execute(_SEEN, here).scalar())
    if seen is None or seen <= most:
        seen = relay.database.run(lambda connection: count_request(connection, scope, window))
    if seen > most:
        raise RelayError("ISCB-RELAY-RATE", seconds=str(MINUTE_S - now % MINUTE_S))


def admit_address(relay: Relay, connection: Connection, address: str) -> None:
    """Count any request of an address that is not known to be a device's.

    Raises:
        RelayError: ISCB-RELAY-RATE.
    """
    count(connection, f"address:{address}"[:96], relay.now(), MINUTE_S, relay.settings.limits.address_per_minute)


def count(connection: Connection, scope: str, now: int, window_s: int, most: int) -> None:
    """Count one request, and refuse it if there were too many in this window."""
    if count_request(connection, scope, now - now % window_s) > most:
        raise RelayError("ISCB-RELAY-RATE", seconds=str(window_s - now % window_s))
