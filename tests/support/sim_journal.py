"""The model journal: what survives a crash of the service."""

from __future__ import annotations

from collections.abc import Iterable

from iscbridge.core.effects import Effect, WriteJob, WriteOpened, WriteOwed
from iscbridge.core.inputs import Recovered
from iscbridge.core.jobs import Job, OpenedFile

REQUEST_S = 7 * 86400.0


class ModelJournal:
    """Jobs in the order of their creation, and opened files by identity."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.opened: dict[str, OpenedFile] = {}
        self.owed = (0, 0)

    def commit(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            kind = type(effect)
            if kind is WriteJob:
                self.jobs[effect.job.id] = effect.job
            elif kind is WriteOwed:
                self.owed = (effect.saves, effect.opens)
            elif kind is WriteOpened:
                self.opened[effect.opened.identity] = effect.opened

    def open_jobs(self) -> list[Job]:
        return [job for job in self.jobs.values() if not job.state.is_final]

    def recovered(self, now: float, *, clean: bool) -> Recovered:
        """What the service tells a new engine first of all."""
        jobs = tuple(
            job
            for job in self.jobs.values()
            if not job.state.is_final or (job.origin.request_id is not None and job.created > now - REQUEST_S)
        )
        opened, (saves, opens) = tuple(self.opened.values()), self.owed
        return Recovered(now, jobs, opened, clean, owed_saves=saves, owed_opens=opens)
