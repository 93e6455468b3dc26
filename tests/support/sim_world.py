"""The simulated world around one engine: clock, owner loop, timers, crash and restart.

The owner loop is the documented one: inputs are drained, handled, their writes committed as one, then the other
effects are carried out in order. A commit can fail, and the service can die at any point of the loop.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine, EngineConfig
from iscbridge.core.jobs import ErrorInfo, Job, LicenseLimit, OpenedFile
from support.sim_checks import BrokenPromiseError, Checks, freeze
from support.sim_desk import Desk, HandOver
from support.sim_dice import Dice
from support.sim_files import FileWorld
from support.sim_journal import ModelJournal
from support.sim_personality import Personality

START = 1_700_000_000.0
REDO_S = 1.0
UPGRADE_GRACE_S, UPGRADE_WAIT_S = 10.0, 900.0
WRITES = frozenset({fx.WriteJob, fx.WriteEvent, fx.WriteOpened, fx.WriteOwed})
Action = Callable[..., None]


class World:
    """Everything but the engine. All chance comes from `dice`, which each step of a schedule seeds anew."""

    def __init__(self, personality: Personality, *, trace: bool = False) -> None:
        self.personality = personality
        self.dice = Dice()
        self.now = START
        self.trace: list[str] | None = [] if trace else None
        self.faults: Counter[str] = Counter()
        self.steps = 0
        self._heap: list[tuple[float, int, int, Action, tuple[Any, ...]]] = []
        self._number = 0
        self.run = 0
        self.queue: deque[i.Input] = deque()
        self.timers: dict[str, int] = {}
        self.journal = ModelJournal()
        self.files = FileWorld(self)
        self.desk = Desk(self)
        self.truth: dict[int, tuple[i.SdkEvent, HandOver]] = {}
        self.tokens: dict[int, i.Input] = {}
        self.told: dict[str, Job] = {}
        self.limit: LicenseLimit | None = None
        self.fail_commits = 0
        self.crash_point: str | None = None
        self.closing = self.draining = False
        self._blocked = False
        self._next_token = 0
        self.checks = Checks(self)
        self._carry: dict[type, Callable[[Any], None]] = {
            fx.AnswerJob: self._answer,
            fx.AnswerStored: self._answer,
            fx.AnswerError: self._answer,
            fx.AnswerOk: self._answer,
            fx.JobChanged: self._tell,
            fx.Announce: lambda _: None,
            fx.Capture: self.files.capture,
            fx.StopCapture: lambda e: self.files.stop_capture(e.job_id, e.attempt),
            fx.Prepare: self.files.prepare,
            fx.Recheck: self.files.recheck,
            fx.IdentifyOpened: self._identify,
            fx.StartSession: lambda e: self.desk.start(e.session, e.epoch),
            fx.StopSession: lambda e: self.desk.stop(e.session, e.epoch),
            fx.CallSdk: self._call,
            fx.SetTimer: self._set_timer,
            fx.ClearTimer: lambda e: self.timers.pop(e.key, None),
            fx.WriteJob: lambda _: None,
            fx.WriteEvent: lambda _: None,
            fx.WriteOpened: lambda _: None,
            fx.WriteOwed: lambda _: None,
        }
        self.engine = Engine(EngineConfig())
        self.boot(clean=True)

    # ---- clock and what is due

    def after(self, delay: float, action: Action, *args: Any) -> None:
        """Something that the service or its children do: it ends with them."""
        self._number += 1
        heapq.heappush(self._heap, (self.now + delay, self._number, self.run, action, args))

    def lasting(self, delay: float, action: Action, *args: Any) -> None:
        """Something that goes on when the service dies."""
        self._number += 1
        heapq.heappush(self._heap, (self.now + delay, self._number, -1, action, args))

    def run_next(self) -> bool:
        """Let the next due thing happen; False if nothing is due any more."""
        heap = self._heap
        while heap:
            at, _, run, action, args = heapq.heappop(heap)
            if run not in (self.run, -1):
                continue
            if action == self._fire and self.timers.get(args[0]) != args[1]:
                continue
            self.now = max(self.now, at)
            self.steps += 1
            action(*args)
            return True
        return False

    def run_until(self, until: float) -> None:
        """Let time pass; what is due in it happens at its time."""
        while self._heap and self._heap[0][0] <= until and self.run_next():
            pass
        self.now = max(self.now, until)

    def count(self, fault: str) -> None:
        self.faults[fault] += 1
        if self.trace is not None:
            self.trace.append(f"{self._clock()} !! {fault}")

    def _clock(self) -> str:
        return f"{self.now - START:10.3f}"

    def note(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self._clock()} {text}")

    # ---- owner loop

    def push(self, item: i.Input) -> None:
        self.queue.append(item)

    def token(self) -> int:
        self._next_token += 1
        return self._next_token

    def ask(self, request: i.Input) -> None:
        """A request of a client that waits for the answer."""
        self.tokens[request.token] = request  # type: ignore[attr-defined]  # only requests come here
        self.queue.append(request)

    def pump(self, most: int = 1000) -> None:
        if self._blocked or not self.queue:
            return
        queue = self.queue
        self._batch([queue.popleft() for _ in range(min(most, len(queue)))])

    def hear_old_news(self, item: i.Input) -> None:
        """Something that comes too late, or for nobody, comes in; it must change nothing."""
        self.push(i.TimerFired(self.now, ""))  # what only waited for the time to pass
        self.pump()
        if not self._blocked:
            self._batch([item], old_news=True)

    def _handle(self, batch: list[i.Input]) -> list[fx.Effect]:
        engine, effects = self.engine, []
        for item in batch:
            effects += engine.handle(item)
        return effects

    def _batch(self, batch: list[i.Input], *, old_news: bool = False) -> None:
        if self.trace is not None:
            for item in batch:
                self.trace.append(f"{self._clock()} <- {short(item)}")
        before = freeze(self.engine) if self.fail_commits else None
        effects = self._handle(batch)
        if self.crash_point == "before commit":
            self.crash()
            return
        if self.fail_commits and any(type(effect) in WRITES for effect in effects):
            self._commit_fails(batch, effects, before)
            return
        if self.trace is not None:
            for effect in effects:
                self.trace.append(f"{self._clock()}    -> {short(effect)}")
        if old_news:
            self.checks.e3_old_news_change_nothing(batch[0], effects)
        self.checks.commit(batch, effects)
        self.journal.commit(effects)
        self.engine.commit()
        left = -1
        if self.crash_point == "before effects":
            left = 0
        elif self.crash_point == "between effects":
            left = self.dice.below(len(effects) + 1)
        carry = self._carry
        for effect in effects:
            if left == 0:
                break
            left -= 1
            carry[type(effect)](effect)
        if self.crash_point is not None:
            self.crash()

    def _commit_fails(self, batch: list[i.Input], effects: list[fx.Effect], before: object) -> None:
        """Nothing of the batch happened. Requests get an error, what the world told is tried again later."""
        self.fail_commits -= 1
        self.count("commit failed")
        self.engine.rollback()
        self.checks.p8_rollback_is_exact(before, freeze(self.engine))
        again = self._handle(batch)
        self.engine.rollback()
        self.checks.p8_same_again(effects, again)
        for item in reversed(batch):
            token = getattr(item, "token", None)
            if token is not None:
                self.note(f"   -> error answer for {token}: not written")
                del self.tokens[token]
            else:
                self.queue.appendleft(item)
        self._blocked = True
        self.after(REDO_S, self._unblock)

    def _unblock(self) -> None:
        self._blocked = False

    # ---- life and death of the service

    def boot(self, *, clean: bool) -> None:
        """A new engine, told what the journal holds."""
        self.run += 1
        self.engine = Engine(EngineConfig())
        self.closing = self.draining = self._blocked = False
        self.queue.append(self.journal.recovered(self.now, clean=clean))
        self.queue.append(i.LicenseSettled(self.now, "", self.limit))
        self.pump()

    def license(self, limit: LicenseLimit | None) -> None:
        """What the licence says has changed."""
        self.limit = limit
        self.push(i.LicenseSettled(self.now, "", limit))

    def crash(self) -> None:
        """The service is gone, with its workers, timers, SDK processes and open requests."""
        if self.crash_point is not None:
            self.count(f"service died {self.crash_point}")
        self.crash_point = None
        self._end()
        self.now += self.dice.pick((0.5, 1.0, 30.0, 300.0, 1200.0))
        self.boot(clean=False)

    def _end(self) -> None:
        self.fail_commits = 0
        self.queue.clear()
        self.timers.clear()
        self.tokens.clear()
        self.told.clear()
        self.files.forget_workers()
        self.desk.kill_all()
        self.checks.service_ended()

    def drain(self) -> None:
        """A forced upgrade is announced. Handled by itself, so that what it does of its own accord can be told."""
        self.count("upgrade forced")
        self.draining = True
        self.push(i.TimerFired(self.now, ""))
        self.pump()
        self.push(i.DrainRequested(self.now))
        self.after(UPGRADE_GRACE_S, self._close_when_idle, self.now + UPGRADE_WAIT_S)

    def _close_when_idle(self, until: float) -> None:
        """What `core.upgrades` does: not before nothing is on its way, but not for ever."""
        if self.closing or any(type(item) in (i.DrainRequested, i.ShutdownRequested) for item in self.queue):
            self.after(1.0, self._close_when_idle, until)
        elif self.engine.idle or self.now >= until:
            self.checks.drain.closes(idle=self.engine.idle)
            self.ask(i.ShutdownRequested(self.now, self.token()))
            self.after(10.0, self._close_when_idle, until)  # for a request that could not be written
        else:
            self.after(5.0, self._close_when_idle, until)

    def shut_down(self) -> None:
        """The bridge has closed in good order; somebody starts it again later."""
        if self.queue or self._blocked:
            self.after(1.0, self.shut_down)
            return
        self.checks.nobody_waits()
        self.note("the bridge closed")
        self._end()
        self.now += self.dice.pick((1.0, 100.0, 5000.0))
        self.boot(clean=True)

    # ---- effects

    def _answer(self, effect: Any) -> None:
        request = self.tokens.pop(effect.token, None)
        self.checks.answered(request, effect)
        if type(request) is i.ShutdownRequested:
            self.closing = True
            self.after(6.0, self.shut_down)

    def _tell(self, effect: fx.JobChanged) -> None:
        self.told[effect.job.id] = effect.job

    def _identify(self, effect: fx.IdentifyOpened) -> None:
        self.after(self.dice.pick((0.001, 0.1, 3.0)), self._identified, effect)

    def _identified(self, e: fx.IdentifyOpened) -> None:
        opened = OpenedFile(e.path.lower(), e.path, e.open_type, e.work_state, e.assembly, self.now)
        self.push(i.OpenedIdentified(self.now, e.job_id, opened, e.attempt))

    def _call(self, effect: fx.CallSdk) -> None:
        job = self.checks.job_of_call(effect)
        if job is None:
            self.desk.plain_call(effect)
        else:
            seen = effect.session in self.checks.heard_in_batch
            self.desk.hand_over(effect, job.id, self.checks.life(job.id), job.snapshot, seen=seen)

    def _set_timer(self, effect: fx.SetTimer) -> None:
        self._number += 1
        self.timers[effect.key] = self._number
        entry = (max(effect.at, self.now), self._number, self.run, self._fire, (effect.key, self._number))
        heapq.heappush(self._heap, entry)

    def _fire(self, key: str, number: int) -> None:
        del self.timers[key], number
        self.push(i.TimerFired(self.now, key))

    # ---- the end: a world in which nothing goes wrong any more

    def settle(self) -> None:
        """From now on everything behaves. Every job must end, and the bridge must still work (P6)."""
        self.note("== from here on nothing goes wrong any more")
        self.personality = self.personality.tamed()
        self.fail_commits, self.crash_point = 0, None
        files = self.files
        files.slow.clear()
        files.capture_error = None
        for file in files.files.values():
            file.locked = False
        self.desk.absent = False
        self.desk.unstick()
        self.license(None)
        if self.checks.paused_without_end or any(type(item) is i.PauseRequested for item in self.queue):
            self.ask(i.ResumeRequested(self.now, self.token()))
        self._come_to_rest()
        self.dice.seed(self.steps)
        files.add_target("C:/w/probe.prt")
        self._probe("C:/w/probe.prt")

    def _probe(self, path: str) -> None:
        probe = f"probe-{self.now}"
        self.ask(i.JobRequested(self.now, self.token(), probe, i.JobKind.SAVE, path))
        self._come_to_rest()
        self.checks.p6_still_works(self.journal.jobs[probe])

    def _come_to_rest(self) -> None:
        """Until every job has ended and every request is answered. A person helps only where the engine asks for one."""
        begun, helped = self.now, 0
        for _ in range(5000):
            self.pump()
            if not self.queue and not self.tokens and not self.closing and not self.journal.open_jobs():
                return
            if self.run_next():
                continue
            if not self.queue and self.checks.p6_asks_for_a_person() and helped < 3:
                helped += 1
                self.ask(i.ReconnectRequested(self.now, self.token()))
            elif not self.queue:
                break
        self.checks.p6_everything_ends(self.now - begun)


def short(value: object) -> str:
    """An input or effect in one line, without what is as always."""
    text = type(value).__name__
    parts = []
    for name in value.__slots__:  # type: ignore[attr-defined]  # inputs and effects are slotted data classes
        item = getattr(value, name)
        if name in ("now", "raw") or item in (None, "", (), {}, False):
            continue
        if isinstance(item, Job):
            parts.append(f"{item.id} {item.state.value}" + (f" {item.error.code}" if item.error else ""))
        elif name == "snapshot":
            parts.append("of " + ",".join(f"{f.source}#{f.sha256}" for f in item.files))
        elif isinstance(item, ErrorInfo):
            parts.append(item.code)
        elif name == "jobs":
            parts.append(f"{len(item)} jobs: " + ", ".join(f"{job.id} {job.state.value}" for job in item))
        else:
            parts.append(f"{name}={item}")
    return f"{text}({', '.join(parts)})"


__all__ = ["BrokenPromiseError", "World", "short"]
