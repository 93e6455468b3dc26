"""The store's side of a call: signs as the documentation prints it, and may be made to sign wrongly."""

from __future__ import annotations

import itertools
import json
from typing import Any

from iscbridge.relay.context import Relay
from iscbridge.relay.store_calls.office import StoreOffice
from iscbridge.relay.store_calls.signature import Signed, read_signed, sign_call

_nonces = itertools.count()


def signed_call(
    relay: Relay, document: object, *, at: float | None = None, nonce: str = "", key: str = "", upper: bool = True
) -> tuple[Signed, bytes]:
    """A call as it arrives: parameters and body."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    timestamp = str(int((relay.clock() if at is None else at) * 1000))
    nonce = nonce or f"nonce-{next(_nonces)}"
    signature = sign_call(key or relay.secrets.get("access_key"), timestamp, nonce, body)
    signed = read_signed(
        {"signature": signature.upper() if upper else signature, "timestamp": timestamp, "nonce": nonce}
    )
    assert signed is not None
    return signed, body


def store_calls(relay: Relay, activity: str, *, at: float | None = None, **members: Any) -> dict[str, str]:
    """The store calls; the relay's answer."""
    signed, body = signed_call(relay, {"activity": activity, **members}, at=at)
    return StoreOffice(relay).answer(signed, body)
