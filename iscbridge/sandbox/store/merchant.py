"""The interfaces for merchants' servers behind the gateway: orders, licences that are uploaded, metered use.

Reference cloud-store-api.md, sections 6.1 to 6.3. What no page prints is a trait of `iscbridge.sandbox.store.behaviour`,
or says here that it is the sandbox's own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from iscbridge.sandbox.store.behaviour import Behaviour
from iscbridge.sandbox.store.calls import Outcome
from iscbridge.sandbox.store.clock import utc
from iscbridge.sandbox.store.codes import CodeBook

Json = dict[str, Any]

_BASE = "/api/mkp-openapi-public/global/v1"
_PATHS = {f"{_BASE}/order/query": "order", f"{_BASE}/isv/usage-data": "metering"}
_EVENT = re.compile(re.escape(_BASE) + r"/market-event/([A-Za-z0-9._-]{1,64})/file")

#: Code: (HTTP status, words), sections 6.1 and 6.2.
ERRORS: dict[str, tuple[int, str]] = {
    "CBC.0100": (500, "Failure of input parameter"),
    "CBC.0101": (400, "Invalid parameter"),
    "CBC.0154": (401, "Illegal token"),
    "CBC.9002": (500, "Invalid usage enties."),
    "CBC.9003": (500, "Usage records extends size limit."),
    "CBC.9004": (500, "Record beginTime extends Limit."),
    "91381033": (200, "License resource invalid"),
    "91381034": (200, "license apply invalid"),
    "91381037": (200, "Invalid license format."),
    "91381038": (200, "License apply has been denied."),
}

#: Orders for debugging (section 6.1): type, charging mode, days of their term (0: without).
MOCK_ORDERS: dict[str, tuple[str, str, int]] = {
    "MOCKPERIODYEARNEW": ("NEW", "PERIOD", 365),
    "MOCKONETIMENEW": ("NEW", "ONE_TIME", 0),
    "MOCKONDEMAND": ("NEW", "ON_DEMAND", 0),
    "MOCKONDEMANDPKG": ("NEW", "ON_DEMAND_PKG", 365),
    "MOCKPERIODDAYTRIAL": ("TRIAL", "PERIOD", 1),
    "MOCKMONTYTRIALTOFORMAL": ("TRIAL_TO_FORMAL", "PERIOD", 30),
    "MOCKMONTYUNSUBSCRIBE": ("UNSUBSCRIBE", "PERIOD", 30),
    "MOCKMONTYRENEW": ("RENEW", "PERIOD", 30),
    "MOCKMONTYCHANGE": ("CHANGE", "PERIOD", 30),
}

_MOST_RECORDS = 100
_OLDEST_S = 21 * 86_400
_SKEW_S = 15 * 60.0
_MOST_CHARACTERS = 1024
_BOUNDARY = re.compile(
    r'multipart/form-data\s*;\s*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.ASCII | re.IGNORECASE
)
_NAME = re.compile(rb'(?im)^Content-Disposition:[^\r\n]*\bname="([A-Za-z]{1,64})"')
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_VALUE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    bought TEXT NOT NULL, line TEXT NOT NULL, kind TEXT NOT NULL, charging TEXT NOT NULL, product TEXT NOT NULL,
    amount INTEGER NOT NULL, created REAL NOT NULL, expires REAL, PRIMARY KEY (bought, line)
);
CREATE TABLE IF NOT EXISTS uploads (
    event TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, at REAL NOT NULL,
    count INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS records (
    serial TEXT PRIMARY KEY, instance TEXT NOT NULL, value TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL,
    count INTEGER NOT NULL, package TEXT NOT NULL
);
"""


class Refused(Exception):  # noqa: N818  a documented answer
    """The call is answered with one of `ERRORS`; `str()` is the code."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An authenticated request."""

    method: str
    content_type: str
    query: bytes
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""
    event: str
    """The event of an upload."""


def call_of(path: str) -> tuple[str, str]:
    """Name of the call that a path is for, and its event; empty if it is none of these."""
    found = _EVENT.fullmatch(path)
    return ("upload", found[1]) if found else (_PATHS.get(path, ""), "")


