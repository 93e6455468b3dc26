"""The simulated desk and cloud: sessions, transfers, dialogs, and results that come late, twice, or never.

What the desk may do to the engine (the adversary of the engine's promises):

- Within a session it works off its calls one after the other and raises one result for each, in order. A
  result may also never come, come unreadable, or be raised twice within the settle gap.
- When a session ends, each hand-over that has no result yet either dies or goes on in the background. With
  the personality `late` its result may turn up once more: in the next session that opens (or in the other
  one that is open), before that session's first own result, and no later than `LATE_S` after the session
  opened unless a call of that time is still under way. The late file of a dialog comes within `LATE_OPEN_S`.
- A result that is held back for longer than the engine's quiet time comes only while its job still waits for it.
- It raises no result that belongs to no hand-over while one is in flight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.core.effects import CallSdk
from iscbridge.core.inputs import (
    CallReturned,
    SdkEvent,
    Session,
    SessionEnded,
    SessionReady,
    SessionRefused,
)
from iscbridge.core.jobs import ErrorInfo, Snapshot
from support.sim_files import Content

if TYPE_CHECKING:
    from support.sim_world import World

LATE_S = 40.0
LATE_OPEN_S = 2.9
START_TIMES = (0.01, 0.2, 0.2, 1.0, 4.0)
UPLOAD_TIMES = (0.005, 0.05, 0.3, 0.3, 2.0, 15.0)
LONG_UPLOADS = (400.0, 2000.0)
RESULT_DELAYS = (0.0, 0.0, 0.01, 0.3, 4.0)
LATE_DELAYS = (0.001, 0.3, 2.0, 2.9, 3.1, 5.0, 30.0)
DOUBLE_DELAYS = (0.0, 0.01, 0.1, 0.18)
DIALOG_TIMES = (0.1, 2.0, 20.0, 300.0)
STOP_TIMES = (0.01, 0.3, 5.0)
SUCCESS_WORDS = ("success", "success", "success", "Success", "SUCCESS")
FAILED_WORDS = ("failed", "failed", "Failed")


class HandOver:
    """One call for a job, and what truly became of it."""

    __slots__ = (
        "assigned",
        "assigned_at",
        "begun",
        "call",
        "content",
        "delivered",
        "finished",
        "function",
        "job",
        "killed",
        "late",
        "life",
        "ok",
        "opened",
        "path",
        "picker",
        "raised",
        "refused",
        "result",
        "returned",
        "seconds",
        "seen",
        "session",
        "snapshot",
        "stuck",
    )

    def __init__(self, session: SimSession, effect: CallSdk, job: str, life: int, snapshot: Snapshot | None) -> None:
        self.session = session
        self.call = effect.call
        self.function = effect.function
        self.path = effect.path
        self.job = job
        self.life = life
        self.begun: Content | None = None
        self.content: object = None
        """What the upload read; kept in the cloud if `ok`."""
        self.snapshot = snapshot
        """The job's snapshot at the time of the call."""
        self.finished = False
        self.ok = False
        self.refused = False
        """The call returned a failure, and nothing happened in the cloud."""
        self.raised = False
        """Its own result was raised, or is certain never to be."""
        self.delivered = False
        """The engine was given its own result."""
        self.seen = False
        """The engine was given any result while this was in flight."""
        self.stuck = False
        self.killed = False
        self.late = False
        self.assigned: SimSession | None = None
        self.assigned_at = 0.0
        self.opened: dict[str, str] | None = None
        self.picker = ""
        self.result = ""
        self.seconds = 0.0
        """How long the upload takes; the same content takes as long again."""
        self.returned = False
        """The call has returned a failure; with a blocking desk it would otherwise return at the end."""


class SimSession:
    """One SDK process and its connection to the desk."""

    __slots__ = ("active", "deaf", "epoch", "first_call_at", "kind", "last", "own_results", "queue", "state")

    def __init__(self, kind: Session, epoch: int) -> None:
        self.kind = kind
        self.epoch = epoch
        self.state = "starting"
        self.queue: list[HandOver] = []
        self.active: HandOver | None = None
        self.deaf = False
        self.own_results = 0
        self.first_call_at: float | None = None
        self.last: HandOver | None = None


