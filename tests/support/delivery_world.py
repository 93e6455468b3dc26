"""A desk, hosts and a clock around `Deliveries`, for tests: every answer and notification is kept with its time.

The desk gives each licence the mark `product#n`, so that one which reaches another product is seen.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import delivery_words as w
from iscbridge.core.licensing.delivery import Deliveries, DeliveryTimes

Verdict = Callable[[w.Verify], "ErrorInfo | None"]


@dataclass
class Plan:
    """What the desk does with one request; times in seconds after the call. None: never."""

    returns: float | None = 0.0
    error: ErrorInfo | None = None
    event: float | None = 0.1
    doubled: float | None = None
    """So long after the event it comes again."""
    status: str = "success"
    lost: float | None = None
    """The session ends then."""
    report: float | None = 0.0
    """When LicenseVerifyNotify returns."""
    verify: float | None = 0.1
    """How long the verifier, or the host that was asked, takes."""
    good: bool = True


@dataclass
class World:
    plans: list[Plan] = field(default_factory=list)
    """One for each request in turn; then the ordinary one."""
    times: DeliveryTimes = field(default_factory=DeliveryTimes)
    now: float = 1000.0
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Instance -> product of its hello."""

    def __post_init__(self) -> None:
        self.machine = Deliveries(self.times)
        self.answers: dict[int, list[ErrorInfo | None]] = {}
        self.answered_at: dict[int, float] = {}
        self.told: list[tuple[float, w.TellHosts]] = []
        self.delivered: list[w.Deliver] = []
        self.warnings: list[str] = []
        self.calls: list[w.CallDesk] = []
        self.reports: list[w.ReportToDesk] = []
        self.at_desk: w.CallDesk | None = None
        self._called_at = 0.0
        self.plan = Plan()
        self.marks = 0
        self.tokens = 0
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._order = 0
        self._timers: dict[str, float] = {}
        self._product: dict[int, str] = {}

    # time
    def later(self, seconds: float, do: Callable[[], object]) -> None:
        self._order += 1
        heapq.heappush(self._heap, (self.now + seconds, self._order, do))

    def run(self, seconds: float = float("inf")) -> None:
        """Let time pass, at most until nothing is left to come."""
        end = self.now + seconds
        while self._heap and self._heap[0][0] <= end:
            self.now, _, do = heapq.heappop(self._heap)
            do()
        if end != float("inf"):
            self.now = end

    # inputs
    def feed(self, event: w.Input) -> list[w.Effect]:
        effects = self.machine.handle(event)
        for effect in effects:
            self._carry_out(effect)
        sizes = self.machine.stats()
        assert sizes["queued"] <= 16
        assert sizes["tokens"] <= 64 + 1
        assert sizes["askers"] <= 17 * 64
        return effects

    def token(self) -> int:
        self.tokens += 1
        self.answers[self.tokens] = []
        return self.tokens

    def request(self, product: str = "a", *, instance: str = "", built_in: bool = False, **more: str) -> int:
        token = self.token()
        form = w.Form(more.pop("form", "string"))
        asker = w.Asker(instance or f"host-{product}", product)
        self._product[token] = product
        self.feed(w.RequestLicense(self.now, product, token, form, built_in=built_in, asker=asker, **more))
        return token

    def trial(self, product: str = "a", *, built_in: bool = False) -> int:
        token = self.token()
        self.feed(
            w.TrialExpired(self.now, product, token, "t.lic", "dev", built_in, w.Asker(f"host-{product}", product))
        )
        return token

    def verified(self, product: str = "a", *, ok: bool = True, instance: str = "", hello: str | None = None) -> int:
        token = self.token()
        asker = w.Asker(instance or f"host-{product}", product if hello is None else hello)
        message = "" if ok else "not for this machine"
        self.feed(w.HostVerified(self.now, product, token, ok, message, 5e9 if ok else None, asker))
        return token

    def event(self, **params: str) -> list[w.Effect]:
        return self.feed(w.DeskEvent(self.now, params))

    def answer(self, token: int) -> str:
        """`ok`, an error's code, or nothing yet."""
        (found,) = self.answers[token] or [ErrorInfo("none")]
        return "ok" if found is None else found.code

    # effects
    def _carry_out(self, effect: w.Effect) -> None:
        match effect:
            case w.SetTimer():
                self._timers[effect.key] = effect.at
                self.later(effect.at - self.now, lambda: self._fire(effect))
            case w.ClearTimer():
                self._timers.pop(effect.key, None)
            case w.AnswerOk() | w.AnswerError():
                self.answers[effect.token].append(effect.error if isinstance(effect, w.AnswerError) else None)
                self.answered_at[effect.token] = self.now
            case w.CallDesk():
                self._on_call(effect)
            case w.ReportToDesk():
                self.reports.append(effect)
                assert self.at_desk is None, "a report while a request is at the desk"
                self._return(effect.call, self.plan.report, None)
            case w.Verify():
                self._check_mark(effect.product, effect.content)
                error = None if self.plan.good else ErrorInfo("ISCB-LIC-FILE-SIGNATURE")
                if self.plan.verify is not None:
                    self.later(
                        self.plan.verify,
                        lambda: self.feed(w.VerifyDone(self.now, effect.number, 5e9, error)),
                    )
            case w.TellHosts():
                self._on_told(effect)
            case w.Deliver():
                self.delivered.append(effect)
            case w.Warn():
                self.warnings.append(effect.error.code)

    def _fire(self, timer: w.SetTimer) -> None:
        if self._timers.get(timer.key) == timer.at:  # neither cleared nor moved
            del self._timers[timer.key]
            self.feed(w.TimerFired(self.now, timer.key))

    def _on_call(self, call: w.CallDesk) -> None:
        over = self.now >= self._called_at + self.times.event_s - 1e-6
        assert self.at_desk is None or over, "two requests at the desk at once"
        self._called_at = self.now
        self.calls.append(call)
        self.plan = plan = self.plans.pop(0) if self.plans else Plan()
        self.marks += 1
        product = next((arg.rpartition("@")[2] for arg in call.args if "@" in arg), "a")
        params = {"Status": plan.status, "LicenseContent": f"{product}#{self.marks}", "LicenseType": "string"}
        self.at_desk = call
        self.later(self.times.event_s - 1e-6, lambda: self._away(call))
        self._return(call.call, plan.returns, plan.error)
        if plan.lost is not None:
            self.later(plan.lost, lambda: self._lose(call))
        if plan.event is not None:
            self.later(plan.event, lambda: self._come(params))
            if plan.doubled is not None:
                self.later(plan.event + plan.doubled, lambda: self._come(params))

    def _return(self, call: int, after: float | None, error: ErrorInfo | None) -> None:
        def back() -> None:
            if error is not None and self.at_desk is not None and self.at_desk.call == call:
                self.at_desk = None
            self.feed(w.CallDone(self.now, call, error))

        if after is not None:
            self.later(after, back)

    def _away(self, call: w.CallDesk) -> None:
        if self.at_desk is call:
            self.at_desk = None

    def _lose(self, call: w.CallDesk) -> None:
        self._away(call)
        self.feed(w.SessionLost(self.now))

    def _come(self, params: Mapping[str, str]) -> None:
        self.at_desk = None  # nobody can tell whose it is: the one at the desk has its event by that
        self.feed(w.DeskEvent(self.now, params))

    def _on_told(self, told: w.TellHosts) -> None:
        self.told.append((self.now, told))
        if told.error is not None or told.verified:
            assert not told.content
            assert not told.path
            return
        self._check_mark(told.product, told.content)
        if self.plan.verify is not None:
            self.later(self.plan.verify, lambda: self.verified(told.product, ok=self.plan.good))

    def _check_mark(self, product: str, content: str) -> None:
        if "#" in content:
            assert content.partition("#")[0] == product, "a licence reached another product"
