"""The working files of a bridge: wires the pure decisions to journal, events, scans, looks, saves and clients.

Everything here runs on the owner's thread and does bookkeeping only: what touches a disk runs on workers, and what
is much (100,000 files at the start, a flood of events) is taken in bites of a few milliseconds.
"""

from __future__ import annotations

import gc
import logging
import os
from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core import workfile_model as m
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import CapturedFile, Job, JobKind, JobState
from iscbridge.core.lockfiles import may_be_lock
from iscbridge.core.workfile_model import FileState, Policy, Stat
from iscbridge.core.workfiles import folder_of
from iscbridge.ipc.wire import time_to_wire
from iscbridge.ipc.workfile_wire import WorkfileObject
from iscbridge.journal.workfiles import NEVER_SEEN, NOBODYS, NOBODYS_STAT, Together, Workfile
from iscbridge.platform.volumes import volume_key
from iscbridge.platform.watching import News
from iscbridge.service.workfiles.found import Found, found_in_job
from iscbridge.service.workfiles.run import Run, WorkfileTimes
from iscbridge.service.workfiles.saves import Saves
from iscbridge.service.workfiles.timers import Bites
from iscbridge.service.workfiles.told import Telling

if TYPE_CHECKING:
    from iscbridge.core.settings import Settings
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

#: Files per step of a bite: some hundred microseconds, and one transaction.
_STEP = 100
#: So many files are so many objects that the interpreter would search through again and again for garbage, which
#: takes longer than a bite. They stay as long as the bridge does: it leaves them out.
_FREEZE_EVERY = 10_000
_FLUSH_MS = 500
_REFOLD_MS = 300
#: Jobs of earlier runs whose files are looked up at the same time: one on a share that does not answer holds up no other.
_NEWS_AT_ONCE = 8
#: Changes in memory that are not in the journal yet, at most.
_MOST_PENDING = 500


