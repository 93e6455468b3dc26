"""The store's calls for a merchant's server: orders, licences that were applied for, metered use.

Source: reference, sections 6.1 to 6.3. Tables are cut off there: where an order says how many were bought is not
printed (`amount_keys` are names to look for), and neither is the reply to metered use. What is not told is None.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store.codes import MARKET_SUCCESS
from iscbridge.store.models import UnreadableError, read_amount, read_time
from iscbridge.store.operations import Operation, Success

MOST_CHARACTERS = 1024
"""Longest licence that is uploaded as a string (section 6.2)."""
MOST_RECORDS = 100
"""Records of use in one push: the code table says 100, the table of fields 1000 (section 6.3)."""
AMOUNT_KEYS = ("amount", "linearValue")
"""Names under which an order may tell its amount; the second one is from a related sample, indicative only."""

_BASE = "/api/mkp-openapi-public/global/v1"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, as far as it is told."""

    line: str
    product: str = ""
    amount: int | None = None
    expires: float | None = None
    charging: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The answer to order/query."""

    order: str
    kind: str
    """`orderType`: NEW, TRIAL, TRIAL_TO_FORMAL, UNSUBSCRIBE, RENEW or CHANGE."""
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Metered:
    """One record of use. Times are seconds since the epoch."""

    serial: str
    """`metering_sn`: the same record always has the same one."""
    instance: str
    value: str
    begins: int
    ends: int
    recorded: int
    package: str = ""
    """`relate_pkg_instance`: of packages that end with their use."""


def order_query(order: str, line: str = "", amount_keys: Sequence[str] = AMOUNT_KEYS) -> Operation:
    """Ask what was ordered. `Success.told`: an `Order`."""
    names = (("orderId", order), ("orderLineId", line)) if line else (("orderId", order),)
    return Operation(
        "order/query", f"{_BASE}/order/query", b"",
        lambda info: Success(AnswerKind.DONE, told=read_order(info, amount_keys)),
        part="orderInfo", method="GET", query=names, success=MARKET_SUCCESS,
    )  # fmt: skip


def upload(event: str, content: bytes, file_name: str = "") -> Operation:
    """Upload the licence that an event applied for.

    Args:
        event: the store's `eventId`.
        content: the licence.
        file_name: as a file of this name; empty: as a string, which has at most 1024 characters of one line.
    """
    boundary = f"iscbridge-{hashlib.sha256(content).hexdigest()[:40]}"  # at most 70 characters (RFC 2046)
    if file_name:
        told = {"type": "FILE", "file_name": file_name, "sha256": hashlib.sha256(content).hexdigest()}
    else:
        told = {"type": "CHARACTERS", "characters": content.decode("utf-8")}
    parts = [_part(boundary, 'name="isvUpdateFileReq"', "application/json", json.dumps(told).encode())]
    if file_name:
        name = quote(file_name, safe=" ._-()")
        parts.append(_part(boundary, f'name="file"; filename="{name}"', "multipart/form-data", content))
    body = b"".join(parts) + f"--{boundary}--\r\n".encode("ascii")
    return Operation(
        "market-event", f"{_BASE}/market-event/{quote(event, safe='')}/file", body,
        lambda _: Success(AnswerKind.DONE), content_type=f"multipart/form-data; boundary={boundary}",
        success=MARKET_SUCCESS,
    )  # fmt: skip


def fits_string(content: bytes) -> bool:
    """Whether a licence can be uploaded as a string."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable()


def push_use(records: Sequence[Metered], access_key: str, *, account_key: bool = True) -> Operation:
    """Push metered use. Signed with the seller centre's access key, besides AK/SK unless `account_key` is off.

    Which of both the gateway wants is not certain: the page names both, its sample has only the access key's headers.
    """
    body = json.dumps({"usage_records": [_record(one) for one in records]}, sort_keys=True, separators=(",", ":"))

    def signed(at: float) -> Mapping[str, str]:
        stamp, nonce = str(int(at * 1000)), secrets.token_urlsafe(24)
        return {"ts": stamp, "nonce": nonce, "signature": push_signature(access_key, stamp, nonce, body)}

    return Operation(
        "usage-data", f"{_BASE}/isv/usage-data", body.encode(), lambda _: Success(AnswerKind.DONE),
        extra_headers=signed, success=MARKET_SUCCESS, account_key=account_key,
    )  # fmt: skip


def push_signature(access_key: str, stamp: str, nonce: str, body: str) -> str:
    """The header `signature` of a push (section 6.3)."""
    text = f"ts={stamp}&nonce={nonce}&body={body}"
    return base64.b64encode(hmac.new(access_key.encode(), text.encode(), hashlib.sha256).digest()).decode("ascii")


def read_order(info: object, amount_keys: Sequence[str] = AMOUNT_KEYS) -> Order:
    """`orderInfo` of a success.

    Raises:
        UnreadableError: it is no order.
    """
    if not isinstance(info, dict) or not isinstance(info.get("orderLine"), list):
        raise UnreadableError("no order")
    lines = tuple(_line(line, amount_keys) for line in info["orderLine"] if isinstance(line, dict))
    return Order(_text(info.get("orderId")), _text(info.get("orderType")).upper(), lines)


def _line(line: Mapping[str, Any], amount_keys: Sequence[str]) -> OrderLine:
    products = line.get("productInfo")
    if isinstance(products, dict):
        products = [products]
    named = [one for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    product = named[0] if named else {}
    return OrderLine(
        line=_text(line.get("orderLineId")),
        product=_text(product.get("productId")),
        amount=_amount([line, product], amount_keys),
        expires=read_time(line.get("expireTime")),
        charging=_text(line.get("chargingMode")).upper(),
    )


def _amount(places: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> int | None:
    for key in keys:
        for place in places:
            found = read_amount(place.get(key))
            if found is not None and found == int(found) and found >= 0:
                return int(found)
    return None


def _record(one: Metered) -> dict[str, str]:
    record = {
        "instance_id": one.instance,
        "record_time": _moment(one.recorded),
        "begin_time": _moment(one.begins),
        "end_time": _moment(one.ends),
        "usage_value": one.value,
        "metering_sn": one.serial,
    }
    return {**record, "relate_pkg_instance": one.package} if one.package else record


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _part(boundary: str, name: str, kind: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode("ascii") + content + b"\r\n"


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
