"""One request, one reply, over verified TLS. Imported on the worker thread only: it loads httpx.

A connection serves one request: calls are rare, and one that was kept may be closed by the other side at the very
moment it is used again, which nobody could tell from a request that arrived.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpcore
import httpx
import truststore

from iscbridge.core.jobs import ErrorInfo
from iscbridge.store.answers import HttpReply
from iscbridge.store.deadline import Deadline
from iscbridge.store.proxies import Proxy
from iscbridge.store.sockets import BoundedBackend, TlsRefusedError
from iscbridge.version import VERSION

CONNECT_LIMIT_S = 5.0
"""For name and TCP together, and once more for the TLS handshake."""
READ_LIMIT_S = 10.0
"""For each read and write."""
LARGEST_REPLY = 1_048_576
_ALWAYS = {
    "user-agent": f"ISCBridge/{VERSION}",
    "accept": "application/json",
    "accept-encoding": "identity",  # what is counted while reading is what there is
    "connection": "close",
}
_NETWORK_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)

# Their lines hold addresses and headers, which have no place in our log. Whoever wants them sets a level there.
for _name in ("httpx", "httpcore"):
    if logging.getLogger(_name).level == logging.NOTSET:
        logging.getLogger(_name).setLevel(logging.WARNING)


class NotSentError(Exception):
    """No byte of the request left: it may go to another domain."""

    def __init__(self, error: ErrorInfo, *, final: bool = False) -> None:
        super().__init__(error.code)
        self.error = error
        self.final = final
        """Another domain would meet the same, or repeating does harm (a login that a proxy refuses)."""


class LostError(Exception):
    """The request may have arrived, and no reply came."""

    def __init__(self, error: ErrorInfo) -> None:
        super().__init__(error.code)
        self.error = error


def trust(ca_file: str | None) -> ssl.SSLContext:
    """What decides whether a server is genuine: the operating system's certificates, or one CA only (sandbox).

    Raises:
        OSError: the CA file can't be read or holds no certificate.
    """
    if ca_file is None:
        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def exchange(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    context: ssl.SSLContext,
    proxy: Proxy | None,
    deadline: Deadline,
    method: str = "POST",
) -> HttpReply:
    """Send `body` and read the reply. Redirects are replies like others.

    Raises:
        NotSentError: no connection.
        LostError: the request left, at least in part, and no status came back.
    """
    watch = _Watch()
    timeout = httpx.Timeout(READ_LIMIT_S, connect=CONNECT_LIMIT_S)
    pool = _Pool(context, proxy, deadline)
    with httpx.Client(transport=pool, trust_env=False, follow_redirects=False, timeout=timeout) as client:
        request = client.build_request(
            method, url, headers={**_ALWAYS, **headers}, content=body, extensions={"trace": watch}
        )
        try:
            response = client.send(request, stream=True)
        except TlsRefusedError as error:
            raise NotSentError(ErrorInfo("ISCB-STORE-TLS", {"host": request.url.host, "detail": str(error)})) from error
        except httpcore.ProxyError as error:
            raise _refused_by(proxy, str(error)) from error
        except _NETWORK_ERRORS as error:
            raise _broken(watch, proxy, deadline, error) from error
        try:
            return _read(response, deadline)
        finally:
            response.close()


class _Watch:
    """Notices when the request itself begins to leave, through httpcore's extension `trace`."""

    def __init__(self) -> None:
        self.sent = False
        self.tunnelled = False

    def __call__(self, name: str, info: Mapping[str, Any]) -> None:
        if name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent = True
        elif name == "proxy.start_tls.started":
            self.tunnelled = True


class _Pool(httpx.BaseTransport):
    """httpcore under httpx, with our sockets; httpx's own transport has no place for them."""

    def __init__(self, context: ssl.SSLContext, proxy: Proxy | None, deadline: Deadline) -> None:
        backend = BoundedBackend(deadline)
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                context, max_connections=1, max_keepalive_connections=0, network_backend=backend
            )
        else:
            login = proxy.login
            self._pool = httpcore.HTTPProxy(
                httpcore.URL(scheme=b"http", host=proxy.host.encode("idna"), port=proxy.port, target=b"/"),
                proxy_auth=(login.user.encode(), login.password.encode()) if login else None,
                ssl_context=context,
                max_connections=1,
                max_keepalive_connections=0,
                network_backend=backend,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                target,
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        stream = response.stream
        if not isinstance(stream, Iterable):
            raise TypeError("a synchronous pool gives a synchronous stream")
        return httpx.Response(response.status, headers=response.headers, stream=_Body(stream))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


def _read(response: httpx.Response, deadline: Deadline) -> HttpReply:
    """The whole reply. One that can't be read to its end still has a status, which may matter."""
    body, flaw = bytearray(), None
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > LARGEST_REPLY:
                flaw = ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "more than 1 MiB"})
                break
    except _NETWORK_ERRORS:
        flaw = _over(deadline) or ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "it ended too early"})
    if flaw is None and response.headers.get("content-encoding", "identity").lower() != "identity":
        flaw = ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "compressed without being asked"})
    return HttpReply(
        status=response.status_code,
        body=b"" if flaw else bytes(body),
        date=response.headers.get("date"),
        retry_after=response.headers.get("retry-after"),
        flaw=flaw,
    )


def _over(deadline: Deadline) -> ErrorInfo | None:
    if deadline.remaining() > 0:
        return None
    return ErrorInfo("ISCB-STORE-TIMEOUT", {"seconds": f"{deadline.budget_s:.0f}"})


def _refused_by(proxy: Proxy | None, message: str) -> NotSentError:
    """The text of httpcore begins with the proxy's status; the words after it are the proxy's own and are not shown."""
    address = proxy.address if proxy else ""
    status = message[:3]
    if status == "407":
        return NotSentError(ErrorInfo("ISCB-STORE-PROXY-AUTH", {"proxy": address}), final=True)
    detail = f"HTTP {status}" if status.isascii() and status.isdigit() else "no HTTP"
    return NotSentError(ErrorInfo("ISCB-STORE-PROXY", {"proxy": address, "detail": detail}))


def _broken(watch: _Watch, proxy: Proxy | None, deadline: Deadline, error: Exception) -> NotSentError | LostError:
    over = _over(deadline)
    if watch.sent:
        return LostError(over or ErrorInfo("ISCB-STORE-LOST"))
    if over is not None:
        return NotSentError(over, final=True)
    detail = str(error) if isinstance(error, httpcore.ConnectError) else "timed out"
    if not isinstance(error, (httpcore.ConnectError, httpcore.TimeoutException)):
        detail = "the connection broke off"
    if proxy is not None and not watch.tunnelled:
        return NotSentError(ErrorInfo("ISCB-STORE-PROXY", {"proxy": proxy.address, "detail": detail}), final=True)
    return NotSentError(ErrorInfo("ISCB-STORE-UNREACHABLE", {"detail": detail}))