class MerchantBook:
    """Orders, uploads and records of use, in a database file for the owner only. Not for several threads."""

    def __init__(self, path: Path) -> None:
        """Open or make the database.

        Raises:
            OSError, sqlite3.Error: it can't be opened or is no database.
        """
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def order(self, order: Json) -> None:
        """Somebody orders; the same order and line again changes it."""
        self._db.execute(
            "INSERT OR REPLACE INTO orders (bought, line, kind, charging, product, amount, created, expires) "
            "VALUES (:order, :line, :kind, :charging, :product, :amount, :created, :expires)",
            order,
        )

    def lines(self, order: str) -> list[Json]:
        """The lines of an order."""
        rows = self._db.execute(
            "SELECT line, kind, charging, product, amount, created, expires FROM orders WHERE bought = ? ORDER BY line",
            (order,),
        )
        names = ("line", "kind", "charging", "product", "amount", "created", "expires")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def upload(self, event: str, kind: str, name: str, content: bytes, at: float) -> bool:
        """A licence for an event. False: there is another one for it."""
        self._db.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (event) DO UPDATE SET count = count + 1",
            (event, kind, name, content, at),
        )
        kept = self._db.execute("SELECT content FROM uploads WHERE event = ?", (event,)).fetchone()
        return bytes(kept[0]) == content

    def uploads(self) -> list[Json]:
        """Every licence that was uploaded, and how often."""
        rows = self._db.execute("SELECT event, kind, name, content, count FROM uploads ORDER BY at, event")
        return [
            {"event": event, "type": kind, "name": name, "content": content.decode("latin-1"), "count": count}
            for event, kind, name, content, count in rows
        ]

    def has_record(self, serial: str) -> bool:
        """Whether use with this serial number was pushed before."""
        return self._db.execute("SELECT 1 FROM records WHERE serial = ?", (serial,)).fetchone() is not None

    def record(self, one: Mapping[str, str]) -> None:
        """Use of an instance; with a serial number that is there already it counts no second time."""
        self._db.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT (serial) DO UPDATE SET count = count + 1",
            (
                one["metering_sn"],
                one["instance_id"],
                one["usage_value"],
                one["begin_time"],
                one["end_time"],
                one.get("relate_pkg_instance", ""),
            ),
        )

    def records(self) -> list[Json]:
        """All use, and how often each record came."""
        names = ("serial", "instance", "value", "begins", "ends", "count", "package")
        rows = self._db.execute(
            "SELECT serial, instance, value, begins, ends, count, package FROM records ORDER BY serial"
        )
        return [dict(zip(names, row, strict=True)) for row in rows]


