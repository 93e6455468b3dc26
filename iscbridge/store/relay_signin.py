"""A person's sign-in at a vendor's relay, from the device's side. What the relay says is bounded before it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.signin import Person, Started
from iscbridge.core.web_pages import LONGEST_SIGN_IN_URL, is_web_page
from iscbridge.lease import wire
from iscbridge.store.relay_client import NoAnswerError, RefusedError, RelayClient

T = TypeVar("T")

_WORD = re.compile(r"[!-~]{1,1024}", re.ASCII)
_STATE = re.compile(r"[A-Za-z0-9._~-]{16,256}", re.ASCII)
_LONGEST_NAME = 256
_LATEST_S = 253_402_300_799  # 9999-12-31


class RelaySignin:
    """The four questions about the person of one device."""

    def __init__(self, product: str, client: RelayClient, told: Callable[[RefusedError], ErrorInfo]) -> None:
        """`told`: what a refusal of the relay is called on this machine."""
        self._product = product
        self._client = client
        self._told = told

    def start(self, challenge: str, redirect: str) -> Started | ErrorInfo:
        """Have the relay wait for a sign-in.

        Args:
            challenge: base64url of the SHA-256 of a secret that stays here until `finish`.
            redirect: where on this machine the browser is to come back to.
        """
        message = wire.SigninStart(product=self._product, challenge=challenge, redirect=redirect)

        def ask() -> Started | ErrorInfo:
            reply = self._client.ask(wire.SIGNIN_START, message, wire.SigninStarted).reply
            if not is_web_page(reply.url, LONGEST_SIGN_IN_URL) or not _STATE.fullmatch(reply.state):
                return _unreadable("the sign-in page")
            return Started(reply.url, reply.state)

        return self._answered(ask)

    def finish(self, state: str, code: str, tenant: str, verifier: str) -> Person | ErrorInfo:
        """The browser came back: who is it?"""
        message = wire.SigninFinish(state=state, code=code, tenant=tenant, verifier=verifier)
        return self._person(wire.SIGNIN_FINISH, message)

    def refresh(self, session: str) -> Person | ErrorInfo:
        """Let a session last longer."""
        return self._person(wire.SIGNIN_REFRESH, wire.SigninSession(session=session))

    def end(self, session: str) -> str | ErrorInfo:
        """The person signs out. The page at which the browser forgets them too, may be empty: the relay has."""

        def ask() -> str:
            reply = self._client.ask(wire.SIGNIN_END, wire.SigninSession(session=session), wire.SignedOut).reply
            return reply.url if is_web_page(reply.url, LONGEST_SIGN_IN_URL) else ""

        return self._answered(ask)

    def _person(self, path: str, message: wire.SigninFinish | wire.SigninSession) -> Person | ErrorInfo:
        def ask() -> Person | ErrorInfo:
            reply = self._client.ask(path, message, wire.SignedIn).reply
            if not _WORD.fullmatch(reply.session) or not 0 < reply.until <= _LATEST_S:
                return _unreadable("the session")
            return Person(reply.session, _shown(reply.user), reply.until)

        return self._answered(ask)

    def _answered(self, ask: Callable[[], T | ErrorInfo]) -> T | ErrorInfo:
        try:
            return ask()
        except RefusedError as error:
            return self._told(error)
        except NoAnswerError as error:
            return error.error


def _shown(name: str) -> str:
    """A name that may be shown: others wrote it."""
    return "".join(letter if letter.isprintable() else " " for letter in name[:_LONGEST_NAME]).strip()


def _unreadable(detail: str) -> ErrorInfo:
    return ErrorInfo("ISCB-RELAY-ANSWER", {"detail": detail})
