"""Upgrades that ISCDesk announces: wires `core.upgrades` to hosts, the tray, the SDK and the bridge's end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from iscbridge.core import inputs as i
from iscbridge.core import upgrades as u
from iscbridge.core.event_params import flag_of
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages as m
from iscbridge.ipc.wire import UpgradeObject, time_to_wire
from iscbridge.service.clock import wall_clock
from iscbridge.texts.render import Language, text

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

#: Hosts get so long to save before the bridge closes for a forced upgrade, and so long at most may what is on its way take.
UPGRADE_GRACE_S = 10.0
UPGRADE_WAIT_S = 900.0
#: Token of the one call that nobody waits for by name; far from those of `deliveries`, which count down from -2.
_TOKEN = -(2**60)
_TIMER = "upgrade:look"
REASON = "upgrade"


class UpgradeService:
    """Lives on the engine owner's thread."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._machine = u.Upgrades(bridge.config.upgrade_grace_s, bridge.config.upgrade_wait_s)

    @property
    def wire(self) -> UpgradeObject | None:
        """Where an upgrade stands, for `bridge.status`."""
        standing = self._machine.standing
        if standing is None:
            return None
        return UpgradeObject(standing.forced, time_to_wire(standing.since), standing.answer)

    def on_event(self, params: Mapping[str, str]) -> None:
        """Announcement `upgrade.announced` of the engine: EVENT_UPGRADENOTICE or EVENT_UPDATE."""
        forced = flag_of(params, "fromForceWin")
        if forced is None and params.get("operate") == "Update":
            forced = False  # chosen by somebody, and not said to be forced
        self._feed(u.Announced(wall_clock(), flag_of(params, "available"), forced))

    def answer(self, request: Request) -> None:
        """`upgrade.answer`."""
        seconds = self._bridge.config.call_s
        error = ErrorInfo("ISCB-SDK-NO-ANSWER", {"seconds": f"{seconds:g}"})
        self._bridge.deadlines.set(request.token, seconds, error)
        self._feed(u.Answered(wall_clock(), request.token, request.params.upgrade))

    def on_call_done(self, token: int, error: ErrorInfo | None) -> bool:
        """An answer of the engine. False: it is not to UpgradeNotify."""
        if token != _TOKEN:
            return False
        self._feed(u.Told(wall_clock(), error))
        return True

    def look(self) -> None:
        """See whether a forced upgrade can go on: a job changed, or it is time."""
        standing = self._machine.standing
        if standing is not None and standing.forced:
            self._feed(u.Look(wall_clock(), self._bridge.engine.idle))

    def _feed(self, event: u.Input) -> None:
        for effect in self._machine.handle(event):
            self._carry_out(effect)

    def _carry_out(self, effect: u.Effect) -> None:
        bridge = self._bridge
        match effect:
            case u.Announce():
                bridge.server.upgrade_announced(lambda language: announced_to_wire(effect, language))
                bridge.changes.soon()
            case u.TellDesk():
                word = "true" if effect.upgrade else "false"
                bridge.runner.feed_soon(i.CallRequested(wall_clock(), _TOKEN, "UpgradeNotify", (word,)))
            case u.Reply():
                if bridge.deadlines.met(effect.token):
                    bridge.server.answer(effect.token, m.UpgradeAnswerResult(effect.upgrade))
            case u.ReplyError():
                if bridge.deadlines.met(effect.token):
                    bridge.server.answer_error(effect.token, effect.error)
            case u.Drain():
                log.warning("ISCDesk forces an upgrade: nothing new is handed over")
                bridge.runner.feed_soon(i.DrainRequested(wall_clock()))
            case u.LookAgain():
                bridge.timers.set(_TIMER, effect.at)
            case u.Close():
                bridge.timers.clear(_TIMER)
                bridge.close_soon(REASON)


def announced_to_wire(told: u.Announce, language: Language) -> m.UpgradeAnnouncedParams:
    """The parameters of `upgrade.announced`, with what to tell the person."""
    said = None
    if told.answer is not None:
        said = text("upgrade.answered.yes" if told.answer else "upgrade.answered.later", language)
    elif told.forced is not None:
        name = "notice.upgrade.forced" if told.forced else "notice.upgrade.ask"
        said = f"{text(f'{name}.title', language)} {text(f'{name}.text', language)}"
    return m.UpgradeAnnouncedParams(told.available, told.forced, told.answer, said)
