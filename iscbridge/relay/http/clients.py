"""Where a request comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.requests import Request


def client_address(request: Request, proxies: Collection[str]) -> str:
    """The address that asks. A proxy's word for it counts only if the proxy is one of ours.

    Of several proxies in a row the address counts that the nearest strange one has: what a client writes into the
    header itself stands left of it.
    """
    address = request.client.host if request.client is not None else "-"
    for told in reversed(request.headers.get("x-forwarded-for", "")[:2000].split(",")):
        if address not in proxies:
            break
        try:
            address = str(ipaddress.ip_address(told.strip()))
        except ValueError:
            break
    return address
