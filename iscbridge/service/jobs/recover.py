"""`job.recover`: a job's captured files are written where a person wants them. Takes as long as it takes."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError, RequestError
from iscbridge.core.jobs import ErrorInfo, Job, Snapshot
from iscbridge.ipc.job_wire import JobRecoverResult
from iscbridge.journal.capture import volume_key
from iscbridge.journal.recovery import Recovered, Stopped, recover

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.journal.snapshots import SnapshotStore
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)


class Recover:
    """Answers `job.recover` requests."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def ask(self, request: Request, job: Job) -> None:
        """Write the files off this thread, then answer.

        Raises:
            RequestError: ISCB-REQ-NO-COPY.
        """
        snapshot = job.snapshot
        if snapshot is None:
            raise RequestError("ISCB-REQ-NO-COPY", job=job.id)
        folder, store = request.params.folder, self._bridge.store

        def over(found: object) -> None:
            store.release(snapshot)
            self._answer(request, found)

        store.hold(snapshot)  # its time may run out while it waits for a slow drive, or is written to one
        self._bridge.work(
            f"recover {volume_key(folder)}", lambda stop: _recover(job, snapshot, store, folder, stop), over
        )

    def _answer(self, request: Request, found: object) -> None:
        if isinstance(found, Recovered):
            result = JobRecoverResult(path=found.folder, main=found.main, files=found.files)
            self._bridge.server.answer(request.token, result)
        else:
            error = found if isinstance(found, ErrorInfo) else ErrorInfo("ISCB-BRIDGE-INTERNAL")
            self._bridge.server.answer_error(request.token, error)


def _recover(
    job: Job, snapshot: Snapshot, store: SnapshotStore, folder: str, stop: threading.Event
) -> Recovered | ErrorInfo:
    # The time that the person knows the save by; no colons, which Windows allows in no name.
    label = datetime.fromtimestamp(job.created).astimezone().strftime("%Y-%m-%d %H-%M-%S")
    try:
        return recover(snapshot, store, folder, label, stop)
    except BridgeError as error:
        return error.info
    except Stopped:
        return ErrorInfo("ISCB-BRIDGE-CLOSING")
