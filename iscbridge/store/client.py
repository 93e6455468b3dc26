"""Asks the store: domains in turn, a clock that is learnt, a budget over everything, and no second activation.

What a call may repeat, and why that is safe:

| what happened | then |
|---|---|
| no connection (name, TCP, TLS, tunnel) | the next domain, signed anew: no byte of the request left |
| the gateway says that the signature's time is off, and its `Date` shows by how much | once more: a refused request was not carried out |
| throttled, and `Retry-After` is short | once more after that, for the same reason |
| the request left and no reply came | nothing: an activation may have happened |
| any other reply | it is the answer |

Synchronous, for one worker thread. Nothing of the network raises: it ends as `AnswerKind.FAILED`.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.store.answers import HttpReply, Reading, Trouble, read
from iscbridge.store.breaker import Counted, Permit, Turns
from iscbridge.store.credentials import Credentials
from iscbridge.store.deadline import Deadline, bounded
from iscbridge.store.operations import (
    MOST_CLIENT_ID_CHARACTERS,
    MOST_CODE_CHARACTERS,
    ApiVersion,
    Operation,
    activation,
    query,
    usage,
)
from iscbridge.store.proxies import ProxyChoice, ProxyKindError
from iscbridge.store.signing import DATE_HEADER, SignRequest, authorization

if TYPE_CHECKING:
    import ssl

#: China, then its fallback (reference, section 10).
STORE_DOMAINS = ("https://mkt.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn")
BUDGET_S = 20.0
LONGEST_PAUSE_S = 5.0
"""A longer `Retry-After` is not waited for: a later call comes anyway."""
_LEAST_CLOCK_CHANGE_S = 60.0
"""A smaller difference to the time that was signed can't be why the signature was refused."""
_LEAST_FOR_A_TRY_S = 1.0
_BACKEND_CODES = ("91", "92", "95", "CBC.")
"""Codes of the interfaces themselves begin so: behind the gateway, so that the signature was good."""
_NOT_ACCEPTED = ("CBC.0150", "CBC.0151", "CBC.0154", "CBC.0250", "91380150")
"""Those that may speak of the key itself, or come from before it was looked at."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Domain:
    url: str
    host: str
    port: int
    header: str
    """Value of `Host`: with the port if it is not the usual one."""


class StoreClient:
    """The calls of one merchant account."""

    def __init__(
        self,
        credentials: Credentials,
        domains: Sequence[str] = STORE_DOMAINS,
        *,
        proxies: ProxyChoice,
        breaker: Turns,
        clock: Callable[[], float],
        ca_file: str | os.PathLike[str] | None = None,
        budget_s: float = BUDGET_S,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            credentials: sign every request.
            domains: `https://host[:port]`, in the order in which they are tried.
            proxies: how a proxy is chosen.
            breaker: the profile's, or the one that a relay's processes share.
            clock: seconds since the epoch, by this machine (in the sandbox: moved).
            ca_file: only what this CA signed is trusted (sandbox); None: what the operating system trusts. TLS is
                verified either way, and nothing turns that off.
            budget_s: for a whole call.
            monotonic: for budgets.
            pause: waits; the default stops waiting on `close`.

        Raises:
            ValueError: a domain is not https.
            TypeError: `ca_file` is no path.
        """
        if ca_file is not None and not isinstance(ca_file, (str, os.PathLike)):
            raise TypeError("ca_file is a path or None")
        self._credentials = credentials
        self._domains = [_domain(url) for url in domains]
        self._proxies = proxies
        self._breaker = breaker
        self._clock = clock
        self._ca_file = None if ca_file is None else os.fspath(ca_file)
        self._budget_s = budget_s
        self._monotonic = monotonic
        self._closed = threading.Event()
        self._pause = pause or self._closed.wait
        self._offset = 0.0
        self._context: ssl.SSLContext | None = None

    def activate(self, code: str, *, version: ApiVersion = "v1", by_person: bool = False) -> Answer:
        """Activate a code. DONE says that it was accepted, and nothing of its state."""
        return self._call(activation(code, version), code, by_person=by_person)

    def heartbeat(self, code: str, *, version: ApiVersion = "v1", by_person: bool = False) -> Answer:
        """Ask for a code's state."""
        return self._call(query(code, version), code, by_person=by_person)

    def report_use(self, code: str, client_id: str, *, by_person: bool = False) -> Answer:
        """Report that the client was used today. DONE if it was taken.

        Raises:
            ValueError: the client id is empty, longer than the interface takes, or not printable.
        """
        if not 1 <= len(client_id) <= MOST_CLIENT_ID_CHARACTERS or not client_id.isprintable():
            raise ValueError("a client id has 1 to 256 printable characters")
        return self._call(usage(code, client_id), code, by_person=by_person)

    def close(self) -> None:
        """End a pause. May be called from any thread; a call under way ends by its own limits."""
        self._closed.set()

    def call(self, operation: Operation, *, by_person: bool = False) -> Reading:
        """Carry out one operation; `Reading.told` has what it told besides its answer."""
        deadline = Deadline(self._budget_s, self._monotonic)
        if not operation.account_key:
            return self._talk(operation, _Unsigned(), deadline)
        key_id = self._credentials.key_id
        with self._breaker.turn(key_id, by_person=by_person, patience_s=deadline.remaining()) as turn:
            if turn.permit in _REFUSALS:
                return _failed(_REFUSALS[turn.permit])
            if turn.permit is Permit.BUSY:
                return _failed(_timeout(deadline))
            return self._talk(operation, turn, deadline)

    def _call(self, operation: Operation, code: str, *, by_person: bool) -> Answer:
        if not is_code(code):
            # The store would answer the same; it need not be asked.
            return Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-STORE-PARAM", {"storeCode": ""}))
        return self.call(operation, by_person=by_person).answer

    def _talk(self, operation: Operation, turn: Counted, deadline: Deadline) -> Reading:
        """Ask until there is an answer; at most one repetition for each reason."""
        reasons: set[Trouble] = set()
        while True:
            before = self._offset
            reading = self._ask(operation, deadline)
            if isinstance(reading, ErrorInfo):
                return _failed(reading)
            more = self._count(reading, turn)
            if reading.trouble in reasons or not more:
                return reading
            reasons.add(reading.trouble)
            if reading.trouble is Trouble.CLOCK and abs(self._offset - before) >= _LEAST_CLOCK_CHANGE_S:
                continue
            if reading.trouble is Trouble.THROTTLED and self._wait(reading.retry_after, deadline):
                continue
            return reading

    def _count(self, reading: Reading, turn: Counted) -> bool:
        """Tell the breaker; whether it lets another request go."""
        if reading.trouble in (Trouble.AUTH, Trouble.CLOCK):
            return turn.failed()
        if reading.trouble is Trouble.LOCKED:
            turn.locked()
            return False
        if reading.store_code.startswith(_BACKEND_CODES) and reading.store_code not in _NOT_ACCEPTED:
            turn.accepted()
        return turn.permit is Permit.GIVEN

    def _wait(self, retry_after: float | None, deadline: Deadline) -> bool:
        if retry_after is None or retry_after > min(LONGEST_PAUSE_S, deadline.remaining() - _LEAST_FOR_A_TRY_S):
            return False
        self._pause(retry_after)
        return not self._closed.is_set()

    def _ask(self, operation: Operation, deadline: Deadline) -> Reading | ErrorInfo:
        """One reply of the first domain that can be reached, or why there is none."""
        from iscbridge.store.transport import LostError, NotSentError

        problems: list[ErrorInfo] = []
        for domain in self._domains:
            if deadline.remaining() <= 0:
                break
            signed_at = self._clock() + self._offset
            started = self._monotonic()
            try:
                http = self._send(operation, domain, signed_at, deadline)
            except NotSentError as error:
                self._note(operation, domain, started, error.error.code)
                problems.append(error.error)
                if error.final:
                    break
            except LostError as error:
                self._note(operation, domain, started, error.error.code)
                return error.error
            else:
                reading = read(operation, http, signed_at)
                self._note(operation, domain, started, f"HTTP {http.status}", reading)
                self._learn(reading.answer.server_time)
                return reading
        return _most_telling(problems) or _timeout(deadline)

    def _send(self, operation: Operation, domain: _Domain, signed_at: float, deadline: Deadline) -> HttpReply:
        from iscbridge.store.transport import NotSentError, exchange, trust

        try:
            # Windows looks names up to see whether its exceptions hold.
            proxy = bounded(lambda: self._proxies.proxy_for(domain.host, domain.port), deadline.remaining())
        except TimeoutError as error:
            raise NotSentError(_timeout(deadline), final=True) from error
        except ProxyKindError as error:
            info = ErrorInfo("ISCB-STORE-PROXY", {"proxy": error.address, "detail": str(error)})
            raise NotSentError(info, final=True) from error
        try:
            self._context = self._context or trust(self._ca_file)
        except OSError as error:  # ssl.SSLError is one
            info = ErrorInfo("ISCB-STORE-TLS", {"host": domain.host, "detail": "the CA file can't be used"})
            raise NotSentError(info, final=True) from error
        query = f"?{urlencode(operation.query, quote_via=quote)}" if operation.query else ""
        return exchange(
            domain.url + operation.path + query,
            self._headers(operation, domain, signed_at),
            operation.body,
            context=self._context,
            proxy=proxy,
            deadline=deadline,
            method=operation.method,
        )

    def _headers(self, operation: Operation, domain: _Domain, signed_at: float) -> dict[str, str]:
        headers = {"Host": domain.header, "Content-Type": operation.content_type}
        if operation.account_key:
            headers[DATE_HEADER] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(signed_at))
            request = SignRequest(operation.method, operation.path, dict(headers), operation.query, operation.body)
            headers["Authorization"] = authorization(request, self._credentials)
        if operation.extra_headers is not None:
            headers.update(operation.extra_headers(signed_at))
        return headers

    def _learn(self, server_time: float | None) -> None:
        if server_time is not None:
            self._offset = server_time - self._clock()

    def _note(
        self, operation: Operation, domain: _Domain, started: float, outcome: str, reading: Reading | None = None
    ) -> None:
        """The one line of a request. Never a code, a key, a signature or a body."""
        told = ""
        if reading is not None:
            error = reading.answer.error
            told = f", {reading.store_code or 'no code'}, {error.code if error else reading.answer.kind}"
        took = (self._monotonic() - started) * 1000
        _log.info("store: %s at %s: %s%s, %.0f ms", operation.name, domain.header, outcome, told, took)


