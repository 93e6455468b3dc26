"""The connection to ISCBridge. FreeCAD's main thread never waits for it: only connecting runs on a thread of its own.

Orders (saves, and what else must not get lost) are kept until they are answered, and asked again under the same
request id after every loss of the connection.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from iscbridge_freecad import installed
from iscbridge_freecad.client import BridgeError, Client, ConnectionLostError, ForeignOwnerError, NotRunningError
from iscbridge_freecad.qt import QtCore

_TICK_MS = 50
_IDLE_MS = 500
_HELLO_S = 5.0
_SEND_S = 0.05
_ANSWER_S = 10.0
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_STARTING_S = 30.0
_START_AGAIN_S = 60.0
#: The bridge took nothing; the same may be asked again.
_AGAIN = frozenset(("ISCB-BRIDGE-CLOSING", "ISCB-PROTO-FLOOD", "ISCB-REQ-TOO-MANY"))
_AGAIN_S = 1.0


class _Order:
    """What is asked until it is answered. One with a name is remembered beyond this FreeCAD."""

    def __init__(self, method, params, done, name):
        self.method = method
        self.params = {"requestId": os.urandom(16).hex(), **params}
        self.done = done
        self.name = name
        self.answered = False
        self.asked_at = None
        self.again_at = 0.0


class _Attempt(threading.Thread):
    """One try to connect; starts ISCBridge first if `command` is given."""

    def __init__(self, client, command):
        super().__init__(daemon=True)
        self.error = None
        self.process = None
        self.done = False
        self._client = client
        self._command = command

    def run(self):
        try:
            if self._command:
                self.process = installed.start_bridge(self._command)
            else:
                self._client.connect(_HELLO_S)
        except Exception as error:  # noqa: BLE001  whatever answers there: the try must end, and be told
            self.error = error
        self.done = True


class Bridge(QtCore.QObject):
    """One connection, made again whenever it is lost.

    Args:
        parent: of the timer.
        greeting: members of hello.
        told: called with (topic, params) for each notification.
        changed: called when `state` is another one: connecting, connected, starting, absent, lost, closed, upgrade,
            foreign, version, other.
        memory: of orders with a name.
        starts: whether ISCBridge may be started from here.
    """

    def __init__(self, parent, greeting, told, changed, memory, starts=True):
        super().__init__(parent)
        self.state = "connecting"
        self.error = None
        self._memory = memory
        self._starts = starts
        self._client = Client("FreeCAD", memory.instance, timeout=_SEND_S, **greeting)
        self._told = told
        self._changed = changed
        self._up = False
        self._attempt = None
        self._process = None
        self._pause = 0
        self._retry_at = 0.0
        self._started_at = None
        self._goodbye = ""
        self._orders = []
        self._notifier = None
        self._busy_until = 0.0
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    @property
    def waiting(self):
        """How many orders have no answer yet."""
        return len(self._orders)

    def wake(self):
        """Somebody wants something now: try at once, and start ISCBridge again if it may be."""
        self._goodbye = ""
        self._pause = 0
        self._retry_at = 0.0
        self._timer.start(_TICK_MS)

    def ask(self, method, params, done):
        """Ask once: `done(result, error)` comes later, with an error if there is no connection."""
        if not self._up:
            QtCore.QTimer.singleShot(0, lambda: done(None, ConnectionLostError()))
            return
        try:
            self._client.send(method, params, lambda result, error: _call(done, result, error))
        except BridgeError as error:
            lost = error
            QtCore.QTimer.singleShot(0, lambda: done(None, lost))
        self._expect()

    def order(self, method, params, done, name=""):
        """Ask until there is an answer, over any loss of the connection; with a `name` also in the next FreeCAD.

        Returns:
            Whether it is remembered for the next FreeCAD.
        """
        order = _Order(method, params, done, name)
        self._orders.append(order)
        kept = self._remember(order)
        if self._up:
            self._send(order)
        else:
            self.wake()
        return kept

    def close(self):
        """FreeCAD ends."""
        self._timer.stop()
        self._stop_watching()
        if self._attempt is None:
            self._client.close()
        self._up = False
        self._memory.end()

    # What happens in the course of time

    def _tick(self):
        attempt = self._attempt
        if attempt is not None and attempt.done:
            self._attempt = None
            self._tried(attempt)
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        now = time.monotonic()
        if self._up:
            self._read()
            self._ask_again(now)
        elif self._attempt is None and now >= self._retry_at:
            self._try()
        self._rest(now)

    def _rest(self, now):
        """The timer stops while nothing is awaited and the socket itself tells."""
        if not self._up or self._orders or now < self._busy_until:
            wanted = _TICK_MS
        else:
            wanted = 0 if self._notifier is not None else _IDLE_MS
        if not wanted:
            self._timer.stop()
        elif self._timer.interval() != wanted or not self._timer.isActive():
            self._timer.start(wanted)

    def _expect(self):
        self._busy_until = time.monotonic() + _ANSWER_S
        self._timer.start(_TICK_MS)

    def _try(self, command=None):
        self._attempt = _Attempt(self._client, command)
        self._attempt.start()

    def _tried(self, attempt):
        if attempt.process is not None:
            self._process = attempt.process
        now = time.monotonic()
        if attempt.error is None and attempt.process is None:
            self._connected()
            return
        if attempt.process is not None:
            self._started_at = now
            self._retry_at = now
            self._set("starting")
            return
        starting = self._started_at is not None and now < self._started_at + _STARTING_S
        if isinstance(attempt.error, NotRunningError) and starting:
            self._retry_at = now + _PAUSES_S[0] / 2
            return
        self._retry_at = now + _PAUSES_S[self._pause]
        self._pause = min(self._pause + 1, len(_PAUSES_S) - 1)
        if isinstance(attempt.error, NotRunningError):
            if self._may_start(now):
                self._try(installed.bridge_command())
            else:
                self._set(self._goodbye or ("absent" if self.state != "lost" else "lost"))
        elif isinstance(attempt.error, ForeignOwnerError):
            self._set("foreign", attempt.error)
        else:
            unfit = getattr(attempt.error, "code", "") == "ISCB-PROTO-VERSION"
            self._set("version" if unfit else "other", attempt.error)

    def _may_start(self, now):
        if not self._starts:
            return False
        rested = self._started_at is None or now > self._started_at + _START_AGAIN_S
        return rested and not self._goodbye and not installed.is_elevated() and installed.bridge_command() is not None

    def _connected(self):
        self._up = True
        self._pause = 0
        self._started_at = None
        self._goodbye = ""
        if sys.platform != "win32":
            self._notifier = QtCore.QSocketNotifier(self._client.fileno(), QtCore.QSocketNotifier.Read, self)
            self._notifier.activated.connect(self._readable)
        self._expect()
        self._set("connected")
        for order in list(self._orders):
            self._send(order)
        self._read()

    def _readable(self, *_):
        if self._up:
            self._read()
            self._rest(time.monotonic())

    def _read(self):
        try:
            events = self._client.poll(0.0)
        except Exception:  # noqa: BLE001  lost, or nothing that ISCBridge says: then another connection is tried
            self._client.close()
            self._lost()
            return
        for topic, params in events:
            if topic == "bridge.closing":
                self._goodbye = "upgrade" if params.get("reason") == "upgrade" else "closed"
            _call(self._told, topic, params)
        if not self._client.connected:
            self._lost()

    def _lost(self):
        if not self._up:
            return
        self._up = False
        self._stop_watching()
        self._retry_at = time.monotonic() + _PAUSES_S[0]
        for order in self._orders:
            order.asked_at = None
        self._timer.start(_TICK_MS)
        self._set(self._goodbye or "lost")

    def _stop_watching(self):
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None

    def _set(self, state, error=None):
        self.error = error
        if state != self.state:
            self.state = state
            self._changed()

    # Orders

    def _send(self, order):
        order.asked_at = time.monotonic()

        def answered(result, error):
            self._answered(order, result, error)

        try:
            self._client.send(order.method, order.params, answered)
        except ConnectionLostError:
            self._lost()
        except BridgeError as error:
            self._answered(order, None, error)
        self._expect()

    def _answered(self, order, result, error):
        if order.answered or isinstance(error, ConnectionLostError):
            return  # an order that lost its connection is asked again
        if error is not None and error.code in _AGAIN:
            order.asked_at = None
            order.again_at = time.monotonic() + _AGAIN_S
            return
        order.answered = True
        self._orders.remove(order)
        self._remember(order)
        _call(order.done, result, error)

    def _remember(self, order):
        if not order.name:
            return False
        kept = [one for one in self._orders if one.name]
        return self._memory.keep([{"method": one.method, "params": one.params, "name": one.name} for one in kept])

    def _ask_again(self, now):
        for order in list(self._orders):
            if order.asked_at is None and now >= order.again_at:
                self._send(order)
            elif order.asked_at is not None and now > order.asked_at + _ANSWER_S:
                # It does not answer: another connection, and the same question.
                self._client.close()
                self._lost()
                return


def _call(function, *arguments):
    """What others do with an answer: a fault of theirs is reported, and is no fault of the connection."""
    try:
        function(*arguments)
    except Exception:  # noqa: BLE001  whatever it is, the answers behind it are wanted too
        sys.excepthook(*sys.exc_info())
