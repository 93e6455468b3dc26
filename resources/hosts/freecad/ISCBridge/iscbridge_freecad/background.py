"""Work that FreeCAD's main thread must not wait for: on a thread, or in small slices."""

from __future__ import annotations

import threading
import time

from iscbridge_freecad.qt import QtCore

_LOOK_MS = 20
#: FreeCAD ends: so long it may be held up by a disk that does not answer.
_PATIENCE_S = 5.0
#: How long one slice may take: below what a person notices, together with whatever FreeCAD does besides.
_SLICE_S = 0.008


class Background(QtCore.QObject):
    """Runs functions on threads; what comes of them is told on the main thread."""

    def run(self, function, done, *arguments):
        """Call `function(*arguments)` elsewhere, then `done(result)` here; `done(None)` if it failed.

        Returns:
            What waits for it here and now, for as long as may be waited; of no use once `done` was called.
        """
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

        def finish():
            thread.join(_PATIENCE_S)
            _end(timer)
            done(outcome[0] if outcome else None)

        timer.timeout.connect(look)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        timer.start(_LOOK_MS)
        return finish

    def slices(self, steps, done):
        """Walk through a generator here, a few steps at a time, then call `done()`: for what only this thread may do.

        Returns:
            What walks through the rest at once; of no use once `done` was called.
        """
        timer = QtCore.QTimer(self)

        def go_on():
            until = time.monotonic() + _SLICE_S
            for _ in steps:
                if time.monotonic() > until:
                    return
            _end(timer)
            done()

        def finish():
            _end(timer)
            for _ in steps:
                pass
            done()

        timer.timeout.connect(go_on)
        timer.start(0)
        return finish


def _end(timer):
    timer.stop()
    timer.deleteLater()
