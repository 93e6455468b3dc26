"""The pause: nothing new is handed over to ISCDesk until it ends. Capture goes on, and so does what is handed over.

What a person asks for in front of a dialog (Open, Save-as) goes out all the same: whoever asks for that during a pause
wants it now. A pause belongs to one run of the bridge; a restart ends it. Before a forced upgrade nothing at all goes
out any more.
"""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core.effects import Announce, AnswerOk, ClearTimer, SetTimer
from iscbridge.core.inputs import PauseRequested, ResumeRequested
from iscbridge.core.jobs import JobKind, WaitReason
from iscbridge.core.state import Live, Phase, State

#: Topic of the announcement that something of the bridge's status is another than before.
CHANGED = "bridge.changed"
_TIMER = "pause"
_ASKED_IN_PERSON = (JobKind.OPEN, JobKind.SAVE_AS)
_AT_REST = (Phase.READY, Phase.HELD)


def holds(state: State, live: Live) -> bool:
    """Whether the job's first hand-over has to wait for the end of the pause.

    One whose content was handed over already goes on: its second hand-over only makes the first one certain.
    """
    if state.desk.draining:
        return not live.calls
    return state.desk.paused and live.job.kind not in _ASKED_IN_PERSON and not live.calls


def reason(state: State) -> WaitReason:
    """Why a job that is held waits."""
    return WaitReason.CLOSING if state.desk.draining else WaitReason.PAUSED


def on_drain(state: State) -> None:
    """Hand nothing new over any more, dialogs included: the bridge will close."""
    state.desk = replace(state.desk, draining=True)


def idle(state: State) -> bool:
    """Whether nothing is on its way to ISCDesk and no bytes are being made safe.

    A job whose result came is on its way until its files were looked at, also when its session has ended meanwhile.
    """
    return all(live.phase in _AT_REST for live in state.lives.values())


def on_pause(state: State, event: PauseRequested) -> None:
    """Begin a pause, or move the end of the one that is on."""
    state.desk = replace(state.desk, paused=True, paused_until=event.until)
    state.emit(Announce(CHANGED))
    state.emit(ClearTimer(_TIMER) if event.until is None else SetTimer(_TIMER, event.until))
    state.emit(AnswerOk(event.token))


def on_resume(state: State, event: ResumeRequested) -> None:
    """End the pause; without one this does nothing."""
    _end(state)
    state.emit(AnswerOk(event.token))


def on_timer(state: State, now: float) -> None:
    """End the pause if its time is over. A timer that came early (the clock was set) is set again."""
    until = state.desk.paused_until
    if until is None:
        return
    if until <= now:
        _end(state)
    else:
        state.emit(SetTimer(_TIMER, until))


def _end(state: State) -> None:
    if state.desk.paused:
        if state.desk.paused_until is not None:
            state.emit(ClearTimer(_TIMER))
        state.desk = replace(state.desk, paused=False, paused_until=None)
        state.emit(Announce(CHANGED))
