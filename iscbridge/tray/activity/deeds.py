"""What can be done with a job, by its state alone. Nothing here knows a window."""

from __future__ import annotations

from enum import StrEnum

from iscbridge.core.jobs import JobKind, JobState, WaitReason
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity.display import LOOKED_AT, UNDER_WAY, path_of


class Deed(StrEnum):
    """In the order in which they are offered."""

    REPEAT = "repeat"
    """The answer to `unknown`: hand it over once more."""
    DISMISS = "dismiss"
    """The answer to `unknown`: I looked in the cloud, close it."""
    RETRY = "retry"
    CANCEL = "cancel"
    RECONNECT = "reconnect"
    LICENSE = "license"
    CHECK = "check"
    """Look at the files of the assembly."""
    RECOVER = "recover"
    """Write the captured copy to a folder."""
    SHOW = "show"
    """Show the file in its folder."""
    COPY = "copy"
    """Copy everything that is known of it as text."""


#: Shown whatever the job's state, so that a hand finds them at one place; grey where they do not apply.
ALWAYS = (Deed.RECOVER, Deed.SHOW, Deed.COPY)


def possible(job: JobObject) -> frozenset[Deed]:
    """What can be done with a job as it stands."""
    found = {Deed.COPY}
    if job.state in (JobState.FAILED, JobState.REFUSED, JobState.CANCELLED, JobState.REPLACED):
        found.add(Deed.RETRY)
    if job.state is JobState.UNKNOWN:
        found.add(Deed.REPEAT)
        if LOOKED_AT not in job.notes:
            found.add(Deed.DISMISS)
    if job.state in UNDER_WAY:
        found.add(Deed.CANCEL)
    if job.state is JobState.WAITING and job.reason is WaitReason.SDK_GAVE_UP:
        found.add(Deed.RECONNECT)
    code = "" if job.error is None else job.error.code
    if code.startswith("ISCB-LIC-"):
        found.add(Deed.LICENSE)
    if code == "ISCB-SDK-GAVE-UP":
        found.add(Deed.RECONNECT)
    if job.assembly and job.path and (code.startswith("ISCB-ASM-") or job.state is JobState.REFUSED):
        found.add(Deed.CHECK)
    if job.files:
        found.add(Deed.RECOVER)
    if path_of(job):
        found.add(Deed.SHOW)
    return frozenset(found)


def asks_before_cancel(job: JobObject) -> bool:
    """Whether a cancelled job may arrive all the same, which a person has to know before."""
    return job.state is JobState.SUBMITTED and job.kind is not JobKind.OPEN
