"""A vendor's relay as the authority of licences: leases are verified here, and become words of the core.

Whatever restricts a licence that is there must stand in a lease that the vendor signed, that was made for this product,
this device and this very request. Everything else, an error of the relay too, is no answer and changes nothing.

Each product has a device key of its own in the secret store (`relay-device/<product>`), made when the first code is
activated. One for the whole machine would let relays of different vendors find out that they serve the same one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from iscbridge.core.errors import CODES, LicenseError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import refusals
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.core.licensing.refusals import SIGN_IN
from iscbridge.lease import wire
from iscbridge.lease.ed25519 import KEY_SIZE, public_key, to_base64url
from iscbridge.lease.form import Lease, LeaseState, verify
from iscbridge.lease.requests import device_id
from iscbridge.store.relay_client import NoAnswerError, RefusedError, RelayClient, Told
from iscbridge.store.relay_signin import RelaySignin

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KINDS = {
    LeaseState.ALIVE: AnswerKind.ALIVE,
    LeaseState.FROZEN: AnswerKind.FROZEN,
    LeaseState.EXPIRED: AnswerKind.EXPIRED,
    LeaseState.RELEASED: AnswerKind.RELEASED,
    LeaseState.REFUSED: AnswerKind.NO_SUCH_CODE,
}
_UNKNOWN = "ISCB-RELAY-UNKNOWN-DEVICE"
_SEATS_OPEN = "ISCB-RELAY-SEATS-OPEN"
#: A code that was just typed is refused by these: no licence that is there is touched by that.
_NO_SUCH = frozenset({"ISCB-RELAY-CODE", "ISCB-RELAY-TRANSFERS", "ISCB-RELAY-UNKNOWN-PRODUCT", "ISCB-RELAY-REQUEST"})
#: Errors of the relay whose texts need no more than the product's name.
_PLAIN = frozenset(
    {
        "ISCB-RELAY-SIGNATURE",
        "ISCB-RELAY-CLOCK",
        "ISCB-RELAY-REPLAY",
        "ISCB-RELAY-UNKNOWN-PRODUCT",
        "ISCB-RELAY-CODE",
        "ISCB-RELAY-TRANSFERS",
        "ISCB-RELAY-SLOW",
        "ISCB-RELAY-BUSY",
        "ISCB-RELAY-INTERNAL",
        "ISCB-RELAY-NO-SIGN-IN",
        "ISCB-RELAY-SIGN-IN-OVER",
        "ISCB-RELAY-TENANT-UNKNOWN",
        SIGN_IN,
        _UNKNOWN,
    }
)


def new_device_key() -> str:
    """A device key, as it is kept in the secret store."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode("ascii")


def read_device_key(kept: str) -> Ed25519PrivateKey | None:
    """The device key that was kept; None if it is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        seed = base64.b64decode(kept, validate=True)
    except (ValueError, binascii.Error):
        return None
    return Ed25519PrivateKey.from_private_bytes(seed) if len(seed) == KEY_SIZE else None


def vendor_keys(entries: tuple[str, ...]) -> dict[str, bytes]:
    """The public keys of a policy file's `relay_keys` by their names; what is none is left out."""
    found = {}
    for entry in entries:
        name, _, text = entry.partition(":")
        key = public_key(text)
        if name and key is not None:
            found[name] = key
    return found


def kept_word(text: str, keys: Mapping[str, bytes], product: str, key: Ed25519PrivateKey) -> tuple[Answer, Lease]:
    """What a lease that was kept says, verified anew, and the lease.

    Raises:
        LicenseError: ISCB-LIC-LEASE-*.
    """
    found = verify(text, keys, product, device_id(key.public_key().public_bytes_raw()))
    return _word(found.lease, text), found.lease


