"""A window that is destroyed while it is shown: an error in an override of Qt's would end the process there."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from shiboken6 import isValid

from iscbridge.platform.folders import Home
from iscbridge.tray.link import Link
from iscbridge.tray.room import Room
from iscbridge.tray.windows import FACTORIES, Windows


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize("collected_first", [False, True])
def test_no_window_raises_while_it_is_destroyed(
    shell_words, shell_state, qtbot, tmp_path, name: str, *, collected_first: bool
) -> None:
    link = Link(str(tmp_path / "none"), shell_words)  # nobody answers
    room = Room(link, shell_words, Home(tmp_path), shell_state, lambda _name, _focus: None)
    windows = Windows(room)
    window = windows.open(name)
    with qtbot.waitExposed(window):
        window.show()
    windows._open.clear()
    if collected_first:
        del window
        gc.collect()
        return
    with qtbot.captureExceptions() as raised:
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not isValid(window)
    assert raised == []
