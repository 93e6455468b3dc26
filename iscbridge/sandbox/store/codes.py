"""The sandbox store's licence codes: bought, collected, activated, expired, renewed, frozen, released; and their use.

States and their transitions: reference cloud-store-api.md, sections 1, 2.3 and 5. All codes are made-up test data.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.store.clock import utc

DAY_S = 86_400.0
#: Longest validity in days, either way (100 years).
MOST_DAYS = 36_525

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letters that look like digits

_SCHEMA = """
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, created REAL NOT NULL, days INTEGER NOT NULL, collected INTEGER NOT NULL,
    activated REAL, detected REAL, expires REAL, frozen INTEGER NOT NULL DEFAULT 0, released INTEGER NOT NULL DEFAULT 0,
    product TEXT NOT NULL, bought_by TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS clients (
    code TEXT NOT NULL, day TEXT NOT NULL, client TEXT NOT NULL, PRIMARY KEY (code, day, client)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (
    code TEXT NOT NULL, day TEXT NOT NULL, active INTEGER NOT NULL, PRIMARY KEY (code, day)
) WITHOUT ROWID;
"""


class CodeState(StrEnum):
    """Where a code stands."""

    NEW = "NEW"
    """Bought; the user has not collected it."""
    RECEIVED = "RECEIVED"
    """Collected; not activated."""
    ALIVE = "ALIVE"
    EXPIRED = "EXPIRED"
    FROZEN = "FROZEN"
    """Told to merchants by updateLicenseCodeStatus only; the heartbeat's table has no value for it."""
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class Code:
    """One code. Times are the store's clock, seconds since the epoch."""

    code: str
    created: float
    days: int
    """Validity in days, from activation on (an assumption: no page says when it begins)."""
    collected: bool
    activated: float | None
    detected: float | None
    """First heartbeat: the flag 已检测 of a test code. `activated` is the flag 已激活."""
    expires: float | None
    frozen: bool
    released: bool
    product: str
    order: str
    amount: int

    def state(self, now: float) -> CodeState:
        """Its state at this time."""
        if self.released:
            return CodeState.RELEASED
        if self.frozen:
            return CodeState.FROZEN
        if self.expires is not None and now >= self.expires:
            return CodeState.EXPIRED
        if self.activated is not None:
            return CodeState.ALIVE
        return CodeState.RECEIVED if self.collected else CodeState.NEW


class CodeBook:
    """All codes, in a database file for the owner only. Not for several threads."""

    def __init__(self, path: Path) -> None:
        """Open or make the database.

        Raises:
            OSError, sqlite3.Error: it can't be opened or is no database.
        """
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same rights
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """A `with` block is one transaction."""
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")

    # -- what people at the store's pages do

    def new(self, now: float, *, days: int, collected: bool, code: str | None = None, amount: int = 1) -> Code:
        """Buy a code.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: it is there already, or is no code, or the days make no sense.
        """
        chosen = code or "PLSBX" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
        if not _CODE.fullmatch(chosen):
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="a code has 1 to 64 letters, digits, - or _")
        if not 1 <= days <= MOST_DAYS:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"1 to {MOST_DAYS} days")
        order = "CSSBX" + "".join(secrets.choice("0123456789") for _ in range(10))
        try:
            self._db.execute(
                "INSERT INTO codes (code, created, days, collected, product, bought_by, amount) VALUES (?,?,?,?,?,?,?)",
                (chosen, now, days, collected, "SANDBOX-PRODUCT", order, amount),
            )
        except sqlite3.IntegrityError as error:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="there is such a code already") from error
        return self.require(chosen)

    def collect(self, code: str) -> None:
        """The user collects it."""
        self.require(code)
        self._db.execute("UPDATE codes SET collected = 1 WHERE code = ?", (code,))

    def renew(self, code: str, now: float, days: int) -> None:
        """Make it valid longer, or shorter (`days` below 0: a renewal is taken back). Ends a freeze.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: released codes can't be renewed; not activated ones need not.
        """
        found = self.require(code)
        if found.released or found.expires is None:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="only activated codes that are not released are renewed")
        if not 1 <= abs(days) <= MOST_DAYS:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"1 to {MOST_DAYS} days, or as many below 0")
        start = max(now, found.expires) if days > 0 else found.expires
        self._db.execute("UPDATE codes SET expires = ?, frozen = 0 WHERE code = ?", (start + days * DAY_S, code))

    def expire(self, code: str, now: float) -> None:
        """Its time ends now."""
        self.require(code)
        self._db.execute("UPDATE codes SET expires = ? WHERE code = ?", (now, code))

    def freeze(self, code: str, *, frozen: bool) -> None:
        """FREEZE or UNFREEZE of updateLicenseCodeStatus (reference section 7.1).

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: it is released.
        """
        if self.require(code).released:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="the code is released")
        self._db.execute("UPDATE codes SET frozen = ? WHERE code = ?", (frozen, code))

    def release(self, code: str) -> None:
        """Retention is over, or it was refunded: nothing brings it back."""
        self.require(code)
        self._db.execute("UPDATE codes SET released = 1 WHERE code = ?", (code,))

    # -- what the interfaces do

    def activate(self, code: str, effect: float) -> None:
        """It is delivered at `effect`; the caller has checked that it may be."""
        self._db.execute(
            "UPDATE codes SET activated = ?, expires = ? + days * ? WHERE code = ?", (effect, effect, DAY_S, code)
        )

    def detect(self, code: str, now: float) -> None:
        """A heartbeat came."""
        self._db.execute("UPDATE codes SET detected = coalesce(detected, ?) WHERE code = ?", (now, code))

    def used_by(self, code: str, now: float, client: str) -> None:
        """A client was active today (UTC). Telling it twice changes nothing."""
        self._db.execute("INSERT OR IGNORE INTO clients VALUES (?, ?, ?)", (code, _day(now), client))

    def used_in_total(self, code: str, now: float, active: int, *, added: bool) -> None:
        """So many clients were active today; `added` to what was told before, or instead of it."""
        self._db.execute(
            "INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (code, day) "
            "DO UPDATE SET active = excluded.active + ? * active",
            (code, _day(now), active, added),
        )

    # -- looking

    def get(self, code: str) -> Code | None:
        """The code, or None."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM codes WHERE code = ?", (code,)).fetchone()  # noqa: S608  a constant
        return None if row is None else _code(row)

    def require(self, code: str) -> Code:
        """The code.

        Raises:
            SandboxError: ISCB-SANDBOX-REQUEST: there is none.
        """
        found = self.get(code)
        if found is None:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="there is no such code")
        return found

    def all(self) -> list[Code]:
        """Every code, oldest first."""
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM codes ORDER BY created, rowid")  # noqa: S608  a constant
        return [_code(row) for row in rows]

    def usage(self, code: str) -> dict[str, dict[str, object]]:
        """By day (UTC): the clients that were told one by one, and the total that was told."""
        days: dict[str, dict[str, object]] = {}
        clients: dict[str, list[str]] = {}
        for day, client in self._db.execute(
            "SELECT day, client FROM clients WHERE code = ? ORDER BY day, client", (code,)
        ):
            clients.setdefault(day, []).append(client)
        for day, names in clients.items():
            days[day] = {"clients": names, "active": len(names)}
        for day, active in self._db.execute("SELECT day, active FROM totals WHERE code = ?", (code,)):
            days.setdefault(day, {"clients": []})["active"] = active
        return dict(sorted(days.items()))


_COLUMNS = "code, created, days, collected, activated, detected, expires, frozen, released, product, bought_by, amount"


def _code(row: tuple[object, ...]) -> Code:
    return Code(
        code=str(row[0]),
        created=_number(row[1]),
        days=int(_number(row[2])),
        collected=bool(row[3]),
        activated=_time(row[4]),
        detected=_time(row[5]),
        expires=_time(row[6]),
        frozen=bool(row[7]),
        released=bool(row[8]),
        product=str(row[9]),
        order=str(row[10]),
        amount=int(_number(row[11])),
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("a column of numbers holds something else")
    return float(value)


def _time(value: object) -> float | None:
    return None if value is None else _number(value)


def _day(now: float) -> str:
    return utc(now).date().isoformat()
