"""Looks at working files and reads them, on workers of their own for each volume: a dead share holds up only itself.

A few files go to a worker at a time, and the next ones when those are answered: however many files have something to
be looked at, the owner's thread never finds more than that before it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from iscbridge.core.lockfiles import RULES, LockRule
from iscbridge.core.workfile_model import Hash, Hashed, Input, Look, Seen
from iscbridge.platform.volumes import volume_key
from iscbridge.platform.workfile_looks import look, read

_LOOKS = 64

Rules = Callable[[], tuple[LockRule, ...]]
Work = Callable[[str, Callable[[threading.Event], object], Callable[[object], None]], None]


class Looks:
    """Answers every Look and Hash, however long it takes."""

    def __init__(self, work: Work, answer: Callable[[Input], None], rules: Rules = lambda: RULES) -> None:
        """`work` runs something on a lane (`Bridge.work`); `answer` gets what answers the effects.

        `rules` gives those of lock files; it may block, and is asked on a worker.
        """
        self._rules = rules
        self._work = work
        self._answer = answer
        self._waiting: dict[str, deque[Look | Hash]] = {}
        self._running: set[str] = set()
        self._closed = False

    def ask(self, effect: Look | Hash) -> None:
        """Take an effect."""
        kind = "look" if isinstance(effect, Look) else "read"
        lane = f"workfiles {kind} {volume_key(effect.path)}"
        self._waiting.setdefault(lane, deque()).append(effect)
        self._next(lane)

    def close(self) -> None:
        """Answer nothing any more."""
        self._closed = True
        self._waiting.clear()

    def _next(self, lane: str) -> None:
        waiting = self._waiting.get(lane)
        if not waiting or lane in self._running:
            return
        count = min(_LOOKS, len(waiting)) if isinstance(waiting[0], Look) else 1
        batch = [waiting.popleft() for _ in range(count)]
        self._running.add(lane)

        def then(value: object) -> None:
            self._running.discard(lane)
            if self._closed:
                return
            for answer in value if isinstance(value, list) else map(_unanswered, batch):
                self._answer(answer)
            self._next(lane)

        self._work(lane, lambda stop: self._carry_out(batch, stop), then)

    def _carry_out(self, batch: Sequence[Look | Hash], stop: threading.Event) -> list[Input]:
        rules = self._rules() if isinstance(batch[0], Look) else RULES
        return [look(effect, rules) if isinstance(effect, Look) else read(effect, stop) for effect in batch]


def _unanswered(effect: Look | Hash) -> Input:
    """For work that failed in an unforeseen way."""
    if isinstance(effect, Look):
        return Seen(effect.path, effect.number, None, readable=False)
    return Hashed(effect.path, effect.number, None, None)
