"""Which jobs a person wants to see. The same rules as the bridge's own search, so that both find the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iscbridge.core.jobs import JobKind, JobState
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity.display import UNDER_WAY, needs_person


class Group(StrEnum):
    """States as people think of them."""

    ALL = "all"
    UNDER_WAY = "underWay"
    NEEDS_YOU = "needsYou"
    DONE = "done"
    FAILED = "failed"
    PROBLEMS = "problems"
    ENDED = "ended"


#: States that may belong to a group. `NEEDS_YOU` holds only some of their jobs.
STATES: dict[Group, frozenset[JobState]] = {
    Group.ALL: frozenset(JobState),
    Group.UNDER_WAY: UNDER_WAY,
    Group.NEEDS_YOU: frozenset({JobState.UNKNOWN, JobState.WAITING}),
    Group.DONE: frozenset({JobState.DONE}),
    Group.FAILED: frozenset({JobState.FAILED, JobState.REFUSED}),
    Group.PROBLEMS: frozenset({JobState.UNKNOWN, JobState.FAILED, JobState.REFUSED}),
    Group.ENDED: frozenset({JobState.CANCELLED, JobState.REPLACED}),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What the bridge itself can sort out."""

    group: Group = Group.ALL
    text: str = ""

    def asks_for(self, job: JobObject) -> bool:
        """Whether the bridge would name this job."""
        if job.state not in STATES[self.group]:
            return False
        return not self.text or self.text.casefold() in _searched(job)

    def params(self) -> dict[str, object]:
        """As parameters of `job.list`."""
        found: dict[str, object] = {}
        if self.group is not Group.ALL:
            found["states"] = sorted(str(state) for state in STATES[self.group])
        if self.text:
            found["text"] = self.text
        return found


@dataclass(frozen=True, slots=True)
class Criteria:
    """A query and what is sorted out here. None: any."""

    query: Query = Query()
    kind: JobKind | None = None
    cloud: str | None = None
    host: str | None = None

    def admits(self, job: JobObject) -> bool:
        """Whether a job is to be shown."""
        if not self.query.asks_for(job):
            return False
        if self.query.group is Group.NEEDS_YOU and not needs_person(job):
            return False
        if self.kind is not None and job.kind is not self.kind:
            return False
        if self.cloud is not None and job.cloud != self.cloud:
            return False
        return self.host is None or (job.host or "") == self.host


def _searched(job: JobObject) -> str:
    """What the bridge's search looks through, too (`journal/codec.py: search_text`)."""
    code = "" if job.error is None else job.error.code
    parts = (job.path, job.job, job.host or "", job.product or "", code, job.result_path or "")
    return "\n".join(parts).casefold()
