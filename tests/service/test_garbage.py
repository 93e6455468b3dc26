"""The tests' own guard: what a test with Qt leaves in cycles dies on the main thread (see `tests/conftest.py`)."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, Qt, QTimer

died_on: list[str] = []


def _note_thread() -> None:
    died_on.append(threading.current_thread().name)


def test_a_cycle_is_left_and_another_thread_makes_many_objects(qapp) -> None:
    owner = QObject()
    owner.timer = QTimer(owner, interval=60_000)  # type: ignore[attr-defined]  # the cycle that is to be collected
    owner.itself = owner  # type: ignore[attr-defined]  # as above
    owner.timer.start()  # type: ignore[attr-defined]  # as above
    owner.destroyed.connect(_note_thread, Qt.ConnectionType.DirectConnection)
    del owner
    many = threading.Thread(target=lambda: [[n] for n in range(50 * gc.get_threshold()[0])])
    many.start()
    many.join()
    assert not died_on


def test_it_is_gone_after_the_test() -> None:
    assert died_on == [threading.main_thread().name]
