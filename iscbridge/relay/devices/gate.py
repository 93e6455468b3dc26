"""Who asks: a request of a device is proven, in time, new, and not one too many, before anything else is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from iscbridge.core.errors import RelayError
from iscbridge.lease.requests import WINDOW_S, Claim, in_time, proven
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import count_request, take_nonce

MINUTE_S, HOUR_S = 60, 3600


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


def admit(relay: Relay, connection: Connection, request: Request) -> None:
    """Count a request whose signature is good, and refuse one that came before.

    Raises:
        RelayError: ISCB-RELAY-RATE, ISCB-RELAY-REPLAY.
    """
    now, limits = relay.now(), relay.settings.limits
    count(connection, f"device:{request.claim.device}", now, MINUTE_S, limits.device_per_minute)
    if not take_nonce(connection, request.claim.device, request.claim.nonce, now + 2 * WINDOW_S):
        raise RelayError("ISCB-RELAY-REPLAY")


def admit_stranger(relay: Relay, connection: Connection, address: str) -> None:
    """Count a request that brings a code: guessing must stay hopeless.

    Raises:
        RelayError: ISCB-RELAY-RATE.
    """
    count(connection, f"enrol:{address}"[:96], relay.now(), HOUR_S, relay.settings.limits.enrol_per_hour)


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
