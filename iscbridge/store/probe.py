"""Walks the way to the store one step after the other, and says at which one it ends. Imported on a worker thread.

What goes out is one request without a signature, a key or a code: nothing that counts against anybody's key. Every
step has a limit, and nothing raises: a step that fails carries an error and is the last one.
"""

from __future__ import annotations

import base64
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore

from iscbridge.core.jobs import ErrorInfo
from iscbridge.store.answers import CLOCK_LIMIT_S
from iscbridge.store.deadline import Deadline, bounded
from iscbridge.store.models import read_date
from iscbridge.store.proxies import Proxy, ProxyChoice, ProxyKindError, ProxySource
from iscbridge.store.sockets import BoundedStream, TlsRefusedError, connect, look_up
from iscbridge.store.transport import trust
from iscbridge.version import VERSION

if TYPE_CHECKING:
    from iscbridge.store.sockets import Address

_LONGEST_HEAD = 65_536
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: |\r\n)")
_DATE = re.compile(rb"\r\ndate:[ \t]*([^\r\n]*)\r\n", re.IGNORECASE)
#: OpenSSL's X509_V_ERR_*, and the CERT_E_* by which Windows says the same.
_DATE_CODES = {9, 10, 0x800B0101}
_NAME_CODES = {62, 63, 64, 0x800B010F}
_ISSUER_CODES = {2, 18, 19, 20, 21, 27, 0x800B0109, 0x800B010A, 0x800B010D, 0x800B0112}


class StepName(StrEnum):
    """The steps, in their order."""

    PROXY = "proxy"
    """Which proxy leads there, and who says so."""
    DNS = "dns"
    """The address of the store, or of the proxy if there is one."""
    CONNECT = "connect"
    """To the store, or through the proxy."""
    TLS = "tls"
    """Whether the other side can prove who it is."""
    STORE = "store"
    """Whether it answers."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one step went."""

    name: StepName
    target: str
    """`host:port`; of the step `dns` the host alone."""
    seconds: float
    error: ErrorInfo | None = None
    proxy: str = ""
    """Of the step `proxy`: its `host:port`; empty: none is used."""
    source: ProxySource | None = None
    """Of the step `proxy`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that the steps may take."""

    choose: float = 3.0
    dns: float = 5.0
    connect: float = 5.0
    tls: float = 5.0
    answer: float = 8.0

    @property
    def whole(self) -> float:
        """For all steps of one address."""
        return self.choose + self.dns + self.connect + self.tls + self.answer


class _StepError(Exception):
    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.error = ErrorInfo(code, params)


def probe(
    address: str,
    *,
    proxies: ProxyChoice,
    ca_file: str | None,
    clock: Callable[[], float],
    limits: Limits | None = None,
) -> list[Step]:
    """Walk the way to `https://host[:port]`; the steps that were taken, of which only the last may have failed.

    Args:
        address: of the store.
        proxies: how a proxy is chosen.
        ca_file: only what this CA signed is trusted (sandbox); None: what the operating system trusts.
        clock: seconds since the epoch, to which the store's own is compared.
        limits: of the steps.
    """
    parts = urlsplit(address)
    walk = _Walk(parts.hostname or "", parts.port or 443, proxies, ca_file, clock, limits or Limits())
    return list(walk.steps())


