"""What licensing does on worker threads: secrets, records, the fingerprint, and the authority. Nothing here decides.

One lane of work per product, so that one product's slow network holds up no other. Secrets and records are shared
by all lanes and are used by one at a time.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import Answer, AnswerKind, LicenseRecord, Machine
from iscbridge.core.signin import Started
from iscbridge.service.licensing.signin_work import People

if TYPE_CHECKING:
    from iscbridge.journal.license_records import LicenseRecords
    from iscbridge.platform.secrets import SecretStore
    from iscbridge.store.authority import LicenseAuthority
    from iscbridge.store.relay_signin import RelaySignin

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a product when the bridge starts."""

    record: LicenseRecord | None = None
    trouble: ErrorInfo | None = None
    has_code: bool = False
    has_pending_code: bool = False
    has_keys: bool = False
    """Whether this machine holds the vendor's own keys for the store."""
    warning: ErrorInfo | None = None
    """The secret store does not open: the record could not be verified."""
    lease: Answer | None = None
    """What the kept lease says, verified anew."""


@dataclass(frozen=True, slots=True)
class Seen:
    """This machine against a record."""

    machine: Machine
    device: str
    salt: str


def _place(error: BaseException) -> str:
    """Where it was raised. Its own words stay out of the log: they may quote a secret."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(last.filename)}:{last.lineno}"


def _lease(product: str) -> str:
    return f"lease/{product}"


def _code(product: str, *, pending: bool) -> str:
    return f"code-pending/{product}" if pending else f"code/{product}"


def _no_leases(product: str, text: str, alone: bool, secrets: SecretStore) -> Answer | None:
    """Of an authority that gives none."""
    del product, text, alone, secrets
    return None


def _signin(authority: LicenseAuthority) -> RelaySignin | None:
    """How people sign in at an authority; None: nobody does."""
    from iscbridge.store.authority import PersonAuthority

    return authority.signin if isinstance(authority, PersonAuthority) else None


class LicenseWork:
    """Blocking calls; each is made on its product's lane. They raise nothing: what went wrong comes back as data."""

    def __init__(
        self,
        open_secrets: Callable[[], SecretStore],
        open_records: Callable[[SecretStore], LicenseRecords],
        make_authority: Callable[[str, SecretStore], LicenseAuthority],
        read_lease: Callable[[str, str, bool, SecretStore], Answer | None] = _no_leases,
    ) -> None:
        self._open_secrets = open_secrets
        self._open_records = open_records
        self._make_authority = make_authority
        self._read_lease = read_lease
        self._keep = threading.RLock()
        self.people = People(lambda run: self._said(lambda: run(self._store())))
        """Who is signed in."""
        self._secrets: SecretStore | None = None
        self._records: LicenseRecords | None = None
        self._authorities: dict[str, LicenseAuthority] = {}
        self._leases: dict[str, str] = {}
        """The lease of each product that lies in the secret store, as far as it was put there by this bridge."""
        self._stuck: set[str] = set()
        """Products whose code could not be moved to its place: it still lies where a pending one lies."""

    # secrets and records
    def _store(self) -> SecretStore:
        if self._secrets is None:
            self._secrets = self._open_secrets()
        return self._secrets

    def _book(self) -> LicenseRecords:
        if self._records is None:
            self._records = self._open_records(self._store())
        return self._records

    def _kept(self, run: Callable[[], T]) -> T | ErrorInfo:
        with self._keep:
            try:
                return run()
            except BridgeError as error:
                return error.info
            except Exception as error:  # noqa: BLE001  what was not kept must never pass for kept
                log.warning("secrets or records: %s at %s", type(error).__name__, _place(error))
                return ErrorInfo("ISCB-BRIDGE-INTERNAL", {"detail": type(error).__name__})

    def load(self, product: str, peek: Callable[[], LicenseRecord | None]) -> Found:
        """Record and codes of a product.

        Where secrets don't open now, the record counts as it lies there, unverified: a keyring that is still locked
        must not lock anybody out. Where there is no secret store at all nothing in the record can be believed.
        """

        def run() -> Found:
            record, trouble = self._book().load(product)
            kept, pending = (self._store().get(_code(product, pending=which)) is not None for which in (False, True))
            keys = self._store().get(f"store-key/{product}") is not None
            self.people.load(product, self._store())
            return Found(record, trouble, kept, pending, keys, lease=self._kept_lease(product, record))

        found = self._kept(run)
        if isinstance(found, Found):
            return found
        log.warning("the licence record of %s could not be verified: %s", product, found.code)
        record = peek()
        if record is not None and found.code == "ISCB-SECRET-NONE":
            return Found(trouble=found, warning=found)
        if record is not None:
            return Found(record, None, bool(record.masked_code), record.pending, warning=found)
        codes = self._kept(lambda: tuple(self._code(product, pending=which) is not None for which in (False, True)))
        if isinstance(codes, ErrorInfo):
            return Found(warning=found)
        kept, pending = codes
        # The record is out of reach, the code is not: nobody has to type it again.
        return Found(None, found if kept else None, kept, pending, warning=found)

    def _kept_lease(self, product: str, record: LicenseRecord | None) -> Answer | None:
        """The lease that the record holds; if there is no record, the one beside it in the secret store."""
        text = self._store().get(_lease(product)) if record is None else record.lease
        return self._read_lease(product, text, record is None, self._store()) if text else None

    def write(self, record: LicenseRecord) -> ErrorInfo | None:
        """Make a record durable, and its lease beside it: a lease proves itself, and survives a record that is lost."""

        def run() -> None:
            self._book().save(record)
            if self._leases.get(record.product) != record.lease:
                self._keep_lease(record)

        return self._said(run)

    def _keep_lease(self, record: LicenseRecord) -> None:
        name = _lease(record.product)
        if record.lease:
            self._store().set(name, record.lease)
        elif self._store().get(name) is not None:
            self._store().delete(name)
        self._leases[record.product] = record.lease

    def keep_code(self, product: str, code: str) -> ErrorInfo | None:
        """Put a code that was typed in into the secret store."""

        def run() -> None:
            if product in self._stuck:
                self._promote(product)  # the product's own code lies there: it must not be written over
            self._store().set(_code(product, pending=True), code)

        return self._said(run)

    def promote_code(self, product: str) -> ErrorInfo | None:
        """The pending code is the product's code from now on."""
        self._stuck.add(product)
        return self._said(lambda: self._promote(product))

    def _promote(self, product: str) -> None:
        store = self._store()
        code = store.get(_code(product, pending=True))
        if code is not None:
            store.set(_code(product, pending=False), code)
            store.delete(_code(product, pending=True))
        self._stuck.discard(product)

    def _code(self, product: str, *, pending: bool) -> str | None:
        """The code to ask about: in its place, or where it lies as long as it could not be moved there."""
        moved = self._store().get(_code(product, pending=True)) if product in self._stuck and not pending else None
        return moved or self._store().get(_code(product, pending=pending))

    def forget_code(self, product: str, *, only_pending: bool) -> ErrorInfo | None:
        """Take codes out of the secret store."""

        def run() -> None:
            self._store().delete(_code(product, pending=True))
            if not only_pending:
                self._store().delete(_code(product, pending=False))
                self._stuck.discard(product)

        return self._said(run)

    def _said(self, run: Callable[[], None]) -> ErrorInfo | None:
        return self._kept(run)

    # the machine
    def look(self, record: LicenseRecord | None) -> Seen:
        """Take the fingerprint and compare it with the record's. A machine that can't be read counts as unknown."""
        from iscbridge.device.compare import compare, seal
        from iscbridge.device.fingerprint import take

        salt = record.salt if record is not None and record.salt else os.urandom(16).hex()
        try:
            fingerprint = take()
        except BridgeError as error:
            log.warning("the device fingerprint can't be taken: %s", error.code)
            return Seen(Machine.UNKNOWN, "", salt)
        known = record is not None and record.device
        machine = compare(record.device, fingerprint, salt) if record is not None and known else Machine.UNKNOWN
        return Seen(machine, seal(fingerprint, salt), salt)

    # the authority
    def ask(self, product: str, question: Question, *, pending: bool, by_person: bool, salt: str) -> Answer:
        """Put one question. Network, minutes at most; never while secrets are held."""
        if product in self._stuck:
            self._said(lambda: self._promote(product))
        code = self._kept(lambda: self._code(product, pending=pending))
        if isinstance(code, ErrorInfo):
            return Answer(AnswerKind.FAILED, error=code)
        if code is None:
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-LIC-CODE-LOST", {"product": product}))
        authority = self._authority(product)
        if not isinstance(authority, ErrorInfo) and question is Question.QUERY:
            authority = self._refreshed(product, authority)
        if isinstance(authority, ErrorInfo):
            return Answer(AnswerKind.FAILED, error=authority)
        answer = self._put(authority, product, question, code, pending=pending, by_person=by_person, salt=salt)
        self.people.heard(product, answer)
        return answer

    def _put(
        self,
        authority: LicenseAuthority,
        product: str,
        question: Question,
        code: str,
        *,
        pending: bool,
        by_person: bool,
        salt: str,
    ) -> Answer:
        if question is Question.ACTIVATE:
            return authority.activate(code, by_person=by_person)
        if question is Question.QUERY:
            return authority.query(code, by_person=by_person, pending=pending)
        if question in (Question.TAKE_OVER, Question.RELEASE):
            return self._ask_for_seat(authority, product, question, code, pending=pending)
        client = self._client_id(salt)
        if isinstance(client, ErrorInfo):
            return Answer(AnswerKind.FAILED, error=client)
        return authority.report_use(code, client)

    def _ask_for_seat(
        self, authority: LicenseAuthority, product: str, question: Question, code: str, *, pending: bool
    ) -> Answer:
        from iscbridge.store.authority import SeatAuthority

        if not isinstance(authority, SeatAuthority):
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-LIC-NO-SEAT", {"product": product}))
        return authority.release() if question is Question.RELEASE else authority.take_over(code, pending=pending)

    # who is signed in
    def _refreshed(self, product: str, authority: LicenseAuthority) -> LicenseAuthority | ErrorInfo:
        """A check comes: the session first, and then with the one that there is now."""
        signin = _signin(authority)
        changed = signin is not None and self.people.refresh(product, signin)
        return self._authority(product) if changed else authority

    def signin_start(self, product: str, challenge: str, redirect: str) -> Started | ErrorInfo:
        """Have the relay wait for a sign-in. It knows devices by their code, so there must be one."""
        code = self._kept(lambda: self._code(product, pending=True) or self._code(product, pending=False))
        if isinstance(code, ErrorInfo):
            return code
        if code is None:
            return ErrorInfo("ISCB-LIC-NOT-ACTIVATED", {"product": product})
        authority = self._authority(product)
        if isinstance(authority, ErrorInfo):
            return authority
        signin = _signin(authority)
        if signin is None:
            return ErrorInfo("ISCB-LIC-NO-SIGN-IN", {"product": product})
        found = signin.start(challenge, redirect)
        if isinstance(found, ErrorInfo) and found.code == "ISCB-RELAY-UNKNOWN-DEVICE":
            # the relay was set up anew; what it says of the licence is heard at the check that follows a sign-in
            authority.activate(code)
            found = signin.start(challenge, redirect)
        return found

    def signin_finish(self, product: str, state: str, code: str, tenant: str, verifier: str) -> ErrorInfo | None:
        """The browser came back; None: somebody is signed in now."""
        authority = self._authority(product)
        signin = None if isinstance(authority, ErrorInfo) else _signin(authority)
        if isinstance(authority, ErrorInfo) or signin is None:
            return (
                authority
                if isinstance(authority, ErrorInfo)
                else ErrorInfo("ISCB-LIC-NO-SIGN-IN", {"product": product})
            )
        return self.people.finish(product, signin, state, code, tenant, verifier)

    def signin_end(self, product: str) -> str | ErrorInfo:
        """Sign out; the page at which the browser forgets the person too, or empty."""
        if self.people.person(product) is None:
            return ""
        authority = self._authority(product)
        return self.people.end(product, None if isinstance(authority, ErrorInfo) else _signin(authority))

    def _client_id(self, salt: str) -> str | ErrorInfo:
        from iscbridge.device.compare import client_id
        from iscbridge.device.fingerprint import take

        try:
            return client_id(take(), salt)
        except BridgeError as error:
            return error.info

    def _authority(self, product: str) -> LicenseAuthority | ErrorInfo:
        """Looked up anew for each question: its keys may have changed."""
        made = self._kept(lambda: self._make_authority(product, self._store()))
        if not isinstance(made, ErrorInfo):
            self._authorities[product] = made
        return made

    def warning(self, product: str) -> ErrorInfo | None:
        """What has to be said at all times of the authority that was asked last."""
        authority = self._authorities.get(product)
        return None if authority is None else authority.warning

    def close(self) -> None:
        """End pauses. For any thread."""
        for authority in tuple(self._authorities.values()):
            authority.close()
