"""Drives the engine: inputs in, one durable commit, effects out.

Everything here runs on the engine owner's thread, the commit included: that keeps the order of write and effect
without any hand-over between threads. With a tray the owner is a thread of its own, so no window waits for a disk.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.errors import BridgeError, JournalError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.service.clock import ClockWatch, wall_clock

log = logging.getLogger(__name__)

_WRITES = (e.WriteJob, e.WriteEvent, e.WriteOpened, e.WriteOwed)
_BATCH = 512
_RETRY_MS = 1000


class CommitLog(Protocol):
    """What the runner needs of the journal."""

    def commit(self, effects: Sequence[e.Effect]) -> None:
        """Make these writes durable in one transaction, or raise BridgeError and leave nothing of them."""


class Runner(QObject):
    """Feeds the engine. `carry_out` does an effect that is no write; `refuse` answers a request that could not be journaled.

    `clock` is the one that the timers have, so that they and the engine move their times by the same.
    """

    def __init__(
        self,
        engine: Engine,
        journal: CommitLog,
        carry_out: Callable[[e.Effect], None],
        refuse: Callable[[int, ErrorInfo], None],
        parent: QObject | None = None,
        clock: ClockWatch | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._journal = journal
        self._carry_out = carry_out
        self._refuse = refuse
        self._queue: deque[i.Input] = deque()
        self._draining = False
        self._singly = 0
        """So many inputs are taken one by one: something is wrong with one of them."""
        self.journal_error: ErrorInfo | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.drain)
        self._clock = clock or ClockWatch()
        self._clock.tell(self._on_clock_set_back)

    def put(self, event: i.Input) -> None:
        """Take an input; `drain` follows soon. Several requests read at once then share one commit."""
        self._queue.append(event)

    def feed(self, event: i.Input) -> None:
        """Take an input and act on it at once (or right after the one being acted on)."""
        self._queue.append(event)
        self.drain()

    def feed_soon(self, event: i.Input) -> None:
        """Take an input and act on it in the next turn of the loop, together with what else came: one commit for a burst."""
        self._queue.append(event)
        if not self._soon.isActive():
            self._soon.start(0)

    @Slot()
    def drain(self) -> None:
        """Act on all queued inputs."""
        if self._draining:
            return
        self._draining = True
        try:
            while self._queue and self._one_batch():
                pass
        finally:
            self._draining = False

    def _one_batch(self) -> bool:
        """Act on the next inputs; gives whether to go on at once."""
        self._clock.look()
        most = 1 if self._singly else _BATCH
        self._singly = max(0, self._singly - 1)
        batch = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
        try:
            todo = [effect for event in batch for effect in self._engine.handle(event)]
            writes = [effect for effect in todo if isinstance(effect, _WRITES)]
            if writes:
                self._journal.commit(writes)
        except JournalError as error:
            self._engine.rollback()
            self._on_commit_failed(batch, error.info)
            return False
        except Exception as error:  # noqa: BLE001  whatever it is, the engine must not stay ahead of the journal
            self._engine.rollback()
            self._on_fault(batch, error)
            return True
        self._engine.commit()
        self.journal_error = None
        for effect in todo:
            if not isinstance(effect, _WRITES):
                self._do(effect)
        return True

    def _do(self, effect: e.Effect) -> None:
        try:
            self._carry_out(effect)
        except Exception:
            # one effect that fails in an unforeseen way must not take the others with it
            log.exception("effect %s failed", type(effect).__name__)

    def _on_commit_failed(self, batch: list[i.Input], error: ErrorInfo) -> None:
        """Nothing of the batch happened. Requests are answered; what the world told us is kept and tried again."""
        if self.journal_error is None:
            log.error("the journal can't be written: %s", error.code)
        self.journal_error = error
        kept: list[i.Input] = []
        for event in batch:
            token = getattr(event, "token", None)
            if token is None:
                kept.append(event)
            else:
                self._refuse(token, error)
        self._queue.extendleft(reversed(kept))
        if self._queue:
            self._soon.start(_RETRY_MS)

    def _on_fault(self, batch: list[i.Input], error: Exception) -> None:
        """One of the batch can't be taken in, and nothing of it happened. The others have nothing to do with that."""
        if len(batch) > 1:
            self._singly = len(batch)
            self._queue.extendleft(reversed(batch))
            return
        (event,) = batch
        if isinstance(error, BridgeError):
            info = error.info
        else:
            info = ErrorInfo("ISCB-BRIDGE-INTERNAL")
            log.error("%s failed in an unforeseen way", type(event).__name__, exc_info=error)
        token = getattr(event, "token", None)
        if token is not None:
            self._refuse(token, info)
        else:
            log.error("%s is passed over: %s", type(event).__name__, info.code)

    def _on_clock_set_back(self, by: float) -> None:
        """The engine hears of it before anything that has a time by the new clock."""
        log.info("the system's clock was set back by %.0f s", by)
        self._queue.appendleft(i.ClockSetBack(wall_clock(), by))
        if not self._soon.isActive():
            self._soon.start(0)
