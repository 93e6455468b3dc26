"""Stops by itself before the store locks the vendor's key.

More than five authentication failures in a row lock an AK for everybody for five minutes (reference, section 4.6), so
after two this bridge asks no more: until another AK is used, or a person asks, which allows one more try. What was
counted survives a restart: a bridge that is started again and again must not do what one bridge may not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from iscbridge.platform.private import write_private
from iscbridge.store.answers import LOCKED_S

MOST_FAILURES = 2
_VERSION = 1
_MOST_KEYS = 32
_LARGEST_FILE = 65_536

_log = logging.getLogger(__name__)


class Permit(StrEnum):
    """Whether a request may go out."""

    GIVEN = "given"
    LAST = "last"
    """Yes, this one and no other: a person asked."""
    STOPPED = "stopped"
    """No: too many failures."""
    LOCKED = "locked"
    """No: the store said that the key is locked, and its five minutes are not over."""
    BUSY = "busy"
    """No: another request with these keys took all the time."""


@dataclass(slots=True)
class _Count:
    failures: int = 0
    locked_until: float = 0.0


class Counted(Protocol):
    """A stretch of requests, as the client needs it."""

    @property
    def permit(self) -> Permit:
        """Whether a request may go out."""

    def failed(self) -> bool:
        """The store refused the signature. Returns whether one more request may follow."""

    def locked(self) -> None:
        """The store said that the key is locked."""

    def accepted(self) -> None:
        """The store took the signature."""


class Turns(Protocol):
    """Who gives leave for signed requests: one profile's breaker, or one that many processes share."""

    def turn(self, key_id: str, *, by_person: bool, patience_s: float) -> AbstractContextManager[Counted]:
        """Wait for a turn with a key (`Credentials.key_id`)."""


class Turn:
    """One stretch of requests that nobody else's get between. Made by `Breaker.turn`."""

    def __init__(self, breaker: Breaker, key_id: str, permit: Permit) -> None:
        self.permit = permit
        self._breaker = breaker
        self._key_id = key_id

    def failed(self) -> bool:
        """The store refused the signature. Returns whether one more request may follow."""
        # After a person's one try there are always more.
        return self._breaker._add(self._key_id) < MOST_FAILURES  # noqa: SLF001  two halves of one thing

    def locked(self) -> None:
        """The store said that the key is locked. Not a failure of ours, but asking on would prolong it."""
        self._breaker._lock_key(self._key_id)  # noqa: SLF001  as above

    def accepted(self) -> None:
        """The store took the signature."""
        self._breaker._reset(self._key_id)  # noqa: SLF001  as above


class Breaker:
    """The counts of all keys of one profile. One for all threads; a request with it waits for the one before."""

    def __init__(self, path: str | os.PathLike[str], clock: Callable[[], float]) -> None:
        """Does not touch the disk yet.

        Args:
            path: the state's file, owner-only. A damaged or missing file counts as no failures.
            clock: seconds since the epoch.
        """
        self._path = Path(path)
        self._clock = clock
        self._turn = threading.Lock()
        self._counts: dict[str, _Count] | None = None

    @contextlib.contextmanager
    def turn(self, key_id: str, *, by_person: bool, patience_s: float) -> Iterator[Turn]:
        """Wait for the turn of a key (`Credentials.key_id`); `Turn.permit` says whether requests may go out in it."""
        if not self._turn.acquire(timeout=max(0.0, patience_s)):
            yield Turn(self, key_id, Permit.BUSY)
            return
        try:
            yield Turn(self, key_id, self._permit(key_id, by_person=by_person))
        finally:
            self._turn.release()

    def _permit(self, key_id: str, *, by_person: bool) -> Permit:
        count = self._load().get(key_id, _Count())
        # A clock that was set back must not make five minutes a year.
        if 0 < count.locked_until - self._clock() <= LOCKED_S:
            return Permit.LOCKED
        if count.failures < MOST_FAILURES:
            return Permit.GIVEN
        return Permit.LAST if by_person else Permit.STOPPED

    def _add(self, key_id: str) -> int:
        count = self._load().setdefault(key_id, _Count())
        count.failures += 1
        self._save()
        return count.failures

    def _lock_key(self, key_id: str) -> None:
        self._load().setdefault(key_id, _Count()).locked_until = self._clock() + LOCKED_S
        self._save()

    def _reset(self, key_id: str) -> None:
        if self._load().pop(key_id, None) is not None:
            self._save()

    def _load(self) -> dict[str, _Count]:
        if self._counts is None:
            self._counts = self._read()
        return self._counts

    def _read(self) -> dict[str, _Count]:
        try:
            with self._path.open("rb") as file:
                state = json.loads(file.read(_LARGEST_FILE))
            keys = state["keys"].items() if state["version"] == _VERSION else ()
            return {str(key): _Count(_failures(count), _moment(count)) for key, count in keys}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            _log.warning("the store's counts of refused signatures can't be read: %s", type(error).__name__)
            return {}

    def _save(self) -> None:
        counts = dict(list(self._load().items())[-_MOST_KEYS:])
        state = {"version": _VERSION, "keys": {key: asdict(count) for key, count in counts.items()}}
        try:
            write_private(os.fspath(self._path), json.dumps(state, indent=1).encode())
        except OSError as error:
            # This run still counts in memory.
            _log.warning("the store's counts of refused signatures can't be kept: %s", type(error).__name__)


def _failures(count: dict[str, object]) -> int:
    value = count["failures"]
    if not isinstance(value, int) or value < 0:
        raise TypeError("not a count")
    return value


def _moment(count: dict[str, object]) -> float:
    value = count["locked_until"]
    if not isinstance(value, (int, float)):
        raise TypeError("not a time")
    return float(value)
