"""The protocol's real server with a dozen lines of brain behind it, as a process of its own.

`python fake_bridge.py ADDRESS [LIMITS-AS-JSON]`; prints `listening` when it does. What it does goes by the path:
`later` is answered after a moment, `behind` after the next request of the same client, `never` not at all, `burst-N`
is followed by N notifications.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState, Origin
from iscbridge.ipc import messages as m
from iscbridge.ipc.limits import Limits
from iscbridge.ipc.server import BridgeIdentity, BridgeServer, Request
from iscbridge.ipc.wire import time_to_wire

KINDS = {
    "cloud.save": JobKind.SAVE,
    "cloud.saveAs": JobKind.SAVE_AS,
    "cloud.open": JobKind.OPEN,
    "cloud.solve": JobKind.SOLVE,
}


class Brain(QObject):
    """Every job is done at once."""

    def __init__(self, server: BridgeServer) -> None:
        super().__init__()
        self.server = server
        self.jobs: dict[str, Job] = {}
        self.asked: dict[tuple[str, str], str] = {}
        self.late: list[Request] = []
        self.behind: dict[str, Request] = {}
        server.request.connect(self.on_request)

    @Slot(object)
    def on_request(self, request: Request) -> None:
        overtaken = self.behind.pop(request.client.instance, None)
        self.answer(request)
        if overtaken is not None:
            self.server.answer_error(overtaken.token, ErrorInfo("ISCB-CLOUD-FAILED"))

    def answer(self, request: Request) -> None:
        if request.method in KINDS:
            self.new_job(request)
        elif request.method == "job.get":
            job = self.jobs.get(request.params.job)
            if job is None:
                self.server.answer_error(request.token, ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": request.params.job}))
            else:
                self.server.answer_job(request.token, job)
        elif request.method == "bridge.status":
            self.server.answer(request.token, self.status())
        elif request.method == "bridge.shutdown":
            self.server.answer_ok(request.token)
            self.server.close("asked")
            QTimer.singleShot(0, QCoreApplication.quit)
        else:
            self.server.answer_ok(request.token)

    def new_job(self, request: Request) -> None:
        path = getattr(request.params, "path", "")
        if "never" in path:
            return
        if "behind" in path:
            self.behind[request.client.instance] = request
            return
        if "later" in path:
            self.late.append(request)
            QTimer.singleShot(100, self.answer_late)
            return
        client = request.client
        key = (client.instance, request.params.request_id)
        if request.params.request_id is not None and key in self.asked:
            self.server.answer_job(request.token, self.jobs[self.asked[key]])
            return
        job = Job(
            id=f"j{len(self.jobs) + 1}",
            kind=KINDS[request.method],
            state=JobState.ACCEPTED,
            path=path,
            created=1_000.0,
            updated=1_000.25,
            cloud="sandbox",
            origin=Origin(client.instance, client.host, client.product, request.params.request_id),
        )
        self.jobs[job.id] = job
        if request.params.request_id is not None:
            self.asked[key] = job.id
        self.server.answer_job(request.token, job)
        self.go_on(job)

    def go_on(self, job: Job) -> None:
        count = int(job.path.rpartition("-")[2]) if "burst" in job.path else 0
        for number in range(count):
            self.server.job_changed(replace(job, attempts=number))
        failed = ErrorInfo("ISCB-FILE-MISSING", {"path": job.path}) if "missing" in job.path else None
        state = JobState.DONE if failed is None else JobState.FAILED
        self.jobs[job.id] = done = replace(job, state=state, error=failed)
        self.server.job_changed(done)
        if job.kind is JobKind.OPEN:
            opened = {"job": job.id, "path": "/cloud/a.txt", "openType": "OpenOnly", "workState": "CHECKIN"}
            self.server.announce("file.opened", {**opened, "assembly": "false"}, job.origin)

    @Slot()
    def answer_late(self) -> None:
        request = self.late.pop(0)
        self.server.answer_error(request.token, ErrorInfo("ISCB-CLOUD-FAILED"))

    def status(self) -> m.StatusResult:
        return m.StatusResult(
            version="0",
            protocol=1,
            cloud="sandbox",
            pid=os.getpid(),
            socket=self.server.address,
            home="/nowhere",
            started=time_to_wire(1_000.0),
            closing=False,
            clients=self.server.client_count,
            jobs={"unknown": 0},
            sessions=[],
            warnings=[],
            paused=False,
            hosts=[],
            tray=False,
        )


def main() -> int:
    app = QCoreApplication(sys.argv[:1])
    limits = Limits(**json.loads(sys.argv[2])) if len(sys.argv) > 2 else None
    server = BridgeServer(BridgeIdentity("0", "sandbox"), limits)
    brain = Brain(server)
    try:
        server.listen(sys.argv[1], lock_held=True)
    except BridgeError as error:
        print(error, flush=True)
        return 1
    print("listening", flush=True)
    app.exec()
    return 0 if brain.jobs is not None else 1


if __name__ == "__main__":
    sys.exit(main())