class _Walk:
    def __init__(
        self,
        host: str,
        port: int,
        proxies: ProxyChoice,
        ca_file: str | None,
        clock: Callable[[], float],
        limits: Limits,
    ) -> None:
        self._host = host
        self._port = port
        self._proxies = proxies
        self._ca_file = ca_file
        self._clock = clock
        self._limits = limits
        self._deadline = Deadline(limits.whole, time.monotonic)
        self._proxy: Proxy | None = None
        self._source: ProxySource | None = None
        self._addresses: list[Address] = []
        self._stream: httpcore.NetworkStream | None = None

    def steps(self) -> Iterator[Step]:
        work = {
            StepName.PROXY: self._choose,
            StepName.DNS: self._look_up,
            StepName.CONNECT: self._connect,
            StepName.TLS: self._verify,
            StepName.STORE: self._ask,
        }
        try:
            for name, run in work.items():
                begun, error = time.monotonic(), None
                try:
                    run()
                except _StepError as problem:
                    error = problem.error
                yield self._step(name, time.monotonic() - begun, error)
                if error is not None:
                    return
        finally:
            if self._stream is not None:
                self._stream.close()

    def _step(self, name: StepName, seconds: float, error: ErrorInfo | None) -> Step:
        target = f"{self._host}:{self._port}"
        if name is StepName.PROXY:
            return Step(name, target, seconds, error, self._proxy.address if self._proxy else "", self._source)
        if name is StepName.DNS:
            target = self._proxy.host if self._proxy else self._host
        elif name is StepName.CONNECT and self._proxy:
            target = self._proxy.address
        return Step(name, target, seconds, error)

    def _choose(self) -> None:
        def choice() -> tuple[ProxySource, Proxy | None, ProxyKindError | None]:
            source = self._proxies.source_for(self._host, self._port)
            try:
                return source, self._proxies.proxy_for(self._host, self._port), None
            except ProxyKindError as error:
                return source, None, error

        try:
            self._source, self._proxy, problem = bounded(choice, self._limits.choose)
        except TimeoutError:
            raise _StepError("ISCB-STORE-PROXY", proxy="?", detail="the system did not say which") from None
        if problem is not None:
            raise _StepError("ISCB-STORE-PROXY", proxy=problem.address, detail=str(problem)) from problem

    def _look_up(self) -> None:
        host, port = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)
        try:
            self._addresses = look_up(host, port, self._limit(self._limits.dns))
        except OSError as error:
            raise self._no_name(_words(error)) from error

    def _no_name(self, detail: str) -> _StepError:
        if self._proxy:
            return _StepError("ISCB-STORE-PROXY", proxy=self._proxy.address, detail=detail)
        return _StepError("ISCB-STORE-NO-NAME", host=self._host, detail=detail)

    def _connect(self) -> None:
        limit = self._limit(self._limits.connect)
        try:
            self._stream = BoundedStream(connect(self._addresses, limit), self._deadline)
            if self._proxy is not None:
                self._tunnel(self._stream, self._proxy, limit)
        except OSError as error:
            raise self._no_way(_words(error)) from error
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise self._no_way("the connection broke off") from error

    def _no_way(self, detail: str) -> _StepError:
        if self._proxy:
            return _StepError("ISCB-STORE-PROXY", proxy=self._proxy.address, detail=detail)
        return _StepError("ISCB-STORE-UNREACHABLE", detail=detail)

    def _tunnel(self, stream: httpcore.NetworkStream, proxy: Proxy, limit: Deadline) -> None:
        """Ask the proxy for a way to the store (CONNECT)."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        lines = [f"CONNECT {host}:{self._port} HTTP/1.1", f"Host: {host}:{self._port}"]
        if proxy.login is not None:
            login = base64.b64encode(f"{proxy.login.user}:{proxy.login.password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {login}")
        stream.write("\r\n".join([*lines, "", ""]).encode(), limit.remaining())
        status, _ = _head(stream, limit)
        if status == 407:
            raise _StepError("ISCB-STORE-PROXY-AUTH", proxy=proxy.address)
        if not 200 <= status < 300:
            detail = f"HTTP {status}" if status else "no HTTP"
            raise _StepError("ISCB-STORE-PROXY", proxy=proxy.address, detail=detail)

    def _verify(self) -> None:
        assert self._stream is not None  # noqa: S101  the step before made it
        limit = self._limit(self._limits.tls).remaining()
        try:
            self._stream = self._stream.start_tls(trust(self._ca_file), self._host, limit)
        except TlsRefusedError as error:
            raise self._refused(error) from error
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise _StepError("ISCB-STORE-UNREACHABLE", detail=str(error) or "timed out") from error
        except OSError as error:  # the sandbox's CA file
            raise _StepError("ISCB-STORE-TLS", host=self._host, detail=_words(error)) from error

    def _refused(self, error: TlsRefusedError) -> _StepError:
        cause, detail = error.__cause__, str(error)
        code = getattr(cause, "verify_code", 0) if isinstance(cause, ssl.SSLCertVerificationError) else 0
        if code in _DATE_CODES:
            return _StepError("ISCB-STORE-TLS-DATE", host=self._host, detail=detail)
        if code in _NAME_CODES:
            return _StepError("ISCB-STORE-TLS-NAME", host=self._host, detail=detail)
        if code in _ISSUER_CODES:
            return _StepError("ISCB-STORE-TLS-UNTRUSTED", host=self._host, detail=detail)
        return _StepError("ISCB-STORE-TLS", host=self._host, detail=detail)

    def _ask(self) -> None:
        assert self._stream is not None  # noqa: S101  the step before made it
        limit = self._limit(self._limits.answer)
        lines = (
            "GET / HTTP/1.1",
            f"Host: {self._host}" if self._port == 443 else f"Host: {self._host}:{self._port}",
            f"User-Agent: ISCBridge/{VERSION}",
            "Accept: */*",
            "Connection: close",
        )
        try:
            self._stream.write("\r\n".join([*lines, "", ""]).encode(), limit.remaining())
            status, head = _head(self._stream, limit)
        except httpcore.TimeoutException as error:
            raise _StepError("ISCB-STORE-TIMEOUT", seconds=f"{self._limits.answer:g}") from error
        except httpcore.NetworkError as error:
            raise _StepError("ISCB-STORE-UNREACHABLE", detail="the connection broke off") from error
        if not status:
            raise _StepError("ISCB-STORE-UNREADABLE", detail="no HTTP")
        if status >= 500:
            raise _StepError("ISCB-STORE-UNAVAILABLE", status=str(status), storeCode=f"HTTP {status}")
        found = _DATE.search(head)
        theirs = read_date(found[1].decode("latin-1")) if found else None
        if theirs is not None and abs(theirs - self._clock()) > CLOCK_LIMIT_S:
            raise _StepError("ISCB-STORE-CLOCK")

    def _limit(self, seconds: float) -> Deadline:
        return Deadline(self._deadline.clamp(seconds), time.monotonic)


def _head(stream: httpcore.NetworkStream, limit: Deadline) -> tuple[int, bytes]:
    """Status and head of a reply; status 0 if it is no HTTP.

    Raises:
        httpcore.NetworkError, httpcore.TimeoutException: it did not come.
    """
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        if limit.remaining() <= 0:
            raise httpcore.ReadTimeout("timed out")
        chunk = stream.read(4096, limit.remaining())
        if not chunk:
            break
        head += chunk
    found = _STATUS.match(head)
    if found is None and not head:
        raise httpcore.ReadError("nothing came")
    return int(found[1]) if found else 0, head


def _words(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else error.strerror or str(error) or type(error).__name__
