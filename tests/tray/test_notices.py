"""Notices beside the icon: fed from the link, put into words, shown, and led from to what they tell of."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from iscbridge.ipc.messages import HelloLimits, HelloResult
from iscbridge.platform.folders import Home
from iscbridge.platform.presentation import Presenting
from iscbridge.tray.link import LinkState
from iscbridge.tray.notices import NoticeBoard
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink
from support.tray_room import room_with
from support.tray_script import STATUS, job, script


class Icon(QObject):
    message_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str, int]] = []

    def show_message(self, title: str, text: str, level: int) -> bool:
        self.shown.append((title, text, level))
        return True


class Screen:
    def __init__(self) -> None:
        self.now = Presenting.NO

    def state(self) -> Presenting:
        return self.now


class Board:
    """A board whose clock and timer a test moves."""

    def __init__(self, home: Home, language: str, **answers: object) -> None:
        self.now = 100.0
        self.link = ScriptedLink({**script(), **answers})
        self.icon, self.screen = Icon(), Screen()
        self.words = Words(language)
        self.room = room_with(self.link, home, self.words)
        self.board = NoticeBoard(self.room, self.icon, presentation=self.screen, clock=lambda: self.now)
        self.board._due.setInterval(3_600_000)

    def wait(self, seconds: float = 60) -> None:
        self.now += seconds
        self.board._on_due()

    def job(self, number: int, state: str, **members: object) -> None:
        self.link.tell("job.changed", **job(number, state, **members))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ISCBRIDGE_GENERAL_NOTIFICATIONS", raising=False)
    return Home(tmp_path)


@pytest.fixture
def settled(qtbot, home):
    """settled(language, **answers): a board that has had its first answers."""

    def make(language: str = "en", **answers: object) -> Board:
        made = Board(home, language, **answers)
        qtbot.waitUntil(lambda: not made.link._open)
        return made

    return make


ERROR = {
    "code": "ISCB-CLOUD-FAILED",
    "title": "The cloud did not accept it",
    "message": "m",
    "remedy": "r",
    "retry": "same",
    "params": {},
}


@pytest.mark.parametrize(
    ("language", "title"), [("en", "“part1.FCStd” did not reach the cloud"), ("zh", "“part1.FCStd”没有到达云端")]
)
def test_a_failed_save_is_told_by_its_name_and_leads_to_it(settled, language: str, title: str) -> None:
    made = settled(language)
    told: list[object] = []
    made.board.shown.connect(told.append)
    made.job(1, "failed", error=ERROR)
    made.wait()
    ((shown, text, level),) = made.icon.shown
    assert shown == title
    assert text.startswith("The cloud did not accept it")
    assert level == 2
    assert [one.focus for one in told] == [{"job": "j1"}]
    made.icon.message_clicked.emit()
    assert made.room.open_window == [("activity", {"job": "j1"})]


@pytest.mark.parametrize(
    ("language", "cloud", "word", "told"),
    [("en", "sandbox", "(sandbox)", True), ("zh", "sandbox", "沙箱", True), ("en", "iscdesk", "sandbox", False)],
)
def test_the_sandbox_is_never_taken_for_the_cloud(settled, language: str, cloud: str, word: str, told: bool) -> None:
    made = settled(language)
    made.link.hello = HelloResult(1, "9.9", cloud, 1, HelloLimits(1, 1, 1))
    made.job(1, "done", cloud=cloud)
    made.wait()
    ((title, _, _),) = made.icon.shown
    assert "“part1.FCStd”" in title
    assert (word in title) is told


def test_many_are_counted_in_one_sentence(settled) -> None:
    made = settled()
    for number in range(12):
        made.job(number, "done", created="2026-01-01T00:00:00.000Z", updated="2026-01-01T00:05:00.000Z")
    made.job(20, "failed")
    made.wait()
    ((title, text, _),) = made.icon.shown
    assert title == "1 of 13 need you"
    assert text.startswith("1 failed, 12 done.")


def test_what_was_there_before_is_not_told_and_what_came_while_away_is(settled, qtbot) -> None:
    made = settled("en", **{"job.list": {"jobs": [job(2, "failed"), job(1, "done")]}})
    made.wait()
    assert made.icon.shown == []
    made.link.script["job.list"] = {"jobs": [job(3, "failed"), job(2, "failed"), job(1, "done")]}
    made.link.set_state(LinkState.LOST)
    made.link.set_state(LinkState.CONNECTED)
    qtbot.waitUntil(lambda: not made.link._open)
    made.wait()
    assert [title for title, _, _ in made.icon.shown] == ["“part3.FCStd” did not reach the cloud"]


def test_an_open_without_a_name_is_told_by_its_kind(settled) -> None:
    made = settled()
    made.job(1, "failed", kind="open", path="")
    made.wait()
    ((title, text, _),) = made.icon.shown
    assert title.startswith("“")
    assert "“”" not in title
    assert "The reason is not known" in text


def test_nothing_covers_a_presentation(settled) -> None:
    made = settled()
    made.screen.now = Presenting.YES
    made.job(1, "failed")
    made.wait()
    assert made.icon.shown == []
    assert made.board._look.isActive()
    made.screen.now = Presenting.NO
    made.board._look_at_screen()
    assert [title for title, _, _ in made.icon.shown] == ["While you were presenting"]
    assert not made.board._look.isActive()


def test_the_settings_are_taken_when_they_change(settled, home: Home) -> None:
    made = settled()
    home.config.write_text('[general]\nnotifications = "none"\n', encoding="utf-8")
    made.link.tell("settings.changed")
    made.job(1, "failed")
    made.wait()
    assert made.icon.shown == []


def test_the_question_of_changed_files_goes_when_they_were_saved(settled) -> None:
    made = settled()
    made.link.tell("workfile.ask", paths=["/cad/a.FCStd", "C:\\cad\\b.FCStd"], count=2)
    made.wait()
    assert [title for title, _, _ in made.icon.shown] == ["2 files have changed since they were last in the cloud"]
    gone: list[int] = []
    made.board.withdrawn.connect(gone.append)
    saved = [{"path": path, "state": "saved"} for path in ("/cad/a.FCStd", "C:\\cad\\b.FCStd")]
    made.link.tell("workfile.changed", files=saved, gone=[], counts={})
    assert gone == [1]
    assert not made.board.recent


def test_an_upgrade_is_asked_once_and_taken_back_when_somebody_answered(settled, qtbot) -> None:
    upgrade = {"forced": False, "since": "2026-01-01T00:00:00.000Z"}
    made = settled("en", **{"bridge.status": {**STATUS, "upgrade": upgrade}})
    made.link.tell("upgrade.announced", forced=False)
    made.wait()
    assert [title for title, _, _ in made.icon.shown] == ["ISCDesk has an upgrade"]
    made.icon.message_clicked.emit()
    assert made.room.open_window == [("upgrade", {})]
    made.link.tell("upgrade.announced", forced=False, answer=True)
    assert not made.board.recent


def test_a_warning_and_a_licence_are_told(settled, qtbot) -> None:
    made = settled()
    made.link.script["bridge.status"] = {**STATUS, "warnings": [{**ERROR, "code": "ISCB-SDK-GAVE-UP"}]}
    made.link.tell("bridge.changed")
    qtbot.waitUntil(lambda: not made.board._status.isActive() and not made.link._open)
    allowed = {"newSave": False, "openedSave": False, "open": False}
    made.link.tell(
        "license.changed",
        product="cad",
        managed=True,
        state="expired",
        allowed=allowed,
        checking=False,
        cloud="sandbox",
        error={**ERROR, "title": "The licence has expired"},
    )
    made.wait()
    assert sorted(title for title, _, _ in made.icon.shown) == ["Licence of cad", "The cloud did not accept it"]


def test_ten_thousand_outcomes_are_a_few_notices(settled) -> None:
    made = settled()
    for number in range(10_000):
        made.job(number, "failed" if number % 2 else "done")
        made.now += 0.001
    made.wait()
    assert len(made.icon.shown) <= 2
    assert len(made.board.recent) <= 20