class RelayAuthority:
    """As `LicenseAuthority`, with seats. The authority of one product on one machine."""

    warning: ErrorInfo | None = None

    def __init__(
        self,
        product: str,
        client: RelayClient,
        keys: Mapping[str, bytes],
        key: Ed25519PrivateKey,
        *,
        fingerprint: Callable[[], str],
        clock: Callable[[], float],
        session: str = "",
    ) -> None:
        """Connects to nothing yet.

        Args:
            product: to the letter, as relay and policy file name it.
            client: asks the relay with `key`.
            keys: the vendor's public keys by their names.
            key: the device's own.
            fingerprint: this machine's, in the documented form; empty where nothing can be read.
            clock: seconds since the epoch.
            session: of the person who signed in; `named` seats only.
        """
        self._product = product
        self._client = client
        self._keys = keys
        self._public = key.public_key().public_bytes_raw()
        self._device = device_id(self._public)
        self._fingerprint = fingerprint
        self._clock = clock
        self._session = session
        self._enrolled = ""
        self._last = ""
        self.signin = RelaySignin(product, client, self._told)
        """The person at this device."""

    def activate(self, code: str, *, by_person: bool = False) -> Answer:
        """Enrol this device with the code. The same device and code may enrol as often as they like."""
        del by_person
        return self._typed(lambda: self._enrol(code), code)

    def take_over(self, code: str, *, pending: bool = False) -> Answer:
        """Have a seat of the code: a free one, or that of the machine whose lease ends first."""

        def ask() -> Answer:
            try:
                found = self._enrol(code)
            except RefusedError as error:
                if error.code != _SEATS_OPEN:
                    raise
                return self._transfer(code)  # it is not known whether one is free, and this one is wanted for certain
            taken = found.error is not None and found.error.code in refusals.TAKEN
            return self._transfer(code) if taken else found

        return self._typed(ask, code) if pending else self._answered(ask)

    def query(self, code: str, *, by_person: bool = False, pending: bool = False) -> Answer:
        """Where this device's licence stands; of a code that may not have arrived yet: enrol with it."""
        del by_person
        if pending and code != self._enrolled:
            return self.activate(code)

        def ask() -> Answer:
            try:
                return self._check()
            except RefusedError as error:
                if error.code != _UNKNOWN:
                    raise
                return self._enrol(code)  # the relay was set up anew, or this device's key is another one

        return self._answered(ask)

    def report_use(self, code: str, client_id: str, *, by_person: bool = False) -> Answer:
        """Tell that the product was used today. DONE if it was taken."""
        del code, by_person

        def ask() -> Answer:
            day = date.fromtimestamp(self._clock()).isoformat()  # noqa: DTZ012  the day of the person at this machine
            message = wire.Usage(product=self._product, day=day, client=client_id)
            told = self._client.ask(wire.USAGE, message, wire.Taken)
            return Answer(AnswerKind.DONE, float(told.reply.server_time))

        return self._answered(ask)

    def release(self) -> Answer:
        """Give this device's seat back. DONE if the relay has signed that it has none any more."""

        def ask() -> Answer:
            lease = self._lease(self._client.ask(wire.RELEASE, wire.Release(product=self._product), wire.Leased))
            if lease.state is LeaseState.REFUSED and lease.reason == refusals.RELEASED:
                self._enrolled = ""
                return Answer(AnswerKind.DONE, float(lease.issued))
            return Answer(AnswerKind.FAILED, error=_unreadable(lease.state.value))

        return self._answered(ask)

    def close(self) -> None:
        """Nothing here pauses: a call that is under way ends by its budget."""

    # ------------------------------------------------------------------------------------------------ the questions

    def _enrol(self, code: str) -> Answer:
        message = wire.Enrol(
            product=self._product,
            public_key=to_base64url(self._public),
            fingerprint=self._fingerprint(),
            code=code,
            session=self._session,
        )
        answer = self._asked(wire.ENROL, message)
        if self._session and answer.error is not None and answer.error.code == SIGN_IN:
            return self._check()  # enrolling says nothing of persons
        return answer

    def _check(self) -> Answer:
        message = wire.Check(
            product=self._product, fingerprint=self._fingerprint(), lease=self._last, session=self._session
        )
        return self._asked(wire.CHECK, message)

    def _transfer(self, code: str) -> Answer:
        message = wire.Transfer(
            product=self._product, code=code, fingerprint=self._fingerprint(), session=self._session
        )
        return self._asked(wire.TRANSFER, message)

    def _asked(self, path: str, message: wire.Enrol | wire.Check | wire.Transfer) -> Answer:
        told = self._client.ask(path, message, wire.Leased)
        lease = self._lease(told)
        self._last = lease.lease
        return _word(lease, told.reply.lease)

    def _lease(self, told: Told[wire.Leased]) -> Lease:
        """The lease of a reply, if it is genuine and answers this request.

        Without the nonce whoever stands in for the relay could hand out old leases again and again.

        Raises:
            LicenseError: ISCB-LIC-LEASE-*.
        """
        lease = verify(told.reply.lease, self._keys, self._product, self._device).lease
        if lease.nonce != told.nonce:
            raise LicenseError("ISCB-LIC-LEASE-REPLAY")
        return lease

    # -------------------------------------------------------------------------------------------------- the answers

    def _typed(self, ask: Callable[[], Answer], code: str) -> Answer:
        """About a code that a person typed: the relay may refuse it without signing that."""
        answer = self._answered(ask, refusals=_NO_SUCH)
        if answer.kind is AnswerKind.ALIVE:
            self._enrolled = code
        return answer

    def _answered(self, ask: Callable[[], Answer], refusals: frozenset[str] = frozenset()) -> Answer:
        try:
            return ask()
        except RefusedError as error:
            kind = AnswerKind.NO_SUCH_CODE if error.code in refusals else AnswerKind.FAILED
            return Answer(kind, error=self._told(error))
        except NoAnswerError as error:
            return Answer(AnswerKind.FAILED, error=error.error)
        except LicenseError as error:
            return Answer(AnswerKind.FAILED, error=error.info)

    def _told(self, error: RefusedError) -> ErrorInfo:
        """The relay's error in this machine's own words: nothing that it writes is shown."""
        if error.code in _PLAIN:
            return ErrorInfo(error.code, {"product": self._product})
        if error.code == "ISCB-RELAY-RATE" and error.retry_after.isdigit():
            return ErrorInfo(error.code, {"seconds": error.retry_after[:6]})
        if error.code == _SEATS_OPEN and error.retry_after.isdigit():
            return ErrorInfo(error.code, {"product": self._product, "seconds": error.retry_after[:6]})
        if error.code in ("ISCB-RELAY-UPSTREAM", "ISCB-RELAY-TENANT"):
            return ErrorInfo(error.code, {"detail": f"HTTP {error.status}"})
        return _unreadable(error.code if error.code in CODES else f"HTTP {error.status}")


def _word(lease: Lease, text: str) -> Answer:
    error = None
    # A reason of a newer relay is told in general words.
    if lease.state is LeaseState.REFUSED and lease.reason in refusals.BY_LEASE:
        error = ErrorInfo(lease.reason, {"product": lease.product})
    return Answer(
        _KINDS[lease.state],
        float(lease.issued),
        None if lease.license_expires is None else float(lease.license_expires),
        error,
        text,
        float(lease.until),
        float(lease.next_check),
    )


def _unreadable(detail: str) -> ErrorInfo:
    return ErrorInfo("ISCB-RELAY-ANSWER", {"detail": detail})
