"""Sockets that never outlive a time budget. Imported on the worker thread only: it loads httpcore.

httpcore's own sockets give each address, each read and each write the whole time-out anew, and looking up a name has
none at all: a server that sends a byte now and then would hold a call for hours. Here every step gets what is left.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from iscbridge.store.deadline import Deadline, bounded

Address = tuple[int, int, int, str, Any]  # as getaddrinfo gives it


class TlsRefusedError(httpcore.ConnectError):
    """The other side could not be verified, or does not speak TLS."""


class BoundedBackend(httpcore.NetworkBackend):
    """Connects, and hands out streams that stop at the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the host's addresses one after another; together they get `timeout`.

        Raises:
            httpcore.ConnectError, httpcore.ConnectTimeout: none answered.
        """
        del local_address, socket_options  # never given by us
        step = Deadline(self._deadline.clamp(timeout), self._deadline.monotonic)
        try:
            addresses = look_up(host, port, step)
            return BoundedStream(connect(addresses, step), self._deadline)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("timed out") from error
        except OSError as error:
            raise httpcore.ConnectError(error.strerror or type(error).__name__) from error


class BoundedStream(httpcore.NetworkStream):
    """A connected socket, with TLS or without."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._limit(timeout)
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout("timed out") from error
        except OSError as error:
            raise httpcore.ReadError(type(error).__name__) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            while buffer:
                self._limit(timeout)
                buffer = buffer[self._sock.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout("timed out") from error
        except OSError as error:
            raise httpcore.WriteError(type(error).__name__) from error

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Raises `TlsRefusedError` if the server can't be verified; a connection that breaks off is a ConnectError."""
        try:
            self._limit(timeout)
            return BoundedStream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname), self._deadline)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout("timed out") from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            raise httpcore.ConnectError("the connection broke off") from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            # Of the two attributes truststore sets on Windows and macOS sometimes one, sometimes none.
            words = getattr(error, "verify_message", "") or (error.args and error.args[-1])
            raise TlsRefusedError(str(words or "the certificate is not trusted")) from error
        except ssl.SSLError as error:
            self.close()
            raise TlsRefusedError(error.reason or "no TLS") from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(error.strerror or type(error).__name__) from error

    def get_extra_info(self, info: str) -> Any:
        """Only what httpcore asks of a new connection; connections are not kept, so none is asked whether it lives."""
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        return None

    def _limit(self, timeout: float | None) -> None:
        limit = self._deadline.clamp(timeout)
        if limit <= 0:
            raise TimeoutError
        self._sock.settimeout(limit)


def look_up(host: str, port: int, step: Deadline) -> list[Address]:
    """The addresses of a name. Raises OSError: it has none; TimeoutError: nobody said so in time."""
    try:
        return bounded(lambda: list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)), step.remaining())
    except ValueError:
        raise OSError("not a host name") from None  # too long, or with a NUL


def connect(addresses: list[Address], step: Deadline) -> socket.socket:
    """A socket that is connected to the first of the addresses that answers.

    Raises:
        OSError: none did; the last one's reason. TimeoutError is one.
    """
    problem: OSError = TimeoutError()
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        # One address that swallows everything must leave time for the next.
        limit = step.remaining() / (len(addresses) - index)
        if limit <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(limit)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem
