"""What the engine knows, with an undo log so that a batch that could not be committed never happened."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Generic, TypeVar

from iscbridge.core.effects import Effect, JobChanged, WriteJob
from iscbridge.core.inputs import Session
from iscbridge.core.jobs import Job, JobKind, JobState, OpenedFile

_CLOSED_KEPT = 8

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """The engine's constants. Times are seconds."""

    cloud: str = "sandbox"
    rest_s: float = 3.0
    """Pause before a new session after a taint, and after its start while a late result may still come."""
    rest_max_s: float = 60.0
    settle_s: float = 0.2
    """Pause between a result and the next hand-over: a doubled result falls into it."""
    failed_call_wait_s: float = 10.0
    """How long an event is awaited after a call that returned a failure which may not be final."""
    repeat_window_s: float = 600.0
    """A save whose result was lost is repeated by itself only this soon after its hand-over."""
    restart_max_s: float = 60.0
    give_up_count: int = 5
    give_up_window_s: float = 600.0
    restless_s: float = 30.0
    quiet_s: float = 60.0
    """After this long in running sessions with nothing in flight a result that is still owed is no longer expected."""
    request_days: int = 7
    snapshot_days: int = 7
    failed_snapshot_days: int = 30


class Phase(Enum):
    """What the engine is doing for a job right now (the state is what people see)."""

    CAPTURING = auto()
    HELD = auto()
    """Waits for a quiet file, then is captured again."""
    READY = auto()
    PREPARING = auto()
    CALLED = auto()
    DRAINING = auto()
    """A result came that may be a late one of another hand-over; looks whether more come."""
    RECHECKING = auto()
    IDENTIFYING = auto()


@dataclass(frozen=True, slots=True)
class Live:
    """A job that is not final, and what the engine remembers of it."""

    job: Job
    order: int
    phase: Phase
    attempt: int = 0
    """Number of the capture, prepare or recheck whose answer is awaited."""
    lane: Session | None = None
    call: int = 0
    call_failed: bool = False
    """The last call returned a failure that may not be final; an event is awaited for a while."""
    calls: int = 0
    """Hand-overs of this content whose results count."""
    first_called: float = 0.0
    """When the first of them was made."""
    results: int = 0
    successes: int = 0
    rounds: int = 0
    """Times in a row that the file changed before or during the upload."""
    uncertain: bool = False
    """An earlier hand-over of this life may have reached the cloud: the job can't fail or be cancelled with certainty."""
    repeat: bool = False
    """A repeat by the bridge itself: only for unchanged content."""
    retry_delay: float = 0.0
    not_before: float = 0.0
    doubled: bool = False


class LaneStatus(Enum):
    """Life of one SDK session."""

    OFF = auto()
    STARTING = auto()
    READY = auto()
    STOPPING = auto()
    RESTING = auto()
    GAVE_UP = auto()


