"""Who is signed in for each product: kept in the secret store, refreshed at the relay, forgotten on both sides.

Blocking; on the product's lane. What the engine's thread looks at is only `person`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer
from iscbridge.core.licensing.policy import needs_sign_in
from iscbridge.core.signin import Person
from iscbridge.service.licensing.relay import keep_person, read_person

if TYPE_CHECKING:
    from iscbridge.platform.secrets import SecretStore
    from iscbridge.store.relay_signin import RelaySignin

log = logging.getLogger(__name__)

#: Answers to the end of a session by which the relay says that it knows of none.
_OVER = frozenset({"ISCB-RELAY-SIGN-IN", "ISCB-RELAY-SIGN-IN-OVER", "ISCB-RELAY-UNKNOWN-DEVICE"})


class Keep(Protocol):
    """Runs something with the secret store; what is wrong with that comes back as data."""

    def __call__(self, run: Callable[[SecretStore], None], /) -> ErrorInfo | None:
        """Run it, by one at a time."""


class People:
    """The people of all products of one machine: one for each."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._known: dict[str, Person | None] = {}
        self._ending: dict[str, str] = {}
        """Sessions that ended here, and of which the relay has not heard yet."""

    def person(self, product: str) -> Person | None:
        """Who is signed in, as far as is known. For any thread."""
        return self._known.get(product)

    def load(self, product: str, secrets: SecretStore) -> None:
        """Learn what is kept.

        Raises:
            SecretError: the secret store can't be asked.
        """
        person, ending = read_person(secrets, product), secrets.get(_ending(product))
        if ending:
            self._ending[product] = ending
        if person is not None and person.session == ending:
            keep_person(secrets, product, None)  # a sign-out that a crash cut short
            person = None
        self._known[product] = person

    def finish(
        self, product: str, signin: RelaySignin, state: str, code: str, tenant: str, verifier: str
    ) -> ErrorInfo | None:
        """The browser came back: have the session, and keep it."""
        found = signin.finish(state, code, tenant, verifier)
        if isinstance(found, ErrorInfo):
            return found
        before = self._known.get(product)
        error = self._kept(product, found)
        if error is not None:
            signin.end(found.session)  # nobody could use it after the next start
        elif before is not None and before.session != found.session:
            self._end(product, signin, before.session)
        return error

    def refresh(self, product: str, signin: RelaySignin) -> bool:
        """A check comes: let the session last longer, and tell of one that ended. Whether the session is another now.

        A refusal ends nothing here: it is not signed. The check that follows says in a lease that nobody is signed in.
        """
        ending, person = self._ending.get(product), self._known.get(product)
        if ending is not None:
            self._end(product, signin, ending)
        if person is None:
            return False
        found = signin.refresh(person.session)
        if isinstance(found, ErrorInfo):
            log.info("the sign-in of %s is not refreshed: %s", product, found.code)
            return False
        if found == person or self._kept(product, found) is not None:
            return False
        return found.session != person.session

    def heard(self, product: str, answer: Answer) -> None:
        """An answer came. A signed one that nobody is signed in ends the session here."""
        if answer.lease and needs_sign_in(answer.error) and self._known.get(product) is not None:
            log.info("the sign-in of %s has ended", product)
            self._kept(product, None)

    def end(self, product: str, signin: RelaySignin | None) -> str | ErrorInfo:
        """Sign out: here at once, at the relay now or before the next check.

        The page at which the browser forgets the person too; empty: there is none that is known.
        """
        person = self._known.get(product)
        if person is None:
            return ""
        session = person.session

        def ended(secrets: SecretStore) -> None:
            secrets.set(_ending(product), session)
            keep_person(secrets, product, None)

        error = self._keep(ended)
        if error is not None:
            return error
        self._known[product] = None
        self._ending[product] = session
        return "" if signin is None else self._end(product, signin, session)

    def _end(self, product: str, signin: RelaySignin, session: str) -> str:
        told = signin.end(session)
        if isinstance(told, ErrorInfo) and told.code not in _OVER:
            log.info("the relay of %s has not heard of the sign-out: %s", product, told.code)
            return ""
        heard = self._ending.get(product) == session
        if heard and self._keep(lambda secrets: secrets.delete(_ending(product))) is None:
            del self._ending[product]
        return "" if isinstance(told, ErrorInfo) else told

    def _kept(self, product: str, person: Person | None) -> ErrorInfo | None:
        error = self._keep(lambda secrets: keep_person(secrets, product, person))
        if error is None:
            self._known[product] = person
        else:
            log.warning("the sign-in of %s can't be kept: %s", product, error.code)
        return error


def _ending(product: str) -> str:
    return f"relay-signout/{product}"
