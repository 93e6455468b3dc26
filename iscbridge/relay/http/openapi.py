"""The device API as an OpenAPI document, made of the very messages that the relay reads and writes.

    python -m iscbridge.relay.http.openapi > docs/relay-openapi.json

A test compares the file with this module, and its paths with the routes that are served.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from iscbridge.lease import requests, wire
from iscbridge.relay.http.refusals import STATUS

Json = dict[str, Any]
VERSION = "1"
_REF = "#/components/schemas/{name}"
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    asks: type
    answers: type
    summary: str
    codes: tuple[str, ...] = ()
    """Errors besides those that every request may meet."""


_DEVICE = ("ISCB-RELAY-UNKNOWN-DEVICE",)
_SEATS = "ISCB-RELAY-SEATS-OPEN"
_CODE = ("ISCB-RELAY-CODE", "ISCB-RELAY-UPSTREAM", _SEATS)
_SIGNIN = (*_DEVICE, "ISCB-RELAY-SIGN-IN-OVER", "ISCB-RELAY-TENANT", "ISCB-RELAY-TENANT-UNKNOWN")
ROUTES = (
    _Route(wire.ENROL, wire.Enrol, wire.Leased, "Take this device in, with an authorisation code", _CODE),
    _Route(wire.CHECK, wire.Check, wire.Leased, "The device's lease, whatever it says", (*_DEVICE, _SEATS)),
    _Route(wire.USAGE, wire.Usage, wire.Taken, "The product was used on a day", _DEVICE),
    _Route(wire.RELEASE, wire.Release, wire.Leased, "Give the device's seat back", _DEVICE),
    _Route(wire.TRANSFER, wire.Transfer, wire.Leased, "Take a seat of the code over from another device",
           (*_DEVICE, *_CODE, "ISCB-RELAY-TRANSFERS")),
    _Route(wire.SIGNIN_START, wire.SigninStart, wire.SigninStarted, "A person wants to sign in on this device",
           (*_DEVICE, "ISCB-RELAY-NO-SIGN-IN")),
    _Route(wire.SIGNIN_FINISH, wire.SigninFinish, wire.SignedIn, "The browser came back: who signed in", _SIGNIN),
    _Route(wire.SIGNIN_REFRESH, wire.SigninSession, wire.SignedIn, "Let a session last longer", _SIGNIN),
    _Route(wire.SIGNIN_END, wire.SigninSession, wire.SignedOut, "The person signs out", _DEVICE),
)  # fmt: skip
#: What every signed request may meet.
_ALWAYS = ("ISCB-RELAY-REQUEST", "ISCB-RELAY-SIGNATURE", "ISCB-RELAY-CLOCK", "ISCB-RELAY-UNKNOWN-PRODUCT",
           "ISCB-RELAY-SLOW", "ISCB-RELAY-REPLAY", "ISCB-RELAY-TOO-LARGE", "ISCB-RELAY-RATE", "ISCB-RELAY-DATABASE",
           "ISCB-RELAY-BUSY", "ISCB-RELAY-INTERNAL")  # fmt: skip

#: Forms of members that the types do not say; `device_routes` refuses what has another one.
FORMS: dict[str, Json] = {
    "product": {"pattern": "^[^/\\\\\\x00-\\x1f\\x7f]{1,256}$"},
    "code": {"pattern": "^[\\x21-\\x7e]{0,64}$"},
    "day": {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"},
    "client": {"minLength": 1, "maxLength": _LONGEST},
    "fingerprint": {"maxLength": wire.FINGERPRINT_LIMIT},
    "label": {"maxLength": _LONGEST},
    "lease": {"maxLength": _LONGEST},
    "session": {"maxLength": _LONGEST},
    "state": {"pattern": "^[A-Za-z0-9_-]{16,64}$"},
    "challenge": {"pattern": "^[A-Za-z0-9_-]{43}$"},
    "verifier": {"pattern": "^[A-Za-z0-9._~-]{43,128}$"},
    "redirect": {"pattern": "^http://127\\.0\\.0\\.1:[1-9][0-9]{0,4}/[A-Za-z0-9_/-]{0,128}$"},
    "tenant": {"minLength": 1, "maxLength": _LONGEST},
    "publicKey": {"pattern": "^[A-Za-z0-9_-]{43}$"},
}
_HEADERS = {
    requests.DEVICE: ("^[0-9a-f]{64}$", "Hex SHA-256 of the device's public key"),
    requests.TIME: ("^[0-9]{1,12}$", f"Seconds since the epoch; within {requests.WINDOW_S} s of the relay's"),
    requests.NONCE: ("^[A-Za-z0-9_-]{16,64}$", "Never used before by this device"),
    requests.SIGNATURE: ("^[A-Za-z0-9_-]{86}$", "Ed25519 over the request, base64url (docs/relay-api.md)"),
}


def document() -> Json:
    """The document."""
    asked = {route.asks.__name__ for route in ROUTES}
    types = {kind for route in ROUTES for kind in (route.asks, route.answers)} | {wire.Refusal}
    _, schemas = msgspec.json.schema_components(sorted(types, key=lambda kind: kind.__name__), ref_template=_REF)
    for name in asked:
        for member, schema in schemas[name]["properties"].items():
            schema.update(FORMS.get(member, {}))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ISCBridge licence relay: device API",
            "version": VERSION,
            "summary": "What a device asks of the vendor's relay. docs/relay-api.md has the words to it.",
        },
        "paths": {**{route.path: {"post": _operation(route)} for route in ROUTES}, wire.KEYS: {"get": _keys()}},
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "parameters": {name: _header(name) for name in _HEADERS},
        },
    }


def text() -> str:
    """The file's text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(route: _Route) -> Json:
    return {
        "operationId": route.path.removeprefix("/v1/").replace("/", "-"),
        "summary": route.summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS],
        "requestBody": {"required": True, "content": _json(route.asks)},
        "responses": {
            "200": {"description": "Done", "content": _json(route.answers)},
            **_refusals((*_ALWAYS, *route.codes)),
        },
    }


def _keys() -> Json:
    members = {
        "keys": {"type": "object", "additionalProperties": {"type": "string"}},
        "serverTime": {"type": "integer"},
    }
    schema = {"type": "object", "required": list(members), "properties": members}
    found = {"description": "By name, base64 of 32 bytes", "content": {"application/json": {"schema": schema}}}
    return {"operationId": "keys", "summary": "Public keys of leases", "responses": {"200": found}}


def _refusals(codes: tuple[str, ...]) -> Json:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(STATUS.get(code, 500), []).append(code)
    return {
        str(status): {"description": ", ".join(found), "content": _json(wire.Refusal)}
        for status, found in sorted(by_status.items())
    }


def _header(name: str) -> Json:
    pattern, words = _HEADERS[name]
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": True, "description": words, "schema": schema}


def _json(kind: type) -> Mapping[str, Json]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


if __name__ == "__main__":
    sys.stdout.write(text())
