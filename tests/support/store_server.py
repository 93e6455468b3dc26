"""A small HTTPS server that answers as it is told, and a CONNECT proxy. Real sockets, real TLS, loopback only."""

from __future__ import annotations

import base64
import contextlib
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

import trustme

NOW = 1_790_000_000.0
"""Clock of clients and of servers that are not told otherwise."""
Behaviour = Callable[["Connection"], None]


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class Connection:
    sock: ssl.SSLSocket
    seen: Seen

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)


@dataclass
class StoreServer:
    """Serves its script, one behaviour for each request; the last one stays."""

    context: ssl.SSLContext
    script: list[Behaviour]
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._stopped.is_set():
                sock.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        # A client that leaves, or does not trust us, is what many tests are about.
        with contextlib.suppress(OSError):
            plain.settimeout(30)
            with self.context.wrap_socket(plain, server_side=True) as sock:
                request = read_request(sock)
                if request is None:
                    return
                self.seen.append(request)
                behaviour = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                behaviour(Connection(sock, request))
        plain.close()


def read_request(sock: socket.socket) -> Seen | None:
    """One request with its body; None if the other side left before."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        chunk = sock.recv(65536)
        if not chunk:
            return None
        body += chunk
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, body)


# --- behaviours ------------------------------------------------------------------------------------------------------


def http(status: int, body: bytes, headers: Sequence[tuple[str, str]] = (), date: float | str | None = NOW) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    if date is not None:
        lines.append(f"Date: {date if isinstance(date, str) else formatdate(date, usegmt=True)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def reply(
    payload: object, status: int = 200, *, headers: Sequence[tuple[str, str]] = (), date: float | str | None = NOW
) -> Behaviour:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    data = http(status, body, [("Content-Type", "application/json;charset=UTF-8"), *headers], date)
    return lambda connection: connection.send(data)


def store(
    code: str, message: str = "text", *, status: int = 200, date: float | str | None = NOW, **fields
) -> Behaviour:
    return reply({"error_code": code, "error_msg": message, **fields}, status, date=date)


def raw(data: bytes) -> Behaviour:
    return lambda connection: connection.send(data)


def drop(connection: Connection) -> None:
    """Nothing: the connection is closed after the request."""


def until_left(connection: Connection) -> None:
    """Says nothing until the client leaves."""
    with contextlib.suppress(OSError):
        connection.sock.recv(1)


def endless(connection: Connection) -> None:
    """A body that never ends, until the client leaves."""
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.send(b"10000\r\n" + b" " * 65536 + b"\r\n")


def alive(code: str, **fields) -> Behaviour:
    data = {"license_code": code, "status": "ALIVE", "activate_time": "20260101000000", **fields}
    return store("92020000", "success", data=data)


ACTIVATED = store(
    "92020000",
    "success",
    data={
        "license_code_info": json.dumps(
            {"status": "ALIVE", "expire_time": "20270726121646", "product_id": "1", "amount": 2, "order_id": "CS1"}
        )
    },
)
BAD_SIGNATURE = store("APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail", status=401)


# --- certificates ----------------------------------------------------------------------------------------------------


def server_context(ca: trustme.CA, name: str = "localhost", **issue) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **issue).configure_cert(context)
    return context


# --- a proxy ---------------------------------------------------------------------------------------------------------


class ConnectProxy:
    """Tunnels with CONNECT. `names` says where host names lead to; `login` is `user:password`, or None for none."""

    def __init__(self, names: dict[str, int], login: str | None = None, refuse: int = 0) -> None:
        self.names = names
        self.login = login
        self.refuse = refuse
        self.asked: list[Seen] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._stopped.is_set():
                sock.close()
                return
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            request = read_request(sock)
            if request is None:
                return
            self.asked.append(request)
            status = self._status(request)
            if status != 200:
                sock.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
                return
            port = self.names[request.path.rpartition(":")[0]]
            with socket.create_connection(("127.0.0.1", port)) as target:
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(sock, target)

    def _status(self, request: Seen) -> int:
        if self.refuse:
            return self.refuse
        if self.login is None:
            return 200
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        return 200 if request.headers.get("proxy-authorization") == wanted else 407


def _pump(one: socket.socket, other: socket.socket) -> None:
    while True:
        for source in select.select([one, other], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


@contextlib.contextmanager
def nobody_listens() -> Iterator[str]:
    """An address where connections are refused: the port is taken, and nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"https://localhost:{sock.getsockname()[1]}"
