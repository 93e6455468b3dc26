"""Threads for what may block: one for captures and one for looks at files, per volume.

A share that does not answer then holds up only itself. Results come back as one queued signal; no thread but
the owner's ever touches the engine.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)

#: Threads of one lane that may stand still at the same time, before a next one has to wait behind them.
_MOST_STUCK = 16
#: At the end tasks that are asked to stop have so long to leave nothing half done behind.
_END_S = 1.0


class Pulse(threading.Event):
    """The event that asks a task to stop. Each look at it shows that the task is alive."""

    def __init__(self) -> None:
        super().__init__()
        self.felt = time.monotonic()

    def is_set(self) -> bool:
        """Whether the task is to stop."""
        self.felt = time.monotonic()
        return super().is_set()


@dataclass(slots=True, eq=False)
class Task:
    """A piece of blocking work. `run` gives the value that comes back; it must not raise."""

    key: str
    run: Callable[[threading.Event], object]
    lane: Lane
    stop: Pulse = field(default_factory=Pulse)
    begun: bool = False


@dataclass(slots=True, eq=False)
class Lane:
    """One queue and the thread that works on it. A thread that stands still can be relieved by another."""

    name: str
    queue: SimpleQueue[Task | None] = field(default_factory=SimpleQueue)
    running: Task | None = None
    """What the thread that was started last works on."""
    threads: int = 0


class Workers(QObject):
    """Runs tasks in order per lane (a lane is a volume and a kind of work)."""

    finished = Signal(str, object)
    """Key of the task and what its `run` gave; emitted on the worker's thread: connect it queued."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, Lane] = {}
        self._tasks: dict[str, Task] = {}
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._closed = False

    def submit(self, lane: str, key: str, run: Callable[[threading.Event], object]) -> None:
        """Queue a task on a lane; its thread is started at the first task."""
        place = self._lanes.get(lane)
        if place is None:
            place = self._lanes[lane] = Lane(lane)
            self._start(place)
        task = Task(key, run, place)
        with self._lock:
            self._tasks[key] = task
        place.queue.put(task)

    def stop(self, key: str) -> None:
        """Ask a task to give up as soon as it can. Its result still comes, and is ignored by number."""
        with self._lock:
            task = self._tasks.get(key)
        if task is not None:
            task.stop.set()

    def silence(self, key: str) -> tuple[bool, float]:
        """Whether a task was begun, and for how many seconds it, or the one that it is queued behind, has shown no life."""
        with self._lock:
            task = self._tasks.get(key)
            if task is None:
                return False, 0.0
            looked_at = task if task.begun else task.lane.running
            return task.begun, 0.0 if looked_at is None else time.monotonic() - looked_at.stop.felt

    def relieve(self, key: str) -> None:
        """Let another thread go on with what is queued behind a task that stands still (or before one that waits)."""
        with self._lock:
            task = self._tasks.get(key)
            if task is None:
                return
            lane = task.lane
            relieved = task.begun and lane.running is not task
            if relieved or lane.running is None or lane.threads >= _MOST_STUCK:
                return
            log.warning("%s stands still; what waits behind it goes on", lane.name)
            lane.running = None
        self._start(lane)

    def close(self) -> None:
        """Stop all tasks and let the threads end; waits a moment for them, and no longer for one that hangs."""
        with self._lock:
            for task in self._tasks.values():
                task.stop.set()
            threads = tuple(self._threads)
        for lane in self._lanes.values():
            lane.queue.put(None)
        with self._telling:  # nobody is in the middle of telling once this returns: the object may be destroyed
            self._closed = True
        until = time.monotonic() + _END_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self, lane: Lane) -> None:
        # daemon: a thread that hangs in a dead share must not keep the process from ending
        thread = threading.Thread(target=self._run, args=(lane,), name=f"worker-{lane.name}", daemon=True)
        with self._lock:
            lane.threads += 1
            self._threads.add(thread)
        thread.start()

    def _run(self, lane: Lane) -> None:
        try:
            self._work(lane)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _work(self, lane: Lane) -> None:
        while (task := lane.queue.get()) is not None:
            with self._lock:
                lane.running = task
                task.begun = True
                task.stop.felt = time.monotonic()
            try:
                value = task.run(task.stop)
            except Exception:
                log.exception("task %s failed in an unforeseen way", task.key)
                value = None
            with self._lock:
                self._tasks.pop(task.key, None)
                relieved = lane.running is not task
                if relieved:
                    lane.threads -= 1
                else:
                    lane.running = None
            if not self._tell(task.key, value) or relieved:
                return

    def _tell(self, key: str, value: object) -> bool:
        """Tell the owner, unless it is at its end; never while the object is being destroyed."""
        with self._telling:
            if self._closed:
                return False
            try:
                self.finished.emit(key, value)
            except RuntimeError:
                return False  # the QObject is gone: the bridge never began
            return True
