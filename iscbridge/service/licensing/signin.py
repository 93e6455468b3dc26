"""Signing in: a browser is sent to the vendor's relay and comes back to a loopback address of this machine.

The engine never opens a browser: who asked gets the address and opens it. What proves that it was this machine that
began (the verifier) stays in memory until the browser is back. Lives on the engine owner's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from iscbridge.core.errors import LicenseError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.core.licensing.policy import needs_sign_in
from iscbridge.core.signin import Returned, Started
from iscbridge.ipc import messages as m
from iscbridge.ipc.license_wire import LicenseObject, SigninFacts
from iscbridge.ipc.wire import time_to_wire
from iscbridge.service.clock import wall_clock
from iscbridge.texts.render import Language

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge
    from iscbridge.service.licensing.licenses import LicenseService
    from iscbridge.service.licensing.signin_listener import Loopback
    from iscbridge.service.licensing.work import LicenseWork

log = logging.getLogger(__name__)

#: So long a person may take in the browser.
WAIT_S = 600.0
#: Who asks for a sign-in or a sign-out is answered within this time.
ANSWER_S = 90.0


@dataclass(slots=True, eq=False)
class Attempt:
    """One sign-in on its way."""

    loopback: Loopback
    token: int
    """Of the request that began it."""
    verifier: str = field(repr=False)
    state: str = field(default="", repr=False)
    """The relay's; empty: it has not answered yet."""
    finishing: bool = False
    """The browser is back, and the relay is being asked who it was."""


