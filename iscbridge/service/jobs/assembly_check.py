"""`assembly.check`: what a save of an assembly would find now. Reads many files, so it happens on a worker."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from iscbridge.core.changes import Baseline
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.hosts.closure import Stopped
from iscbridge.ipc.job_wire import MAX_LISTED, AssemblyCheckResult, PartObject
from iscbridge.ipc.wire import error_to_wire
from iscbridge.journal.capture import CaptureRequest, volume_key
from iscbridge.journal.check import Checked, Part, check
from iscbridge.service.deadlines import StopAfter
from iscbridge.service.jobs import files

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge
    from iscbridge.texts.render import Language

#: A person looks on. What takes longer than this is a share that does not answer.
_DEADLINE_S = 30.0


class AssemblyCheck:
    """Answers `assembly.check` requests."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def ask(self, request: Request) -> None:
        """Look at the files off this thread, then answer."""
        bridge, path = self._bridge, request.params.path
        error = ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": printable(path)})
        bridge.deadlines.set(request.token, _DEADLINE_S, error)
        opened_folders = bridge.engine.opened_folders()
        # Who asks again and again does not make a slow disk read for everybody who has gone.
        until = time.monotonic() + _DEADLINE_S
        bridge.work(
            f"check {volume_key(path)}",
            lambda stop: self._check(request, opened_folders, StopAfter(stop, until)),
            lambda found: self._answer(request, found),
        )

    def _check(self, request: Request, opened_folders: tuple[str, ...], stop: threading.Event) -> Checked | ErrorInfo:
        """On a worker's thread."""
        params, bridge = request.params, self._bridge
        if stop.is_set():
            return ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": printable(params.path)})
        listed = None if params.files is None else tuple(params.files)
        if params.manifest is not None:
            found = files.manifest(params.manifest)
            if isinstance(found, ErrorInfo):
                return found
            listed = found
        asked = CaptureRequest(
            path=params.path, assembly=True, files=listed, opened_folders=opened_folders, described=bridge.described
        )
        cloud = bridge.config.engine.cloud

        def before(identity: str) -> Baseline:
            return bridge.journal.baseline(identity, cloud)

        try:
            return check(asked, bridge.config.home.staging, before, stop)
        except BridgeError as error:
            return error.info
        except Stopped:
            return ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": printable(params.path)})

    def _answer(self, request: Request, found: object) -> None:
        if not self._bridge.deadlines.met(request.token):
            return
        if isinstance(found, Checked):
            try:
                found = self._with_rule(request.params.path, found)
            except BridgeError as fault:
                self._bridge.server.answer_error(request.token, fault.info)
                return
            self._bridge.server.answer(request.token, to_wire(request.params.path, found, request.client.language))
        else:
            error = found if isinstance(found, ErrorInfo) else ErrorInfo("ISCB-BRIDGE-INTERNAL")
            self._bridge.server.answer_error(request.token, error)

    def _with_rule(self, path: str, found: Checked) -> Checked:
        """What the engine would hold against it once it is captured."""
        opened = self._bridge.journal.opened(found.identity)
        if found.error is not None or opened is None or not opened.read_only:
            return found
        return replace(found, error=ErrorInfo("ISCB-CLOUD-OPENED-READ-ONLY", {"path": printable(path)}))


def to_wire(path: str, found: Checked, language: Language) -> AssemblyCheckResult:
    """The answer: what blocks comes first if there are too many files."""
    parts = list(found.parts)
    if len(parts) > MAX_LISTED:
        parts.sort(key=lambda part: not part.blocks)
    return AssemblyCheckResult(
        path=path,
        main=found.main,
        ready=found.error is None,
        files=[_part(part, language) for part in parts[:MAX_LISTED]],
        more=max(0, len(parts) - MAX_LISTED),
        error=None if found.error is None else error_to_wire(found.error, language),
    )


def _part(part: Part, language: Language) -> PartObject:
    return PartObject(
        path=printable(part.path, limit=32_767),
        name=printable(part.name, limit=4096),
        state=part.state,
        blocks=part.blocks,
        size=part.size,
        error=None if part.error is None else error_to_wire(part.error, language),
    )
