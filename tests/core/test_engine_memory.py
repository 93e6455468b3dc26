"""The engine forgets what has ended: its memory does not grow with what went through it."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.inputs import CheckOutcome, Session
from iscbridge.core.jobs import JobKind, Origin
from support.sim_scene import snapshot


class Feeder:
    """Saves, one after the other, with as little around the engine as can be."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now = 1_700_000_000.0
        self.inputs = 0
        self._jobs = 0
        self.feed(i.Recovered(self.now))
        self.feed(i.SessionReady(self.now, Session.TRANSFER, 1))

    def feed(self, item: i.Input) -> list[fx.Effect]:
        self.inputs += 1
        effects = self.engine.handle(item)
        self.engine.commit()
        return effects

    def one_save(self) -> None:
        self._jobs += 1
        self.now += 60.0
        job = f"j{self._jobs}"
        path = f"part{self._jobs % 50}.prt"
        origin = Origin("host", "cad", "", str(self._jobs))
        request = i.JobRequested(self.now, self._jobs, job, JobKind.SAVE, path, origin)
        capture = next(e for e in self.feed(request) if isinstance(e, fx.Capture))
        captured = i.CaptureDone(self.now, job, capture.attempt, snapshot(path, self._jobs))
        prepare = next(e for e in self.feed(captured) if isinstance(e, fx.Prepare))
        call = next(
            e
            for e in self.feed(i.Prepared(self.now, job, prepare.attempt, CheckOutcome.SAME, path))
            if isinstance(e, fx.CallSdk)
        )
        self.feed(i.CallReturned(self.now, Session.TRANSFER, 1, call.call, ok=True))
        status = "failed" if self._jobs % 7 == 0 else "success"
        result = i.SdkEvent(self.now, Session.TRANSFER, 1, "SaveResult", {"status": status}, "raw")
        for effect in self.feed(result):
            if isinstance(effect, fx.Recheck):
                self.feed(i.Rechecked(self.now, job, effect.attempt, CheckOutcome.SAME))
        self.feed(i.SdkEvent(self.now, Session.TRANSFER, 1, "HeartBeat", {}, "raw"))
        self.feed(i.TimerFired(self.now + 1, "lane:transfer"))

    def saves_until(self, inputs: int) -> dict[str, int]:
        while self.inputs < inputs:
            self.one_save()
        return self.engine.stats()


@pytest.mark.slow
def test_three_hundred_thousand_inputs_leave_no_more_behind_than_a_hundred_thousand():
    feeder = Feeder()
    early = feeder.saves_until(100_000)
    late = feeder.saves_until(300_000)
    assert late["jobs"] == late["calls"] == late["undo"] == late["owed"] == 0
    assert late["closed"] == early["closed"]
    assert late["opened"] == 0
    # Request ids are kept for seven days, at one save a minute, and looked through every 1,024 inputs.
    assert late["requests"] <= 7 * 24 * 60 + 1024


def test_files_opened_again_and_again_are_remembered_once():
    feeder = Feeder()
    feeder.feed(i.Recovered(feeder.now))
    for _ in range(200):
        feeder.one_save()
    stats = feeder.engine.stats()
    assert stats["jobs"] == 0
    assert stats["closed"] <= 8
