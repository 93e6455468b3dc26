"""Every request gets an answer, also when the journal can't be read just then, or a bug comes between."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core import effects as e
from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages as m
from iscbridge.ipc.server import Request
from iscbridge.ipc.server_client import ClientInfo
from iscbridge.service import reload
from iscbridge.service.bridge import Bridge
from support.fcstd import write_fcstd


@pytest.fixture
def answers(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Token and error of each answer; no error is ""."""
    given: list[tuple[int, str]] = []

    def refuse(token: int, error: ErrorInfo) -> None:
        given.append((token, error.code))

    monkeypatch.setattr(bridge.server, "answer", lambda token, _result: given.append((token, "")))
    monkeypatch.setattr(bridge.server, "answer_error", refuse)
    return given


def request(method: str, params: Any) -> Request:
    return Request(7, ClientInfo(1), method, params)


def ask(bridge: Bridge, method: str, params: Any) -> None:
    bridge.server.request.emit(request(method, params))


def unreadable(*_: object) -> NoReturn:
    raise JournalError("ISCB-JOURNAL-IO", folder="/nowhere", detail="disk I/O error")


def broken(*_: object) -> NoReturn:
    raise ZeroDivisionError


@pytest.mark.parametrize("method", ["file.status", "assembly.check"])
def test_a_look_at_files_whose_history_can_not_be_read(
    bridge: Bridge,
    answers: list[tuple[int, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    method: str,
) -> None:
    path = str(write_fcstd(tmp_path / "gear" / "gear.FCStd"))
    for name in ("last_save", "opened"):
        monkeypatch.setattr(bridge.journal, name, unreadable)
    params = m.FileStatusParams(path=path) if method == "file.status" else m.AssemblyCheckParams(path=path)
    ask(bridge, method, params)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(7, "ISCB-JOURNAL-IO")]


def test_a_repeated_request_whose_job_can_not_be_read(
    bridge: Bridge, answers: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge.journal, "job", unreadable)
    bridge.carry_out(e.AnswerStored(7, "j1"))
    assert answers == [(7, "ISCB-JOURNAL-IO")]


def test_settings_that_could_not_be_read_are_not_said_to_be_taken(
    bridge: Bridge, answers: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(reload, "load_settings", broken)
    ask(bridge, "settings.reload", m.Nothing())
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(7, "ISCB-BRIDGE-INTERNAL")]


def test_a_bug_in_the_way_of_an_answer(
    bridge: Bridge, answers: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bridge.engine, "sessions", broken)
    ask(bridge, "bridge.status", m.Nothing())
    assert answers == [(7, "ISCB-BRIDGE-INTERNAL")]
    assert "bridge.status" in caplog.text
