"""Licences delivered by ISCDesk: wires `core.licensing.delivery` to hosts, the SDK, the verifier and the licences."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from iscbridge.core import inputs as job_inputs
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import delivery_words as w
from iscbridge.core.licensing.delivery import Deliveries
from iscbridge.core.licensing.model import LicensePolicy, Machine
from iscbridge.ipc import messages as m
from iscbridge.service.clock import wall_clock
from iscbridge.texts.render import render

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge
    from iscbridge.service.licensing.clock import LicenseClock

log = logging.getLogger(__name__)

#: Tokens of calls that no host waits for: the server's own are positive, -1 is the bridge's own shutdown.
_FIRST_TOKEN = -2


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is passed to the verifier's thread."""

    effect: w.Verify
    key: str
    now: float


class DeliveryService:
    """Lives on the engine owner's thread. Create before the first request; nothing is kept over a restart."""

    def __init__(self, bridge: Bridge, policies: Mapping[str, LicensePolicy], clock: LicenseClock) -> None:
        self._bridge = bridge
        self._policies = policies
        self._clock = clock
        self._machine = Deliveries()
        self._effects: deque[w.Effect] = deque()
        self._busy = False

    # what hosts ask
    def request(self, request: Request) -> None:
        """`license.request`."""
        params: m.LicenseRequestParams = request.params

        def go(device: str) -> None:
            self._feed(
                w.RequestLicense(
                    wall_clock(),
                    params.product,
                    request.token,
                    w.Form(params.form.value),
                    params.file_name,
                    device,
                    self._built_in(params.product),
                    _asker(request),
                )
            )

        self._with_device(request, params.device_info, go)

    def trial_expired(self, request: Request) -> None:
        """`license.trialExpired`; the form was checked before."""
        params: m.LicenseRequestParams = request.params

        def go(device: str) -> None:
            built_in = self._built_in(params.product)
            now, token = wall_clock(), request.token
            self._feed(w.TrialExpired(now, params.product, token, params.file_name, device, built_in, _asker(request)))

        self._with_device(request, params.device_info, go)

    def verified(self, request: Request) -> None:
        """`license.verified`."""
        params: m.LicenseVerifiedParams = request.params
        self._deadline(request.token)
        expires = None if params.expires is None else datetime.fromisoformat(params.expires).timestamp()
        now, token = wall_clock(), request.token
        self._feed(w.HostVerified(now, params.product, token, params.ok, params.message, expires, _asker(request)))

    def _built_in(self, product: str) -> bool:
        policy = self._policies.get(product)
        return policy is not None and bool(policy.verify_key)

    def _deadline(self, token: int) -> None:
        seconds = self._bridge.config.call_s
        self._bridge.deadlines.set(token, seconds, ErrorInfo("ISCB-SDK-NO-ANSWER", {"seconds": f"{seconds:g}"}))

    def _with_device(self, request: Request, given: str | None, go: Callable[[str], None]) -> None:
        """The host's own device information, or this machine's fingerprint, which is taken off this thread."""
        self._deadline(request.token)
        if given is not None:
            go(given)
            return

        def then(value: object) -> None:
            if isinstance(value, str):
                go(value)
            elif self._bridge.deadlines.met(request.token):
                error = value if isinstance(value, ErrorInfo) else ErrorInfo("ISCB-BRIDGE-INTERNAL")
                self._bridge.server.answer_error(request.token, error)

        self._bridge.work("fingerprint", lambda _stop: _fingerprint(), then)

    # what the bridge tells
    def on_event(self, params: Mapping[str, str]) -> None:
        """Announcement `license.received` of the engine: EVENT_LICENSE_VERIFY."""
        self._feed(w.DeskEvent(wall_clock(), {key: value for key, value in params.items() if key != "operate"}))

    def on_call_done(self, token: int, error: ErrorInfo | None) -> bool:
        """An answer of the engine. False: the token is a host's."""
        if token > _FIRST_TOKEN:
            return False
        self._feed(w.CallDone(wall_clock(), _FIRST_TOKEN - token, error))
        return True

    def on_session_lost(self) -> None:
        """The transfer session ended or was refused; every event that it raised was handled before."""
        self._feed(w.SessionLost(wall_clock()))

    def on_timer(self, key: str) -> None:
        """A timer `delivery:...`."""
        self._feed(w.TimerFired(wall_clock(), key))

    # effects
    def _feed(self, event: w.Input) -> None:
        self._effects.extend(self._machine.handle(event))
        if self._busy:
            return
        self._busy = True
        try:
            while self._effects:
                self._do(self._effects.popleft())
        finally:
            self._busy = False

    def _do(self, effect: w.Effect) -> None:
        match effect:
            case w.CallDesk():
                self._call(effect.call, effect.function, *effect.args)
            case w.ReportToDesk():
                self._call(effect.call, "LicenseVerifyNotify", "true" if effect.ok else "false", _said(effect))
            case w.Verify():
                self._verify(effect)
            case w.TellHosts():
                self._bridge.server.license_received(effect)
            case w.Deliver():
                self._bridge.licenses.delivered(effect.product, effect.valid, effect.expires, effect.error)
            case w.Warn():
                log.warning("%s %s", effect.error.code, effect.error.params.get("product", ""))
            case w.AnswerOk():
                if self._bridge.deadlines.met(effect.token):
                    self._bridge.server.answer_ok(effect.token)
            case w.AnswerError():
                if self._bridge.deadlines.met(effect.token):
                    self._bridge.server.answer_error(effect.token, effect.error)
            case w.SetTimer():
                self._bridge.timers.set(effect.key, effect.at)
            case w.ClearTimer():
                self._bridge.timers.clear(effect.key)

    def _call(self, call: int, function: str, *args: str) -> None:
        self._bridge.runner.feed_soon(job_inputs.CallRequested(wall_clock(), _FIRST_TOKEN - call, function, args))

    def _verify(self, effect: w.Verify) -> None:
        policy = self._policies.get(effect.product)
        asked = _Asked(effect, "" if policy is None else policy.verify_key, self._clock.now())

        def then(value: object) -> None:
            if isinstance(value, w.VerifyDone):
                self._feed(value)

        # A lane for each number: a file on a dead share must not hold up the next one. Turns are rare.
        self._bridge.work(
            f"license file {effect.number}" if effect.path else "license text", partial(_verified, asked), then
        )


