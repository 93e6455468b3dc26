"""An idle bridge: how often it and its SDK process wake up, and whether the engine grows with what it has handled."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

from figures import Figure
from place import place, until

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.jobs import CapturedFile, JobKind, Snapshot

LIMIT_WAKE_UPS = 1.0
LIMIT_GROWTH = 1.1


def run_idle(quick: bool) -> list[Figure]:
    """Wake-ups over a while of doing nothing."""
    seconds = 3.0 if quick else 30.0
    with place() as here:
        here.desk()
        pid = here.serve()
        until(lambda: bool(_children(pid)), "the SDK process")
        time.sleep(3)  # start-up is no idling
        before = _switches(pid)
        time.sleep(seconds)
        rate = (_switches(pid) - before) / seconds
    note = f"voluntary context switches of all threads of bridge and SDK process, over {seconds:g} s"
    return [Figure("idle", rate, "per second", LIMIT_WAKE_UPS, note)]


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _switches(pid: int) -> int:
    total = 0
    for process in (pid, *_children(pid)):
        for task in os.listdir(f"/proc/{process}/task"):
            for line in Path(f"/proc/{process}/task/{task}/status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
    return total


def run_growth(quick: bool) -> list[Figure]:
    """A million inputs of an engine's ordinary days: whole lives of saves by hosts that repeat themselves.

    Live objects are counted after a tenth of them and after all.
    """
    inputs = 20_000 if quick else 1_000_000
    engine = Engine()
    world = _World(engine)
    while world.handled < inputs // 10:
        world.save()
    early = _memory()
    while world.handled < inputs:
        world.save()
    late = _memory()
    note = f"live objects after {world.handled:,} engine inputs ({late:,}) against a tenth of them; {engine.stats()}"
    return [Figure("growth", late / early, "x", LIMIT_GROWTH, note)]


def _memory() -> int:
    """Live objects of the interpreter: what an engine that forgot nothing would multiply."""
    gc.collect()
    return len(gc.get_objects())


class _World:
    """The shortest world in which saves get done."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = 0.0
        self.handled = 0
        self.count = 0
        self.epoch = 0
        self.feed(i.Recovered(self.now))
        self.feed(i.SessionReady(self.now, i.Session.TRANSFER, self.epoch))

    def feed(self, event: i.Input) -> list[e.Effect]:
        effects = self.engine.handle(event)
        self.engine.commit()
        self.handled += 1
        for effect in effects:
            if isinstance(effect, e.StartSession):
                self.epoch = effect.epoch
        return effects

    def save(self) -> None:
        """One save from the request to done."""
        self.count += 1
        self.now += 1.0
        job, path = f"j{self.count}", f"/cad/{self.count % 50}.FCStd"
        file = CapturedFile("f", path, 1, 1, "f", "s", "s")
        event: i.Input = i.JobRequested(self.now, self.count, job, JobKind.SAVE, path=path)
        while True:
            effects = self.feed(event)
            following = None
            for effect in effects:
                match effect:
                    case e.Capture():
                        following = i.CaptureDone(self.now, job, effect.attempt, Snapshot(path, (file,)))
                    case e.Prepare():
                        following = i.Prepared(self.now, job, effect.attempt, i.CheckOutcome.SAME, path)
                    case e.CallSdk():
                        following = i.SdkEvent(
                            self.now, effect.session, effect.epoch, "SaveResult", {"status": "success"}
                        )
                    case e.Recheck():
                        following = i.Rechecked(self.now, job, effect.attempt, i.CheckOutcome.SAME)
                    case e.SetTimer(key=key, at=at) if key.startswith("lane:"):
                        self.now = max(self.now, at)
                        following = following or i.TimerFired(self.now, key)
            if following is None:
                return
            event = following
