"""The messages between a device and a relay, `docs/relay-api.md`. Bodies are JSON in UTF-8; members that a side does not know are ignored."""

from __future__ import annotations

import msgspec

BODY_LIMIT = 64 * 1024
"""Bytes of a request of a device."""
FINGERPRINT_LIMIT = 5 * 1024
"""Bytes (cloud-store-api.md, section 4 of the SDK's guide: the fingerprint has at most 5 KB)."""

ENROL = "/v1/devices/enrol"
CHECK = "/v1/licenses/check"
USAGE = "/v1/licenses/usage"
RELEASE = "/v1/licenses/release"
TRANSFER = "/v1/licenses/transfer"
SIGNIN_START = "/v1/signin/start"
SIGNIN_FINISH = "/v1/signin/finish"
SIGNIN_REFRESH = "/v1/signin/refresh"
SIGNIN_END = "/v1/signin/end"
KEYS = "/v1/keys"


class _Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class Enrol(_Message, frozen=True, kw_only=True):
    """A device says who it is and which code its person typed. Signed with the key that it brings."""

    product: str
    public_key: str
    """Ed25519, base64url of 32 bytes."""
    fingerprint: str
    """In the documented form; may be empty where nothing of the machine can be read."""
    code: str = ""
    """The authorisation code. `named` seats only: may be empty, so that the device is known and a person can sign in."""
    label: str = ""
    """What people call the device, if they allowed it to be told."""
    session: str = ""
    """Of a person who signed in; `named` seats only."""


class Check(_Message, frozen=True, kw_only=True):
    """A device asks for its lease."""

    product: str
    fingerprint: str
    lease: str = ""
    """Id of the lease that it has."""
    session: str = ""
    """Of a person who signed in; `named` seats only."""


class Usage(_Message, frozen=True, kw_only=True):
    """A device tells that the product was used on a day. Told once a day; the same again does nothing."""

    product: str
    day: str
    """YYYY-MM-DD of the device's own calendar."""
    client: str
    """1 to 256 characters, a salted hash: the store's `id` of a client (cloud-store-api.md, section 3)."""


class Release(_Message, frozen=True, kw_only=True):
    """The person gives the seat back."""

    product: str


class Transfer(_Message, frozen=True, kw_only=True):
    """The person takes a seat of the code from the device that has used it least recently."""

    product: str
    code: str
    fingerprint: str
    session: str = ""
    """Of a person who signed in; `named` seats only."""


class Leased(_Message, frozen=True, kw_only=True):
    """The answer to `Enrol`, `Check`, `Transfer` and `Release`: the device's lease, whatever it says."""

    lease: str
    server_time: int


class Taken(_Message, frozen=True, kw_only=True):
    """The answer to `Usage`."""

    server_time: int


class SigninStarted(_Message, frozen=True, kw_only=True):
    """Where the browser goes."""

    url: str
    """A page of the relay, for one browser and some minutes."""
    state: str
    """What the browser brings back to `redirect` besides `code` and `tenant`; anything else is not the relay's."""
    server_time: int


class SigninStart(_Message, frozen=True, kw_only=True):
    """A person wants to sign in; the browser comes back to a loopback address of the device."""

    product: str
    challenge: str
    """base64url of SHA-256 of a secret that only the device knows."""
    redirect: str
    """http://127.0.0.1:PORT/..., without a query."""


class SigninFinish(_Message, frozen=True, kw_only=True):
    """The browser came back."""

    state: str
    code: str
    """The relay's own, good once and for this sign-in only: the tenant's code stays at the relay."""
    tenant: str
    verifier: str
    """The secret behind `challenge`."""


class SigninSession(_Message, frozen=True, kw_only=True):
    """`SIGNIN_REFRESH` and `SIGNIN_END`."""

    session: str


class SignedOut(_Message, frozen=True, kw_only=True):
    """The answer to `SIGNIN_END`, also for a session that is over already."""

    url: str = ""
    """Where a browser signs out of the tenant's own page; empty: the relay does not know."""
    server_time: int


class SignedIn(_Message, frozen=True, kw_only=True):
    """Who signed in."""

    session: str
    user: str
    """What the person is called, for display."""
    until: int
    """The session ends then, unless it is refreshed before."""
    server_time: int


class Fault(_Message, frozen=True, kw_only=True):
    """One error, in the language that was asked for."""

    code: str
    title: str
    message: str
    remedy: str
    retry: str


class Refusal(_Message, frozen=True, kw_only=True):
    """Any answer but 2xx."""

    error: Fault
    server_time: int
