"""The authority of a sandbox bridge: the stand-in of the store, wherever it listens now, with the keys it made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from iscbridge.core.errors import SandboxError
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.sandbox.store.places import StorePlaces

if TYPE_CHECKING:
    from iscbridge.core.jobs import ErrorInfo
    from iscbridge.platform.folders import Home
    from iscbridge.store.authority import LicenseAuthority
    from iscbridge.store.breaker import Breaker


class SandboxAuthority:
    """Asks the sandbox store. Its ports are new with each start, so each question looks where it listens."""

    warning: ErrorInfo | None = None

    def __init__(self, home: Home, breaker: Breaker, clock: Callable[[], float]) -> None:
        self._places = StorePlaces.of(home)
        self._root = str(home.root)
        self._breaker = breaker
        self._clock = clock
        self._found: tuple[bytes, bytes] | None = None
        self._authority: LicenseAuthority | None = None

    def activate(self, code: str, *, by_person: bool = False) -> Answer:
        """As `LicenseAuthority`."""
        return self._asked(lambda authority: authority.activate(code, by_person=by_person))

    def query(self, code: str, *, by_person: bool = False, pending: bool = False) -> Answer:
        """As `LicenseAuthority`."""
        return self._asked(lambda authority: authority.query(code, by_person=by_person, pending=pending))

    def report_use(self, code: str, client_id: str, *, by_person: bool = False) -> Answer:
        """As `LicenseAuthority`."""
        return self._asked(lambda authority: authority.report_use(code, client_id, by_person=by_person))

    def close(self) -> None:
        """As `LicenseAuthority`."""
        if self._authority is not None:
            self._authority.close()

    def _asked(self, ask: Callable[[LicenseAuthority], Answer]) -> Answer:
        try:
            return ask(self._current())
        except SandboxError as error:
            return Answer(AnswerKind.FAILED, error=error.info)

    def _current(self) -> LicenseAuthority:
        try:
            found = self._places.ready.read_bytes(), self._places.credentials.read_bytes()
            if self._authority is None or found != self._found:
                self.close()
                self._authority = self._made(*found)
                self._found = found
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=self._root) from error
        return self._authority

    def _made(self, ready: bytes, credentials: bytes) -> LicenseAuthority:
        from iscbridge.store.authority import StoreAuthority
        from iscbridge.store.credentials import Credentials
        from iscbridge.store.proxies import ProxyChoice

        where, keys = json.loads(ready), json.loads(credentials)
        return StoreAuthority(
            Credentials(keys["ak"], keys["sk"]),
            where["bases"],
            proxies=ProxyChoice("none"),
            verify=where["ca"],
            breaker=self._breaker,
            clock=self._clock,
        )
