"""The whole story of one job, asked for again whenever the job has changed, one question at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from iscbridge.ipc.job_wire import JobHistoryResult
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.tray.link import Link, LinkState, Reply


class History(QObject):
    """Follows one job."""

    changed = Signal()
    """`job` or `result` is another one."""

    def __init__(self, link: Link, parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._reply: Reply | None = None
        self._again = False
        self.job: JobObject | None = None
        self.result: JobHistoryResult | None = None
        """What the bridge told last; None until it has, or if it can't."""
        link.state_changed.connect(self._on_link)

    def follow(self, job: JobObject | None) -> None:
        """Tell of this job from now on, or of its new state."""
        same = job is not None and self.job is not None and job.job == self.job.job
        if same and job == self.job:
            return
        self.job = job
        if not same:
            self.result = None
            self._reply = None
        self.changed.emit()
        if job is not None:
            self._ask()

    def _ask(self) -> None:
        if self.job is None:
            return
        if self._reply is not None:
            self._again = True
            return
        self._again = False
        self._reply = self._link.ask("job.history", {"job": self.job.job}, parent=self)
        self._reply.done.connect(self._on_done)
        self._reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_done(self, result: JobHistoryResult) -> None:
        if self.sender() is not self._reply:
            return
        self._reply = None
        self.result = result
        self.changed.emit()
        if self._again:
            self._ask()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        del error  # what is known of the job is shown all the same
        if self.sender() is self._reply:
            self._reply = None

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED and self._reply is None:
            self._ask()