class WorkingFiles(QObject):
    """See the module. Create, `start()`; later `close()`."""

    def __init__(self, bridge: Bridge, times: WorkfileTimes, settings: Settings) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self._times = times
        self._settings = settings
        self.table = bridge.journal.workfiles(bridge.config.engine.cloud)
        self.bites = Bites(self)
        self.saves = Saves(bridge, times.gather_s, times.lock_s, self._still_due, self)
        self.telling = Telling(bridge.server, self.describe, self.counts, times.gather_s, self)
        self._run: Run | None = None
        self._news: deque[str] = deque()
        """Jobs of earlier runs whose files are to be entered: after an upgrade all of the history's."""
        self._pending: dict[str, tuple[Stat, str]] = {}
        self._just_put: tuple[str, Stat, str] | None = None
        self._flush_timer = self._single_shot(_FLUSH_MS, self._flush)
        self._refold_timer = self._single_shot(_REFOLD_MS, self._refold)

    def _single_shot(self, milliseconds: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    # life
    def start(self) -> None:
        """Take up what the journal knows, and enter what the last run had no time for."""
        if self._settings.files_watch:
            self._begin()
        try:
            self._news.extend(self.table.news())
        except BridgeError as error:
            log.warning("files of finished jobs are not watched yet: %s", error.code)
        for _ in range(_NEWS_AT_ONCE):
            self.bites.add(self._next_news())

    def close(self) -> None:
        """Stop; what is not in the journal yet is written."""
        self.bites.clear()
        self.saves.close()
        if self._run is not None:
            self._run.close()
            self._run = None
        self._flush()

    def settings_changed(self, settings: Settings) -> None:
        """Take new settings at once."""
        before, self._settings = self._settings, settings
        if settings.files_watch != before.files_watch:
            if settings.files_watch:
                self._begin()
            else:
                self._end()
        elif self._run is not None:
            self.give(self._run, self._common_policy())

    @property
    def watching(self) -> bool:
        """Whether the settings let files be watched."""
        return self._run is not None

    def _begin(self) -> None:
        self._run = Run(self, self._bridge, self._times)
        self.give(self._run, self._common_policy())
        self.bites.add(self._load(self._run))

    def _end(self) -> None:
        if self._run is not None:
            self._run.close()
            self._run = None
            self._flush()
        self.telling.everything()

    def _common_policy(self) -> m.PolicyChanged:
        quiet = self._times.quiet_s
        return m.PolicyChanged(
            Policy(self._settings.files_when_changed),
            self._settings.files_quiet_minutes * 60.0 if quiet is None else quiet,
        )

    def _load(self, run: Run) -> Iterator[None]:
        after, taken = "", 0
        try:
            while run is self._run and (files := self.table.page(after, _STEP)):
                taken += len(files)
                if taken % _FREEZE_EVERY == 0:
                    gc.freeze()
                for file in files:
                    self._take_up(run, file)
                after = files[-1].path
                yield
        except BridgeError as error:
            log.warning("not all working files are watched: %s", error.code)
        if run is self._run:
            self._refold_timer.start()
            run.scans.want()
            self.telling.everything()

    def _take_up(self, run: Run, file: Workfile) -> None:
        if run.core.state(file.path) is None:
            if file.sha256:
                self.give(run, m.Known(file.path, file.stat, file.sha256))
            else:
                self.give(run, _opened(file))
            run.add(file.path, file.stat if file.sha256 else None, file.saved or 0.0, new=True)
        if file.policy is not None:
            self.give(run, m.PolicyChanged(file.policy, path=file.path))

    # what jobs bring
    def job_changed(self, job: Job) -> None:
        """A job took a step: one that is done brings working files, one that is so no more makes them doubtful."""
        if job.state is JobState.DONE and job.kind is not JobKind.SOLVE:
            self._find(job)
        elif job.state is JobState.UNKNOWN and job.snapshot is not None:
            self.bites.add(self._doubt(job, job.snapshot.files))

    def _next_news(self) -> Iterator[None]:
        while self._news:
            yield
            job = self._news_job(self._news.popleft())
            if job is not None:
                self._find(job, news=True)
                return

    def _news_job(self, job_id: str) -> Job | None:
        try:
            job = self._bridge.journal.job(job_id)
            if job is None:
                self.table.put((), done=job_id)  # too old to be known
        except BridgeError as error:
            log.warning("files of job %s are not watched yet: %s", job_id, error.code)
            return None
        return job if job is not None and job.cloud == self._bridge.config.engine.cloud else None

    def _find(self, job: Job, *, news: bool = False) -> None:
        path = job.path if job.kind is not JobKind.OPEN else job.result_path or ""
        lane = f"workfiles find {volume_key(path)}"
        self._bridge.work(lane, partial(found_in_job, job, news=news), partial(self._on_found, job, news))

    def _on_found(self, job: Job, news: bool, found: object) -> None:
        if isinstance(found, list):
            self.bites.add(self._enter(job, found))
        if news:
            self.bites.add(self._next_news())

    def _enter(self, job: Job, found: list[Found]) -> Iterator[None]:
        rest = iter(found)
        try:
            while chunk := list(islice(rest, _STEP)):
                self._enter_some(job, chunk)
                yield
            self.table.put((), done=job.id)
        except BridgeError as error:
            log.warning("files of job %s are entered at the next start: %s", job.id, error.code)

    def _doubt(self, job: Job, captured: Iterable[CapturedFile]) -> Iterator[None]:
        """Nobody knows whether the cloud took these files, or it contradicted itself after a done save.

        What it has of them is not known then, so they are changed: also those that hold again what it had before. It
        is known only where both are the same bytes.
        """
        for one in captured:
            path = one.source
            file = self.table.get(path)
            if file is not None and (file.job == job.id or file.sha256 != one.source_sha256):
                self.table.put((replace(file, stat=NOBODYS_STAT, sha256=NOBODYS),))
                if self._run is not None:
                    self.give(self._run, m.Saved(path, NOBODYS_STAT, NOBODYS))
                    self.telling.changed(path)
            yield

    def _enter_some(self, job: Job, chunk: list[Found]) -> None:
        files = []
        for one in chunk:
            path = self.table.spelling(one.identity) or one.path
            files.append(self._workfile(job, path, one))
        self.table.put(files)
        for file in files:
            self._pending.pop(file.path, None)  # older than what was just put
            if self._run is not None:
                self._feed(self._run, file, job.updated)

    def _workfile(self, job: Job, path: str, one: Found) -> Workfile:
        main = job.path if job.kind is not JobKind.OPEN else job.result_path or path
        if not one.in_assembly:
            main, together = path, Together.ALONE
        else:
            together = Together.BY_FORMAT if job.files is None else Together.BY_HOST
        saved = job.updated if one.sha256 else None
        who = job.origin.host, job.origin.product, job.id
        return Workfile(path, one.identity, one.stat, one.sha256, saved, main, together, *who)

    def _feed(self, run: Run, file: Workfile, when: float) -> None:
        new = run.core.state(file.path) is None
        self._just_put = file.path, file.stat, file.sha256
        if file.sha256:
            self.give(run, m.Saved(file.path, file.stat, file.sha256))
        else:
            self.give(run, _opened(file))
        self._just_put = None
        run.add(file.path, file.stat if file.sha256 else None, when, new=new)
        self._refold_timer.start()
        self.telling.changed(file.path)

    # inputs and effects
    def give(self, run: Run, event: m.Input) -> None:
        """Let the decisions have an input and do what they ask for; nothing, if it is of an earlier run."""
        if run is not self._run:
            return
        for effect in run.core.handle(event):
            self._do(run, effect)

    def _do(self, run: Run, effect: m.Effect) -> None:
        match effect:
            case m.Look() | m.Hash():
                run.looks.ask(effect)
            case m.SetTimer():
                run.timers.set(effect.path, effect.number, effect.after_s)
            case m.ClearTimer():
                run.timers.clear(effect.path)
            case m.Remember():
                self._remember(effect)
            case m.Told():
                self._told(run, effect)
            case m.AskPerson():
                self.telling.ask(effect.path)
            case m.SaveNow():
                self._save_now(effect.path)
            case _:
                pass  # Forget: the request has written it

    def _remember(self, effect: m.Remember) -> None:
        if self._just_put == (effect.path, effect.stat, effect.sha256):
            return
        self._pending[effect.path] = effect.stat, effect.sha256
        if len(self._pending) >= _MOST_PENDING:
            self._flush()
        elif not self._flush_timer.isActive():
            self._flush_timer.start()

    def _told(self, run: Run, effect: m.Told) -> None:
        path = effect.path
        if effect.state in (FileState.SAVED, FileState.UNKNOWN):
            run.open.pop(path, None)
        else:
            run.open[path] = effect.state
        (run.locked.add if effect.locked else run.locked.discard)(path)
        if effect.state is not FileState.CHANGED:
            self.telling.take_back(path)
        self.telling.changed(path)

    def _save_now(self, path: str) -> None:
        try:
            file = self.table.get(path)
        except BridgeError as error:
            log.warning("a changed file can't be saved by itself now: %s", error.code)
            return
        if file is not None:
            self.saves.save(file, path)

    def _still_due(self, path: str) -> bool:
        run = self._run
        return run is not None and run.core.state(path) is FileState.CHANGED

    @Slot()
    def _flush(self) -> None:
        if not self._pending or self._bridge.journal.closed:
            return
        pending, self._pending = self._pending, {}
        try:
            self.table.write(pending, ())
        except BridgeError as error:
            # what is lost is read once more after the next start
            log.warning("the state of %d working files is not written: %s", len(pending), error.code)

    # events
    @Slot()
    def _refold(self) -> None:
        run = self._run
        if run is None:
            return
        newest = sorted(run.folders, key=lambda folder: -run.folders[folder][1])
        run.events.watch(tuple(newest))

    @Slot(object)
    def on_events(self, news: News) -> None:
        """The system told of changes."""
        run = self._run
        if run is None:
            return
        if news.scan:
            run.scans.want(news.scan)
        if news.paths:
            self.bites.add(self._hear(run, news.paths))

    def _hear(self, run: Run, paths: Iterable[str]) -> Iterator[None]:
        for number, path in enumerate(paths):
            if run.core.state(path) is not None:
                self.give(run, m.EventSeen(path))
            else:
                self._hear_beside(run, path)
                yield
            if number % _STEP == _STEP - 1:
                yield

    def _hear_beside(self, run: Run, path: str) -> None:
        """Of another name in a watched folder: a document's in another case, or a lock file's."""
        folder, name = os.path.split(path)
        known = run.known_as(folder, name)
        if known is not None:
            self.give(run, m.EventSeen(known))
        elif may_be_lock(name, self._bridge.described.known_lock_rules()):
            for other in [other for other, state in run.open.items() if state is FileState.CHANGED]:
                if folder_of(other) == folder:
                    # a hint: the look that it brings tells whether the lock file is there
                    self.give(run, m.LockSeen(other, locked=False))

    # what clients see
    def state(self, path: str) -> FileState:
        """The state of a file that the journal knows."""
        state = None if self._run is None else self._run.core.state(path)
        return FileState.UNKNOWN if state is None else state

    def counts(self) -> dict[str, int]:
        """How many files are in each state."""
        if self._run is None:
            return {FileState.UNKNOWN.value: self.table.count()}
        return {state.value: count for state, count in self._run.core.counts().items()}

    def not_saved(self, states: Container[FileState], after: str) -> list[str]:
        """Paths of the files in some of the states that are neither saved nor still to be looked at, in order."""
        files = {} if self._run is None else self._run.open
        return sorted(path for path, state in files.items() if state in states and path > after)

    def describe(self, path: str) -> WorkfileObject | None:
        """A file as clients see it."""
        try:
            file = self.table.get(path)
        except BridgeError:
            return None
        return None if file is None else self.described(file)

    def described(self, file: Workfile) -> WorkfileObject:
        """The same of one that the journal has just given."""
        return WorkfileObject(
            path=file.path,
            state=self.state(file.path),
            locked=self._run is not None and file.path in self._run.locked,
            policy=file.policy,
            saved=None if file.saved is None else time_to_wire(file.saved),
            size=file.stat.size if file.sha256 not in ("", NOBODYS) else None,
            main=file.main if file.together is not Together.ALONE else None,
            host=file.host or None,
        )

    # what people want
    def set_policy(self, path: str, policy: Policy | None) -> None:
        """A policy of its own for a file. Raises JournalError if it can't be kept."""
        self.table.set_policy(path, policy)
        if self._run is not None:
            self.give(self._run, m.PolicyChanged(policy, path=path))
        self.telling.changed(path)

    def forget(self, path: str) -> None:
        """Watch a file no more. Raises JournalError if that can't be kept."""
        self.table.write({}, (path,))
        self._pending.pop(path, None)
        run = self._run
        if run is not None and run.core.state(path) is not None:
            self.give(run, m.Forgotten(path))
            run.drop(path)
            self._refold_timer.start()
        self.telling.take_back(path)
        self.telling.changed(path)


def _opened(file: Workfile) -> m.Opened:
    return m.Opened(file.path, None if file.stat == NEVER_SEEN else file.stat)