def _verified(asked: _Asked, _stop: object) -> w.VerifyDone:
    """On a worker thread."""
    from iscbridge.licensefile.verifier import read, verify

    effect = asked.effect
    try:
        licence = read(effect.path) if effect.path else effect.content
        found = verify(licence, asked.key, effect.product, _same_machine, asked.now)
    except BridgeError as error:
        return w.VerifyDone(wall_clock(), effect.number, error=error.info)
    return w.VerifyDone(wall_clock(), effect.number, found.expires)


def _same_machine(text: str) -> Machine:
    """A fingerprint in the documented form against this machine, component by component."""
    from iscbridge.device.compare import compare, seal
    from iscbridge.device.fingerprint import Component, Fingerprint, Value, take

    parts = zip(Component, text.upper().split("|"), strict=False)
    values = tuple(
        Value(component, value, "licence") for component, part in parts for value in part.split(",") if value
    )
    return compare(seal(Fingerprint(values), ""), take(), "")


def _fingerprint() -> str | ErrorInfo:
    from iscbridge.device.fingerprint import take

    try:
        return take().text
    except BridgeError as error:
        return error.info


def _asker(request: Request) -> w.Asker:
    return w.Asker(request.client.instance, request.client.product)


def _said(effect: w.ReportToDesk) -> str:
    if effect.message or effect.error is None:
        return effect.message
    return f"{effect.error.code}: {render(effect.error, 'en').title}"
