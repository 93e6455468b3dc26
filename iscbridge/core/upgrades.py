"""Upgrades of the software that ISCDesk announces: who is asked, what is answered, when the bridge closes.

What the guide says (pages CheckNewVersions, UpgradeNotify): after EVENT_UPDATE with `fromForceWin` false the software
chooses and tells ISCDesk; with true it has no choice. Either way ISCDesk upgrades after the software has closed.

| what comes | what is done |
|---|---|
| not forced | everybody hears it; the first answer goes to ISCDesk and counts, all others get it back as theirs |
| the same within a day of an answer | nobody is asked: ISCDesk gets the same answer again |
| forced | everybody hears it; nothing new is handed over, what is on its way is finished, the bridge closes |

A forced upgrade waits: a moment at least, in which hosts can save, and a bounded time at most. What did not go out
stays in the journal and goes out after the upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass

from iscbridge.core.jobs import ErrorInfo

#: Nobody is asked again about the same sooner than this.
A_DAY_S = 86_400.0


# what happens
@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs; `now` is seconds since the epoch, UTC."""

    now: float


@dataclass(frozen=True, slots=True)
class Announced(Input):
    """EVENT_UPGRADENOTICE gives `available`, EVENT_UPDATE gives `forced`."""

    available: bool | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class Answered(Input):
    """A host or a person answers; `token` names the request that waits."""

    token: int
    upgrade: bool


@dataclass(frozen=True, slots=True)
class Told(Input):
    """UpgradeNotify returned; `error` if it failed."""

    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Look(Input):
    """Look whether a forced upgrade can go on. `idle`: nothing is on its way to ISCDesk, nothing is being captured."""

    idle: bool


# what to do
@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class Announce(Effect):
    """Tell hosts and the tray. `answer`: what ISCDesk was told."""

    available: bool | None = None
    forced: bool | None = None
    answer: bool | None = None


@dataclass(frozen=True, slots=True)
class TellDesk(Effect):
    """Call UpgradeNotify -> `Told`."""

    upgrade: bool


@dataclass(frozen=True, slots=True)
class Reply(Effect):
    """Answer a request: this is the answer that counts."""

    token: int
    upgrade: bool


@dataclass(frozen=True, slots=True)
class ReplyError(Effect):
    token: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class Drain(Effect):
    """Hand nothing new over from now on."""


@dataclass(frozen=True, slots=True)
class LookAgain(Effect):
    """Give a `Look` at this time, and whenever a job changes."""

    at: float


@dataclass(frozen=True, slots=True)
class Close(Effect):
    """Close the bridge."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an upgrade stands, for those who come later."""

    forced: bool
    since: float
    answer: bool | None = None


class Upgrades:
    """One for a bridge; nothing is kept over a restart. Not thread-safe.

    Args:
        grace_s: a forced upgrade waits at least so long.
        wait_s: and at most so long.
    """

    def __init__(self, grace_s: float, wait_s: float) -> None:
        self._grace_s = grace_s
        self._wait_s = wait_s
        self.standing: Standing | None = None
        self._answered_at = float("-inf")
        self._on_the_way: bool | None = None
        self._waiting: list[int] = []
        self._closed = False

    def handle(self, event: Input) -> list[Effect]:
        """Take one input; returns what is to be done, in order."""
        match event:
            case Announced(forced=None):
                return [Announce(available=event.available)]
            case Announced(forced=True):
                return self._on_forced(event.now)
            case Announced():
                return self._on_offer(event)
            case Answered():
                return self._on_answer(event)
            case Told():
                return self._on_told(event)
            case Look():
                return self._on_look(event)
        return []

    def _on_forced(self, now: float) -> list[Effect]:
        told = Announce(forced=True)
        if self.standing is not None and self.standing.forced:
            return [told]
        self.standing = Standing(forced=True, since=now)
        return [told, Drain(), LookAgain(now + self._grace_s)]

    def _on_offer(self, event: Announced) -> list[Effect]:
        standing = self.standing
        if standing is not None and standing.forced:
            return []
        if self._on_the_way is not None:
            return []  # its answer is being told
        if standing is not None and standing.answer is not None and 0 <= event.now - self._answered_at < A_DAY_S:
            self._on_the_way = standing.answer
            return [TellDesk(standing.answer)]
        self.standing = Standing(forced=False, since=event.now)
        return [Announce(event.available, forced=False)]

    def _on_answer(self, event: Answered) -> list[Effect]:
        if self.standing is not None and self.standing.forced:
            return [Reply(event.token, upgrade=True)]
        if self._on_the_way is not None:
            self._waiting.append(event.token)
            return []
        if self.standing is not None and self.standing.answer is not None:
            return [Reply(event.token, self.standing.answer)]
        self._on_the_way = event.upgrade
        self._waiting.append(event.token)
        return [TellDesk(event.upgrade)]

    def _on_told(self, event: Told) -> list[Effect]:
        answer, self._on_the_way = self._on_the_way, None
        waiting, self._waiting = self._waiting, []
        if answer is None:
            return []
        if event.error is not None:
            return [ReplyError(token, event.error) for token in waiting]
        replies: list[Effect] = [Reply(token, answer) for token in waiting]
        if self.standing is None or self.standing.forced:
            return replies  # an answer to what another run of the bridge announced, or one that no longer matters
        self.standing = Standing(forced=False, since=self.standing.since, answer=answer)
        self._answered_at = event.now
        return [*replies, Announce(forced=False, answer=answer)]

    def _on_look(self, event: Look) -> list[Effect]:
        standing = self.standing
        if standing is None or not standing.forced or self._closed:
            return []
        waited = event.now - standing.since
        if waited < 0:  # the clock was set back: count from now
            self.standing = Standing(forced=True, since=event.now)
            waited = 0.0
        if (event.idle and waited >= self._grace_s) or waited >= self._wait_s:
            self._closed = True
            return [Close()]
        left = (self._grace_s if waited < self._grace_s else self._wait_s) - waited
        return [LookAgain(event.now + left)]
