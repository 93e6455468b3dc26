"""Work on files that stands still, because a share does not answer, is noticed, told, and holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iscbridge.core.inputs import Input
from iscbridge.service.clock import wall_clock

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge


@dataclass(frozen=True, slots=True)
class _Watched:
    seconds: float
    news: Callable[[], Input]
    give_up: bool


class Watch:
    """Watches tasks of the workers. Long work is no fault: only work that shows no life for a time is."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._watched: dict[str, _Watched] = {}

    def begin(self, key: str, seconds: float, news: Callable[[], Input], *, give_up: bool) -> None:
        """Tell the engine `news` when the task has stood still for so long.

        Args:
            key: of the task.
            seconds: without a sign of life.
            news: makes the input.
            give_up: whether these news stand for the task's result; else it goes on and its result counts.
        """
        self._watched[key] = _Watched(seconds, news, give_up)
        self._look_again(key, seconds)

    def end(self, key: str) -> None:
        """The task is over."""
        if self._watched.pop(key, None) is not None:
            self._bridge.timers.clear(f"watch:{key}")

    def look(self, key: str) -> None:
        """It is time to look at a task."""
        watched = self._watched.get(key)
        if watched is None:
            return
        workers = self._bridge.workers
        running, silent = workers.silence(key)
        if silent < watched.seconds:
            self._look_again(key, watched.seconds - silent)
            return
        workers.relieve(key)
        if running and watched.give_up:
            self.end(key)
            workers.stop(key)
        else:
            self._look_again(key, watched.seconds)
        if running:
            self._bridge.runner.feed(watched.news())

    def _look_again(self, key: str, seconds: float) -> None:
        self._bridge.timers.set(f"watch:{key}", wall_clock() + seconds)
