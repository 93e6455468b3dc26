"""Working files: which of them changed since the last cloud save, and what is done about it. A pure state machine.

`handle(input) -> effects`; no threads, no clock, no I/O. One file never touches another. The way of a change:

1. Anything that hints at a change (an event, a scan, a save) asks for a *look*; hints during a look ask for one more.
2. A look that finds another stat starts the *settling*: `settle_s` without a further change. Then the file is read.
3. Content as saved: the new stat is remembered, the file is saved. Other content: it is told as changed, and
4. with a policy the *quiet period* begins. Each hint begins it anew. At its end the file is looked at once more, and
   only if it is as it was read and no lock file is there, the person is asked or the file is saved: once per content.

So a save needs a whole quiet period after the last hint, and there is at most one in each.

Limits, on purpose: content that was changed without any trace in size, times or file id is not seen. And a lock file
that appears between the last look and the save is not seen either: capture copies an unchanging file or none.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import FileState, Policy, Stat, same


@dataclass(frozen=True, slots=True)
class WorkfilesConfig:
    """Seconds."""

    settle_s: float = 2.5
    """Without a change, before a file is read. Longer than the tick of the coarsest file systems (2 s)."""
    gone_s: float = 2.0
    """A file that a CAD replaces is away for a moment; longer, and it is missing."""
    retry_s: float = 30.0
    """Until a file that can't be read is tried again."""
    lock_s: float = 15.0
    """Between looks whether a lock file is gone, should the event of its going be lost."""
    quiet_s: float = 120.0
    """Unless PolicyChanged says otherwise."""


class _Wait(Enum):
    """What a file's timer is for."""

    NOTHING = auto()
    SETTLE = auto()
    GONE = auto()
    RETRY = auto()
    QUIET = auto()
    LOCK = auto()


@dataclass(slots=True)
class _Kept:
    """What is remembered of every file: small, for there may be 100,000."""

    saved: Stat | None
    sha256: str
    """Empty: it came from the cloud with the stat `saved`, and was not read yet."""
    told: FileState = FileState.UNKNOWN


@dataclass(slots=True)
class _Activity:
    """What is going on with one file. A file that is as it was saved has none."""

    look: int = 0
    """Number of the look whose answer is awaited; 0: none."""
    again: bool = False
    """A hint came during the look: it may have come too early."""
    hash: int = 0
    """Number of the reading whose answer is awaited: one at a time, for a file may be large."""
    stale: bool = False
    """The file changed since that reading began: its answer counts for nothing."""
    rehash: bool = False
    """Read it again when that answer comes."""
    seen: Stat | None = None
    content: str = ""
    """SHA-256 of the file at `seen`; empty until it was read."""
    timer: int = 0
    wait: _Wait = _Wait.NOTHING
    gone: bool = False
    """It was not there when it was looked for, and time has passed since."""
    unread: bool = False
    """It could not be read; the look under way tells whether it is there."""
    quiet: bool = False
    """The quiet period is over."""
    confirm: bool = False
    """The look under way is the last one before the policy acts."""
    held: bool = False
    """A lock file stands against what the policy wants."""
    acted: str = ""
    """The content that was asked about or saved last."""
    asked: bool = False
    """It was only asked about."""


