"""A device for tests of the relay: signs as the desktop does, and verifies what it gets."""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key, to_base64url
from iscbridge.lease.form import Lease, verify
from iscbridge.lease.requests import device_id, read_claim, sign_request
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.devices.gate import Request
from iscbridge.relay.upstream_port import Activated
from iscbridge.store.merchant import Order


class FakeUpstream:
    """A store in memory: codes that it knows, what it says of them, and what it was asked."""

    def __init__(self, **codes: Activated) -> None:
        self.codes = codes
        self.says: dict[str, Answer] = {}
        self.orders: dict[str, Order] = {}
        self.asked: list[tuple[str, str]] = []

    def activate(self, code: str) -> Activated:
        """As `Upstream`."""
        self.asked.append(("activate", code))
        return self.codes.get(code, Activated(Answer(AnswerKind.NO_SUCH_CODE)))

    def query(self, code: str) -> Answer:
        """As `Upstream`."""
        self.asked.append(("query", code))
        return self.says.get(code, Answer(AnswerKind.ALIVE))

    def order(self, order: str, line: str) -> Order | None:
        """As `Upstream`."""
        self.asked.append(("order", order))
        return self.orders.get(order)


def bought(amount: int | None = 1, product: str = "OFFI1", expires: float | None = None) -> Activated:
    """A code that the store knows."""
    return Activated(Answer(AnswerKind.ALIVE, expires=expires), product, "CS1", "CS1-000001", amount)


class Device:
    """One machine, its key and its fingerprint."""

    def __init__(self, relay: Relay, desk: DeviceDesk, product: str = "AcmeCAD", fingerprint: str = "AA|BB|CC|DD"):
        self.relay, self.desk, self.product, self.fingerprint = relay, desk, product, fingerprint
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes_raw()
        self.id = device_id(self.public)
        self.lease: Lease | None = None

    def request(self, path: str, message: object, now: float | None = None) -> Request:
        """A signed request, as it arrives."""
        body = msgspec.json.encode(message)
        host = self.relay.settings.relay.host_name
        headers = sign_request(self.key, path, body, host, self.relay.clock() if now is None else now)
        claim = read_claim(headers)
        assert claim is not None
        return Request(path, claim, body, "192.0.2.1")

    def enrol(self, code: str, session: str = "") -> Lease:
        """Type a code."""
        message = wire.Enrol(product=self.product, public_key=to_base64url(self.public), fingerprint=self.fingerprint,
                             code=code, session=session)  # fmt: skip
        return self.take(self.desk.enrol(self.request(wire.ENROL, message), message, self.public))

    def check(self, session: str = "") -> Lease:
        """Ask for the lease."""
        last = "" if self.lease is None else self.lease.lease
        message = wire.Check(product=self.product, fingerprint=self.fingerprint, lease=last, session=session)
        return self.take(self.desk.check(self.request(wire.CHECK, message), message))

    def release(self) -> Lease:
        """Give the seat back."""
        message = wire.Release(product=self.product)
        return self.take(self.desk.release(self.request(wire.RELEASE, message), message))

    def transfer(self, code: str) -> Lease:
        """Take a seat over."""
        message = wire.Transfer(product=self.product, code=code, fingerprint=self.fingerprint)
        return self.take(self.desk.transfer(self.request(wire.TRANSFER, message), message))

    def use(self, day: str) -> None:
        """Tell a day with use."""
        message = wire.Usage(product=self.product, day=day, client="client-1")
        self.desk.usage(self.request(wire.USAGE, message), message)

    def take(self, told: wire.Leased) -> Lease:
        """Verify what came, as the desktop does."""
        keys = {kid: key for kid, text in self.relay.signer.public_keys().items() if (key := public_key(text))}
        self.lease = verify(told.lease, keys, self.product, self.id).lease
        return self.lease
