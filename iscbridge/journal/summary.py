"""The journal in short, for a support person: what a sound file says, and what a damaged one still says.

Reads beside a bridge that runs, changes nothing, and raises nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from iscbridge.core.jobs import Job
from iscbridge.journal import database, history, schema

T = TypeVar("T")

#: Steps of each job that are shown.
_STEPS = 40


@dataclass(slots=True)
class Summary:
    """What was found. What could not be read is missing, and `faults` says why."""

    there: bool = False
    version: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    """Jobs by state."""
    jobs: list[Job] = field(default_factory=list)
    """The newest first."""
    steps: dict[str, list[history.Transition]] = field(default_factory=dict)
    """Of each of these jobs, the last ones."""
    events: dict[str, int] = field(default_factory=dict)
    """SDK events by their name."""
    set_aside: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def summarize(path: Path, jobs: int = 100) -> Summary:
    """The journal at `path`, with that many of its newest jobs."""
    found = Summary(there=path.exists())
    with suppress(OSError):
        found.set_aside = database.set_aside(path)
    if not found.there:
        return found
    try:
        with closing(database.reader(path)) as db:
            _read(db, found, jobs)
    except sqlite3.Error as error:
        _note(found, error)
    return found


def _read(db: sqlite3.Connection, found: Summary, jobs: int) -> None:
    def attempt(read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except (sqlite3.Error, ValueError, TypeError, OverflowError, MemoryError) as error:
            _note(found, error)
            return default

    found.version = attempt(lambda: schema.version(db), None)
    found.counts = attempt(lambda: _counts(db, "SELECT state, count(*) FROM jobs GROUP BY state"), {})
    cache = history.Snapshots()
    found.jobs = attempt(lambda: history.jobs(db, cache, limit=jobs, before=None, states=None, text=None), [])
    for job in found.jobs:
        steps: list[history.Transition] = attempt(partial(history.transitions, db, job.id), [])
        found.steps[job.id] = steps[-_STEPS:]
    found.events = attempt(lambda: _counts(db, "SELECT operate, count(*) FROM events GROUP BY operate"), {})
    check = attempt(lambda: str(db.execute("PRAGMA quick_check(1)").fetchone()[0]), "ok")
    if check != "ok":
        _note(found, check)


def _counts(db: sqlite3.Connection, query: str) -> dict[str, int]:
    return {str(name): int(number) for name, number in db.execute(query)}


def _note(found: Summary, fault: object) -> None:
    words = f"{type(fault).__name__}: {fault}" if isinstance(fault, Exception) else str(fault)
    if words not in found.faults:
        found.faults.append(words)
