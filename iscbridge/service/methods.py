"""What each request of the local protocol means: an input for the engine, or a look into the journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from iscbridge.core import inputs as i
from iscbridge.core.errors import BridgeError, BridgeRunError, ProtocolError, RequestError
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, LicenseLimit, Origin
from iscbridge.ipc import messages as m
from iscbridge.ipc.server import TRAY_TOPIC
from iscbridge.ipc.wire import JobObject, job_to_wire
from iscbridge.service.clock import wall_clock
from iscbridge.service.jobs.histories import history
from iscbridge.service.jobs.job_ids import new_job_id
from iscbridge.service.network_test import NetworkTest
from iscbridge.service.status import bridge_status
from iscbridge.service.workfiles.methods import WorkfileMethods

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)


class Methods:
    """Turns requests into inputs. Answers come back by the request's token."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._table: dict[str, Callable[[Request], None]] = {
            "bridge.status": self._status,
            "bridge.reconnect": lambda r: bridge.runner.put(i.ReconnectRequested(wall_clock(), r.token)),
            "bridge.pause": self._pause,
            "bridge.resume": lambda r: bridge.runner.put(i.ResumeRequested(wall_clock(), r.token)),
            "bridge.shutdown": self._shutdown,
            "cloud.save": lambda r: self._save(r, JobKind.SAVE),
            "cloud.saveAs": lambda r: self._save(r, JobKind.SAVE_AS),
            "cloud.open": self._open,
            "cloud.solve": self._solve,
            "job.get": self._get,
            "job.list": lambda r: bridge.workfiles.bites.add(self._list(r)),
            "job.history": self._history,
            "job.recover": lambda r: bridge.recover.ask(r, self._job(r.params.job)),
            "job.cancel": self._cancel,
            "job.retry": self._retry,
            "job.resolve": self._resolve,
            "file.status": self._file_status,
            "assembly.check": bridge.assembly_check.ask,
            "settings.reload": bridge.reload.ask,
            "tray.show": self._show,
            **WorkfileMethods(bridge).table,
            "license.status": bridge.licenses.status,
            "license.check": bridge.licenses.check,
            "license.activate": bridge.licenses.activate,
            "license.refresh": bridge.licenses.refresh,
            "license.deactivateLocal": bridge.licenses.deactivate,
            "license.release": bridge.licenses.release,
            "license.transfer": bridge.licenses.transfer,
            "license.signin": bridge.licenses.signin,
            "license.signout": bridge.licenses.signout,
            "license.request": bridge.deliveries.request,
            "license.verified": bridge.deliveries.verified,
            "license.trialExpired": self._trial_expired,
            "upgrade.check": lambda r: self._call(r, "CheckNewVersions"),
            "network.test": NetworkTest(bridge).ask,
            "upgrade.answer": bridge.upgrades.answer,
        }

    def handle(self, request: Request) -> None:
        """Act on one request; every request gets exactly one answer, now or later."""
        try:
            serve = self._table.get(request.method)
            if serve is None:  # declared by the protocol, and not served by this bridge
                raise ProtocolError("ISCB-PROTO-UNKNOWN-METHOD", method=request.method)
            serve(request)
        except BridgeError as error:
            self._bridge.server.answer_error(request.token, error.info)
        except Exception:
            log.exception("request %s failed in an unforeseen way", request.method)
            self._bridge.server.answer_error(request.token, ErrorInfo("ISCB-BRIDGE-INTERNAL"))

    # jobs
    def _request_job(self, request: Request, kind: JobKind, **more: Any) -> None:
        params = request.params
        client = request.client
        origin = Origin(
            instance=client.instance,
            host=client.host,
            product=getattr(params, "product", None) or client.product,
            request_id=params.request_id,
        )
        limit = self._limit(origin.product)
        job_id = new_job_id()
        event = i.JobRequested(wall_clock(), request.token, job_id, kind, origin=origin, limit=limit, **more)
        self._bridge.runner.put(event)

    def _save(self, request: Request, kind: JobKind) -> None:
        params: m.SaveParams = request.params
        if params.manifest is not None:
            self._bridge.read_manifest(request, kind, params)
            return
        files = None if params.files is None else tuple(params.files)
        self.save_with_files(request, kind, files)

    def save_with_files(self, request: Request, kind: JobKind, files: tuple[str, ...] | None) -> None:
        """Ask for a save whose list of files is known."""
        params: m.SaveParams = request.params
        self._request_job(request, kind, path=params.path, assembly=params.assembly, files=files, force=params.force)

    def _open(self, request: Request) -> None:
        self._request_job(request, JobKind.OPEN)

    def _solve(self, request: Request) -> None:
        self._request_job(request, JobKind.SOLVE, path=request.params.path)

    def _job(self, job_id: str) -> Job:
        job = self._bridge.engine.job(job_id) or self._bridge.journal.job(job_id)
        if job is None:
            raise RequestError("ISCB-REQ-NO-SUCH-JOB", job=job_id)
        return job

    def _get(self, request: Request) -> None:
        job = self._job(request.params.job)
        self._bridge.server.answer_job(request.token, job)

    def _history(self, request: Request) -> None:
        job = self._job(request.params.job)
        self._bridge.server.answer(request.token, history(self._bridge.journal, job, request.client.language))

    def _list(self, request: Request) -> Iterator[None]:
        """In bites: a page of large assemblies is a second's work, and a host's save must not wait for it."""
        params: m.JobListParams = request.params
        journal, engine = self._bridge.journal, self._bridge.engine
        states = None if params.states is None else tuple(params.states)
        jobs: list[JobObject] = []
        try:
            ids = journal.job_ids(limit=params.limit + 1, before=params.before, states=states, text=params.text)
            for job_id in ids[: params.limit]:
                job = engine.job(job_id) or journal.job(job_id)
                if job is not None:
                    jobs.append(job_to_wire(job, request.client.language))
                yield
        except BridgeError as error:
            self._bridge.server.answer_error(request.token, error.info)
            return
        following = ids[params.limit - 1] if len(ids) > params.limit else None
        self._bridge.server.answer(request.token, m.JobListResult(jobs=jobs, next=following))

    def _put_back(self, job_id: str) -> Job | None:
        """Let the engine see a final job again that it no longer holds; gives the job, if there is one."""
        live = self._bridge.engine.job(job_id)
        if live is not None:
            return live
        job = self._bridge.journal.job(job_id)
        if job is not None:
            self._bridge.runner.put(i.JobRevived(wall_clock(), job))
        return job

    def _cancel(self, request: Request) -> None:
        self._put_back(request.params.job)
        self._bridge.runner.put(i.CancelRequested(wall_clock(), request.token, request.params.job))

    def _retry(self, request: Request) -> None:
        job_id = request.params.job
        job = self._put_back(job_id)
        limit = None if job is None else self._limit(job.origin.product)
        self._bridge.runner.put(i.RetryRequested(wall_clock(), request.token, job_id, limit))

    def _limit(self, product: str) -> LicenseLimit | None:
        """What the licence says to cloud work that is asked for now, which is a use of the product."""
        self._bridge.licenses.used(product)
        return self._bridge.licenses.limit(product)

    def _resolve(self, request: Request) -> None:
        params: m.ResolveParams = request.params
        self._put_back(params.job)
        self._bridge.runner.put(i.ResolveRequested(wall_clock(), request.token, params.job, params.answer))

    def _file_status(self, request: Request) -> None:
        self._bridge.file_status(request)

    # licence and upgrade: passed through to the SDK
    def _call(self, request: Request, function: str, *args: str) -> None:
        seconds = self._bridge.config.call_s
        error = ErrorInfo("ISCB-SDK-NO-ANSWER", {"seconds": f"{seconds:g}"})
        self._bridge.deadlines.set(request.token, seconds, error)
        self._bridge.runner.put(i.CallRequested(wall_clock(), request.token, function, args))

    def _trial_expired(self, request: Request) -> None:
        params: m.LicenseRequestParams = request.params
        if params.form is not m.LicenseForm.FILE:
            # The guide prints one enumerator only: LICENSE_TYPE_FILE.
            raise RequestError("ISCB-REQ-PARAMS", method=request.method, detail="`form` must be `file`")
        self._bridge.deliveries.trial_expired(request)

    # the bridge
    def _status(self, request: Request) -> None:
        self._bridge.server.answer(request.token, bridge_status(self._bridge, request.client.language))

    def _pause(self, request: Request) -> None:
        now, minutes = wall_clock(), request.params.minutes
        until = None if minutes is None else now + 60.0 * minutes
        self._bridge.runner.put(i.PauseRequested(now, request.token, until))

    def _show(self, request: Request) -> None:
        params: m.TrayShowParams = request.params
        server = self._bridge.server
        if not server.follows(TRAY_TOPIC):
            raise BridgeRunError("ISCB-BRIDGE-NO-TRAY")
        server.notify(TRAY_TOPIC, m.TrayWantedParams(params.window, params.job))
        server.answer_ok(request.token)

    def _shutdown(self, request: Request) -> None:
        self._bridge.begin_shutdown(request.token, "asked")