class Workfiles:
    """Decides for every working file. Not thread-safe: it has one owner. Raises nothing for any input in any order."""

    def __init__(self, config: WorkfilesConfig | None = None) -> None:
        self._config = config or WorkfilesConfig()
        self._quiet_s = self._config.quiet_s
        self._policy = Policy.OFF
        self._policies: dict[str, Policy] = {}
        self._kept: dict[str, _Kept] = {}
        self._busy: dict[str, _Activity] = {}
        self._unknown: dict[str, set[str]] = {}
        """Files not looked at since the start, by folder; `_covered` of them are in the scan under way."""
        self._covered: dict[str, set[str]] = {}
        self._number = 0
        self._counts: Counter[FileState] = Counter()
        self._out: list[m.Effect] = []

    def state(self, path: str) -> FileState | None:
        """The state last told; None for a file that is not watched."""
        kept = self._kept.get(path)
        return None if kept is None else kept.told

    def counts(self) -> dict[FileState, int]:
        """How many files are in each state."""
        return {state: count for state, count in self._counts.items() if count}

    def handle(self, event: m.Input) -> list[m.Effect]:
        """Take one input; returns what the world has to do, in order."""
        self._out = []
        match event:
            case m.Known():
                self._on_known(event)
            case m.Opened():
                self._on_opened(event)
            case m.Saved():
                self._on_saved(event)
            case m.EventSeen() | m.ScanFound():
                self._hint(event.path)
            case m.LockSeen():
                self._on_lock(event)
            case m.Seen():
                self._on_seen(event)
            case m.Hashed():
                self._on_hashed(event)
            case m.TimerFired():
                self._on_timer(event)
            case m.PolicyChanged():
                self._on_policy(event)
            case m.Forgotten():
                self._on_forgotten(event.path)
            case m.ScanBegun():
                self._uncover()
                self._covered, self._unknown = self._unknown, {}
            case m.FolderScanned():
                self._on_folder(event)
            case m.ScanEnded():
                self._uncover()
            case _:
                pass  # an input of a later version
        return self._out

    # ------------------------------------------------------------------------------ what becomes known

    def _on_known(self, event: m.Known) -> None:
        if event.path not in self._kept:
            self._keep(event.path, event.stat, event.sha256)
            self._unknown.setdefault(folder_of(event.path), set()).add(event.path)

    def _on_opened(self, event: m.Opened) -> None:
        """Opened again, an older or newer version may have come: what was known of it stands for nothing."""
        path, kept = event.path, self._kept.get(event.path)
        if kept is None:
            self._keep(path, event.stat, "")
        else:
            kept.saved, kept.sha256 = event.stat, ""
            if path in self._busy:
                self._rest(path, self._busy[path], None)
            self._tell(path, FileState.UNKNOWN)
        self._hint(path)

    def _on_saved(self, event: m.Saved) -> None:
        path = event.path
        kept = self._kept.get(path) or self._keep(path, None, "")
        kept.saved, kept.sha256 = event.stat, event.sha256
        self._out.append(m.Remember(path, event.stat, event.sha256))
        activity = self._busy.get(path)
        if activity is not None and activity.content == event.sha256 and activity.seen is not None:
            self._remember(path, kept, activity.seen, event.sha256)
        self._hint(path)

    def _on_forgotten(self, path: str) -> None:
        kept = self._kept.pop(path, None)
        if kept is None:
            return
        self._counts[kept.told] -= 1
        self._policies.pop(path, None)
        for table in (self._unknown, self._covered):
            table.get(folder_of(path), set()).discard(path)
        self._end(path)
        self._out.append(m.Forget(path))

    def _on_folder(self, event: m.FolderScanned) -> None:
        paths = self._covered.pop(event.folder, None)
        if paths is None:
            return
        if not event.whole:
            self._unknown.setdefault(event.folder, set()).update(paths)
            return
        for path in sorted(paths):
            if path not in self._busy and self.state(path) is FileState.UNKNOWN:
                self._tell(path, FileState.SAVED)

    def _uncover(self) -> None:
        for folder, paths in self._covered.items():
            self._unknown.setdefault(folder, set()).update(paths)
        self._covered = {}

    def _on_policy(self, event: m.PolicyChanged) -> None:
        if event.quiet_s is not None:
            self._quiet_s = event.quiet_s
        if event.path is not None:
            if event.policy is None:
                self._policies.pop(event.path, None)
            elif event.path in self._kept:
                self._policies[event.path] = event.policy
        elif event.policy is not None:
            self._policy = event.policy
        paths = list(self._busy) if event.path is None else [event.path]
        for path in paths:
            activity = self._busy.get(path)
            if activity is not None and activity.content:
                self._after_policy(path, activity)

    def _after_policy(self, path: str, activity: _Activity) -> None:
        if not self._is_due(path, activity):
            activity.confirm = False
            if activity.wait in (_Wait.QUIET, _Wait.LOCK):
                self._stop_timer(path, activity)
        elif activity.quiet:
            self._confirm(path, activity)
        elif activity.wait is _Wait.NOTHING:
            self._wait(path, activity, _Wait.QUIET, self._quiet_s)

    # ------------------------------------------------------------------------------ hints and looks

    def _hint(self, path: str) -> None:
        """Something may have changed: look. A quiet period begins anew."""
        if path not in self._kept:
            return
        activity = self._busy.get(path)
        if activity is None:
            activity = self._busy[path] = _Activity()
        elif activity.content:
            activity.quiet = activity.confirm = False
            if self._is_due(path, activity):
                self._wait(path, activity, _Wait.QUIET, self._quiet_s)
        self._look(path, activity)

    def _on_lock(self, event: m.LockSeen) -> None:
        activity = self._busy.get(event.path)
        if activity is None:
            return  # as saved: nothing waits for it
        if not event.locked and activity.wait is _Wait.LOCK:
            self._confirm(event.path, activity)
        else:
            self._look(event.path, activity)

    def _look(self, path: str, activity: _Activity) -> None:
        if activity.look:
            activity.again = True
            return
        activity.look = self._next()
        self._out.append(m.Look(path, activity.look))

    def _on_seen(self, event: m.Seen) -> None:
        path, kept, activity = event.path, self._kept.get(event.path), self._busy.get(event.path)
        if kept is None or activity is None or event.number != activity.look:
            return
        activity.look = 0
        if activity.again:
            activity.again = False
            self._look(path, activity)
        if not event.readable:
            self._unreadable(path, activity)
        elif event.stat is None:
            self._on_absent(path, kept, activity)
        elif kept.sha256 and same(kept.saved, event.stat):
            self._settled(path, activity, event.stat)
        elif not same(activity.seen, event.stat):
            self._moved(path, kept, activity, event.stat)
        else:
            self._unmoved(path, activity, event.locked)

    def _on_absent(self, path: str, kept: _Kept, activity: _Activity) -> None:
        self._void(activity)
        activity.seen = None
        if activity.gone or kept.told is FileState.MISSING:
            self._tell(path, FileState.MISSING)
            self._rest(path, activity, None)
        elif activity.wait is not _Wait.GONE:
            self._wait(path, activity, _Wait.GONE, self._config.gone_s)

    def _settled(self, path: str, activity: _Activity, stat: Stat) -> None:
        """It is as it was saved."""
        self._tell(path, FileState.SAVED)
        self._rest(path, activity, stat)

    def _moved(self, path: str, kept: _Kept, activity: _Activity, stat: Stat) -> None:
        self._void(activity)
        activity.seen, activity.gone = stat, False
        if kept.sha256 or not same(kept.saved, stat):
            self._tell(path, FileState.CHANGING)
        self._wait(path, activity, _Wait.SETTLE, self._config.settle_s)

    def _unmoved(self, path: str, activity: _Activity, locked: bool) -> None:
        activity.gone = False
        if not activity.content:
            if activity.unread:
                self._unreadable(path, activity)
            elif (not activity.hash or activity.stale) and activity.wait is not _Wait.SETTLE:
                self._hash(path, activity)
        elif activity.confirm and not activity.look:
            activity.confirm = False
            if self._is_due(path, activity):
                self._act(path, activity, locked)

    def _unreadable(self, path: str, activity: _Activity) -> None:
        self._void(activity)
        activity.gone = False
        self._tell(path, FileState.UNREADABLE)
        self._wait(path, activity, _Wait.RETRY, self._config.retry_s)

    # ------------------------------------------------------------------------------ reading

    def _void(self, activity: _Activity) -> None:
        """What was read of the file, or is being read, stands for nothing any more."""
        activity.content, activity.stale, activity.rehash = "", bool(activity.hash), False
        activity.quiet = activity.confirm = activity.unread = activity.held = False

    def _hash(self, path: str, activity: _Activity) -> None:
        if activity.hash:
            activity.rehash = True
            return
        activity.hash = self._next()
        self._out.append(m.Hash(path, activity.hash))

    def _on_hashed(self, event: m.Hashed) -> None:
        path, kept, activity = event.path, self._kept.get(event.path), self._busy.get(event.path)
        if kept is None or activity is None or event.number != activity.hash:
            return
        activity.hash = 0
        if activity.stale:
            activity.stale = False
            if activity.rehash:
                activity.rehash = False
                self._hash(path, activity)
            elif not activity.look and not activity.timer and kept.told in (FileState.SAVED, FileState.MISSING):
                self._end(path)
        elif event.stat is None:
            activity.unread = True
            self._look(path, activity)
        elif event.sha256 is None or not same(activity.seen, event.stat):
            self._moved(path, kept, activity, event.stat)
        elif event.sha256 == kept.sha256 or (not kept.sha256 and same(kept.saved, event.stat)):
            self._remember(path, kept, event.stat, event.sha256)
            self._settled(path, activity, event.stat)
        else:
            activity.content = event.sha256
            self._tell(path, FileState.CHANGED)
            if self._is_due(path, activity):
                self._wait(path, activity, _Wait.QUIET, self._quiet_s)

    def _remember(self, path: str, kept: _Kept, stat: Stat, sha256: str) -> None:
        if kept.saved != stat or kept.sha256 != sha256:
            self._out.append(m.Remember(path, stat, sha256))
        kept.saved, kept.sha256 = stat, sha256

    # ------------------------------------------------------------------------------ the policy

    def _is_due(self, path: str, activity: _Activity) -> bool:
        """Whether the policy wants something for this content that was not done yet."""
        policy = self._policies.get(path, self._policy)
        if policy is Policy.OFF or not activity.content:
            return False
        return activity.content != activity.acted or (activity.asked and policy is Policy.AUTOMATIC)

    def _confirm(self, path: str, activity: _Activity) -> None:
        activity.confirm = True
        self._look(path, activity)

    def _act(self, path: str, activity: _Activity, locked: bool) -> None:
        if locked:
            if not activity.held:
                activity.held = True
                self._out.append(m.Told(path, FileState.CHANGED, locked=True))
            self._wait(path, activity, _Wait.LOCK, self._config.lock_s)
            return
        if activity.held:
            activity.held = False
            self._out.append(m.Told(path, FileState.CHANGED))
        self._stop_timer(path, activity)
        activity.acted = activity.content
        activity.asked = self._policies.get(path, self._policy) is Policy.ASK
        activity.quiet = False
        self._out.append(m.AskPerson(path) if activity.asked else m.SaveNow(path))

    # ------------------------------------------------------------------------------ timers, and what is told

    def _on_timer(self, event: m.TimerFired) -> None:
        path, activity = event.path, self._busy.get(event.path)
        if activity is None or event.number != activity.timer:
            return
        why = activity.wait
        activity.timer, activity.wait = 0, _Wait.NOTHING
        match why:
            case _Wait.SETTLE:
                self._hash(path, activity)
            case _Wait.GONE:
                activity.gone = True
                self._look(path, activity)
            case _Wait.QUIET:
                activity.quiet = True
                self._confirm(path, activity)
            case _Wait.LOCK:
                self._confirm(path, activity)
            case _:
                self._look(path, activity)

    def _wait(self, path: str, activity: _Activity, why: _Wait, seconds: float) -> None:
        activity.timer, activity.wait = self._next(), why
        self._out.append(m.SetTimer(path, activity.timer, seconds))

    def _stop_timer(self, path: str, activity: _Activity) -> None:
        if activity.timer:
            activity.timer, activity.wait = 0, _Wait.NOTHING
            self._out.append(m.ClearTimer(path))

    def _rest(self, path: str, activity: _Activity, seen: Stat | None) -> None:
        """Nothing is left to do but to take the answers that are still to come."""
        self._end(path)
        if activity.look or activity.hash:
            still = _Activity(look=activity.look, again=activity.again, seen=seen)
            still.hash, still.stale = activity.hash, bool(activity.hash)
            self._busy[path] = still

    def _end(self, path: str) -> None:
        activity = self._busy.pop(path, None)
        if activity is not None:
            self._stop_timer(path, activity)

    def _keep(self, path: str, saved: Stat | None, sha256: str) -> _Kept:
        kept = self._kept[path] = _Kept(saved, sha256)
        self._counts[kept.told] += 1
        return kept

    def _tell(self, path: str, state: FileState) -> None:
        kept = self._kept[path]
        if kept.told is not state:
            self._counts[kept.told] -= 1
            self._counts[state] += 1
            kept.told = state
            self._out.append(m.Told(path, state))

    def _next(self) -> int:
        self._number += 1
        return self._number


def folder_of(path: str) -> str:
    """The folder of a path, by its text, as the scanner names it."""
    return os.path.dirname(path)
