"""Fills the list from the bridge: pages of old jobs, each change as it is told, and all that was missed.

What the list holds is always whole: every job that the query finds from the newest down to the floor, the end of the
last page. Below the floor there is nothing until the next page comes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from iscbridge.ipc.limits import MAX_PAGE
from iscbridge.ipc.messages import JobListResult
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.tray.activity.criteria import Query
from iscbridge.tray.activity.model import JobsModel, Key
from iscbridge.tray.link import Link, LinkState, Reply


class Feed(QObject):
    """Keeps a `JobsModel` true. One question is under way at a time."""

    loaded = Signal()
    """A page has come."""
    failed = Signal(object)
    """No page: an `ErrorObject` says why."""
    changed = Signal(object)
    """The bridge told of a change: the `JobObject`."""

    def __init__(self, link: Link, model: JobsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._model = model
        self._query = Query()
        self._reply: Reply | None = None
        self._next: str | None = None
        self._floor: Key | None = None
        self._above: Key | None = None
        """The end of the page before the one that is awaited."""
        self._down_to: Key | None = None
        self._ever = False
        model.more_wanted.connect(self._fetch)
        link.told.connect(self._on_told)
        link.state_changed.connect(self._on_link)

    @property
    def is_loading(self) -> bool:
        """Whether a page is awaited."""
        return self._reply is not None

    @property
    def has_loaded(self) -> bool:
        """Whether a first page has ever come: an empty list then means that there are no jobs."""
        return self._ever

    def start(self) -> None:
        """Ask for the first page."""
        self._from_top(None)

    def search(self, query: Query) -> None:
        """Another query; what is loaded stays until its first page is there."""
        if query != self._query:
            self._query = query
            self._from_top(None)

    def _from_top(self, down_to: Key | None) -> None:
        self._reply = None
        self._next = None
        self._above = None
        self._down_to = down_to
        self._model.set_more(False)
        self._fetch()

    @Slot()
    def _fetch(self) -> None:
        if self._reply is not None:
            return
        params = {"limit": MAX_PAGE, **self._query.params()}
        if self._next is not None:
            params["before"] = self._next
        self._reply = self._link.ask("job.list", params, parent=self)
        self._reply.done.connect(self._on_page)
        self._reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_page(self, page: JobListResult) -> None:
        if self.sender() is not self._reply:
            return  # of a query that nobody wants any more
        self._reply = None
        self._ever = True
        self._next = page.next
        end = min(((job.created, job.job) for job in page.jobs), default=None)
        self._drop_missing(page, end if page.next is not None else None)
        self._model.put(page.jobs)
        self._above = end
        self._floor = end if page.next is not None else None
        if self._down_to is not None and end is not None and self._down_to < end and page.next is not None:
            self._fetch()  # what was here before the connection was lost is read again down to its end
            return
        self._down_to = None
        if self._floor is not None:
            self._model.drop_older(self._floor)
        self._model.set_more(page.next is not None)
        self.loaded.emit()

    def _drop_missing(self, page: JobListResult, end: Key | None) -> None:
        """Forget jobs that would stand on this page, as they are known here, and do not: they have changed unseen."""
        listed = {job.job for job in page.jobs}
        known = self._model.between(end, self._above)
        self._model.remove([job.job for job in known if job.job not in listed and self._query.asks_for(job)])

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        if self.sender() is not self._reply:
            return
        self._reply = None
        self._model.set_more(self._next is not None)
        self.failed.emit(error)

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        if topic != "job.changed" or not isinstance(params, JobObject):
            return
        known = self._model.find(params.job) is not None
        if known or self._floor is None or (params.created, params.job) > self._floor:
            self._model.put((params,))
        self.changed.emit(params)

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        # Changes were missed while there was no connection.
        if state is LinkState.CONNECTED and (self._ever or self._reply is None):
            self._from_top(self._model.oldest())
