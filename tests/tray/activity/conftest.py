"""A room without a bridge, and jobs to fill it with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QWidget

from iscbridge.ipc.wire import JobObject
from iscbridge.platform.folders import Home
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.words import Words
from support.scripted_jobs import JobServer
from support.scripted_jobs import wire_job as made

MakeJob = Callable[..., dict[str, Any]]


@pytest.fixture
def words(qapp) -> Words:
    return Words("en")


@pytest.fixture
def wire_job() -> MakeJob:
    """`support.scripted_jobs.wire_job`."""
    return made


@pytest.fixture
def job(wire_job) -> Callable[..., JobObject]:
    """The same, decoded."""
    return lambda *given, **members: msgspec.convert(wire_job(*given, **members), JobObject)


@pytest.fixture
def server(qapp) -> JobServer:
    return JobServer()


@pytest.fixture
def opened() -> list[tuple[str, dict[str, object]]]:
    """Windows that were asked for."""
    return []


@pytest.fixture
def room(server, words, tmp_path: Path, opened) -> Room:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    return Room(server.link, words, home, TrayState(home), lambda name, what: opened.append((name, dict(what))))


@pytest.fixture
def show(qtbot) -> Callable[[QWidget], QWidget]:
    """Show a window; it is closed after the test."""

    def put_up(window: QWidget) -> QWidget:
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    return put_up
