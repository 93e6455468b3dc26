"""P9: what a licence may stop, and what it may not. Kept from the inputs and the written jobs alone.

When it is decided (docs/licensing.md): a job that its licence is against is accepted all the same if it may still be
good, and captured. Whether it is good shows when its content is known or when the licence says something new; from the
moment that is written the job is accepted for good, whatever the licence says later and whatever dies. So each word
of the engine, "limited", "permitted" or "refused", is held against the licence as it was within that batch, and at
the hand-over nothing counts but that the permission was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import Job, JobKind, JobState, LicenseLimit
from support.sim_broken import BrokenPromiseError

if TYPE_CHECKING:
    from support.sim_world import World

CODE = "ISCB-LIC-EXPIRED"


class LicenseChecks:
    """What the licence last said to each job, and what the engine made of it."""

    def __init__(self, world: World, checked: Counter[str]) -> None:
        self._world = world
        self._checked = checked
        self._limits: dict[str, LicenseLimit | None] = {}
        """None: the job is permitted, for this life of it."""
        self._inputs: list[i.Input] = []
        self._said: list[LicenseLimit | None] = []
        """What the licence said within this batch."""
        self._due: set[str] = set()
        """Jobs that the licence allowed within this batch."""
        self._opened: dict[str, list[float]] = {}
        """When files were opened, of those that were within this batch."""

    # ---- one batch

    def begin(self, inputs: list[i.Input], effects: list[fx.Effect]) -> None:
        self._inputs = inputs
        self._said = [item.limit for item in inputs if type(item) is i.LicenseSettled]
        self._due = set()
        self._opened = {}
        for effect in effects:
            if type(effect) is fx.WriteOpened:
                self._opened.setdefault(effect.opened.identity, []).append(effect.opened.opened_at)
        for item in inputs:
            if type(item) is i.JobRequested:
                self._limits.setdefault(item.job_id, item.limit)
            elif type(item) is i.LicenseSettled and item.limit is None:
                self._due |= {job_id for job_id, limit in self._limits.items() if limit is not None}

    def written(self, before: Job | None, job: Job, cause: str) -> None:
        self._checked["P9"] += 1
        if cause in ("accepted", "retry"):
            self._as_asked_for(before, job, cause)
        elif job.limit is not None:
            if self._limits.get(job.id) is None:
                raise BrokenPromiseError("P9", f"{job.id} was permitted, and is limited again")
        elif self._limits.get(job.id) is not None and not job.state.is_final:
            self._permitted(job)
        if job.state.is_final and job.error is not None and job.error.code == CODE:
            self._refused(job)
        if not job.state.is_final:
            self._limits[job.id] = job.limit

    def handed_over(self, job: Job) -> None:
        """Nothing is handed over before its permission is written."""
        self._checked["P9"] += 1
        if job.limit is not None or self._limits.get(job.id) is not None:
            raise BrokenPromiseError("P9", f"{job.id} is handed over against its licence: {self._limits.get(job.id)}")

    def end(self, written: dict[str, Job]) -> None:
        """The batch is over: what was allowed in it is written as permitted, and nothing takes that back."""
        asked_again = {item.job_id for item in self._inputs if type(item) is i.RetryRequested}
        for job_id in self._due - asked_again:
            job = written.get(job_id) or self._world.journal.jobs.get(job_id)
            if job is not None and not job.state.is_final and job.limit is not None:
                raise BrokenPromiseError("P9", f"the licence allowed {job_id}, and that is written nowhere")
        if self._said:
            last = self._said[-1]
            self._limits = {job_id: limit and last for job_id, limit in self._limits.items()}

    # ---- the engine's words

    def _as_asked_for(self, before: Job | None, job: Job, cause: str) -> None:
        """A job begins with the limit that its request came with."""
        if cause == "accepted":
            wanted = [self._limits.get(job.id)]
        else:
            wanted = [] if before is None else [*self._limits_again(before)]
        if job.limit not in wanted:
            raise BrokenPromiseError("P9", f"{job.id} begins with {job.limit}, and was asked for with {wanted}")

    def _limits_again(self, before: Job) -> Iterable[LicenseLimit | None]:
        """Limits of a job that lives again: what was accepted and not taken back may be finished for a while."""
        for item in self._inputs:
            if type(item) is i.ResolveRequested and item.job_id == before.id:
                yield None  # it was handed over once
            elif type(item) is i.RetryRequested and item.job_id == before.id:
                accepted = before.limit is None and before.state not in (JobState.CANCELLED, JobState.REFUSED)
                limit = item.limit
                until = None if limit is None else limit.opened_before
                yield None if accepted and until is not None and before.created <= until else limit

    def _in_force(self, job: Job) -> list[LicenseLimit | None]:
        return [self._limits.get(job.id), *self._said]

    def _permitted(self, job: Job) -> None:
        """It is permitted from now on: the licence was not against it at some time within this batch."""
        if not any(limit is None or any(self._in_time(limit, job)) for limit in self._in_force(job)):
            raise BrokenPromiseError("P9", f"{job.id} is permitted against its licence: {self._in_force(job)}")

    def _refused(self, job: Job) -> None:
        """Nobody is refused whose licence allows it; and the bytes are kept."""
        for limit in self._in_force(job):
            times = [] if limit is None else self._in_time(limit, job)
            if limit is not None and not limit.pending and not (times and all(times)):
                break
        else:
            raise BrokenPromiseError("P9", f"{job.id} is refused, though its licence allows it")
        if job.kind is not JobKind.OPEN and job.snapshot is None:
            raise BrokenPromiseError("P9", f"{job.id} is refused by its licence, and its bytes were not captured")

    def _in_time(self, limit: LicenseLimit, job: Job) -> list[bool]:
        """For each time at which the job's file came from the cloud, as far as it may count now: whether in time."""
        until = limit.opened_before
        if until is None or job.kind is not JobKind.SAVE or job.snapshot is None:
            return []
        identity = job.snapshot.identity
        before = self._world.journal.opened.get(identity)
        times = [*([] if before is None else [before.opened_at]), *self._opened.get(identity, [])]
        return [at <= until for at in times]
