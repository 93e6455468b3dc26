"""What past jobs took, for those under way that can be seen: asked for once each, one at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from iscbridge.core.jobs import JobState
from iscbridge.ipc.job_wire import JobHistoryResult
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.link import Link, LinkState, Reply

_MOST_KEPT = 1000


class UsualTimes(QObject):
    """Learns only from the bridge, which learns only from jobs that ended."""

    learnt = Signal(str, float)
    """A job's id, and what such jobs took."""

    def __init__(self, link: Link, parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._asked: set[str] = set()
        self._reply: Reply | None = None

    @Slot(object)
    def look(self, jobs: list[JobObject]) -> None:
        """Ask for the first of these jobs that is handed over and was not asked for yet."""
        if self._reply is not None or self._link.state is not LinkState.CONNECTED:
            return
        job = next((job for job in jobs if job.state is JobState.SUBMITTED and job.job not in self._asked), None)
        if job is None:
            return
        if len(self._asked) >= _MOST_KEPT:
            self._asked.clear()
        self._asked.add(job.job)
        self._reply = self._link.ask("job.history", {"job": job.job}, parent=self)
        self._reply.done.connect(self._on_done)
        self._reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_done(self, result: JobHistoryResult) -> None:
        self._reply = None
        if result.usual is not None:
            self.learnt.emit(result.job.job, result.usual.seconds)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        del error  # then nothing is known, and nothing is shown
        self._reply = None
