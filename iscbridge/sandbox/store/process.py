"""One sandbox store: opened, listening, closed in good order. Everything runs on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sqlite3
import string
import sys
from collections.abc import Iterator
from typing import Any

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock
from iscbridge.sandbox.store.behaviour import Behaviour
from iscbridge.sandbox.store.calls import Calls
from iscbridge.sandbox.store.certificates import Certificates
from iscbridge.sandbox.store.clock import StoreClock
from iscbridge.sandbox.store.codes import CodeBook
from iscbridge.sandbox.store.domain import Domain
from iscbridge.sandbox.store.listeners import Listener
from iscbridge.sandbox.store.lockout import Lockout
from iscbridge.sandbox.store.merchant import MerchantBook, MerchantCalls
from iscbridge.sandbox.store.oauth import LoginService
from iscbridge.sandbox.store.people import PeopleBook
from iscbridge.sandbox.store.places import StorePlaces, write_private
from iscbridge.sandbox.store.production import Production
from iscbridge.sandbox.store.shop import Shop
from iscbridge.sandbox.store.steering import Steering

_log = logging.getLogger(__name__)

SECOND_STORE = 3

#: How often the ready file is looked at: a store that nobody can find any more ends.
_LOOK_S = 2.0

_DOMAINS = {"both": (1, 2), "first": (1,), "second": (2,), "none": ()}
if sys.platform == "win32":
    _QUIT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGBREAK)
else:
    _QUIT_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Store:
    """All parts of one store. Made, used and closed on the event loop's thread."""

    def __init__(self, home: Home, places: StorePlaces) -> None:
        """Open everything and take the ports; the caller holds `places.lock`.

        Raises:
            sqlite3.Error, OSError: something can't be opened.
        """
        self._places = places
        self._behaviour = Behaviour(places.behaviour)
        clock = StoreClock(home, self._behaviour)
        self._certificates = Certificates(places)
        self._certificates.renew()
        keys = _credentials(places)
        self._token = secrets.token_urlsafe(32)
        self._codes = CodeBook(places.database)
        lockout = Lockout()
        self._merchant = MerchantBook(places.merchant)
        domain = Domain(
            Calls(self._codes, self._behaviour),
            MerchantCalls(self._merchant, self._codes, self._behaviour, keys["access_key"]),
            behaviour=self._behaviour,
            clock=clock,
            lockout=lockout,
            keys={keys["ak"]: keys["sk"]},
        )
        self._production = Production(places, keys["access_key"], clock.now, lambda: self._behaviour.number("repeat_s"))
        login = LoginService(PeopleBook(places.people), self._behaviour, clock, self._login_address)
        steering = Steering(
            home,
            token=self._token,
            access=keys["ak"],
            codes=self._codes,
            merchant=self._merchant,
            behaviour=self._behaviour,
            clock=clock,
            lockout=lockout,
            domain=domain,
            adapt=self._adapt,
            quit_store=self.quit_soon,
            more={**Shop(self._codes, self._merchant, self._production, clock.now).handlers, **login.handlers},
        )
        context = self._certificates.context
        ports = _ports(places)
        self._domains = [Listener(domain, context, number, ports[number - 1]) for number in (1, 2)]
        self._login = Listener(login, context, 3, ports[2])
        taken = [listener.port for listener in (*self._domains, self._login)]
        write_private(places.ports, json.dumps(taken).encode())
        self._control = Listener(steering, context, 0)
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Listen, say so in the ready file, and serve until `quit_soon`.

        Raises:
            OSError: it can't listen or the ready file can't be written.
        """
        said = b""
        try:
            await self._control.open()
            await self._login.open()
            await self._adapt()
            said = json.dumps(self._said()).encode()
            write_private(self._places.ready, said)
            self._production.start()
            _log.info("listening at %s", ", ".join(self._bases()))
            await self._serve(said)
        finally:
            await self._close(said)

    def quit_soon(self) -> None:
        """End after what is being answered now. May be called by a signal's handler."""
        self._ending.set()

    async def _serve(self, said: bytes) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _LOOK_S)
                return
            if self._certificates.renew():
                _log.info("the server certificate was renewed")
            if not self._is_found(said):
                _log.warning("the ready file is gone: nobody can find this store any more")
                return

    def _is_found(self, said: bytes) -> bool:
        try:
            return self._places.ready.read_bytes() == said
        except FileNotFoundError:
            return False
        except OSError:
            return True  # somebody else reads or copies it at the moment

    async def _adapt(self) -> None:
        wanted = _DOMAINS[self._behaviour.text("domains")]
        for listener in self._domains:
            if listener.domain in wanted:
                await listener.open()
            else:
                listener.close()

    async def _close(self, said: bytes) -> None:
        if self._is_found(said):  # else it is that of another store, which is to be found
            self._places.ready.unlink(missing_ok=True)
        for listener in (*self._domains, self._login, self._control):
            await listener.end()
        await self._production.close()
        self._codes.close()
        self._merchant.close()
        _log.info("closed")

    def _bases(self) -> list[str]:
        return [f"https://localhost:{listener.port}" for listener in self._domains]

    def _login_address(self) -> str:
        return f"https://localhost:{self._login.port}"

    def _said(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "bases": self._bases(),
            "login": self._login_address(),
            "ca": os.fspath(self._places.ca),
            "control": {"url": f"https://localhost:{self._control.port}/control", "token": self._token},
        }


