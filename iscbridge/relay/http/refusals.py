"""Errors as answers: a code, and its text in the language that was asked for. Nothing of the inside stands in one."""

from __future__ import annotations

import logging

import msgspec
from starlette.responses import Response

from iscbridge.core.errors import BridgeError, RelayError
from iscbridge.lease.wire import Fault, Refusal
from iscbridge.texts.render import Language, render

_log = logging.getLogger(__name__)

JSON = "application/json"
SCOPE_CODE = "iscbridge.code"
"""In a request's scope: what it was refused with."""

#: HTTP status of each code; any other error is the relay's own trouble.
STATUS: dict[str, int] = {
    "ISCB-RELAY-REQUEST": 400,
    "ISCB-RELAY-SIGNATURE": 401,
    "ISCB-RELAY-CLOCK": 401,
    "ISCB-RELAY-UNKNOWN-DEVICE": 404,
    "ISCB-RELAY-UNKNOWN-PRODUCT": 404,
    "ISCB-RELAY-SLOW": 408,
    "ISCB-RELAY-REPLAY": 409,
    "ISCB-RELAY-TRANSFERS": 409,
    "ISCB-RELAY-TOO-LARGE": 413,
    "ISCB-RELAY-CODE": 422,
    "ISCB-RELAY-SIGN-IN": 401,
    "ISCB-RELAY-SIGN-IN-OVER": 401,
    "ISCB-RELAY-NO-SIGN-IN": 404,
    "ISCB-RELAY-TENANT": 503,
    "ISCB-RELAY-TENANT-UNKNOWN": 403,
    "ISCB-RELAY-SERVICE": 401,
    "ISCB-RELAY-SERIAL": 409,
    "ISCB-RELAY-RATE": 429,
    "ISCB-RELAY-SEATS-OPEN": 503,
    "ISCB-RELAY-UPSTREAM": 503,
    "ISCB-RELAY-DATABASE": 503,
    "ISCB-RELAY-BUSY": 503,
}

#: Their parameter `seconds` says when it may be asked again.
_LATER = frozenset({"ISCB-RELAY-RATE", "ISCB-RELAY-SEATS-OPEN"})


def language_of(header: str) -> Language:
    """The language of an Accept-Language header: the first of ours that it names; English if none."""
    for part in header[:200].lower().split(","):
        tag = part.split(";")[0].strip()[:2]
        if tag in ("en", "zh"):
            return "zh" if tag == "zh" else "en"
    return "en"


def refusal(error: BridgeError, language: Language, now: int) -> Response:
    """The answer for an error that has a code."""
    text = render(error.info, language)
    fault = Fault(code=error.code, title=text.title, message=text.message, remedy=text.remedy, retry=error.retry.value)
    body = msgspec.json.encode(Refusal(error=fault, server_time=now))
    headers = {"cache-control": "no-store"}
    if error.code in _LATER:
        headers["retry-after"] = error.params["seconds"]
    return Response(body, STATUS.get(error.code, 500), headers, JSON)


def inner_trouble(error: Exception, language: Language, now: int) -> Response:
    """The answer for a mistake of the relay itself, which the log has whole."""
    _log.error("a request failed by a mistake of the relay", exc_info=error)
    return refusal(RelayError("ISCB-RELAY-INTERNAL"), language, now)
