"""Licences that ISCDesk delivers: whose an EVENT_LICENSE_VERIFY is, who verifies it, who is told.

The event names neither the request nor the product, and neither does LicenseVerifyNotify (pages
Sdk::GetLicenseFileRequest, Sdk::GetLicenseStringRequest, Sdk::LicenseVerifyNotify). So one product has its turn at the
desk at a time, from its request to the report of the verification; the others wait in a queue. The next event in a turn
belongs to it. After a turn that was closed without its event another product waits until a late one is no longer to be
expected; how late the real desk may be is not documented.

Pure as the engine: `Deliveries.handle(input) -> effects`, no clock, no thread, raises nothing in any order. It lives in
memory only: after a restart hosts ask again, as they do at each of their starts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.delivery_words import (
    AnswerError,
    AnswerOk,
    CallDesk,
    CallDone,
    ClearTimer,
    Deliver,
    DeskEvent,
    Effect,
    Form,
    HostVerified,
    Input,
    ReportToDesk,
    RequestLicense,
    SessionLost,
    SetTimer,
    TellHosts,
    TimerFired,
    TrialExpired,
    Verify,
    VerifyDone,
    Warn,
)

QUEUE_LIMIT = 16
"""Turns that may wait. One more is refused with ISCB-REQ-TOO-MANY."""
_ASKERS_LIMIT = 64
_OWED_LIMIT = 16
_DETAIL_LIMIT = 300

#: What these say is a verdict on the licence. Any other error says that it could not be verified, and changes nothing.
VERDICTS = frozenset(
    {
        "ISCB-LIC-FILE-SIGNATURE",
        "ISCB-LIC-FILE-FORMAT",
        "ISCB-LIC-FILE-PRODUCT",
        "ISCB-LIC-FILE-DEVICE",
        "ISCB-LIC-FILE-EXPIRED",
        "ISCB-LIC-FILE-NOT-YET",
    }
)


@dataclass(frozen=True, slots=True)
class DeliveryTimes:
    """All in seconds. None of them is documented for the real desk."""

    event_s: float = 120.0
    """From the request's call until the event is given up."""
    verify_s: float = 120.0
    """For the built-in verifier: the file may lie on a share that does not answer."""
    host_s: float = 600.0
    """For a host that was asked to verify: a person may have a dialog before them."""
    report_s: float = 30.0
    """For LicenseVerifyNotify to return."""
    owed_s: float = 60.0
    """After a turn without its event: so long another product waits for a late one to turn up."""
    refused_s: float = 10.0
    """As `owed_s`, after a call that was refused: whether an event may still follow is not documented."""
    settle_s: float = 1.0
    """After an event: its double falls into it."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked of the desk. Equal wishes share a turn."""

    product: str
    trial: bool
    form: Form
    file_name: str
    device_info: str = field(repr=False)
    built_in: bool

    @property
    def function(self) -> str:
        if self.trial:
            return "TrialExpirationAndGetLicense"
        return "GetLicenseFileRequest" if self.form is Form.FILE else "GetLicenseStringRequest"

    @property
    def args(self) -> tuple[str, ...]:
        if self.trial:  # LICENSE_TYPE_FILE is the only enumerator in print
            return ("LICENSE_TYPE_FILE", self.device_info, self.file_name)
        return (self.file_name, self.device_info) if self.form is Form.FILE else (self.device_info,)


class _Phase(Enum):
    QUEUED = auto()
    CALLED = auto()
    OPEN = auto()
    """A trial without an event so far: waits for one as long as nobody else wants the turn."""
    VERIFYING = auto()
    ASKED = auto()
    """The hosts of the product were asked to verify."""
    REPORTING = auto()


@dataclass(slots=True)
class _Turn:
    """One wish on its way. Mutable: the machine has one owner and nothing to roll back."""

    wish: _Wish
    phase: _Phase = _Phase.QUEUED
    number: int = 0
    """Of what is awaited now: the call, the verification. Never given twice."""
    called_at: float = 0.0
    tokens: list[int] = field(default_factory=list)
    """Requests without an answer."""
    taken: bool = False
    """The desk took the request's call."""
    told: bool = False
    """Somebody was answered that it is on its way, and has to hear what became of it."""
    instances: set[str] = field(default_factory=set)
    form: str = ""
    path: str = ""
    content: str = field(default="", repr=False)

    @property
    def timer(self) -> str:
        return f"delivery:{self.number}"


