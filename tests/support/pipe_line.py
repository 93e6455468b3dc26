"""A connection to the bridge's pipe on Windows, with what tests use of a socket. Loads on Windows only."""

from __future__ import annotations

from iscbridge.ipc.client import ConnectionLostError, NotRunningError, Transport

DEADLINE_S = 60.0


class PipeLine:
    """The pipe as the client for hosts opens it: for overlapped operation, with a limit of time for each."""

    def settimeout(self, seconds: float) -> None:
        """As for sockets."""
        self._seconds = seconds

    def connect(self, address: str) -> None:
        """Open it; waits while all its instances are taken."""
        try:
            self._pipe = Transport(address, self._seconds)
        except NotRunningError as error:
            raise FileNotFoundError(address) from error

    def sendall(self, data: bytes) -> None:
        """All of it, or a BrokenPipeError."""
        try:
            self._pipe.send(data, self._seconds)
        except (ConnectionLostError, OSError) as error:
            raise BrokenPipeError(str(error)) from None

    def recv(self, _most: int) -> bytes:
        """What is there, at least one byte; nothing at the end of the connection."""
        try:
            data = self._pipe.receive(self._seconds)
        except (ConnectionLostError, OSError):
            return b""
        assert data is not None, "nothing came"
        return data

    def close(self) -> None:
        pipe = getattr(self, "_pipe", None)
        if pipe is not None:
            del self._pipe
            pipe.stop()
            pipe.free()
