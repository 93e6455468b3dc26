"""What a relay does besides answering: outbox, questions to the store, reports of use, housekeeping.

Every process has these threads. What must be done by one of them at a time is a duty (`duties`); rows of the outbox are
claimed one by one. A process that is killed leaves nothing undone but what another one takes up after it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Connection, delete

from iscbridge.core.errors import BridgeError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import forget_old
from iscbridge.relay.database.tables import METERINGS, OUTBOX, SESSIONS, SIGNINS, USAGES
from iscbridge.relay.signin import sessions
from iscbridge.relay.signin.sessions import Sessions
from iscbridge.relay.signin.tenants import Tenants
from iscbridge.relay.upstream import asker, uses
from iscbridge.relay.upstream.asker import Asker
from iscbridge.relay.upstream.asking import StoreUpstream
from iscbridge.relay.upstream.duties import keep_duty, leave_duty, take_duty
from iscbridge.relay.upstream.generator import Generator
from iscbridge.relay.upstream.outbox import Outbox
from iscbridge.relay.upstream.tasks import Tasks
from iscbridge.relay.upstream_port import SENT

LOOK_S = 2.0
"""Between two looks into the outbox when it is empty."""
DUTIES_S = 5.0
CLEAN_EVERY_S = 3600
SESSIONS_EVERY_S = 60
USES_KEPT_S = 90 * 86_400
STOP_S = 12.0
"""A call to the store that is under way at the end may take so long."""
SENT_KEPT_S = 90 * 86_400

_log = logging.getLogger(__name__)


class Background:
    """The threads. Made once for a process."""

    def __init__(self, relay: Relay, upstream: StoreUpstream) -> None:
        self._relay, self._upstream = relay, upstream
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._generator = Generator(relay.secrets)
        self._outbox = Outbox(relay, Tasks(relay, upstream, self._generator).do)
        self._asker = Asker(relay, upstream)
        self._usage, self._meter = uses.UsageSender(relay, upstream), uses.MeterSender(relay, upstream)
        self._sessions = Sessions(relay, Tenants(relay))

    def start(self) -> None:
        """Begin to work."""
        for name, step, pause in (("outbox", self.outbox_step, LOOK_S), ("duties", self.duties_step, DUTIES_S)):
            thread = threading.Thread(target=self._run, args=(step, pause), name=f"iscbridge-relay-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End after the step that is under way. What it leaves undone, another process or the next start does."""
        self._ending.set()
        self._upstream.close()
        self._generator.close()
        for thread in self._threads:
            thread.join(STOP_S)

    def outbox_step(self) -> bool:
        """Do one row of the outbox; whether there was one."""
        return self._outbox.work_once()

    def duties_step(self) -> bool:
        """Do every duty that is due. False: nothing hurries."""
        self._duty("ask", self._ask)
        self._duty("usage", lambda mark: self._send("usage", mark, self._usage.step))
        self._duty("metering", lambda mark: self._send("metering", mark, self._meter.step))
        self._duty("sessions", lambda _mark: self._confirm())
        self._duty("clean", lambda _mark: self._clean())
        return False

    def _run(self, step: Callable[[], bool], pause_s: float) -> None:
        while not self._ending.is_set():
            busy = False
            try:
                busy = step()
            except BridgeError as error:  # the database is away
                _log.warning("work in the background waits: %s", error)
            except Exception:  # noqa: BLE001  a mistake of ours must not end the work for good
                _log.exception("work in the background met a mistake of the relay")
            if not busy:
                self._ending.wait(pause_s)

    def _duty(self, name: str, work: Callable[[str], int]) -> None:
        """Do a duty if it is ours to do. `work` gives the seconds until it is due again."""
        if self._ending.is_set():
            return
        mark = take_duty(self._relay, name)
        if mark is None:
            return
        pause_s = 0
        try:
            pause_s = work(mark)
        except BaseException:
            pause_s = uses.TROUBLE_S
            raise
        finally:
            leave_duty(self._relay, name, mark, self._relay.now() + pause_s)

    def _ask(self, mark: str) -> int:
        after: str | None = ""
        reachable = True
        while after is not None and not self._ending.is_set():
            after, reachable = self._asker.step(after)
            if not keep_duty(self._relay, "ask", mark):
                break
        return asker.PAUSE_S if reachable else asker.TROUBLE_S

    def _send(self, name: str, mark: str, step: Callable[[], tuple[bool, bool]]) -> int:
        more, reachable = True, True
        while more and not self._ending.is_set():
            more, reachable = step()
            if not keep_duty(self._relay, name, mark):
                break
        return uses.PAUSE_S if reachable else uses.TROUBLE_S

    def _confirm(self) -> int:
        return SESSIONS_EVERY_S if self._sessions.confirm_due() else sessions.AGAIN_S

    def _clean(self) -> int:
        now = self._relay.now()

        def work(connection: Connection) -> int:
            forgotten = forget_old(connection, now)
            for table, column, limit in (
                (SIGNINS, SIGNINS.c.until, now), (SESSIONS, SESSIONS.c.until, now),
                (USAGES, USAGES.c.recorded, now - USES_KEPT_S), (METERINGS, METERINGS.c.sent, now - USES_KEPT_S),
            ):  # fmt: skip
                forgotten += connection.execute(delete(table).where(column < limit)).rowcount
            done = (OUTBOX.c.state == SENT, OUTBOX.c.changed < now - SENT_KEPT_S)  # dead ones stay
            return forgotten + connection.execute(delete(OUTBOX).where(*done)).rowcount

        forgotten = self._relay.database.run(work)
        if forgotten:
            _log.info("%d rows whose time is over were removed", forgotten)
        return CLEAN_EVERY_S
