"""The system's clock was set back: what is waited for comes as soon as it would have come.

Waits are kept as times at which they end. Without this a pause of a second, begun while the clock was eight hours
fast, would last for eight hours. Times that are told (of a job, a pause's beginning) stay as they were noted.
"""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core.inputs import ClockSetBack
from iscbridge.core.state import State


def on_set_back(state: State, event: ClockSetBack) -> None:
    """Move every wait, and every time that a wait is counted from."""
    by = event.by
    for session, lane in list(state.lanes.items()):
        moved = replace(
            lane,
            ready_at=lane.ready_at - by,
            usable_at=lane.usable_at - by,
            heard_at=lane.heard_at - by,
            ends=tuple(at - by for at in lane.ends),
        )
        state.lanes.put(session, moved)
    for live in list(state.lives.values()):
        state.lives.put(
            live.job.id, replace(live, not_before=live.not_before - by, first_called=live.first_called - by)
        )
    until = state.desk.paused_until
    state.desk = replace(
        state.desk, owed_at=state.desk.owed_at - by, paused_until=None if until is None else until - by
    )
