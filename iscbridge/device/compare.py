"""Keeping a fingerprint without its values, and telling the same machine with other parts from another machine.

    MAC, DISK and BOARD have one vote each, if both sides know values of it: for "same" if they have one in common, else
    for "other". The majority decides. In a tie, and when a single component was there to vote and voted "other", the CPU
    decides, if both sides know it: many machines have the same one, so that alone it proves and disproves nothing.

    votes for   votes    CPU        verdict
    "same"      "other"
    0           0        any        UNKNOWN
    more        fewer    any        SAME if nothing differs at all, else CHANGED
    as many     as many  same       CHANGED
    as many     as many  other      OTHER
    as many     as many  not known  UNKNOWN
    0           1        other      OTHER
    0           1        else       UNKNOWN: one exchanged card must not make another machine
    fewer       more     any        OTHER, otherwise

Values are salted and hashed one by one. That hides them from whoever sees a record, not from somebody who has the salt
and tries out all serial numbers: addresses have few enough.
"""

from __future__ import annotations

import hmac
import json

from iscbridge.core.licensing.model import Machine
from iscbridge.device.fingerprint import Component, Fingerprint

_FORM = 1
_VALUE_BYTES = 16

_Sealed = dict[Component, frozenset[str]]


def seal(fingerprint: Fingerprint, salt: str) -> str:
    """The fingerprint as compact JSON in which each value is salted and hashed: SHA-256 (HMAC), 16 bytes in hex."""
    sealed = _sealed(fingerprint, salt)
    members = {component.value: sorted(sealed[component]) for component in Component}
    return json.dumps({"form": _FORM, **members}, separators=(",", ":"))


def compare(sealed: str, fingerprint: Fingerprint, salt: str) -> Machine:
    """Whether `fingerprint` is of the machine that `sealed` was made on with the same salt. Never raises.

    What can't be read as sealed (also an empty text, and the form of a later version) is UNKNOWN.
    """
    before = _opened(sealed)
    if before is None:
        return Machine.UNKNOWN
    return _verdict(before, _sealed(fingerprint, salt))


def recognised(sealed: str, fingerprint: Fingerprint, salt: str) -> frozenset[tuple[Component, str]] | None:
    """Which values of `fingerprint` were there when `sealed` was made; None if that can't be read."""
    before = _opened(sealed)
    if before is None:
        return None
    key = salt.encode()
    return frozenset(
        (component, text)
        for component in Component
        for text in fingerprint.of(component)
        if _hashed(key, component, text) in before[component]
    )


def client_id(fingerprint: Fingerprint, salt: str) -> str:
    """For usage reports: a salted hash of the whole fingerprint, 64 hex digits. Another salt gives another id."""
    return hmac.digest(salt.encode(), b"client\0" + fingerprint.text.encode(), "sha256").hex()


def _sealed(fingerprint: Fingerprint, salt: str) -> _Sealed:
    key = salt.encode()
    return {
        component: frozenset(_hashed(key, component, text) for text in fingerprint.of(component))
        for component in Component
    }


def _hashed(key: bytes, component: Component, text: str) -> str:
    return hmac.digest(key, f"{component}\0{text}".encode(), "sha256")[:_VALUE_BYTES].hex()


def _opened(sealed: str) -> _Sealed | None:
    try:
        found = json.loads(sealed)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("form") != _FORM:
        return None
    out: _Sealed = {}
    for component in Component:
        values = found.get(component.value)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return None
        out[component] = frozenset(values)
    return out


def _verdict(before: _Sealed, now: _Sealed) -> Machine:
    votes = [
        bool(before[component] & now[component])
        for component in (Component.MAC, Component.DISK, Component.BOARD)
        if before[component] and now[component]
    ]
    same = sum(votes)
    other = len(votes) - same
    if not votes:
        return Machine.UNKNOWN
    if same > other:
        return Machine.SAME if before == now else Machine.CHANGED
    if same < other and len(votes) > 1:
        return Machine.OTHER
    if not before[Component.CPU] or not now[Component.CPU]:
        return Machine.UNKNOWN
    if before[Component.CPU] != now[Component.CPU]:
        return Machine.OTHER
    return Machine.CHANGED if same else Machine.UNKNOWN