def run(home: Home) -> int:
    """Run a store until it is told to stop. Returns the process's exit code. Only on the main thread."""
    home.ensure()
    places = StorePlaces.of(home)
    places.ensure()
    lock = ProfileLock(places.lock)
    try:
        lock.acquire()
    except BridgeRunError as error:
        _log.error("another store runs on this profile (pid %s)", error.params["pid"])
        return SECOND_STORE
    try:
        asyncio.run(_run(home, places))
    except (OSError, sqlite3.Error):
        _log.exception("the store can't run")
        return 1
    finally:
        lock.release()
    return 0


async def _run(home: Home, places: StorePlaces) -> None:
    store = Store(home, places)
    with _signals_quit(store):
        await store.run()


@contextlib.contextmanager
def _signals_quit(store: Store) -> Iterator[None]:
    """End in good order at SIGTERM and SIGINT. Not by the loop's own means, which Windows does not have."""
    loop = asyncio.get_running_loop()

    def quit_store(*_: object) -> None:
        loop.call_soon_threadsafe(store.quit_soon)

    handlers = {number: signal.signal(number, quit_store) for number in _QUIT_SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _ports(places: StorePlaces) -> list[int]:
    """Those of the last start; 0 for any."""
    try:
        found = json.loads(places.ports.read_bytes())
        if len(found) in (2, 3) and all(isinstance(port, int) and 0 < port < 65_536 for port in found):
            return [*found, 0][:3]  # an older profile has no login page yet
    except (OSError, ValueError, TypeError):
        pass
    return [0, 0, 0]


def _credentials(places: StorePlaces) -> dict[str, str]:
    """The made-up keys of this profile, made at the first start: AK/SK, and the access key of calls in both directions."""
    letters, characters = string.ascii_uppercase + string.digits, string.ascii_letters + string.digits
    made = {
        "ak": "SBX" + "".join(secrets.choice(letters) for _ in range(17)),
        "sk": "".join(secrets.choice(characters) for _ in range(40)),
        "access_key": "".join(secrets.choice(characters) for _ in range(40)),
    }
    found: dict[str, str] = {}
    try:
        kept = json.loads(places.credentials.read_bytes())
        found = {name: kept[name] for name in made if isinstance(kept.get(name), str) and kept[name]}
    except FileNotFoundError:
        pass
    except (ValueError, LookupError, TypeError, AttributeError):
        _log.warning("%s can't be understood: new credentials are made", places.credentials)
    if {"ak", "sk"} <= found.keys():  # an older profile has no access key yet
        made |= found
    if made != found:
        write_private(places.credentials, json.dumps(made).encode())
    return made
