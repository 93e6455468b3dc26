"""What the sandbox store tells the merchant's server: the calls of the one production URL, signed, repeated on failure.

Reference cloud-store-api.md, section 7: a POST of JSON, signed in its URL with the merchant's access key; an answer
within 5 s; on failure again every 2 minutes, 60 times. What is to be told lies in a file, so that a store that is
started again goes on. The merchant is asked over verified TLS only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import os
import secrets
import sqlite3
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.store.places import StorePlaces, write_private

ANSWER_S = 5.0
MOST_CALLS = 61
"""The first one and 60 repeats."""
OK, IN_PROGRESS = "000000", "000004"
_ANSWER_LIMIT = 64 * 1024
_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, created REAL NOT NULL, activity TEXT NOT NULL, body TEXT NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    result TEXT NOT NULL DEFAULT '', instance TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS waiting ON messages (state, subject, id);
"""
#: What is told of one thing is told in order (how the real store orders its repeats is not known).
_NEXT = """
SELECT id, body, due FROM messages AS one WHERE state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM messages AS before WHERE before.state = 'waiting' AND before.subject = one.subject
    AND before.subject <> '' AND before.id < one.id
) ORDER BY due, id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Where the merchant's server is."""

    url: str
    ca: str = ""
    """What verifies it; empty: the sandbox's own authority."""


@dataclass(frozen=True, slots=True)
class Message:
    """One call to the merchant, and what became of it."""

    id: int
    activity: str
    body: str
    calls: int
    state: str
    """waiting | done | failed"""
    result: str
    """The last answer's `resultCode`, or why there was none."""
    instance: str
    """`instanceId` of the answer."""


class Production:
    """Tells the merchant, one message after the other. Belongs to the loop's thread; calls run on a thread of their own."""

    def __init__(
        self, places: StorePlaces, access_key: str, clock: Callable[[], float], pause_s: Callable[[], float]
    ) -> None:
        """Open the file.

        Args:
            places: of the store.
            access_key: what calls and their answers are signed with.
            clock: the store's, seconds since the epoch: it stands in signatures.
            pause_s: seconds between a failed call and its repeat.

        Raises:
            OSError, sqlite3.Error: it can't be opened.
        """
        self._places, self._access_key, self._clock, self._pause_s = places, access_key, clock, pause_s
        path = places.folder / "production.sqlite3"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- whom to tell

    def merchant(self) -> Merchant | None:
        """Whom to tell, if anybody was named."""
        try:
            found = json.loads(self._file().read_bytes())
            return Merchant(found["url"], found["ca"])
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def name_merchant(self, url: str, ca: str) -> None:
        """Tell this merchant from now on.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: no address that can be called.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="the merchant's address is https://host[:port]/path")
        write_private(self._file(), json.dumps({"url": url, "ca": ca}).encode())
        self._something.set()

    def _file(self) -> Path:
        return self._places.folder / "merchant.json"

    # -- what to tell

    def tell(self, activity: str, **members: str) -> int:
        """Put a call into the row; its number."""
        body = json.dumps({"activity": activity, **members, "testFlag": members.get("testFlag", "0")})
        subject = members.get("license") or members.get("instanceId") or members.get("businessId") or ""
        if activity == "getLicenseAsync":  # sets nothing; one that is refused must not keep what comes after it
            subject = ""
        made = self._db.execute(
            "INSERT INTO messages (created, activity, body, due, subject) VALUES (?, ?, ?, ?, ?)",
            (self._clock(), activity, body, time.time(), subject),
        )
        self._something.set()
        return int(made.lastrowid or 0)

    def again(self, message: int) -> None:
        """Call once more, now: the button of the seller's pages. Also for one that was answered: the same call twice.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: there is none.
        """
        found = self._db.execute(
            "UPDATE messages SET state = 'waiting', calls = 0, due = ? WHERE id = ?", (time.time(), message)
        )
        if found.rowcount != 1:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="there is no such message")
        self._something.set()

    def messages(self) -> list[Message]:
        """All of them, the oldest first."""
        rows = self._db.execute("SELECT id, activity, body, calls, state, result, instance FROM messages ORDER BY id")
        return [Message(*row) for row in rows]

    # -- telling

    def start(self) -> None:
        """Begin to tell what waits."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End. A call under way may have arrived: it is repeated at the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._db.close()

    async def _run(self) -> None:
        while True:
            self._something.clear()
            merchant = self.merchant()
            row = self._db.execute(_NEXT).fetchone()
            wait = None if row is None or merchant is None else row[2] - time.time()
            if merchant is None or wait is None or wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._something.wait(), wait)
                continue
            ca = merchant.ca or os.fspath(self._places.ca)
            try:
                result, instance = await asyncio.to_thread(
                    _call, merchant.url, self._access_key, ca, row[1].encode(), self._clock()
                )
            except Exception:  # noqa: BLE001  whatever an address, a file or an answer holds: it is called again
                _log.exception("a call to the merchant failed by a mistake of the sandbox")
                result, instance = "mistake", ""
            self._note(row[0], result, instance)

    def _note(self, message: int, result: str, instance: str) -> None:
        done = result == OK
        self._db.execute(
            "UPDATE messages SET calls = calls + 1, result = ?, instance = ?, due = ?, state = CASE WHEN ? THEN 'done' "
            "WHEN activity = 'getLicenseAsync' AND ? THEN 'done' WHEN calls + 1 >= ? THEN 'failed' ELSE 'waiting' END "
            "WHERE id = ?",
            (result, instance, time.time() + self._pause_s(), done, result == IN_PROGRESS, MOST_CALLS, message),
        )


def signed_url(url: str, access_key: str, body: bytes, now: float, nonce: str) -> str:
    """The production URL with the parameters that prove who calls (reference, section 7.1)."""
    key = access_key.encode()
    timestamp = str(int(now * 1000))
    payload = hmac.new(key, body, hashlib.sha256).hexdigest()
    signature = hmac.new(key, f"{access_key}{nonce}{timestamp}{payload}".encode(), hashlib.sha256).hexdigest()
    return f"{url}?{urlencode({'signature': signature.upper(), 'timestamp': timestamp, 'nonce': nonce})}"


def _call(url: str, access_key: str, ca: str, body: bytes, now: float) -> tuple[str, str]:
    """One call: what came of it, and `instanceId`. What is no answer in time is none."""
    parts = urlsplit(signed_url(url, access_key, body, now, secrets.token_hex(32).upper()))
    deadline = time.monotonic() + ANSWER_S
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        link = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=ANSWER_S, context=context)
        with contextlib.closing(link):
            link.request("POST", f"{parts.path}?{parts.query}", body, {"Content-Type": "application/json"})
            answer = link.getresponse()
            data = answer.read(_ANSWER_LIMIT)
            if time.monotonic() > deadline:
                return "timeout", ""
            if answer.status != http.client.OK:
                return f"HTTP {answer.status}", ""
            if answer.headers.get("Body-Sign") != _body_sign(access_key, data):
                return "the answer is not signed by the merchant", ""
    except TimeoutError:
        return "timeout", ""
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__, ""
    try:
        told = json.loads(data)
        return str(told["resultCode"]), str(told.get("instanceId", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "the answer is no result", ""


def _body_sign(access_key: str, body: bytes) -> str:
    digest = base64.b64encode(hmac.new(access_key.encode(), body, hashlib.sha256).digest()).decode("ascii")
    return f'sign_type="HMAC-SHA256", signature= "{digest}"'
