"""The promises P1 to P11, each a function that raises `BrokenPromiseError` with the story when it is broken.

Nothing here reads the engine's memory (but for P8, which compares it with itself): the promises are checked on what
the engine wrote, called and answered, against what truly happened in the simulated world.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import Job, JobKind, JobState, WaitReason
from iscbridge.core.transitions import is_allowed
from support.sim_broken import BrokenPromiseError
from support.sim_drain import DrainChecks
from support.sim_license import LicenseChecks

if TYPE_CHECKING:
    from support.sim_world import World

S = JobState
DAY = 86400.0
OF_A_JOB = frozenset({"Save", "SelectSaveAsPath", "OpenCloudFile", "GetSolution"})
ABOUT_A_JOB = frozenset({fx.Capture, fx.StopCapture, fx.Prepare, fx.Recheck, fx.IdentifyOpened, fx.AnswerStored})
KEPT_FOR_DAYS = {S.DONE: (7,), S.REPLACED: (7,), S.CANCELLED: (7,), S.FAILED: (30, None), S.REFUSED: (30, None)}


#: What a rollback leaves as it is: effects that were handed out, the log itself, and counters that only ever grow.
NOT_UNDONE = frozenset({"out", "undo", "_undo", "_handled", "last_number"})


def freeze(value: Any) -> Any:
    """The value of an object and all that it holds, comparable. Functions and the undo log itself are left out."""
    if value is None or isinstance(value, str | int | float | bool | Enum):
        return value
    if isinstance(value, dict):
        return {str(key): freeze(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [freeze(item) for item in value if not callable(item)]
    if callable(value) and not hasattr(value, "__dict__"):
        return None
    names = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    names += list(getattr(value, "__dict__", ()))
    return {name: freeze(getattr(value, name)) for name in names if name not in NOT_UNDONE and hasattr(value, name)}


def unnumbered(effect: fx.Effect) -> fx.Effect:
    """The effect without its attempt or call number: those need not be drawn again after a rollback."""
    if isinstance(effect, fx.CallSdk):
        return replace(effect, call=0)
    return replace(effect, attempt=0) if hasattr(effect, "attempt") else effect  # type: ignore[call-arg]  # it has one


class Checks:
    """All promises, and the little that has to be remembered to check them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.checked: Counter[str] = Counter()
        self._lives: dict[str, int] = {}
        self._in_flight: dict[str, tuple[i.Session, int, str]] = {}
        self._call_jobs: dict[int, Job] = {}
        self._license = LicenseChecks(world, self.checked)
        self.drain = DrainChecks(world, self.checked)
        self._lost: dict[tuple[str, int], int] = {}
        self._pause: tuple[float | None] | None = None
        """The pause that is on, by the inputs alone: when it ends by itself. None: there is none."""
        self._paused_in_batch = False
        self._inputs: list[i.Input] = []
        self.heard_in_batch: set[i.Session] = set()

    def life(self, job_id: str) -> int:
        """How often the job was retried."""
        return self._lives.get(job_id, 0)

    def job_of_call(self, effect: fx.CallSdk) -> Job | None:
        return self._call_jobs.get(effect.call)

    def service_ended(self) -> None:
        self._in_flight.clear()
        self._call_jobs.clear()
        self._pause = None
        self.drain.service_ended()

    @property
    def paused_without_end(self) -> bool:
        """Whether only a person ends the pause that is on."""
        return self._pause is not None and self._pause[0] is None

    # ---- one batch

    def commit(self, inputs: list[i.Input], effects: list[fx.Effect]) -> None:
        """Everything that can be checked when a batch is about to be committed."""
        self._inputs = inputs
        self.heard_in_batch.clear()
        paused_all_along = self._is_paused()
        self._paused_in_batch = self._pause is not None  # at its end it is on until its timer, or a resume, is handled
        for item in inputs:
            if type(item) is i.SdkEvent:
                self._note_result(item)
            elif type(item) is i.PauseRequested:
                self._pause = (item.until,)
                self._paused_in_batch = True
            elif type(item) is i.ResumeRequested:
                self._pause = None
                paused_all_along = False
        self._license.begin(inputs, effects)
        self.drain.begin(inputs, effects)
        now_written: dict[str, Job] = {}
        jobs = self._world.journal.jobs
        last_submitted: Job | None = None
        for effect in effects:
            kind = type(effect)
            if kind is fx.WriteJob:
                job = effect.job
                if last_submitted is not None:
                    self.p4_written_then_called(last_submitted, None)
                self._step(now_written.get(job.id) or jobs.get(job.id), job, effect.cause)
                self.drain.written(job, effect.cause)
                now_written[job.id] = job
                last_submitted = job if effect.cause in ("submitted", "confirming") else None
                if effect.cause == "submitted":
                    self.p10_held_by_the_pause(job, paused_all_along)
            elif kind is fx.CallSdk:
                if effect.function in OF_A_JOB:
                    self.p4_written_then_called(last_submitted, effect)
                    self._called(last_submitted, effect, now_written)
                    last_submitted = None
            elif kind is fx.JobChanged or kind is fx.AnswerJob:
                if kind is fx.JobChanged:
                    self.p10_told_only_in_a_pause(effect.job)
                    self.drain.told(effect.job)
                self.e1_told_as_written(effect.job, now_written.get(effect.job.id) or jobs.get(effect.job.id))
            elif kind in ABOUT_A_JOB:
                self.e2_only_written_jobs(effect, effect.job_id in now_written or effect.job_id in jobs)
                if kind is fx.Prepare:
                    prepared = now_written.get(effect.job_id) or jobs[effect.job_id]
                    self.drain.made_ready(prepared)
                    if paused_all_along:
                        self.p10_not_made_ready(prepared)
        if last_submitted is not None:
            self.p4_written_then_called(last_submitted, None)
        self._license.end(now_written)

    def _note_result(self, event: i.SdkEvent) -> None:
        """The engine is given a result: remember for whom it truly is, and that something came."""
        if event.operate not in ("SaveResult", "OpenFile", ""):
            return
        session = self._world.desk.sessions.get((event.session, event.epoch))
        self.heard_in_batch.add(event.session)
        if session is not None and session.last is not None:
            session.last.seen = True
        known = self._world.truth.get(id(event))
        if known is not None:
            known[1].delivered = True

    def _step(self, before: Job | None, job: Job, cause: str) -> None:
        self.checked["P1"] += 1
        self.p1_along_the_table(before, job, cause)
        if before is not None:
            self.p1_final_stays(before, job, cause)
            self.p1_snapshot_stays(before, job, cause)
        if before is not None and before.state.is_final and job.state is S.ACCEPTED:
            self._lives[job.id] = self.life(job.id) + 1
        self._license.written(before, job, cause)
        if job.state is S.DONE:
            self.p2_done_is_in_the_cloud(job)
        elif job.state in (S.FAILED, S.REFUSED, S.CANCELLED):
            self.p2_not_done_is_certain(job)
        if job.state is not S.SUBMITTED:
            self._in_flight.pop(job.id, None)

    def _called(self, job: Job, effect: fx.CallSdk, written: dict[str, Job]) -> None:
        self.p4_one_at_a_time(job, effect)
        self.p4_own_file(job, effect)
        self.p5_repeated_once(job)
        self._license.handed_over(job)
        identity = job.snapshot.identity if job.snapshot is not None else ""
        self._in_flight[job.id] = (effect.session, effect.epoch, identity)
        self._call_jobs[effect.call] = job
        del written

    # ---- P1: nothing that was captured is lost, states follow the table

    def p1_along_the_table(self, before: Job | None, job: Job, cause: str) -> None:
        was = before.state if before is not None else None
        if not is_allowed(was, job.state, cause):
            raise BrokenPromiseError("P1", f"{job.id} went from {was} to {job.state} by {cause!r}: not in the table")
        if was is S.ACCEPTED and job.state in (S.WAITING, S.SUBMITTED) and job.kind is not JobKind.OPEN:
            raise BrokenPromiseError("P1", f"{job.id} goes on as {job.state} without a capture")
        if before is not None and (before.kind, before.created, before.origin) != (job.kind, job.created, job.origin):
            raise BrokenPromiseError("P1", f"{job.id} became another job: {before} -> {job}")

    def p1_final_stays(self, before: Job, job: Job, cause: str) -> None:
        if not before.state.is_final:
            return
        if before.state is S.DONE and job.state is S.UNKNOWN and cause == "conflict":
            failed = any(type(n) is i.SdkEvent and n.operate == "SaveResult" for n in self._inputs)
            if not failed or job.error is None or job.error.code != "ISCB-CLOUD-RESULT-CONFLICT":
                raise BrokenPromiseError("P1", f"{job.id} was done and became unknown without a contradicting result")
            return
        asked = any(
            type(n) in (i.RetryRequested, i.ResolveRequested) and n.job_id == job.id  # type: ignore[attr-defined]  # both have it
            for n in self._inputs
        )
        if not asked:
            raise BrokenPromiseError("P1", f"{job.id} was {before.state} and became {job.state} though nobody asked")

    def p1_snapshot_stays(self, before: Job, job: Job, cause: str) -> None:
        expired = before.snapshot_until is not None and before.snapshot_until < self._world.now
        if before.snapshot is not None and job.snapshot is None and not expired:
            raise BrokenPromiseError("P1", f"{job.id} lost its snapshot by {cause!r}")
        if job.snapshot is None:
            return
        given = self._world.files.given.get(id(job.snapshot))
        if given is None or given[0] != job.id:
            raise BrokenPromiseError("P1", f"{job.id} holds a snapshot that was made for {given and given[0]}")
        days = KEPT_FOR_DAYS.get(job.state, (None, 7) if cause == "dismissed" else (None,))
        until = job.snapshot_until
        if all(
            until is not None if d is None else until is None or abs(until - job.updated - d * DAY) > 1 for d in days
        ):
            raise BrokenPromiseError(
                "P1", f"{job.id} is {job.state}, and its snapshot may go at {until} (now {job.updated})"
            )

    # ---- P2: done is done, failed is failed

    def p2_done_is_in_the_cloud(self, job: Job) -> None:
        """Exactly the snapshot's bytes, handed over in this life; P3: and the cloud's own word for it came."""
        self.checked["P2"] += 1
        if job.kind is JobKind.SOLVE:
            return
        mine = [h for h in self._world.desk.by_job.get(job.id, ()) if h.life == self.life(job.id)]
        if job.kind is JobKind.OPEN:
            if not any(h.delivered and h.opened and h.opened.get("mainFile") == job.result_path for h in mine):
                raise BrokenPromiseError(
                    "P3", f"{job.id} is done with {job.result_path}, which another dialog delivered"
                )
            return
        if job.snapshot is None:
            raise BrokenPromiseError("P2", f"{job.id} is done and has no snapshot")
        wanted = self._world.files.content_of(job.snapshot)
        good = [h for h in mine if h.ok and h.content == wanted]
        if not good:
            uploaded = [(h.call, h.finished, h.ok, h.content) for h in mine]
            raise BrokenPromiseError("P2", f"{job.id} is done, the cloud has not {wanted}; its hand-overs: {uploaded}")
        self.p3_own_result(job, any(h.delivered for h in good))

    def p2_not_done_is_certain(self, job: Job) -> None:
        """What is failed, refused or cancelled certainly did not happen, nor may it still."""
        self.checked["P2"] += 1
        if job.kind not in (JobKind.SAVE, JobKind.SAVE_AS) or job.snapshot is None:
            return
        for h in self._world.desk.by_job.get(job.id, ()):
            if h.life != self.life(job.id) or h.snapshot is not job.snapshot or h.killed:
                continue
            if h.ok or not h.finished:
                what = "has it" if h.ok else "may still take it"
                raise BrokenPromiseError("P2", f"{job.id} is {job.state}, and the cloud {what} (call {h.call})")

    # ---- P3: no result for another job

    def p3_own_result(self, job: Job, own: bool) -> None:
        self.checked["P3"] += 1
        if not own:
            raise BrokenPromiseError("P3", f"{job.id} was closed as {job.state} by a result that is not its own")

    # ---- P4: one hand-over at a time

    def p4_written_then_called(self, job: Job | None, effect: fx.CallSdk | None) -> None:
        self.checked["P4"] += 1
        if effect is None:
            raise BrokenPromiseError("P4", f"{job and job.id} was written as submitted, and no call follows")
        if job is None or (job.handed_path or "") != effect.path:
            raise BrokenPromiseError(
                "P4", f"call {effect.call} of {effect.path!r} without writing it as submitted before"
            )

    def p4_one_at_a_time(self, job: Job, effect: fx.CallSdk) -> None:
        identity = job.snapshot.identity if job.snapshot is not None else None
        for other, (session, epoch, other_identity) in self._in_flight.items():
            if other == job.id:
                continue
            heard = self._world.desk.by_job[other][-1].seen if other in self._world.desk.by_job else False
            if session is effect.session and (epoch == effect.epoch or not heard):
                raise BrokenPromiseError(
                    "P4", f"{job.id} is handed over while {other} is in flight in {session} {epoch}"
                )
            if identity is not None and identity == other_identity:
                raise BrokenPromiseError("P4", f"{job.id} and {other} are one file, and both are in flight")

    def p4_own_file(self, job: Job, effect: fx.CallSdk) -> None:
        snapshot = job.snapshot
        if snapshot is not None and effect.path != (snapshot.folder or snapshot.files[0].source):
            raise BrokenPromiseError("P4", f"call {effect.call} of {effect.path!r} is not for the file of {job.id}")

    # ---- P5: crashes

    def p5_repeated_once(self, job: Job) -> None:
        """The bridge repeats a save whose result it never heard at most once by itself; others never."""
        self.checked["P5"] += 1
        life = self.life(job.id)
        before = [h for h in self._world.desk.by_job.get(job.id, ()) if h.life == life]
        if not before or before[-1].seen:
            return
        lost = self._lost[(job.id, life)] = self._lost.get((job.id, life), 0) + 1
        if lost > 1 or job.kind is not JobKind.SAVE:
            raise BrokenPromiseError("P5", f"{job.id} ({job.kind}) is handed over again after {lost} lost results")
        if before[-1].snapshot is not None and job.snapshot is not before[-1].snapshot:
            raise BrokenPromiseError("P5", f"{job.id} repeats a lost save with other content")

    # ---- P10: the pause

    def _is_paused(self) -> bool:
        return self._pause is not None and (self._pause[0] is None or self._world.now < self._pause[0])

    def p10_held_by_the_pause(self, job: Job, paused: bool) -> None:
        """In a pause nothing is handed over but what a person asks for in front of a dialog."""
        self.checked["P10"] += 1
        if paused and job.kind not in (JobKind.OPEN, JobKind.SAVE_AS):
            raise BrokenPromiseError("P10", f"{job.id} ({job.kind}) is handed over in a pause")

    def p10_not_made_ready(self, job: Job) -> None:
        """Nor is it looked at again and again meanwhile. One that was handed over may need a second hand-over."""
        if job.state is not S.SUBMITTED and job.kind not in (JobKind.OPEN, JobKind.SAVE_AS):
            raise BrokenPromiseError("P10", f"{job.id} ({job.kind}) is made ready for its hand-over in a pause")

    def p10_told_only_in_a_pause(self, job: Job) -> None:
        """Nobody is told that a pause is on when there is none. It may have ended by its time within this batch."""
        self.checked["P10"] += 1
        if job.reason is not WaitReason.PAUSED:
            return
        if job.kind in (JobKind.OPEN, JobKind.SAVE_AS):
            raise BrokenPromiseError("P10", f"{job.id} ({job.kind}) waits for the end of a pause")
        if self._pause is None and not self._paused_in_batch:
            raise BrokenPromiseError("P10", f"{job.id} is said to wait for the end of a pause, and there is none")

    # ---- P6: everything ends

    def p6_asks_for_a_person(self) -> bool:
        """Whether each job that is left says that the SDK gave up (only a person helps then)."""
        left = self._world.journal.open_jobs()
        told = self._world.told
        return bool(left) and any(job.id in told and told[job.id].reason is WaitReason.SDK_GAVE_UP for job in left)

    def p6_everything_ends(self, seconds: float) -> None:
        self.checked["P6"] += 1
        world = self._world
        left = [f"{job.id} {job.kind} {job.state} ({job.reason})" for job in world.journal.open_jobs()]
        if left or world.tokens:
            waiting = [type(request).__name__ for request in world.tokens.values()]
            raise BrokenPromiseError("P6", f"after {seconds:.0f} s in a good world: {left}, unanswered: {waiting}")

    def p6_still_works(self, probe: Job) -> None:
        self.checked["P6"] += 1
        if probe.state is not S.DONE:
            raise BrokenPromiseError("P6", f"a plain save in a good world ended as {probe.state} ({probe.error})")

    # ---- P7: hosts never meet

    def p7_origins_apart(self, request: i.JobRequested, job: Job) -> None:
        self.checked["P7"] += 1
        if job.origin.instance != request.origin.instance:
            raise BrokenPromiseError("P7", f"{request.origin} got the job of {job.origin}")
        if job.id != request.job_id and (
            request.origin.request_id is None
            or job.origin.request_id != request.origin.request_id
            or (job.kind, job.path, job.assembly, job.force)
            != (request.kind, request.path, request.assembly, request.force)
        ):
            raise BrokenPromiseError("P7", f"{request} was answered with another job: {job}")

    # ---- P8: rollback

    def p8_rollback_is_exact(self, before: Any, after: Any) -> None:
        self.checked["P8"] += 1
        if before != after:
            raise BrokenPromiseError("P8", f"rollback left something behind: {difference(before, after)}")

    def p8_same_again(self, first: list[fx.Effect], again: list[fx.Effect]) -> None:
        self.checked["P8"] += 1
        first, again = [unnumbered(effect) for effect in first], [unnumbered(effect) for effect in again]
        if first != again:
            odd = [(a, b) for a, b in zip(first, again, strict=False) if a != b]
            raise BrokenPromiseError("P8", f"after a rollback the same inputs give other effects: {odd[:1]}")

    # ---- answers and effects

    def e1_told_as_written(self, told: Job, written: Job | None) -> None:
        self.checked["effects"] += 1
        if written is None or written.state is not told.state:
            raise BrokenPromiseError(
                "effects", f"{told.id} is told as {told.state}, the journal has {written and written.state}"
            )

    def e2_only_written_jobs(self, effect: fx.Effect, known: bool) -> None:
        self.checked["effects"] += 1
        if not known:
            raise BrokenPromiseError("effects", f"for a job that the journal does not have: {effect}")

    def e3_old_news_change_nothing(self, item: i.Input, effects: list[fx.Effect]) -> None:
        """The event is kept; a job may say better why it waits, as it may after any input."""
        self.checked["effects"] += 1
        if any(type(effect) not in (fx.WriteEvent, fx.JobChanged) for effect in effects):
            raise BrokenPromiseError("effects", f"old news changed something: {item} -> {effects}")

    def answered(self, request: i.Input | None, effect: Any) -> None:
        """Each request is answered once, and with what it asked for."""
        self.checked["answers"] += 1
        if request is None:
            raise BrokenPromiseError("answers", f"nobody waits for {effect}")
        if type(request) is i.JobRequested and type(effect) is not fx.AnswerError:
            job = self._world.journal.jobs[effect.job_id] if type(effect) is fx.AnswerStored else effect.job
            self.p7_origins_apart(request, job)

    def nobody_waits(self) -> None:
        """When the bridge closes in good order no request is left without an answer."""
        self.checked["answers"] += 1
        if self._world.tokens:
            raise BrokenPromiseError("answers", f"unanswered at the end: {list(self._world.tokens.values())}")


def difference(before: Any, after: Any, path: str = "") -> str:
    """Where two frozen values differ first."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *after]:
            if before.get(key) != after.get(key):
                return difference(before.get(key), after.get(key), f"{path}.{key}")
    return f"{path}: {before!r} became {after!r}"
