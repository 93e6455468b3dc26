"""Signing a person in on a device: what the device asks, and what the browser does in between. Blocking.

The store's login page takes neither a state nor a challenge (cloud-store-api.md, section 8), and sends every browser
to the one page of ours that is registered with it. What ties browser and device together is therefore ours:

    device    start: challenge = SHA-256 of its verifier, loopback redirect    -> a page with a ticket, and a state
    browser   page with the ticket, which is good for one browser              -> a cookie, and on to the login page
    browser   back with the tenant's code; the cookie says which sign-in it is -> loopback redirect: own code, state
    device    finish: state, own code, verifier, all of them once              -> a session

The tenant's code stays here: what passes through the browser's history opens nothing without the device's key and its
verifier. Nobody else's browser can end a sign-in, and no page but the device's own loopback address hears of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, Row, delete, select, update

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.lease.form import SeatKind
from iscbridge.relay.config import Signin
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import device_row
from iscbridge.relay.database.tables import DEVICES, SIGNINS
from iscbridge.relay.devices.gate import HOUR_S, Request, admit, check_proof, count, turn_away
from iscbridge.relay.signin.sessions import Sessions
from iscbridge.relay.signin.tenants import BUDGET_S, RefusedGrantError, Tenants

GO, RETURN, OVER = "/signin/go", "/signin/return", "/signin/over"
"""Pages of the relay: where a browser begins, where the login page sends it, where it is after signing out."""
LASTS_S = 600
"""A sign-in on its way."""
LONGEST_CODE = 1024
ASKING_S = int(2 * BUDGET_S) + 6
"""So long the tenant may be asked who it is."""

_PORT = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{0,4})/")
_PORTS = 65_536


@dataclass(frozen=True, slots=True)
class Begun:
    """A browser has begun."""

    url: str
    """The login page."""
    browser: str = field(repr=False)
    """For its cookie."""


class SigninDesk:
    """Answers devices, and the browsers of their people."""

    def __init__(self, relay: Relay, tenants: Tenants) -> None:
        self._relay = relay
        self._tenants = tenants
        self.sessions = Sessions(relay, tenants)

    # -------------------------------------------------------------------------------------------------- the device

    def start(self, request: Request, message: wire.SigninStart) -> wire.SigninStarted:
        """Begin. A sign-in of the device that is on its way ends.

        Raises:
            RelayError: who asks is not proven (`gate`); ISCB-RELAY-REQUEST; ISCB-RELAY-UNKNOWN-PRODUCT,
                -UNKNOWN-DEVICE; ISCB-RELAY-NO-SIGN-IN: the product is not licensed to people.
        """
        self._check_form(message)
        signin = self._signin(message.product)
        self._prove(message.product, request)
        state, ticket = secrets.token_urlsafe(32), secrets.token_urlsafe(32)

        def started(connection: Connection) -> None:
            admit(self._relay, connection, request)
            now, limits = self._relay.now(), self._relay.settings.limits
            count(connection, f"signin:{request.claim.device}", now, HOUR_S, limits.signins_per_hour)
            device = self._known(connection, message.product, request)
            connection.execute(delete(SIGNINS).where(SIGNINS.c.device == device.id))
            connection.execute(SIGNINS.insert().values(
                state=self._digest(state, "state"), device=device.id, product=message.product,
                challenge=message.challenge, redirect=message.redirect,
                state_sealed=self._relay.sealer.seal(state.encode(), "signin-state"),
                ticket=self._digest(ticket, "ticket"), until=now + LASTS_S,
            ))  # fmt: skip

        self._relay.database.run(started)
        url = f"{self._address(signin)}{GO}?{urlencode({'ticket': ticket})}"
        return wire.SigninStarted(url=url, state=state, server_time=self._relay.now())

    def finish(self, request: Request, message: wire.SigninFinish) -> wire.SignedIn:
        """The browser came back to the device: exchange what it brought. Good once, whatever comes of it.

        The same device may ask the same again as long as its answer may have got lost: it gets the same session.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-SIGN-IN-OVER: this is not the end of a sign-in that began
                here; ISCB-RELAY-BUSY: the same is being asked; ISCB-RELAY-TENANT.
        """
        state = self._digest(message.state, "state")
        row = self._relay.database.run(lambda connection: self._waiting(connection, SIGNINS.c.state == state))
        if row is None:
            turn_away(self._relay, request)
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
        check_proof(self._relay, request, bytes(row.public_key))
        # Not drawn but made of two secrets that only this device and this sign-in have: so a repeat gets the same.
        session = self._session_of(message)

        def used(connection: Connection) -> tuple[int | None, wire.SignedIn | None]:
            admit(self._relay, connection, request)
            first = connection.execute(
                update(SIGNINS).where(SIGNINS.c.state == state, SIGNINS.c.used.is_(None)).values(used=self._relay.now())
            ).rowcount == 1  # fmt: skip
            if first:
                return None, None
            # Not of `row`: another request may have begun the exchange since that was read.
            at = connection.scalar(select(SIGNINS.c.used).where(SIGNINS.c.state == state)) or 0
            return at, self._told(connection, session, request.claim.device)

        used_at, before = self._relay.database.run(used)
        if before is not None:
            return before
        if used_at is not None and used_at > self._relay.now() - ASKING_S:
            raise RelayError("ISCB-RELAY-BUSY")
        try:
            if used_at is not None or not self._fits(row, message):
                raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
            return self._signed_in(row, session, request.claim.device)
        except RelayError:
            self._relay.database.run(
                lambda connection: connection.execute(delete(SIGNINS).where(SIGNINS.c.state == state))
            )
            raise

    def refresh(self, request: Request, message: wire.SigninSession) -> wire.SignedIn:
        """Let a session last longer, if the tenant still knows the person.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-SIGN-IN-OVER: there is no such session any more.
        """
        row = self._session(request, message.session)
        if row is None or not self.sessions.confirm(row):
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
        device = request.claim.device
        told = self._relay.database.run(lambda connection: self._told(connection, message.session, device))
        if told is None:
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
        return told

    def end(self, request: Request, message: wire.SigninSession) -> wire.SignedOut:
        """The person signs out. A session that is over is no error: its answer may have got lost.

        Raises:
            RelayError: who asks is not proven.
        """
        row = self._session(request, message.session)
        if row is None:
            return wire.SignedOut(server_time=self._relay.now())
        self._relay.database.run(lambda connection: self.sessions.end(connection, row, "device"))
        signin = self._relay.settings.signin
        back = "" if signin is None else self._address(signin) + OVER
        return wire.SignedOut(url=self._tenants.logout_url(row.tenant, back), server_time=self._relay.now())

    # ------------------------------------------------------------------------------------------------- the browser

    def begin(self, ticket: str, browser: str) -> Begun:
        """A browser opens the page with the ticket. The first one that does so is the only one.

        Args:
            ticket: of the page's address.
            browser: the cookie that it brings; empty: none.

        Raises:
            RelayError: ISCB-RELAY-SIGN-IN-OVER.
        """
        drawn = secrets.token_urlsafe(32)

        def begun(connection: Connection) -> tuple[str, str] | None:
            row = self._waiting(connection, SIGNINS.c.ticket == self._digest(ticket, "ticket"))
            if row is None or row.code is not None:
                return None
            if row.browser is None:
                connection.execute(
                    update(SIGNINS).where(SIGNINS.c.state == row.state).values(browser=self._digest(drawn, "browser"))
                )
                return row.product, drawn
            same = hmac.compare_digest(row.browser, self._digest(browser, "browser"))
            return (row.product, browser) if same else None  # the page was loaded again

        found = self._relay.database.run(begun)
        if found is None:
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
        signin = self._signin(found[0])
        ours = {"ind": "UNOP", "appId": signin.app_id}
        return Begun(f"{signin.login_url}?{urlencode(ours, quote_via=quote)}", found[1])

    def returned(self, browser: str, code: str, tenant: str) -> str:
        """A browser comes from the login page; the loopback address that it goes to.

        Args:
            browser: its cookie.
            code: of the tenant; empty: nobody signed in.
            tenant: whose.

        Raises:
            RelayError: ISCB-RELAY-SIGN-IN-OVER; ISCB-RELAY-TENANT-UNKNOWN.
        """
        own = secrets.token_urlsafe(32)
        good = 0 < len(code) <= LONGEST_CODE and code.isprintable()
        if good and not self._tenants.knows(tenant):
            raise RelayError("ISCB-RELAY-TENANT-UNKNOWN")

        def taken(connection: Connection) -> Row[Any] | None:
            row = self._waiting(connection, SIGNINS.c.browser == self._digest(browser, "browser"))
            if row is None or row.code is not None or row.used is not None:
                return None
            if good:
                connection.execute(
                    update(SIGNINS).where(SIGNINS.c.state == row.state).values(
                        code=self._digest(own, "code"), tenant=tenant,
                        code_sealed=self._relay.sealer.seal(code.encode(), "signin-code"),
                    )
                )  # fmt: skip
            else:
                connection.execute(delete(SIGNINS).where(SIGNINS.c.state == row.state))
            return row

        row = self._relay.database.run(taken)
        if row is None:
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER")
        state = self._relay.sealer.unseal(row.state_sealed, "signin-state").decode()
        told = {"code": own, "tenant": tenant} if good else {"error": "access_denied"}
        return f"{row.redirect}?{urlencode({**told, 'state': state})}"

    # -------------------------------------------------------------------------------------------------------- parts

    def _check_form(self, message: wire.SigninStart) -> None:
        # the routes look at forms; this is the one thing that a pattern can't say
        found = _PORT.match(message.redirect)
        if found is None or int(found[1]) >= _PORTS:
            raise RelayError("ISCB-RELAY-REQUEST", detail="`redirect` is not in its form")

    def _signin(self, name: str) -> Signin:
        product, signin = self._relay.settings.named(name), self._relay.settings.signin
        if product is None:
            raise RelayError("ISCB-RELAY-UNKNOWN-PRODUCT", product=name[:80])
        if signin is None or product.seats != SeatKind.NAMED.value:
            raise RelayError("ISCB-RELAY-NO-SIGN-IN", product=product.name)
        return signin

    def _address(self, signin: Signin) -> str:
        return signin.address.rstrip("/") or f"https://{self._relay.settings.relay.host_name}"

    def _digest(self, text: str, what: str) -> str:
        return self._relay.sealer.digest(text, f"signin-{what}")

    def _session_of(self, message: wire.SigninFinish) -> str:
        return self._digest(f"{message.state}\n{message.verifier}", "session")

    def _known(self, connection: Connection, product: str, request: Request) -> Row[Any]:
        row = device_row(connection, product, request.claim.device)
        if row is None:
            raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product=product)
        return row

    def _prove(self, product: str, request: Request) -> None:
        """That a device of ours asks."""
        row = self._relay.database.run(lambda connection: device_row(connection, product, request.claim.device))
        if row is None:
            turn_away(self._relay, request)
            raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product=product)
        check_proof(self._relay, request, bytes(row.public_key))

    def _waiting(self, connection: Connection, which: Any) -> Row[Any] | None:
        """A sign-in on its way, with the key of its device."""
        return connection.execute(
            select(SIGNINS, DEVICES.c.public_key)
            .join(DEVICES, DEVICES.c.id == SIGNINS.c.device)
            .where(which, SIGNINS.c.until > self._relay.now())
            .with_for_update(of=SIGNINS)
        ).one_or_none()

    def _fits(self, row: Row[Any], message: wire.SigninFinish) -> bool:
        """Whether what the browser brought belongs to this sign-in, and the device is the one that began it."""
        made = base64.urlsafe_b64encode(hashlib.sha256(message.verifier.encode()).digest()).rstrip(b"=").decode()
        tests = (
            hmac.compare_digest(made, row.challenge),
            hmac.compare_digest(row.code or "-", self._digest(message.code, "code")),
            hmac.compare_digest(row.tenant.encode(), message.tenant.encode()),
        )
        return all(tests)

    def _signed_in(self, row: Row[Any], session: str, device: str) -> wire.SignedIn:
        code = self._relay.sealer.unseal(row.code_sealed, "signin-code").decode()
        try:
            tokens = self._tenants.token(row.tenant, code)
            person = self._tenants.person(row.tenant, tokens.access)
        except RefusedGrantError:
            raise RelayError("ISCB-RELAY-SIGN-IN-OVER") from None

        def begun(connection: Connection) -> int:
            return self.sessions.begin(connection, session, device, row.product, row.tenant, tokens, person)

        until = self._relay.database.run(begun)
        return wire.SignedIn(
            session=session, user=person.name or person.user, until=until, server_time=self._relay.now()
        )

    def _session(self, request: Request, session: str) -> Row[Any] | None:
        """The living session of the device that asks; who asks is proven and counted."""
        device = request.claim.device
        row = self._relay.database.run(lambda connection: self.sessions.find(connection, session, device))
        if row is None:
            turn_away(self._relay, request)
            return None
        self._prove(row.product, request)
        self._relay.database.run(lambda connection: admit(self._relay, connection, request))
        return row

    def _told(self, connection: Connection, session: str, device: str) -> wire.SignedIn | None:
        row = self.sessions.find(connection, session, device)
        if row is None:
            return None
        user = row.name or row.user
        return wire.SignedIn(session=session, user=user, until=row.until, server_time=self._relay.now())
