"""Work on files that FreeCAD's main thread must not wait for."""

from __future__ import annotations

import threading

from iscbridge_freecad.qt import QtCore

_LOOK_MS = 20


class Background(QtCore.QObject):
    """Runs functions one by one on threads; what comes of them is told on the main thread."""

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
                timer.stop()
                timer.deleteLater()
                done(outcome[0])

        timer.timeout.connect(look)
        threading.Thread(target=work, daemon=True).start()
        timer.start(_LOOK_MS)
