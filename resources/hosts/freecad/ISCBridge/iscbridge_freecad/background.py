"""Work that FreeCAD's main thread must not wait for: on a thread, or in small slices."""

from __future__ import annotations

import threading
import time

from iscbridge_freecad.qt import QtCore

_LOOK_MS = 20
#: How long one slice may take: below what a person notices, together with whatever FreeCAD does besides.
_SLICE_S = 0.008


class Background(QtCore.QObject):
    """Runs functions on threads; what comes of them is told on the main thread."""

    def run(self, function, done, *arguments):
        """Call `function(*arguments)` elsewhere, then `done(result)` here; `done(None)` if it failed."""
        outcome = []

        def work():
            try:
                outcome.append(function(*arguments))
            except Exception:  # noqa: BLE001  the thread must end with an outcome, whatever a file made happen
                outcome.append(None)

        timer = QtCore.QTimer(self)

        def look():
            if outcome:
                _end(timer)
                done(outcome[0])

        timer.timeout.connect(look)
        threading.Thread(target=work, daemon=True).start()
        timer.start(_LOOK_MS)

    def slices(self, steps, done):
        """Walk through a generator here, a few steps at a time, then call `done()`: for what only this thread may do."""
        timer = QtCore.QTimer(self)

        def go_on():
            until = time.monotonic() + _SLICE_S
            for _ in steps:
                if time.monotonic() > until:
                    return
            _end(timer)
            done()

        timer.timeout.connect(go_on)
        timer.start(0)


def _end(timer):
    timer.stop()
    timer.deleteLater()
