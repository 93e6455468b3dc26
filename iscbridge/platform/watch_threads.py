"""What of the watching is watchdog's: the events that are asked for, who makes them, and what its threads run.

Loaded with the first folder that is watched.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
from typing import TYPE_CHECKING, ClassVar

from watchdog.events import (
    DirDeletedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver

from iscbridge.platform.watching import ENDED, LOST

if TYPE_CHECKING:
    from watchdog.observers.api import EventEmitter


class Lost(FileSystemEvent):
    """The system dropped events of a folder."""

    event_type = "lost"


_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileClosedEvent,
    DirDeletedEvent,
    Lost,
]

if sys.platform == "win32":
    from watchdog.observers.read_directory_changes import WindowsApiEmitter

    if TYPE_CHECKING:
        from watchdog.observers.winapi import WinAPINativeEvent

    class _Emitter(WindowsApiEmitter):
        """Tells what watchdog passes over: a buffer that was too small, and a watch that fails."""

        def _read_events(self) -> list[WinAPINativeEvent]:
            try:
                events = super()._read_events()
            except OSError:
                self.stop()  # `check` finds it dead
                events = []
            if not events and self.should_keep_running():
                self.queue_event(Lost(self.watch.path))
            return events

        def on_thread_stop(self) -> None:
            super().on_thread_stop()
            self._whandle = None  # stopped twice, watchdog would close a handle that may be another's by then

    _emitter: type[EventEmitter] = _Emitter
elif sys.platform == "linux":
    from watchdog.observers.inotify import InotifyEmitter

    _emitter = InotifyEmitter
else:
    from watchdog.observers import Observer

    _emitter = Observer()._emitter_class  # noqa: SLF001  the one way to the emitter that watchdog picks for this system


class Handler(FileSystemEventHandler):
    """Runs on a thread of watchdog's: puts into the queue, and into another of one place that the first was full."""

    wanted: ClassVar = _EVENTS

    def __init__(self, folder: str, events: queue.Queue[tuple[str, str]], full: queue.Queue[None]) -> None:
        self._folder = folder
        self._events = events
        self._full = full

    def dispatch(self, event: FileSystemEvent) -> None:
        path = os.fsdecode(event.src_path)
        if isinstance(event, DirDeletedEvent):
            if path == self._folder:
                self._put(ENDED)
            return
        if isinstance(event, Lost):
            self._put(LOST)
            return
        self._put(path)
        if event.dest_path:
            self._put(os.fsdecode(event.dest_path))

    def _put(self, path: str) -> None:
        try:
            self._events.put_nowait((self._folder, path))
        except queue.Full:
            with contextlib.suppress(queue.Full):
                self._full.put_nowait(None)


def make_observer() -> BaseObserver:
    """Watchdog's own thread, which hands what comes to the handlers; not started yet."""
    return BaseObserver(_emitter)
