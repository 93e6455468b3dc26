"""Asks a vendor's relay: requests signed by this device, a clock that is learnt, a budget over everything.

What a call may repeat, and why that is safe:

| what happened | then |
|---|---|
| no connection (name, TCP, TLS, tunnel) | nothing: there is one address |
| the relay says that the request's time is off (ISCB-RELAY-CLOCK), and tells its own | once more, signed with that time |
| the request left and no reply came | once more: whatever a device may ask is the same if it is asked twice (enrolling with the same key and code, taking over, giving back, a day of use), and every request has a nonce of its own |
| any other reply | it is the answer |

Synchronous, for one worker thread.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec

from iscbridge.core.jobs import ErrorInfo
from iscbridge.lease.requests import NONCE, sign_request
from iscbridge.lease.wire import Refusal
from iscbridge.store.answers import HttpReply
from iscbridge.store.client import BUDGET_S
from iscbridge.store.deadline import Deadline, bounded
from iscbridge.store.proxies import ProxyChoice, ProxyKindError

if TYPE_CHECKING:
    import ssl

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Reply = TypeVar("Reply")

_CLOCK = "ISCB-RELAY-CLOCK"
_log = logging.getLogger(__name__)


class NoAnswerError(Exception):
    """Nothing certain came: the error tells why."""

    def __init__(self, error: ErrorInfo) -> None:
        super().__init__(error.code)
        self.error = error


class RefusedError(Exception):
    """The relay carried nothing out and says why. It is not signed, so it is no word on a licence that is there."""

    def __init__(self, code: str, status: int, server_time: int, retry_after: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.server_time = server_time
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Told(Generic[Reply]):
    """A reply, and the nonce of the request that it answers."""

    reply: Reply
    nonce: str


class RelayClient:
    """One device at one relay."""

    def __init__(
        self,
        url: str,
        key: Ed25519PrivateKey,
        *,
        proxies: ProxyChoice,
        clock: Callable[[], float],
        ca_file: str | os.PathLike[str] | None = None,
        budget_s: float = BUDGET_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects to nothing yet.

        Args:
            url: `https://host[:port]`.
            key: the device's own.
            proxies: how a proxy is chosen.
            clock: seconds since the epoch, by this machine (in the sandbox: moved).
            ca_file: only what this CA signed is trusted (sandbox); None: what the operating system trusts. TLS is
                verified either way, and nothing turns that off.
            budget_s: for a whole call.
            monotonic: for budgets.

        Raises:
            ValueError: the address is not https.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("a relay is https://host[:port]")
        self.host = parts.hostname
        self._port = parts.port or 443
        self._base = f"https://{parts.netloc}"
        self._key = key
        self._proxies = proxies
        self._clock = clock
        self._ca_file = None if ca_file is None else os.fspath(ca_file)
        self._budget_s = budget_s
        self._monotonic = monotonic
        self._offset = 0.0
        self._context: ssl.SSLContext | None = None

    def ask(self, path: str, message: msgspec.Struct, kind: type[Reply]) -> Told[Reply]:
        """Put one question.

        Raises:
            NoAnswerError: nothing certain came.
            RefusedError: the relay carried nothing out.
        """
        from iscbridge.store.transport import LostError

        body, deadline = msgspec.json.encode(message), Deadline(self._budget_s, self._monotonic)
        again = {"clock", "lost"}
        while True:
            try:
                return self._once(path, body, kind, deadline)
            except RefusedError as error:
                if error.code != _CLOCK or "clock" not in again:
                    raise
                again.remove("clock")
                self._offset = error.server_time - self._clock()
            except LostError as error:
                if "lost" not in again or deadline.remaining() <= 0:
                    raise NoAnswerError(self._lost(error.error, deadline)) from error
                again.remove("lost")

    def _once(self, path: str, body: bytes, kind: type[Reply], deadline: Deadline) -> Told[Reply]:
        from iscbridge.store.transport import NotSentError

        signed = sign_request(self._key, path, body, self.host, self._clock() + self._offset)
        started = self._monotonic()
        try:
            http = self._send(path, body, signed, deadline)
        except NotSentError as error:
            self._note(path, started, error.error.code)
            raise NoAnswerError(of_a_relay(error.error, self.host)) from error
        self._note(path, started, f"HTTP {http.status}")
        if http.flaw is not None:
            raise NoAnswerError(_unreadable(http.flaw.params.get("detail", http.flaw.code)))
        return Told(_read(http, kind), signed[NONCE])

    def _send(self, path: str, body: bytes, signed: dict[str, str], deadline: Deadline) -> HttpReply:
        from iscbridge.store.transport import exchange, trust

        try:
            proxy = bounded(lambda: self._proxies.proxy_for(self.host, self._port), deadline.remaining())
        except TimeoutError as error:
            raise NoAnswerError(self._late()) from error
        except ProxyKindError as error:
            info = ErrorInfo("ISCB-STORE-PROXY", {"proxy": error.address, "detail": str(error)})
            raise NoAnswerError(info) from error
        try:
            self._context = self._context or trust(self._ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise NoAnswerError(self._not_genuine("the CA file can't be used")) from error
        headers = {"content-type": "application/json", **signed}
        return exchange(self._base + path, headers, body, context=self._context, proxy=proxy, deadline=deadline)

    def _not_genuine(self, detail: str) -> ErrorInfo:
        return ErrorInfo("ISCB-RELAY-TLS", {"host": self.host, "detail": detail})

    def _lost(self, error: ErrorInfo, deadline: Deadline) -> ErrorInfo:
        late = error.code == "ISCB-STORE-TIMEOUT" or deadline.remaining() <= 0
        return self._late() if late else ErrorInfo("ISCB-RELAY-LOST")

    def _late(self) -> ErrorInfo:
        return ErrorInfo("ISCB-RELAY-TIMEOUT", {"seconds": f"{self._budget_s:.0f}"})

    def _note(self, path: str, started: float, outcome: str) -> None:
        """The one line of a request. Never a code, a key, a signature or a body."""
        _log.info("relay: %s at %s: %s, %.0f ms", path, self.host, outcome, (self._monotonic() - started) * 1000)


def of_a_relay(error: ErrorInfo, host: str) -> ErrorInfo:
    """What stands in the way to the store, said of a relay that was meant. A proxy is a proxy."""
    detail = error.params.get("detail", "-")
    if "-PROXY" in error.code:
        return error
    if "-TLS" in error.code:
        return ErrorInfo("ISCB-RELAY-TLS", {"host": host, "detail": detail})
    if error.code == "ISCB-STORE-TIMEOUT":
        return ErrorInfo("ISCB-RELAY-TIMEOUT", {"seconds": error.params.get("seconds", "-")})
    if error.code == "ISCB-STORE-CLOCK":
        return ErrorInfo("ISCB-RELAY-CLOCK")
    if error.code in ("ISCB-STORE-UNREADABLE", "ISCB-STORE-UNAVAILABLE"):
        return _unreadable(error.params.get("storeCode", detail))
    return ErrorInfo("ISCB-RELAY-UNREACHABLE", {"host": host, "detail": detail})


def _read(http: HttpReply, kind: type[Reply]) -> Reply:
    try:
        if http.status == 200:
            return msgspec.json.decode(http.body, type=kind)
        refusal = msgspec.json.decode(http.body, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NoAnswerError(_unreadable(f"HTTP {http.status}")) from None
    raise RefusedError(refusal.error.code, http.status, refusal.server_time, http.retry_after or "")


def _unreadable(detail: str) -> ErrorInfo:
    return ErrorInfo("ISCB-RELAY-ANSWER", {"detail": detail})
