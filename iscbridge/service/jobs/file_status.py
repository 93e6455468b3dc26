"""`file.status`: what the bridge knows of a file. Looking at the file may block, so it happens on a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages as m
from iscbridge.ipc.wire import OpenedObject, job_to_wire, time_to_wire
from iscbridge.journal import capture as cap

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge

#: A host that asks for a file's status gets an answer within this time, whatever the share does.
_DEADLINE_S = 5.0


class FileStatus:
    """Answers `file.status` requests."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def ask(self, request: Request) -> None:
        """Find the file's identity off this thread, then answer from the journal."""
        path = request.params.path
        self._bridge.deadlines.set(request.token, _DEADLINE_S, ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": path}))
        lane = f"status {cap.volume_key(path)}"
        self._bridge.work(lane, lambda _stop: _identities(path), lambda found: self._answer(request, found))

    def _answer(self, request: Request, found: object) -> None:
        if not self._bridge.deadlines.met(request.token):
            return
        if isinstance(found, ErrorInfo):
            self._bridge.server.answer_error(request.token, found)
            return
        try:
            result = self._result(request, found if isinstance(found, tuple) else ())
        except BridgeError as error:
            self._bridge.server.answer_error(request.token, error.info)
        else:
            self._bridge.server.answer(request.token, result)

    def _result(self, request: Request, identities: tuple[str, ...]) -> m.FileStatusResult:
        journal = self._bridge.journal
        saves = [job for identity in identities if (job := journal.last_save(identity)) is not None]
        job = max(saves, key=lambda save: save.created, default=None)
        opened = next((file for identity in identities if (file := journal.opened(identity)) is not None), None)
        language = request.client.language
        return m.FileStatusResult(
            path=request.params.path,
            busy=job is not None and not job.state.is_final,
            job=None if job is None else job_to_wire(job, language),
            opened=None
            if opened is None
            else OpenedObject(
                open_type=opened.open_type,
                work_state=opened.work_state,
                read_only=opened.read_only,
                assembly=opened.assembly,
                opened=time_to_wire(opened.opened_at),
            ),
        )


def _identities(path: str) -> tuple[str, ...] | ErrorInfo:
    """A file may have been saved alone, as the main file of an assembly, or within a folder."""
    try:
        return cap.identities(path)
    except BridgeError as error:
        return error.info
