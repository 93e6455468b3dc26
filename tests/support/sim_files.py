"""Files of the simulated machine: what capture, compare and upload find when they look.

A content is a number that is never used twice; a stamp stands for size, time and file object and
changes with every write, also when an older content comes back. Nothing here knows the engine's rules.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from iscbridge.core.effects import Capture, Prepare, Recheck
from iscbridge.core.inputs import CaptureDone, CaptureFailed, CaptureSlow, CheckOutcome, Prepared, Rechecked
from iscbridge.core.jobs import CapturedFile, ErrorInfo, Snapshot

if TYPE_CHECKING:
    from support.sim_world import World

CAPTURE_TIMES = (0.001, 0.02, 0.02, 0.3, 2.0, 15.0)
CHECK_TIMES = (0.001, 0.01, 0.05, 0.3, 4.0)
DEADLINE_S = 10.0

Content = tuple[object, ...]


class SimFile:
    """One file on a disk."""

    __slots__ = ("content", "exists", "locked", "older", "stamp")

    def __init__(self, content: int) -> None:
        self.content = content
        self.older: list[int] = []
        self.stamp = content
        self.exists = True
        self.locked = False


class Target:
    """Something that a host may ask to save: a single file or an assembly of several."""

    __slots__ = ("assembly", "folder", "identity", "parts", "spellings", "staged", "volume")

    def __init__(
        self,
        spellings: tuple[str, ...],
        parts: tuple[str, ...],
        volume: str,
        folder: str | None = None,
        *,
        staged: bool = False,
    ) -> None:
        self.spellings = spellings
        self.identity = spellings[0].lower()
        self.parts = parts
        self.volume = volume
        self.folder = folder
        self.staged = staged
        self.assembly = folder is not None


def standard_targets() -> list[Target]:
    return [
        Target(("C:/w/a.prt", "c:/W/A.PRT"), ("C:/w/a.prt",), "C:"),
        Target(("C:/w/b.prt",), ("C:/w/b.prt",), "C:"),
        Target(("S:/x/c.prt", "//srv/s/x/c.prt"), ("S:/x/c.prt",), "S:"),
        Target(("C:/w/top.asm",), ("C:/w/top.asm", "C:/w/b.prt"), "C:", "C:/stage/top", staged=True),
        Target(("S:/x/box",), ("S:/x/box/box.asm", "S:/x/box/lid.prt"), "S:", "S:/x/box"),
    ]


class FileWorld:
    """Disks, shares and the workers that capture and compare."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.targets = standard_targets()
        self._by_path = {path: target for target in self.targets for path in target.spellings}
        self._contents = 0
        self.files: dict[str, SimFile] = {}
        for target in self.targets:
            for part in target.parts:
                if part not in self.files:
                    self.files[part] = SimFile(self._new_content())
        self.staged: dict[str, Content] = {}
        self.slow: set[str] = set()
        self.capture_error: ErrorInfo | None = None
        self._queues: dict[str, deque[Capture]] = {}
        self._running: dict[str, Capture | None] = {}
        self._stopped: set[tuple[str, int]] = set()
        self.given: dict[int, tuple[str, Snapshot]] = {}
        """By id(): every snapshot that the capture made, and for which job."""

    # ---- what happens to files

    def _new_content(self) -> int:
        self._contents += 1
        return self._contents

    def write(self, name: str) -> None:
        """New content; a deleted file comes back."""
        file = self.files[name]
        file.older.append(file.content)
        file.content = file.stamp = self._new_content()
        file.exists = True

    def restore_older(self, name: str) -> None:
        file = self.files[name]
        if file.older:
            file.content, file.older[-1] = file.older[-1], file.content
        file.stamp = self._new_content()
        file.exists = True

    def add_target(self, path: str) -> Target:
        """A fresh single file that nothing ever happened to."""
        target = Target((path,), (path,), "C:")
        self.targets.append(target)
        self._by_path[path] = target
        self.files[path] = SimFile(self._new_content())
        return target

    # ---- what others see

    def read(self, handed_path: str) -> Content | None:
        """What an upload of this path reads now; None if it can't."""
        target = self._by_path.get(handed_path)
        if target is None:
            return self.staged.get(handed_path)
        return self._content(target)

    def _content(self, target: Target) -> Content | None:
        found = []
        for part in target.parts:
            file = self.files[part]
            if not file.exists or file.locked:
                return None
            found.append(file.content)
        return tuple(found)

    @staticmethod
    def content_of(snapshot: Snapshot) -> Content:
        return tuple(int(file.sha256) for file in snapshot.files)

    def compare(self, snapshot: Snapshot) -> CheckOutcome:
        for captured in snapshot.files:
            file = self.files[captured.source]
            if not file.exists:
                return CheckOutcome.MISSING
            if file.locked:
                return CheckOutcome.UNREADABLE
            if file.stamp != captured.mtime_ns:
                return CheckOutcome.CHANGED
        return CheckOutcome.SAME

    # ---- capture: one worker per volume, first come first served

    def forget_workers(self) -> None:
        """The service died: its workers and what they had in hand are gone."""
        self._queues.clear()
        self._running.clear()
        self._stopped.clear()

    def capture(self, effect: Capture) -> None:
        target = self._by_path.get(effect.path)
        volume = target.volume if target else "C:"
        self._queues.setdefault(volume, deque()).append(effect)
        if self._running.get(volume) is None:
            self._next_capture(volume)

    @property
    def capturing(self) -> bool:
        """Whether a worker has a capture in hand or before it that nobody has stopped."""
        waiting = [effect for queue in self._queues.values() for effect in queue]
        running = [effect for effect in self._running.values() if effect is not None]
        return any((effect.job_id, effect.attempt) not in self._stopped for effect in (*waiting, *running))

    def stop_capture(self, job_id: str, attempt: int) -> None:
        self._stopped.add((job_id, attempt))

    def _next_capture(self, volume: str) -> None:
        queue = self._queues.get(volume)
        if not queue:
            self._running[volume] = None
            return
        effect = queue.popleft()
        self._running[volume] = effect
        world = self._world
        world.after(world.dice.pick(CAPTURE_TIMES), self._capture_ends, volume, effect, False)

    def _capture_ends(self, volume: str, effect: Capture, told_slow: bool) -> None:
        world = self._world
        stopped = (effect.job_id, effect.attempt) in self._stopped
        if volume in self.slow and not stopped:
            if not told_slow:
                world.push(CaptureSlow(world.now, effect.job_id, effect.attempt))
            world.after(DEADLINE_S, self._capture_ends, volume, effect, True)
            return
        # A stop that comes too late is not noticed by the worker: the answer is sent all the same.
        if not stopped or world.dice.chance(0.2):
            world.push(self._captured(effect))
        self._next_capture(volume)

    def _captured(self, effect: Capture) -> CaptureDone | CaptureFailed:
        now = self._world.now
        target = self._by_path.get(effect.path)
        if self.capture_error is not None:
            return CaptureFailed(now, effect.job_id, effect.attempt, self.capture_error, refused=False)
        if target is None or not self.files[target.parts[0]].exists:
            return CaptureFailed(now, effect.job_id, effect.attempt, ErrorInfo("ISCB-FILE-MISSING"), refused=False)
        for part in target.parts:
            if not self.files[part].exists:
                return CaptureFailed(
                    now, effect.job_id, effect.attempt, ErrorInfo("ISCB-ASM-MISSING-PARTS"), refused=True
                )
            if self.files[part].locked:
                return CaptureFailed(now, effect.job_id, effect.attempt, ErrorInfo("ISCB-FILE-LOCKED"), refused=False)
        files = tuple(self._captured_file(part) for part in target.parts)
        snapshot = Snapshot(target.identity, files, target.folder, target.staged)
        self.given[id(snapshot)] = (effect.job_id, snapshot)
        return CaptureDone(now, effect.job_id, effect.attempt, snapshot)

    def _captured_file(self, part: str) -> CapturedFile:
        file = self.files[part]
        sha = str(file.content)
        return CapturedFile(part, part, 1, file.stamp, part, sha, sha)

    # ---- compare before and after the hand-over

    def prepare(self, effect: Prepare) -> None:
        self._world.after(self._world.dice.pick(CHECK_TIMES), self._prepared, effect, 0)

    def _prepared(self, effect: Prepare, waited: int) -> None:
        world, snapshot = self._world, effect.snapshot
        target = self._target_of(snapshot)
        if target.volume in self.slow and waited < 2:
            world.after(DEADLINE_S, self._prepared, effect, waited + 1)
            return
        if target.volume in self.slow:
            error = ErrorInfo("ISCB-FILE-SHARE-SLOW")
            world.push(Prepared(world.now, effect.job_id, effect.attempt, CheckOutcome.UNREADABLE, error=error))
            return
        outcome = self.compare(snapshot)
        if outcome is CheckOutcome.SAME:
            handed = snapshot.folder or snapshot.files[0].source
            if snapshot.staged:
                self.staged[handed] = self.content_of(snapshot)
            world.push(Prepared(world.now, effect.job_id, effect.attempt, outcome, handed_path=handed))
            return
        error = None
        if outcome is CheckOutcome.UNREADABLE:
            error = ErrorInfo("ISCB-FILE-DENIED" if world.dice.chance(0.2) else "ISCB-FILE-LOCKED")
        world.push(Prepared(world.now, effect.job_id, effect.attempt, outcome, error=error))

    def _target_of(self, snapshot: Snapshot) -> Target:
        for target in self.targets:
            if target.identity == snapshot.identity:
                return target
        raise AssertionError(f"a snapshot that the world never gave: {snapshot}")

    def recheck(self, effect: Recheck) -> None:
        self._world.after(self._world.dice.pick(CHECK_TIMES), self._rechecked, effect, 0)

    def _rechecked(self, effect: Recheck, waited: int) -> None:
        world, snapshot = self._world, effect.snapshot
        slow = self._target_of(snapshot).volume in self.slow and not snapshot.staged
        if slow and waited < 2:
            world.after(DEADLINE_S, self._rechecked, effect, waited + 1)
            return
        if slow:
            outcome = CheckOutcome.UNREADABLE
        elif snapshot.staged:
            same = self.staged.get(snapshot.folder or "") == self.content_of(snapshot)
            outcome = CheckOutcome.SAME if same else CheckOutcome.CHANGED
        else:
            outcome = self.compare(snapshot)
        world.push(Rechecked(world.now, effect.job_id, effect.attempt, outcome))
