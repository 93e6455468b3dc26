"""P11: before a forced upgrade nothing new is handed over, what is handed over is finished, the rest stays.

That the rest goes out after the restart is P6: the bridge closes, somebody starts it again, and everything ends.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import Job, JobKind, JobState, WaitReason
from support.sim_broken import BrokenPromiseError

if TYPE_CHECKING:
    from support.sim_world import World

#: What the request itself may do: jobs that were about to go say why they wait now.
OF_ITSELF = frozenset({fx.WriteJob, fx.JobChanged})


class DrainChecks:
    """Whether nothing new may go out, by the inputs alone."""

    def __init__(self, world: World, checked: Counter[str]) -> None:
        self._world = world
        self._checked = checked
        self._draining = False
        self._asked = False
        """In this batch or before."""

    def service_ended(self) -> None:
        self._draining = self._asked = False

    # ---- one batch

    def begin(self, inputs: list[i.Input], effects: list[fx.Effect]) -> None:
        self._draining = self._asked
        self._asked = self._asked or any(type(item) is i.DrainRequested for item in inputs)
        if len(inputs) == 1 and type(inputs[0]) is i.DrainRequested:
            self._checked["P11"] += 1
            odd = [e for e in effects if type(e) not in OF_ITSELF or getattr(e, "cause", "waiting") != "waiting"]
            if odd:
                raise BrokenPromiseError("P11", f"the request alone did something: {odd[0]}")

    def written(self, job: Job, cause: str) -> None:
        """Nothing goes out for the first time; a second hand-over that makes the first one certain may."""
        self._checked["P11"] += 1
        if self._draining and cause == "submitted":
            raise BrokenPromiseError("P11", f"{job.id} ({job.kind}) is handed over before a forced upgrade")

    def made_ready(self, job: Job) -> None:
        if self._draining and job.state is not JobState.SUBMITTED:
            raise BrokenPromiseError("P11", f"{job.id} ({job.kind}) is made ready before a forced upgrade")

    def told(self, job: Job) -> None:
        self._checked["P11"] += 1
        if job.reason is WaitReason.CLOSING and not self._asked:
            raise BrokenPromiseError("P11", f"{job.id} is said to wait for the bridge to close, and it does not")
        if job.reason is WaitReason.PAUSED and self._draining:
            raise BrokenPromiseError("P11", f"{job.id} is said to wait for a pause, and the bridge closes")

    # ---- the end

    def closes(self, *, idle: bool) -> None:
        """The bridge is asked to close: nothing is on its way, or the time is over and something truly is."""
        self._checked["P11"] += 1
        left = self._world.journal.open_jobs()
        on_its_way = [job.id for job in left if job.state is JobState.SUBMITTED]
        unsafe = [job.id for job in left if job.state is JobState.ACCEPTED and job.kind is not JobKind.OPEN]
        if idle and (on_its_way or unsafe):
            raise BrokenPromiseError("P11", f"called idle: {on_its_way} are with ISCDesk, {unsafe} not captured")
        if not idle and not on_its_way and not unsafe and not self._world.files.capturing:
            raise BrokenPromiseError("P11", f"not idle for {self._world.now}, and nothing is on its way: {left}")