_REFUSALS = {
    Permit.STOPPED: ErrorInfo("ISCB-STORE-AUTH-STOPPED"),
    Permit.LOCKED: ErrorInfo("ISCB-STORE-KEY-LOCKED"),
}


def _domain(url: str) -> _Domain:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
        raise ValueError("a domain of the store is https://host[:port]")
    port = parts.port or 443
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    header = name if port == 443 else f"{name}:{port}"
    return _Domain(f"https://{header}", parts.hostname, port, header)


def is_code(code: str) -> bool:
    """Whether a text can be a licence code at all."""
    return 1 <= len(code) <= MOST_CODE_CHARACTERS and code.isprintable()


class _Unsigned:
    """Requests without the account's key: nothing that a breaker counts."""

    permit = Permit.GIVEN

    def failed(self) -> bool:
        return False

    def locked(self) -> None:
        pass

    def accepted(self) -> None:
        pass


def _failed(error: ErrorInfo) -> Reading:
    return Reading(Answer(AnswerKind.FAILED, error=error))


def _timeout(deadline: Deadline) -> ErrorInfo:
    return ErrorInfo("ISCB-STORE-TIMEOUT", {"seconds": f"{deadline.budget_s:.0f}"})


def _most_telling(problems: list[ErrorInfo]) -> ErrorInfo | None:
    """Of several domains' troubles the one that says most: "not reachable" is what all the others are too."""
    special = [problem for problem in problems if problem.code != "ISCB-STORE-UNREACHABLE"]
    return next(iter(special or problems), None)
