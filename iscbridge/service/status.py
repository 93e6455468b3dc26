"""`bridge.status`: how the bridge is, in the words of the protocol."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from iscbridge.core.inputs import Session
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.limits import PROTOCOL
from iscbridge.ipc.messages import StatusResult
from iscbridge.ipc.server import TRAY_TOPIC
from iscbridge.ipc.server_client import host_to_wire
from iscbridge.ipc.wire import SessionObject, error_to_wire, time_to_wire
from iscbridge.version import VERSION

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge
    from iscbridge.texts.render import Language


def bridge_status(bridge: Bridge, language: Language) -> StatusResult:
    """The answer. Raises JournalError if the journal can't be read."""
    states = bridge.engine.sessions()
    paused, paused_until = bridge.engine.pause
    sessions = [
        SessionObject(
            session=session,
            state=states[session.value],
            error=None if (info := bridge.sessions.errors.get(session)) is None else error_to_wire(info, language),
        )
        for session in Session
    ]
    counts = Counter(job.state.value for job in bridge.engine.jobs())
    counts["unknown"] = bridge.journal.count_unknown()
    return StatusResult(
        version=VERSION,
        protocol=PROTOCOL,
        cloud=bridge.config.engine.cloud,
        pid=os.getpid(),
        socket=bridge.config.home.bridge_address(),
        home=str(bridge.config.home.root),
        started=time_to_wire(bridge.started),
        closing=bridge.closing,
        clients=bridge.server.client_count,
        jobs=dict(counts),
        sessions=sessions,
        warnings=[error_to_wire(info, language) for info in _warnings(bridge)],
        paused=paused,
        hosts=[host_to_wire(client) for client in bridge.server.clients()],
        tray=bridge.server.follows(TRAY_TOPIC),
        paused_until=None if paused_until is None else time_to_wire(paused_until),
        upgrade=bridge.upgrades.wire,
    )


def _warnings(bridge: Bridge) -> list[ErrorInfo]:
    found = []
    if bridge.runner.journal_error is not None:
        found.append(bridge.runner.journal_error)
    if bridge.damaged is not None:
        found.append(ErrorInfo("ISCB-JOURNAL-DAMAGED", {"path": str(bridge.damaged)}))
    if bridge.engine.gave_up:
        found.append(ErrorInfo("ISCB-SDK-GAVE-UP"))
    return found + bridge.licenses.warnings()
