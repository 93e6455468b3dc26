"""Threads for what may block: one for captures and one for looks at files, per volume.

A share that does not answer then holds up only itself. Results come back as one queued signal; no thread but
the owner's ever touches the engine.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Task:
    """A piece of blocking work. `run` gives the value that comes back; it must not raise."""

    key: str
    run: Callable[[threading.Event], object]
    stop: threading.Event = field(default_factory=threading.Event)


class Workers(QObject):
    """Runs tasks in order per lane (a lane is a volume and a kind of work)."""

    finished = Signal(str, object)
    """Key of the task and what its `run` gave; emitted on the worker's thread: connect it queued."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues: dict[str, SimpleQueue[Task | None]] = {}
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def submit(self, lane: str, key: str, run: Callable[[threading.Event], object]) -> None:
        """Queue a task on a lane; its thread is started at the first task."""
        queue = self._queues.get(lane)
        if queue is None:
            queue = self._queues[lane] = SimpleQueue()
            # daemon: a thread that hangs in a dead share must not keep the process from ending
            threading.Thread(target=self._work, args=(queue,), name=f"worker-{lane}", daemon=True).start()
        task = Task(key, run)
        with self._lock:
            self._tasks[key] = task
        queue.put(task)

    def stop(self, key: str) -> None:
        """Ask a task to give up as soon as it can. Its result still comes, and is ignored by number."""
        with self._lock:
            task = self._tasks.get(key)
        if task is not None:
            task.stop.set()

    def close(self) -> None:
        """Stop all tasks and let the threads end; does not wait for one that hangs."""
        with self._lock:
            for task in self._tasks.values():
                task.stop.set()
        for queue in self._queues.values():
            queue.put(None)

    def _work(self, queue: SimpleQueue[Task | None]) -> None:
        while (task := queue.get()) is not None:
            try:
                value = task.run(task.stop)
            except Exception:
                log.exception("task %s failed in an unforeseen way", task.key)
                value = None
            with self._lock:
                self._tasks.pop(task.key, None)
            try:
                self.finished.emit(task.key, value)
            except RuntimeError:
                return  # the QObject is gone: the bridge has closed