class Signins(QObject):
    """The sign-ins of one bridge. One at a time for each product: a person who begins anew has closed the window."""

    def __init__(self, bridge: Bridge, licenses: LicenseService, work: LicenseWork) -> None:
        super().__init__()
        self._bridge = bridge
        self._licenses = licenses
        self._work = work
        self._attempts: dict[str, Attempt] = {}
        self._errors: dict[str, ErrorInfo] = {}
        self._signed_out: dict[int, str] = {}
        """Requests of `license.signout` that wait for a check, and the page for each one's browser."""
        self._over: list[Loopback] = []
        """Closed ones, which may still be read from."""

    def start(self, request: Request, policy: LicensePolicy) -> None:
        """Begin `license.signin`.

        Raises:
            LicenseError: ISCB-LIC-NO-SIGN-IN; -SIGN-IN-PORT.
        """
        from iscbridge.service.licensing.signin_listener import Loopback

        product = policy.product
        _with_people(policy)
        loopback = Loopback()
        if not loopback.listen():
            raise LicenseError("ISCB-LIC-SIGN-IN-PORT", product=product)
        self._give_up(product, ErrorInfo("ISCB-LIC-SIGN-IN-ENDED", {"product": product}))
        self._errors.pop(product, None)
        verifier, challenge = _drawn()
        attempt = Attempt(loopback, request.token, verifier)
        self._attempts[product] = attempt
        loopback.setObjectName(product)
        loopback.came.connect(self._on_came)
        self._bridge.deadlines.set(request.token, ANSWER_S, ErrorInfo("ISCB-LIC-NO-ANSWER", {"product": product}))
        self._bridge.timers.set(f"license-signin:{product}", wall_clock() + WAIT_S)
        run = partial(self._work.signin_start, product, challenge, loopback.redirect)
        self._licenses.lane(product, run, partial(self._on_started, product, attempt))
        self._licenses.tell(product)

    def stop(self, request: Request, policy: LicensePolicy) -> None:
        """Begin `license.signout`: nobody is signed in then, and the licence is looked at anew.

        Raises:
            LicenseError: ISCB-LIC-NO-SIGN-IN.
        """
        product, token = policy.product, request.token
        _with_people(policy)
        ask = product in self._attempts or self._work.people.person(product) is not None
        self._give_up(product, ErrorInfo("ISCB-LIC-SIGN-IN-ENDED", {"product": product}))
        self._errors.pop(product, None)
        self._bridge.deadlines.set(token, ANSWER_S, ErrorInfo("ISCB-LIC-NO-ANSWER", {"product": product}))

        def ended(told: str | ErrorInfo) -> None:
            self._licenses.tell(product)
            if isinstance(told, ErrorInfo):
                self._refuse(token, told)
                return
            self._signed_out[token] = told
            self._licenses.settle(product, token, ask=ask)

        self._licenses.lane(product, partial(self._work.signin_end, product), ended)

    def facts(self, product: str, policy: LicensePolicy, error: ErrorInfo | None, *, named: bool) -> SigninFacts | None:
        """What a licence object tells of its person.

        Args:
            product: to the letter.
            policy: the vendor's.
            error: why the licence is not good, or was not settled.
            named: its seats are people's.
        """
        if policy.authority != "relay":
            return None
        person, failure = self._work.people.person(product), self._errors.get(product)
        needed = person is None and (named or needs_sign_in(error))
        waiting = product in self._attempts
        if person is None and failure is None and not (needed or waiting):
            return None
        if person is None:
            return SigninFacts(needed, waiting, error=failure)
        return SigninFacts(needed, waiting, person.user, float(person.until), failure)

    def answer_signout(self, token: int, licence: Callable[[Language], LicenseObject]) -> bool:
        """Answer a request, if it is one of `license.signout`; the deadline is the caller's."""
        url = self._signed_out.pop(token, None)
        if url is None:
            return False
        self._bridge.server.answer_in(token, lambda language: m.LicenseSignoutResult(licence(language), url or None))
        return True

    def forget(self, token: int) -> None:
        """A request was answered with an error."""
        self._signed_out.pop(token, None)

    def late(self, product: str) -> None:
        """Nobody came back in time."""
        error = ErrorInfo("ISCB-LIC-SIGN-IN-LATE", {"product": product, "minutes": f"{WAIT_S / 60:.0f}"})
        attempt = self._attempts.get(product)
        if attempt is not None and not attempt.finishing:
            self._fail(product, error)

    def close(self) -> None:
        """Nobody is expected any more."""
        for attempt in self._attempts.values():
            attempt.loopback.drop()
        for loopback in self._over:
            loopback.drop()
        self._attempts.clear()

    def _on_started(self, product: str, attempt: Attempt, value: object) -> None:
        if self._attempts.get(product) is not attempt:
            return  # given up meanwhile: its asker was told
        if not isinstance(value, Started):
            error = value if isinstance(value, ErrorInfo) else ErrorInfo("ISCB-LIC-NO-ANSWER", {"product": product})
            self._fail(product, error)
            return
        if not self._bridge.deadlines.met(attempt.token):
            # Who asked was told that no answer came: nobody opens this page, so no browser is to be awaited.
            self._end(product)
            self._licenses.tell(product)
            return
        attempt.state = value.state
        attempt.loopback.expect(value.state)
        until = time_to_wire(wall_clock() + WAIT_S)
        self._bridge.server.answer(attempt.token, m.LicenseSigninResult(product, value.url, until))

    @Slot(object)
    def _on_came(self, back: Returned) -> None:
        loopback = self.sender()
        product = loopback.objectName()
        attempt = self._attempts.get(product)
        if attempt is None or attempt.loopback is not loopback:
            return
        if not back.code:
            self._fail(product, ErrorInfo("ISCB-LIC-SIGN-IN-CANCELLED", {"product": product}))
            return
        attempt.finishing = True
        verifier, attempt.verifier = attempt.verifier, ""
        run = partial(self._work.signin_finish, product, attempt.state, back.code, back.tenant, verifier)
        self._licenses.lane(product, run, partial(self._on_finished, product, attempt))

    def _on_finished(self, product: str, attempt: Attempt, error: ErrorInfo | None) -> None:
        if self._attempts.get(product) is not attempt:
            self._licenses.tell(product)
            return  # somebody began anew; or signed out, which is done after this on the same lane
        if error is not None:
            self._fail(product, error)
            return
        log.info("somebody has signed in for %s", product)
        self._end(product)
        self._errors.pop(product, None)
        self._licenses.settle(product, 0, ask=True)
        self._licenses.tell(product)

    def _fail(self, product: str, error: ErrorInfo) -> None:
        """An attempt came to nothing. Who asked is told in the answer, or finds it in the licence if that was given."""
        log.info("the sign-in of %s came to nothing: %s", product, error.code)
        attempt = self._attempts.get(product)
        if attempt is not None and attempt.state:
            self._errors[product] = error
        self._give_up(product, error)
        self._licenses.tell(product)

    def _give_up(self, product: str, error: ErrorInfo) -> None:
        attempt = self._end(product)
        if attempt is not None:
            self._refuse(attempt.token, error)

    def _end(self, product: str) -> Attempt | None:
        """The attempt of a product is over; who reads the page may go on."""
        self._bridge.timers.clear(f"license-signin:{product}")
        attempt = self._attempts.pop(product, None)
        if attempt is not None:
            attempt.loopback.close()
            self._over = [*(loopback for loopback in self._over if loopback.visited), attempt.loopback]
        return attempt

    def _refuse(self, token: int, error: ErrorInfo) -> None:
        """Tell who asked, if they still wait."""
        if self._bridge.deadlines.met(token):
            self._bridge.server.answer_error(token, error)


def _drawn() -> tuple[str, str]:
    """A verifier, and the challenge that only its holder can meet (RFC 7636, S256)."""
    import hashlib
    import secrets

    from iscbridge.lease.ed25519 import to_base64url

    verifier = secrets.token_urlsafe(48)
    return verifier, to_base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def _with_people(policy: LicensePolicy) -> None:
    if policy.authority != "relay":
        raise LicenseError("ISCB-LIC-NO-SIGN-IN", product=policy.product)
