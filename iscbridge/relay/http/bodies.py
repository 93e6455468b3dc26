"""Bodies of requests: bounded in size and time, whatever a client does."""

from __future__ import annotations

import anyio
from starlette.requests import ClientDisconnect, Request

from iscbridge.core.errors import RelayError


async def read_body(request: Request, most: int, seconds: float) -> bytes:
    """The whole body.

    Args:
        request: whose body was not read yet.
        most: bytes that it may have.
        seconds: until then all of it has to be here: a slow client holds nothing for longer.

    Raises:
        RelayError: ISCB-RELAY-TOO-LARGE, ISCB-RELAY-SLOW.
        ClientDisconnect: nobody waits for an answer any more.
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise RelayError("ISCB-RELAY-TOO-LARGE", most=str(most))
    body = bytearray()
    try:
        with anyio.fail_after(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise RelayError("ISCB-RELAY-TOO-LARGE", most=str(most))
    except TimeoutError:
        raise RelayError("ISCB-RELAY-SLOW") from None
    return bytes(body)


__all__ = ["ClientDisconnect", "read_body"]
