"""pytest-qt's bot with this project's patience: its own five seconds are what a busy machine takes for a pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

#: A wait that ends well never takes it; one in vain says what it waited for before the test's own time is over.
PATIENCE_MS = 60_000


class PatientBot(QtBot):
    """Waits that name no time of their own."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:  # noqa: N802  Qt's
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **options: Any) -> Any:  # noqa: N802  Qt's
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitExposed(self, widget: Any, *, timeout: int = PATIENCE_MS) -> Any:  # noqa: N802  Qt's
        return super().waitExposed(widget, timeout=timeout)

    def waitActive(self, widget: Any, *, timeout: int = PATIENCE_MS) -> Any:  # noqa: N802  Qt's
        return super().waitActive(widget, timeout=timeout)