class Deliveries:
    """Gives each product its turn at the desk. Not thread-safe: it has one owner, and `handle` is not re-entrant."""

    def __init__(self, times: DeliveryTimes | None = None) -> None:
        self._times = times or DeliveryTimes()
        self._queue: deque[_Turn] = deque()
        self._turn: _Turn | None = None
        self._numbers = 0
        self._pause = ""
        """The timer that ends the wait for a late event or a double; empty if there is none."""
        self._owed = 0
        """Events that may still turn up for turns that were closed without theirs."""
        self._owed_until = 0.0
        """When the last of them is no longer to be expected. Until then another product than the last one waits."""
        self._last_product = ""
        self._last_heard = 0.0
        self._last_said = 0
        self._out: list[Effect] = []

    def handle(self, event: Input) -> list[Effect]:
        """Take one input; returns what the world has to do, in order."""
        self._out = []
        match event:
            case RequestLicense():
                file_name = event.file_name if event.form is Form.FILE else ""
                self._want(event, _Wish(event.product, False, event.form, file_name, event.device_info, event.built_in))
            case TrialExpired():
                self._want(
                    event, _Wish(event.product, True, Form.FILE, event.file_name, event.device_info, event.built_in)
                )
            case CallDone():
                self._on_call_done(event)
            case DeskEvent():
                self._on_event(event)
            case VerifyDone():
                self._on_verified(event)
            case HostVerified():
                self._on_host_verified(event)
            case SessionLost():
                self._on_session_lost(event.now)
            case TimerFired():
                self._on_timer(event)
            case _:
                pass  # an input of a later version
        return self._out

    def stats(self) -> dict[str, int]:
        """Sizes of the memory."""
        turns = [*self._queue, *([self._turn] if self._turn else [])]
        return {
            "queued": len(self._queue),
            "under_way": int(self._turn is not None),
            "tokens": sum(len(turn.tokens) for turn in turns),
            "askers": sum(len(turn.instances) for turn in turns),
            "owed": self._owed,
        }

    # whose turn it is
    def _want(self, event: RequestLicense | TrialExpired, wish: _Wish) -> None:
        turn = self._same(wish)
        if turn is None and len(self._queue) >= QUEUE_LIMIT:
            self._out.append(AnswerError(event.token, ErrorInfo("ISCB-REQ-TOO-MANY")))
            return
        if turn is None:
            turn = _Turn(wish)
            self._queue.append(turn)
            self._advance(event.now)
        if event.asker.instance and len(turn.instances) < _ASKERS_LIMIT:
            turn.instances.add(event.asker.instance)
        undecided = turn.phase is _Phase.CALLED and not turn.taken
        if undecided and len(turn.tokens) < _ASKERS_LIMIT:
            turn.tokens.append(event.token)
            return
        turn.told = True
        self._out.append(AnswerOk(event.token))
        if turn.phase is _Phase.ASKED:  # it may be a host that was started anew
            self._tell(turn)

    def _same(self, wish: _Wish) -> _Turn | None:
        """The turn that this wish can share: its outcome is still to be told."""
        joinable = (_Phase.CALLED, _Phase.VERIFYING, _Phase.ASKED)
        turn = self._turn
        if turn is not None and turn.wish == wish and turn.phase in joinable:
            return turn
        return next((waiting for waiting in self._queue if waiting.wish == wish), None)

    def _advance(self, now: float) -> None:
        """Give the next one its turn, if the desk is free and nothing is to be expected that is not its own."""
        if self._turn is not None and self._turn.phase is _Phase.OPEN and self._queue:
            self._owe(now, self._times.owed_s)
            self._turn = None
        if self._turn is not None or not self._queue:
            return
        until = self._last_heard + self._times.settle_s
        if self._owed and self._queue[0].wish.product != self._last_product:
            until = max(until, self._owed_until)
        if now < until:
            # A clock that was set back must not make it longer.
            self._pause_until(min(until, now + self._longest_s))
        else:
            self._start(now, self._queue.popleft())

    def _pause_until(self, at: float) -> None:
        if not self._pause:
            self._numbers += 1
            self._pause = f"delivery:{self._numbers}"
        self._out.append(SetTimer(self._pause, at))

    def _start(self, now: float, turn: _Turn) -> None:
        if self._pause:
            self._out.append(ClearTimer(self._pause))
            self._pause = ""
        if now >= self._owed_until:
            self._owed = 0
        self._turn = turn
        self._last_product = turn.wish.product
        turn.called_at = now
        self._enter(now, turn, _Phase.CALLED, self._times.event_s)
        self._out.append(CallDesk(turn.number, turn.wish.function, turn.wish.args))

    def _enter(self, now: float, turn: _Turn, phase: _Phase, seconds: float) -> None:
        """The next step of a turn, which ends after this time whatever else happens."""
        if turn.number:
            self._out.append(ClearTimer(turn.timer))
        self._numbers += 1
        turn.number = self._numbers
        turn.phase = phase
        self._out.append(SetTimer(turn.timer, now + seconds))

    def _finish(self, now: float, turn: _Turn) -> None:
        self._out.append(ClearTimer(turn.timer))
        self._turn = None
        self._advance(now)

    def _owe(self, now: float, seconds: float) -> None:
        """A turn ends without its event, which may come so much later."""
        self._owed = min(self._owed + 1, _OWED_LIMIT)
        self._owed_until = max(min(self._owed_until, now + self._longest_s), now + seconds)

    @property
    def _longest_s(self) -> float:
        """From a call until its event is no longer to be expected at all."""
        return self._times.event_s + self._times.owed_s

    # what the desk says
    def _on_call_done(self, event: CallDone) -> None:
        turn = self._turn
        if turn is None or turn.number != event.call:
            return
        if turn.phase is _Phase.REPORTING:
            self._answer(turn, event.error)
            self._finish(event.now, turn)
        elif turn.phase is _Phase.CALLED and not turn.taken:
            if event.error is None:
                turn.taken = True
                self._answer(turn, None)
                return
            if event.error.code != "ISCB-SDK-NOT-CONNECTED":  # there it was never made
                self._owe(event.now, self._times.refused_s)
            self._fail(event.now, turn, event.error)

    def _on_event(self, event: DeskEvent) -> None:
        said = hash(frozenset(event.params.items()))
        doubled = said == self._last_said and event.now <= self._last_heard + self._times.settle_s
        self._last_said, self._last_heard = said, event.now
        turn = self._turn
        if turn is None or turn.phase not in (_Phase.CALLED, _Phase.OPEN):
            self._on_stray(event.now, doubled=doubled)
            return
        if self._owed:  # it may be one that was owed: this turn's own is to be expected still
            self._owed_until = max(self._owed_until, turn.called_at + self._longest_s)
        turn.path, turn.content = _param(event.params, "LicenseFilePath"), _param(event.params, "LicenseContent")
        turn.form = _delivered_form(_param(event.params, "LicenseType"), turn)
        if _param(event.params, "Status").strip().lower() != "success" or not (turn.path or turn.content):
            self._fail(event.now, turn, ErrorInfo("ISCB-LIC-DELIVERY-FAILED", {"product": turn.wish.product}))
            return
        self._answer(turn, None)  # a call that blocks until its event has come is taken by that
        if turn.wish.built_in:
            self._enter(event.now, turn, _Phase.VERIFYING, self._times.verify_s)
            self._out.append(Verify(turn.wish.product, turn.number, turn.path, turn.content))
        else:
            self._enter(event.now, turn, _Phase.ASKED, self._times.host_s)
            self._tell(turn)

    def _on_stray(self, now: float, *, doubled: bool) -> None:
        """Nobody waits for it, so nobody is told of a licence; but for a double it settles what was owed."""
        if not doubled:
            self._owed = max(0, self._owed - 1)
        self._out.append(Warn(ErrorInfo("ISCB-LIC-STRAY-DELIVERY")))
        self._advance(now)

    def _on_session_lost(self, now: float) -> None:
        """An event can't come any more in this session; whether the desk keeps it for the next is not documented."""
        turn = self._turn
        if turn is None:
            return
        if turn.phase in (_Phase.CALLED, _Phase.OPEN):
            self._owe(now, self._times.owed_s)
            self._fail(now, turn, ErrorInfo("ISCB-SDK-NOT-CONNECTED"))
        elif turn.phase is _Phase.REPORTING:
            self._answer(turn, ErrorInfo("ISCB-SDK-NOT-CONNECTED"))
            self._finish(now, turn)

    # verification
    def _on_verified(self, event: VerifyDone) -> None:
        turn = self._turn
        if turn is None or turn.phase is not _Phase.VERIFYING or turn.number != event.number:
            return
        if event.error is None or event.error.code in VERDICTS:
            self._out.append(Deliver(turn.wish.product, event.error is None, event.expires, event.error))
        self._tell(turn, event.error, verified=True)
        self._report(event.now, turn, ok=event.error is None, error=event.error)

    def _on_host_verified(self, event: HostVerified) -> None:
        turn = self._turn
        if turn is None or turn.phase is not _Phase.ASKED or not _was_asked(turn, event):
            self._out.append(AnswerError(event.token, ErrorInfo("ISCB-LIC-NOT-ASKED", {"product": event.product})))
            return
        error = None
        if not event.ok:
            error = ErrorInfo("ISCB-LIC-HOST-REFUSED", {"product": event.product})
            if event.message:
                error.params["detail"] = event.message[:_DETAIL_LIMIT]
        turn.tokens.append(event.token)
        self._out.append(Deliver(event.product, event.ok, event.expires if event.ok else None, error))
        self._report(event.now, turn, ok=event.ok, message=event.message)

    def _report(self, now: float, turn: _Turn, *, ok: bool, message: str = "", error: ErrorInfo | None = None) -> None:
        self._enter(now, turn, _Phase.REPORTING, self._times.report_s)
        self._out.append(ReportToDesk(turn.number, ok, message, error))

    # time
    def _on_timer(self, event: TimerFired) -> None:
        if event.key and event.key == self._pause:
            self._pause = ""
            self._last_heard = float("-inf")
            if self._queue and self._queue[0].wish.product != self._last_product:
                self._owed = 0  # what has not come by now does not come
            self._advance(event.now)
            return
        turn = self._turn
        if turn is None or event.key != turn.timer:
            return
        product = {"product": turn.wish.product}
        if turn.phase is _Phase.CALLED:
            self._on_no_event(event.now, turn)
        elif turn.phase is _Phase.VERIFYING:
            error = ErrorInfo("ISCB-LIC-FILE-UNREADABLE", {"path": turn.path, "detail": "no answer"})
            self._on_verified(VerifyDone(event.now, turn.number, error=error))
        elif turn.phase is _Phase.ASKED:
            self._out.append(Warn(ErrorInfo("ISCB-LIC-NOT-VERIFIED", product)))
            self._finish(event.now, turn)  # nothing is reported: nobody has found it good or bad
        elif turn.phase is _Phase.REPORTING:
            self._answer(turn, _no_answer(self._times.report_s))
            self._finish(event.now, turn)

    def _on_no_event(self, now: float, turn: _Turn) -> None:
        if turn.wish.trial and turn.taken and not self._queue:
            turn.phase = _Phase.OPEN
            return
        self._owe(now, self._times.owed_s)
        error = ErrorInfo("ISCB-LIC-NO-DELIVERY", {"product": turn.wish.product})
        self._fail(now, turn, _no_answer(self._times.event_s) if turn.wish.trial else error)

    # telling
    def _fail(self, now: float, turn: _Turn, error: ErrorInfo) -> None:
        """No licence came: whoever has no answer gets this one, and whoever has is told."""
        self._answer(turn, error)
        # ISCDesk took the news of the trial's end: that nothing followed is no error.
        silent = turn.wish.trial and turn.taken and error.code != "ISCB-LIC-DELIVERY-FAILED"
        if turn.told and not silent:
            self._tell(turn, error)
        self._finish(now, turn)

    def _answer(self, turn: _Turn, error: ErrorInfo | None) -> None:
        for token in turn.tokens:
            self._out.append(AnswerOk(token) if error is None else AnswerError(token, error))
        turn.told = turn.told or (error is None and bool(turn.tokens))
        turn.tokens = []

    def _tell(self, turn: _Turn, error: ErrorInfo | None = None, *, verified: bool = False) -> None:
        path, content = ("", "") if verified or error else (turn.path, turn.content)
        form = turn.form or turn.wish.form.value
        told = TellHosts(
            turn.wish.product, frozenset(turn.instances), form, path, content, verified and error is None, error
        )
        self._out.append(told)


def _param(params: Mapping[str, str], name: str) -> str:
    """A parameter, its name in any case: the guide prints `Status` on one page and `status` on another."""
    return next((value for key, value in params.items() if key.lower() == name.lower()), "")


def _delivered_form(said: str, turn: _Turn) -> str:
    """What came, by what is there: the desk's word counts only where both or none of them are."""
    if bool(turn.path) != bool(turn.content):
        return Form.FILE.value if turn.path else Form.STRING.value
    said = said.strip().lower()
    return said if said in (Form.FILE.value, Form.STRING.value) else turn.wish.form.value


def _was_asked(turn: _Turn, event: HostVerified) -> bool:
    """Whether this host was asked about this product: as a client of it, or because it had requested it."""
    asker = event.asker
    return event.product == turn.wish.product and (asker.product == event.product or asker.instance in turn.instances)


def _no_answer(seconds: float) -> ErrorInfo:
    return ErrorInfo("ISCB-SDK-NO-ANSWER", {"seconds": f"{seconds:g}"})
