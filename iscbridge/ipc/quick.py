"""One question to the bridge and its raw answer, for commands whose start-up time counts.

No threads and, unless something is wrong, no JSON parser: loading it takes as long as half of Python's own start.
"""

from __future__ import annotations

import time

from iscbridge.ipc.client import BridgeError, ConnectionLostError, TimedOutError, Transport

_HELLO = b'{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":{"protocol":1,"host":"%s","instance":"%s","events":[]}}\n'
_QUESTION = b'{"jsonrpc":"2.0","id":2,"method":"%s"}\n'
#: How our server begins the answer to the second request; anything else takes the slow way.
_ANSWER = b'{"jsonrpc":"2.0","id":2,"result":'


def ask(method: str, address: str, timeout: float = 5.0, host: str = "iscbridge") -> bytes:
    """The result of a request without parameters, as JSON text.

    Raises:
        BridgeError: of `iscbridge.ipc.client`: NotRunningError, ForeignOwnerError, TimedOutError,
            ConnectionLostError, or what the bridge answered.
    """
    deadline = time.monotonic() + timeout
    transport = Transport(address, timeout)
    try:
        hello = _HELLO % (host.encode("ascii"), b"quick-%d" % time.time_ns())
        try:
            transport.send(hello + _QUESTION % method.encode("ascii"), timeout)
        except OSError as error:
            raise ConnectionLostError(f"The connection to ISCBridge ended: {error}") from None
        text = b""
        while True:
            for line in text.split(b"\n")[:-1]:
                if line.startswith(_ANSWER):
                    return line[len(_ANSWER) : -1]
                _raise_error(line)
            block = transport.receive(max(0.0, deadline - time.monotonic()))
            if block is None:
                raise TimedOutError(timeout)
            if not block:
                raise ConnectionLostError
            text += block
    finally:
        transport.free()


def _raise_error(line: bytes) -> None:
    if b'"error":' not in line[:64]:
        return
    import json

    data = json.loads(line)["error"]["data"]
    raise BridgeError(**data)