@dataclass(frozen=True, slots=True)
class Lane:
    """One SDK session as the engine sees it."""

    status: LaneStatus = LaneStatus.OFF
    epoch: int = 0
    job: str | None = None
    """The job on its way: from Prepare until its result is settled."""
    ready_at: float = 0.0
    usable_at: float = 0.0
    call_failure_is_final: bool = False
    ends: tuple[float, ...] = ()
    """Times of unasked ends within the give-up window."""
    failures: int = 0
    """Unasked ends and refusals in a row, for the back-off."""
    taints: int = 0
    wanted_again: bool = False
    """A person asked for a new session: it starts when the old one has ended, though no job wants it."""
    heard_at: float = 0.0
    """When the last result of this epoch came, and what it said."""
    heard: bool | None = None
    last_done: Job | None = None
    """The last job closed as done in this epoch: a stray result may contradict it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What is known across sessions."""

    owed: int = 0
    """Save results that may still come for hand-overs that nobody waits for any more."""
    owed_open: int = 0
    owed_at: float = 0.0
    """When the last of them became owed."""
    single: bool = False
    """The desk takes one session: dialogs and saves share it."""
    draining: bool = False
    """The bridge will close: nothing new is handed over any more."""
    closing: bool = False
    paused: bool = False
    paused_until: float | None = None
    """When the pause ends by itself; None: not by itself."""
    revived: Job | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request id stands for."""

    job_id: str
    created: float
    parameters: tuple[object, ...]


class Table(Generic[K, V]):
    """A dict whose changes can be undone."""

    def __init__(self, undo: list[Callable[[], None]]) -> None:
        self._items: dict[K, V] = {}
        self._undo = undo

    def get(self, key: K) -> V | None:
        return self._items.get(key)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def values(self) -> ValuesView[V]:
        return self._items.values()

    def items(self) -> ItemsView[K, V]:
        return self._items.items()

    def put(self, key: K, value: V) -> None:
        if key in self._items:
            old = self._items[key]
            self._undo.append(lambda: self._items.__setitem__(key, old))
        else:
            self._undo.append(lambda: self._items.__delitem__(key))
        self._items[key] = value

    def drop(self, key: K) -> None:
        if key in self._items:
            old = self._items.pop(key)
            self._undo.append(lambda: self._items.__setitem__(key, old))


@dataclass(slots=True)
class State:
    """All of the engine's memory and the effects of the batch under way."""

    config: EngineConfig
    undo: list[Callable[[], None]] = field(default_factory=list)
    out: list[Effect] = field(default_factory=list)
    lives: Table[str, Live] = field(init=False)
    asked: Table[tuple[str, str], Asked] = field(init=False)
    opened: Table[str, OpenedFile] = field(init=False)
    lanes: Table[Session, Lane] = field(init=False)
    closed: Table[str, Job] = field(init=False)
    """The jobs that ended last: newer than what the service may have read in the journal a moment ago."""
    calls: Table[int, tuple[int, Session]] = field(init=False)
    """Calls without a job: call id -> (token of the request, session)."""
    desk_table: Table[str, Desk] = field(init=False)
    last_number: int = 0
    """Not in a table: each request draws two, and a table keeps a way back for each change. `Engine.rollback` sets it back."""

    def __post_init__(self) -> None:
        self.lives = Table(self.undo)
        self.asked = Table(self.undo)
        self.opened = Table(self.undo)
        self.lanes = Table(self.undo)
        self.closed = Table(self.undo)
        self.calls = Table(self.undo)
        self.desk_table = Table(self.undo)
        self.desk_table.put("desk", Desk())
        for session in Session:
            self.lanes.put(session, Lane())
        self.undo.clear()

    @property
    def desk(self) -> Desk:
        return self.desk_table["desk"]

    @desk.setter
    def desk(self, value: Desk) -> None:
        self.desk_table.put("desk", value)

    def emit(self, effect: Effect) -> None:
        self.out.append(effect)

    def store(self, live: Live, cause: str) -> None:
        """Remember `live`, write its job to the journal and tell those who follow it."""
        self.lives.put(live.job.id, live)
        self.emit(WriteJob(live.job, cause))
        self.emit(JobChanged(live.job))

    def store_final(self, job: Job, cause: str) -> None:
        """Write a final job to the journal and tell those who follow it."""
        self.closed.drop(job.id)
        self.closed.put(job.id, job)
        if len(self.closed) > _CLOSED_KEPT:
            self.closed.drop(next(iter(self.closed)))
        self.emit(WriteJob(job, cause))
        self.emit(JobChanged(job))

    def number(self) -> int:
        """A number that this engine never gave before: for an attempt, a call, a place in the order."""
        self.last_number += 1
        return self.last_number

    def lane_for(self, kind: JobKind) -> Session:
        """Which session carries this kind of job."""
        if kind in (JobKind.SAVE, JobKind.SOLVE) or self.desk.single:
            return Session.TRANSFER
        return Session.INTERACTIVE

    def same_file(self, live: Live) -> list[Live]:
        """The other jobs with the same file for the same cloud, oldest first."""
        snapshot = live.job.snapshot
        if snapshot is None:
            return []
        found = [
            other
            for other in self.lives.values()
            if other.job.id != live.job.id
            and other.job.cloud == live.job.cloud
            and other.job.snapshot is not None
            and other.job.snapshot.identity == snapshot.identity
        ]
        return sorted(found, key=lambda other: other.order)


def step(live: Live, state: JobState, now: float, *notes: str, **changes: object) -> Job:
    """The job of `live` in a new state; `reason` is cleared unless given, notes are appended."""
    changes.setdefault("reason", None)
    return replace(live.job, state=state, updated=now, notes=live.job.notes + notes, **changes)  # type: ignore[arg-type]  # field names are checked by dataclasses.replace at run time