class Desk:
    """The desk, its cloud, and the SDK processes that talk to it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sessions: dict[tuple[Session, int], SimSession] = {}
        self.cloud: dict[str, list[object]] = {}
        self.by_job: dict[str, list[HandOver]] = {}
        self.absent = False
        self._late: list[HandOver] = []

    # ---- sessions

    def alive(self) -> list[SimSession]:
        return [s for s in self.sessions.values() if s.state != "dead"]

    def start(self, kind: Session, epoch: int) -> None:
        session = SimSession(kind, epoch)
        self.sessions[(kind, epoch)] = session
        self._world.after(self._world.dice.pick(START_TIMES), self._started, session)

    def _started(self, session: SimSession) -> None:
        world, p = self._world, self._world.personality
        if session.state != "starting":
            return
        if world.dice.chance(p.start_crash):
            self.fall(session, asked=False, code="ISCB-SDK-CRASHED")
            return
        other_open = any(s.state == "open" and s.kind is not session.kind for s in self.sessions.values())
        if self.absent or (p.single and other_open) or world.dice.chance(p.start_refused):
            session.state = "dead"
            world.push(SessionRefused(world.now, session.kind, session.epoch, ErrorInfo("ISCB-SDK-INIT")))
            return
        session.state = "open"
        world.push(SessionReady(world.now, session.kind, session.epoch, p.call_failure_is_final))
        pending, self._late = self._late, []
        for handed in pending:
            self._assign(handed, session)

    def stop(self, kind: Session, epoch: int) -> None:
        session = self.sessions.get((kind, epoch))
        if session is not None and session.state in ("starting", "open"):
            if session.state == "open":
                session.state = "stopping"
            self._world.after(self._world.dice.pick(STOP_TIMES), self._stopped, session)

    def _stopped(self, session: SimSession) -> None:
        if session.state != "dead":
            self.fall(session, asked=True)

    def fall(self, session: SimSession, *, asked: bool, code: str | None = None, tell: bool = True) -> None:
        """The process of this session is gone."""
        session.state = "dead"
        world = self._world
        left = [session.active, *session.queue] if session.active else list(session.queue)
        session.active, session.queue = None, []
        for handed in left:
            handed.killed = not handed.finished and world.dice.chance(0.4)
            if not handed.raised:
                self._owe(handed)
        if tell:
            error = ErrorInfo(code) if code else None
            world.push(SessionEnded(world.now, session.kind, session.epoch, asked=asked, error=error))

    # ---- results of sessions that are gone

    def _owe(self, handed: HandOver) -> None:
        world, p = self._world, self._world.personality
        handed.raised = True
        if not world.dice.chance(p.late):
            return
        handed.late = True
        world.count("late result")
        others = [s for s in self.sessions.values() if s.state == "open"]
        if others and world.dice.chance(0.5):
            self._assign(handed, others[0])
        else:
            self._late.append(handed)

    def _assign(self, handed: HandOver, session: SimSession) -> None:
        world = self._world
        handed.assigned, handed.assigned_at = session, world.now
        world.lasting(world.dice.pick(LATE_DELAYS), self._raise_late, handed, session.own_results)

    def _raise_late(self, handed: HandOver, own_results: int) -> None:
        session, world = handed.assigned, self._world
        if session is None or session.state != "open" or session.own_results != own_results or session.deaf:
            return
        in_time = world.now - handed.assigned_at <= LATE_S
        first = session.first_call_at
        if not in_time and (session.active is None or first is None or first - handed.assigned_at > LATE_S):
            return
        if handed.function == "OpenCloudFile" and world.now - handed.assigned_at > LATE_OPEN_S:
            return
        if not handed.finished and not handed.killed:
            world.lasting(3.0, self._raise_late, handed, own_results)
            return
        handed.assigned = None
        self._raise(session, handed)

    # ---- calls

    def plain_call(self, effect: CallSdk) -> None:
        """A licence or upgrade call reaches the SDK."""
        session = self.sessions.get((effect.session, effect.epoch))
        if session is None or session.state != "open":
            return
        world = self._world
        ok = not session.deaf and not world.dice.chance(0.1)
        world.after(world.dice.pick(RESULT_DELAYS), self._return, session, effect.call, ok)
        if ok and effect.function == "CheckNewVersions":
            world.after(0.1, self.unasked, session, "UpgradeNotice")

    def hand_over(self, effect: CallSdk, job: str, life: int, snapshot: Snapshot | None, *, seen: bool) -> None:
        """A call for a job reaches the SDK. `seen`: a result stood behind it in the owner's queue."""
        session = self.sessions[(effect.session, effect.epoch)]
        handed = HandOver(session, effect, job, life, snapshot)
        session.last = handed
        handed.seen = seen
        self.by_job.setdefault(job, []).append(handed)
        world, p = self._world, self._world.personality
        if session.state != "open":
            handed.refused = handed.raised = handed.finished = True
            return
        if session.first_call_at is None:
            session.first_call_at = world.now
        if session.deaf or world.dice.chance(p.call_fails):
            self._refuse(session, handed)
            return
        if not p.blocking:
            world.after(world.dice.pick(RESULT_DELAYS), self._return, session, effect.call)
        if session.active is None:
            self._begin(session, handed)
        else:
            session.queue.append(handed)

    def _return(self, session: SimSession, call: int, ok: bool = True) -> None:
        if session.state in ("open", "stopping"):
            world = self._world
            error = None if ok else ErrorInfo("ISCB-SDK-CALL-REFUSED")
            world.push(CallReturned(world.now, session.kind, session.epoch, call, ok=ok, error=error))

    def _refuse(self, session: SimSession, handed: HandOver) -> None:
        """The call returns a failure. Unless that is final, the transfer may take place all the same."""
        world, p = self._world, self._world.personality
        world.count("call failed")
        handed.returned = True
        world.after(world.dice.pick(RESULT_DELAYS), self._return, session, handed.call, False)
        if p.call_failure_is_final or session.deaf or handed.function == "GetSolution" or world.dice.chance(0.5):
            handed.refused = handed.raised = handed.finished = True
        elif session.active is None:
            self._begin(session, handed)
        else:
            session.queue.append(handed)

    # ---- one transfer or dialog

    def _begin(self, session: SimSession, handed: HandOver) -> None:
        world, p = self._world, self._world.personality
        session.active = handed
        if handed.function == "GetSolution":
            handed.raised = handed.finished = True
            session.active = None
            if p.blocking:
                self._return(session, handed.call)
            return
        if handed.function in ("OpenCloudFile", "SelectSaveAsPath"):
            handed.picker = "nothing" if world.dice.chance(p.picker_silent) else "answer"
            handed.stuck = handed.picker == "nothing"
            world.lasting(world.dice.pick(DIALOG_TIMES), self._picked, handed)
            return
        self._upload(handed)

    def _picked(self, handed: HandOver) -> None:
        world, p = self._world, self._world.personality
        if handed.killed or handed.picker != "answer":
            return
        cancelled = world.dice.chance(p.picker_cancel)
        handed.picker = ""
        if handed.function == "SelectSaveAsPath" and not cancelled:
            self._upload(handed)
            return
        handed.finished = True
        if handed.function == "OpenCloudFile":
            handed.opened = {} if cancelled else self._delivered_file()
        self._ended(handed)

    def _delivered_file(self) -> dict[str, str]:
        world = self._world
        target = world.dice.pick(world.files.targets)
        return {
            "mainFile": target.spellings[0],
            "openType": world.dice.pick(("OpenOnly", "OpenAndCheckout", "OpenAndCheckout")),
            "workState": world.dice.pick(("CHECKIN", "CHECKOUT", "CHECKOUT")),
            "assembly": "true" if target.assembly else "false",
        }

    def _upload(self, handed: HandOver) -> None:
        world, p = self._world, self._world.personality
        handed.begun = world.files.read(handed.path)
        handed.seconds = world.dice.pick(LONG_UPLOADS if world.dice.chance(p.long) else UPLOAD_TIMES)
        for before in self.by_job[handed.job]:
            if before.snapshot is handed.snapshot and before.seconds:
                handed.seconds = before.seconds
        world.lasting(handed.seconds, self._uploaded, handed)

    def _uploaded(self, handed: HandOver) -> None:
        world, p = self._world, self._world.personality
        if handed.killed or handed.finished:
            return
        now_read = world.files.read(handed.path)
        handed.finished = True
        handed.ok = handed.begun is not None and now_read is not None and not world.dice.chance(p.fails)
        if handed.ok:
            handed.content = now_read if now_read == handed.begun else ("mixed", handed.begun, now_read)
            self.cloud.setdefault(handed.path, []).append(handed.content)
        self._ended(handed)

    def _ended(self, handed: HandOver) -> None:
        """The desk is through with it; the result goes on its way."""
        world, p, session = self._world, self._world.personality, handed.session
        if session.active is not handed:
            return
        if p.blocking and not handed.returned:
            world.after(world.dice.pick(RESULT_DELAYS), self._return, session, handed.call)
        if world.dice.chance(p.never) and not handed.raised:
            world.count("result never")
            handed.stuck = True
            return
        delay = world.dice.pick(RESULT_DELAYS)
        if delay:
            world.after(delay, self._result, handed)
        else:
            self._result(handed)

    def _result(self, handed: HandOver) -> None:
        world, p, session = self._world, self._world.personality, handed.session
        if session.active is not handed or handed.raised:
            return
        handed.raised = True
        session.active = None
        session.own_results += 1
        if world.dice.chance(p.broken):
            world.count("result broken")
            word = "" if world.dice.chance(0.5) else "SaveResult"
            world.push(
                SdkEvent(world.now, session.kind, session.epoch, word, {"status": "partial"} if word else {}, "{")
            )
        else:
            self._raise(session, handed)
            if world.dice.chance(p.doubled):
                world.count("result doubled")
                world.after(world.dice.pick(DOUBLE_DELAYS), self._again, session, handed)
        if session.queue and session.state == "open":
            self._begin(session, session.queue.pop(0))

    def _again(self, session: SimSession, handed: HandOver) -> None:
        world = self._world
        if session.state != "open":
            return
        if handed.function != "OpenCloudFile" and world.dice.chance(world.personality.contradicts):
            world.count("results contradict")
            status = "failed" if handed.ok else "success"
            world.push(SdkEvent(world.now, session.kind, session.epoch, "SaveResult", {"status": status}, "raw"))
        else:
            self._raise(session, handed)

    def _raise(self, session: SimSession, handed: HandOver) -> None:
        world = self._world
        if handed.function == "OpenCloudFile":
            operate, params = "OpenFile", dict(handed.opened or {})
        else:
            operate = "SaveResult"
            words = SUCCESS_WORDS if handed.ok else FAILED_WORDS
            if not handed.result:
                handed.result = world.dice.pick(words)
            params = {"status": handed.result}
        event = SdkEvent(world.now, session.kind, session.epoch, operate, params, operate)
        world.push(event)
        world.truth[id(event)] = (event, handed)

    # ---- what nobody asked for

    def unasked(self, session: SimSession, operate: str) -> None:
        if session.state == "open":
            world = self._world
            world.push(SdkEvent(world.now, session.kind, session.epoch, operate, {"available": "true"}, operate))

    def close_client(self, session: SimSession) -> None:
        """The desk's client closes: the session hears it, and nothing else from then on."""
        self.unasked(session, "ClientClosed")
        session.deaf = True
        world = self._world
        if session.active is not None and not session.active.raised:
            self._owe(session.active)
        for handed in session.queue:
            self._owe(handed)
        session.active, session.queue = None, []
        if world.dice.chance(0.3):
            world.after(0.5, self._stopped_by_itself, session)

    def _stopped_by_itself(self, session: SimSession) -> None:
        if session.state != "dead":
            self.fall(session, asked=session.state == "stopping", code="ISCB-SDK-DESK-CLOSED")

    def kill_all(self) -> None:
        """The service died: its SDK processes go with it."""
        for session in self.alive():
            self.fall(session, asked=False, tell=False)
        self.sessions.clear()

    def unstick(self) -> None:
        """From now on the desk behaves: results that were held back come."""
        for session in self.sessions.values():
            handed = session.active
            if session.state != "open" or handed is None or not handed.stuck or handed.raised:
                continue
            handed.stuck = False
            if session.last is not handed:
                # Its job was closed by an earlier result: as it did not come within the quiet time it never will.
                handed.raised, session.active = True, None
                if session.queue:
                    self._begin(session, session.queue.pop(0))
            elif handed.finished:
                self._result(handed)
            else:
                handed.picker = "answer"
                self._picked(handed)