class MerchantCalls:
    """Carries the calls out. Not for several threads."""

    def __init__(self, book: MerchantBook, codes: CodeBook, behaviour: Behaviour, access_key: str) -> None:
        """`access_key`: the seller centre's, with which metered use is signed."""
        self._book, self._codes, self._behaviour = book, codes, behaviour
        self._access_key = access_key
        self._nonces: deque[str] = deque(maxlen=10_000)

    def carry_out(self, call: str, asked: Asked, now: float) -> Outcome:
        """Answer an authenticated request. `call`: of `call_of`; `now`: the store's clock."""
        try:
            if call == "order":
                return self._order(asked, now)
            if asked.method != "POST":
                raise Refused("CBC.0101")
            if call == "upload":
                self._upload(asked, now)
            else:
                self._metered(asked, now)
        except Refused as refusal:
            code = str(refusal)
            status, words = ERRORS[code]
            keys = ("resultCode", "resultMsg") if call == "order" else ("error_code", "error_msg")
            return Outcome(status, dict(zip(keys, (code, words), strict=True)), code)
        code = "CBC.0000"
        return Outcome(200, {"error_code": code, "error_msg": "Success"}, code)

    # -- orders

    def _order(self, asked: Asked, now: float) -> Outcome:
        query = dict(parse_qsl(asked.query.decode("ascii", "replace"), keep_blank_values=True))
        order, line = query.get("orderId", ""), query.get("orderLineId", "")
        if asked.method != "GET" or not 1 <= len(order) <= 64 or len(line) > 64:
            raise Refused("CBC.0101")
        lines = [one for one in self._lines(order, now) if not line or one["line"] == line]
        if not lines:
            raise Refused("CBC.0100")
        info = {
            "orderId": order,
            "orderType": lines[0]["kind"],
            "createTime": _compact(lines[0]["created"]),
            "orderLine": [self._line(one) for one in lines],
            "buyerInfo": {"customerId": "sandbox"},
        }
        code = self._behaviour.text("order_success")
        return Outcome(200, {"resultCode": code, "resultMsg": "Success", "orderInfo": info}, code)

    def _lines(self, order: str, now: float) -> list[Json]:
        """Of an order that was made, a mock order, or the one with which a code was bought."""
        if lines := self._book.lines(order):
            return lines
        if order in MOCK_ORDERS:
            kind, charging, days = MOCK_ORDERS[order]
            expires = now + days * 86_400 if days else None
            return [_line_of(order, kind, charging, "SANDBOX-PRODUCT", 1, now, expires)]
        return [
            _line_of(order, "NEW", "PERIOD", code.product, code.amount, code.created, code.expires)
            for code in self._codes.all()
            if code.order == order
        ]

    def _line(self, one: Json) -> Json:
        product: Json = {"productId": one["product"]}
        key = self._behaviour.text("order_amount")
        if key != "absent":
            product[key] = str(one["amount"]) if key == "linearValue" else one["amount"]
        line: Json = {"orderLineId": one["line"], "chargingMode": one["charging"], "productInfo": [product]}
        if one["charging"] == "PERIOD":
            line.update(periodType="year", periodNumber=1)
        if one["expires"] is not None:
            line["expireTime"] = _compact(one["expires"])
        return line

    # -- licences

    def _upload(self, asked: Asked, now: float) -> None:
        parts = _parts(asked.content_type, asked.body)
        told = _json(parts.get("isvUpdateFileReq", b""), "CBC.0101")
        kind, name = told.get("type"), told.get("file_name", "")
        if kind == "CHARACTERS":
            text = told.get("characters")
            if not isinstance(text, str) or not 1 <= len(text) <= _MOST_CHARACTERS:
                raise Refused("91381037")
            content = text.encode()
        elif kind == "FILE" and isinstance(name, str) and name and "file" in parts:
            content = parts["file"]
            if told.get("sha256") != hashlib.sha256(content).hexdigest():
                raise Refused("91381037")
        else:
            raise Refused("CBC.0101")
        answer = self._behaviour.text("upload_answer")
        if answer != "taken":
            raise Refused(answer)
        known = any(one["event"] == asked.event for one in self._book.uploads())
        same = self._book.upload(asked.event, kind, name, content, now)
        if known and (not same or self._behaviour.text("upload_repeat") == "refused"):
            raise Refused("91381034")

    # -- metered use

    def _metered(self, asked: Asked, now: float) -> None:
        self._check_signature(asked, now)
        records = _json(asked.body, "CBC.0100").get("usage_records")
        if not isinstance(records, list) or not records:
            raise Refused("CBC.0101")
        if len(records) > _MOST_RECORDS:
            raise Refused("CBC.9003")
        for one in records:
            self._check_record(one, now)
        for one in records:
            self._book.record(one)

    def _check_signature(self, asked: Asked, now: float) -> None:
        stamp, nonce, signature = (asked.headers.get(name, "") for name in ("ts", "nonce", "signature"))
        text = b"ts=" + stamp.encode() + b"&nonce=" + nonce.encode() + b"&body=" + asked.body
        expected = base64.b64encode(hmac.new(self._access_key.encode(), text, hashlib.sha256).digest()).decode()
        in_time = stamp.isdigit() and abs(int(stamp) / 1000 - now) <= _SKEW_S
        if not in_time or not 1 <= len(nonce) <= 64 or nonce in self._nonces:
            raise Refused("CBC.0154")
        if not hmac.compare_digest(expected.encode(), signature.encode("latin-1", "replace")):
            raise Refused("CBC.0154")
        self._nonces.append(nonce)

    def _check_record(self, one: object, now: float) -> None:
        names = ("instance_id", "record_time", "begin_time", "end_time", "usage_value", "metering_sn")
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) and one[name] for name in names):
            raise Refused("CBC.9002")
        package = one.get("relate_pkg_instance", "")
        if not isinstance(package, str) or len(package) > 64:
            raise Refused("CBC.9002")
        if not _VALUE.fullmatch(one["usage_value"]) or float(one["usage_value"]) <= 0:
            raise Refused("CBC.9002")
        if not all(_MOMENT.fullmatch(one[name]) for name in names[1:4]):
            raise Refused("CBC.9002")
        begin = datetime.strptime(one["begin_time"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        if now - begin > _OLDEST_S:
            raise Refused("CBC.9004")
        if self._behaviour.text("metering_repeat") == "refused" and self._book.has_record(one["metering_sn"]):
            raise Refused("CBC.9002")


def _line_of(
    order: str, kind: str, charging: str, product: str, amount: int, created: float, expires: float | None
) -> Json:
    return {
        "line": f"{order}-000001",
        "kind": kind,
        "charging": charging,
        "product": product,
        "amount": amount,
        "created": created,
        "expires": expires,
    }


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart body (RFC 7578) by name. Byte for byte: a licence may be anything."""
    found = _BOUNDARY.fullmatch(content_type)
    if found is None:
        raise Refused("CBC.0101")
    mark = b"\r\n--" + found[1].encode("ascii")
    _, *pieces, end = (b"\r\n" + body).split(mark)
    if end.strip() != b"--":
        raise Refused("CBC.0101")
    parts: dict[str, bytes] = {}
    for piece in pieces:
        head, gap, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            raise Refused("CBC.0101")
        parts[name[1].decode("ascii")] = content
    return parts


def _json(text: bytes, code: str) -> Json:
    try:
        found = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(code) from error
    if not isinstance(found, dict):
        raise Refused(code)
    return found


def _compact(seconds: float) -> str:
    moment = utc(seconds)
    return f"{moment.year:04d}{moment:%m%d%H%M%S}"
