"""Which errors say no, for good until a person does something: of a relay's lease, of a relay, of the store."""

from __future__ import annotations

SIGN_IN = "ISCB-RELAY-SIGN-IN"
"""The code is good, its seats are people's, and nobody is signed in."""
RELEASED = "ISCB-RELAY-RELEASED"
#: Taking a seat over helps.
TAKEN = frozenset({"ISCB-RELAY-SEATS-TAKEN", "ISCB-RELAY-SEAT-LOST"})
#: Of a person's own seats. The code is good, and taking over is no way to them.
NAMED = frozenset({"ISCB-RELAY-NAMED-TAKEN", "ISCB-RELAY-PERSON-DEVICES"})
#: What a lease may say against a device.
BY_LEASE = frozenset({*TAKEN, *NAMED, "ISCB-RELAY-BLOCKED", "ISCB-RELAY-CODE", SIGN_IN, RELEASED})
#: What the store says of a code.
_BY_STORE = frozenset(
    {"ISCB-STORE-NOT-RECEIVED", "ISCB-STORE-NO-SUCH-CODE", "ISCB-STORE-ILLEGAL-CODE", "ISCB-STORE-NOT-ACTIVATED"}
)


def is_refusal(code: str) -> bool:
    """Whether the store or the relay has answered no. Every other error of theirs is a matter of networks and servers."""
    return code in BY_LEASE or code in _BY_STORE or code in ("ISCB-RELAY-TRANSFERS", "ISCB-RELAY-UNKNOWN-PRODUCT")
