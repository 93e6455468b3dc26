"""What stands in the list and in the details: from a job as the bridge tells it to words."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from iscbridge.core.jobs import ErrorInfo, JobKind, JobState, WaitReason
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.texts.render import RenderedError, render
from iscbridge.tray.words import Words

#: States in which the bridge still does something by itself.
UNDER_WAY = frozenset(state for state in JobState if not state.is_final)
#: The note of a job that somebody looked at and closed.
LOOKED_AT = "note.dismissed"

_KB = 1000


def seconds_of(wire_time: str) -> float:
    """A time of the protocol as seconds since the epoch."""
    return datetime.fromisoformat(wire_time).timestamp()


def path_of(job: JobObject) -> str:
    """The file that a job is about; empty while nobody has chosen one."""
    return job.path or job.result_path or ""


def mark_of(job: JobObject) -> str:
    """Another one when the job's file may look other than before: not at each step of a job under way."""
    return job.created if job.state in UNDER_WAY else job.updated


def name_of(job: JobObject, words: Words) -> str:
    """The file's name, or what stands for it until there is one."""
    path = path_of(job)
    return os.path.basename(path.rstrip("/\\")) or path or words("activity.file.none")


def folder_of(job: JobObject) -> str:
    """The folder of the file."""
    return os.path.dirname(path_of(job).rstrip("/\\"))


def needs_person(job: JobObject) -> bool:
    """Whether nothing goes on until a person decides."""
    if job.state is JobState.UNKNOWN:
        return LOOKED_AT not in job.notes
    return job.state is JobState.WAITING and job.reason is WaitReason.SDK_GAVE_UP


def error_of(error: ErrorObject, words: Words) -> RenderedError:
    """An error in the language of the window, whichever it was told in."""
    here = render(ErrorInfo(error.code, error.params), words.language)
    known = here.title != error.code  # otherwise it is one of a newer bridge
    return here if known else RenderedError(error.title, error.message, error.remedy)


def state_text(job: JobObject, words: Words) -> str:
    """Where a job stands, in words."""
    state = words(f"state.{job.state}")
    if job.state is JobState.WAITING and job.reason is not None:
        return words("activity.state.why", state=state, why=words(f"wait.{job.reason}"))
    if job.state is JobState.UNKNOWN and LOOKED_AT in job.notes:
        return words("activity.state.why", state=state, why=words("activity.state.lookedAt"))
    if job.error is not None:
        return words("activity.state.why", state=state, why=error_of(job.error, words).title)
    return state


def cloud_text(cloud: str, words: Words) -> str:
    """Which cloud: the real one, or our stand-in."""
    return words(f"activity.cloud.{cloud}") if cloud in {"sandbox", "iscdesk"} else cloud


def when_text(wire_time: str, now: float) -> str:
    """A time of this computer's clock: without the date if it is today's."""
    at = datetime.fromisoformat(wire_time).astimezone()
    today = datetime.fromtimestamp(now, UTC).astimezone().date()
    return f"{at:%H:%M:%S}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


def duration_text(seconds: float, words: Words) -> str:
    """A length of time with the two largest units that matter."""
    if seconds < 1:
        return words("activity.duration.moment")
    whole = round(seconds)
    if whole < 60:
        return words("activity.duration.seconds", seconds=whole)
    if whole < 3600:
        return words("activity.duration.minutes", minutes=whole // 60, seconds=whole % 60)
    return words("activity.duration.hours", hours=whole // 3600, minutes=whole // 60 % 60)


def elapsed_text(job: JobObject, now: float, words: Words, usual: float | None = None) -> str:
    """How long it has taken, or takes so far. `usual`: what past jobs took, if that was learnt."""
    began = seconds_of(job.created)
    if job.state in UNDER_WAY:
        so_far = duration_text(now - began, words)
        if usual is None:
            return words("activity.elapsed.soFar", time=so_far)
        return words("activity.elapsed.usual", time=so_far, usual=usual_text(usual, words))
    if job.state is JobState.DONE:
        return duration_text(seconds_of(job.updated) - began, words)
    return ""


def usual_text(seconds: float, words: Words) -> str:
    """A learnt time, no more exact than it deserves."""
    step = 1 if seconds < 10 else 5 if seconds < 60 else 30 if seconds < 600 else 300
    return duration_text(max(1, round(seconds / step) * step), words)


def size_text(size: int) -> str:
    """A number of bytes for people."""
    if size < _KB:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= _KB
        if value < _KB or unit == "TB":
            break
    return f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"


def kind_text(kind: JobKind, words: Words) -> str:
    """What was asked for."""
    return words(f"kind.{kind}")
