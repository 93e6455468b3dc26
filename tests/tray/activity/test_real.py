"""The activity window on a real bridge with its SDK process and a sandbox desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from iscbridge.core.jobs import JobState
from iscbridge.tray.activity.deeds import Deed
from iscbridge.tray.activity.model import Column
from iscbridge.tray.activity.window import ActivityWindow, make
from iscbridge.tray.link import Link
from iscbridge.tray.room import Room, TrayState
from support.checkout import ROOT
from support.world import World

SAMPLES = ROOT / "resources" / "samples"
PATIENCE_MS = 60_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def window(world: World, words, show) -> Iterator[ActivityWindow]:
    """On a bridge that is started by the test."""
    link = Link(world.home.bridge_address(), words)
    room = Room(link, words, world.home, TrayState(world.home), lambda _name, _what: None)
    link.open()
    yield show(make(room))
    link.close()


@pytest.fixture
def wait(qtbot) -> Callable[[Callable[[], Any]], None]:
    return lambda condition: qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def state(window: ActivityWindow, job: str) -> str:
    found = window.model.find(job)
    return "" if found is None else str(found.state)


def told(window: ActivityWindow) -> list[str]:
    steps = window.details.steps
    return [steps.topLevelItem(row).text(1) for row in range(steps.topLevelItemCount())]


def sample(world: World) -> Path:
    return Path(shutil.copy(SAMPLES / "bracket.FCStd", world.work))


def test_a_save_is_seen_on_its_whole_way(world, window, words, wait):
    world.desk()
    world.bridge()
    part = sample(world)
    job = world.ask().save(str(part))["job"]
    wait(lambda: state(window, job) == JobState.DONE)
    window.focus_on({"job": job})
    causes = [words(f"activity.cause.{cause}") for cause in ("accepted", "captured", "submitted", "done")]
    wait(lambda: [text for text in told(window) if text in causes] == causes)
    assert window.details.value("file") == str(part)
    assert window.details.value("handed") == str(part)
    assert window.details.files.topLevelItem(0).text(0) == "bracket.FCStd"
    index = window.filter.index_of(job)
    assert index.siblingAtColumn(Column.STATE).data() == words("state.done")
    assert index.siblingAtColumn(Column.CLOUD).data() == words("activity.cloud.sandbox")
    assert not index.siblingAtColumn(Column.STATE).data(Qt.ItemDataRole.DecorationRole).isNull()


def test_cancelled_in_time_and_tried_again(world, window, wait):
    world.bridge()
    job = world.ask().save(str(sample(world)))["job"]
    wait(lambda: state(window, job) == JobState.WAITING)
    window.focus_on({"job": job})
    window.actions_of_job.do(Deed.CANCEL)
    wait(lambda: state(window, job) == JobState.CANCELLED)
    world.desk()
    window.actions_of_job.do(Deed.RETRY)
    wait(lambda: state(window, job) == JobState.DONE)


def test_cancelled_too_late_it_asks_and_takes_an_answer(world, window, words, wait):
    world.desk(hold="middle")
    world.bridge()
    job = world.ask().save(str(sample(world)))["job"]
    wait(lambda: state(window, job) == JobState.SUBMITTED)
    window.focus_on({"job": job})
    window.actions_of_job.do(Deed.CANCEL)
    box = window.actions_of_job.dialog
    next(button for button in box.buttons() if button.text() == words("activity.cancel.yes")).click()
    wait(lambda: state(window, job) == JobState.UNKNOWN)
    world.desk(hold="none")
    world.ask_desk("release")
    window.actions_of_job.do(Deed.DISMISS)
    wait(lambda: words("activity.state.lookedAt") in window.filter.index_of(job).siblingAtColumn(Column.STATE).data())
    assert Deed.DISMISS not in {deed for deed, action in window.actions_of_job.actions.items() if action.isEnabled()}
    window.actions_of_job.do(Deed.REPEAT)
    wait(lambda: state(window, job) == JobState.DONE)


def test_a_copy_comes_back_byte_for_byte(world, window, wait):
    world.desk(fail_next=1)
    world.bridge()
    part = sample(world)
    job = world.ask().save(str(part))["job"]
    wait(lambda: state(window, job) == JobState.FAILED)
    part.write_bytes(b"ruined since")
    rescue = world.work / "rescue"
    rescue.mkdir()
    window.focus_on({"job": job})
    window.actions_of_job.recover_to(job, str(rescue))
    wait(lambda: str(rescue) in window.notice.text)
    (found,) = (path for path in rescue.rglob("*") if path.is_file())
    assert found.read_bytes() == (SAMPLES / "bracket.FCStd").read_bytes()
    assert part.read_bytes() == b"ruined since"


def test_an_assembly_is_looked_at_mended_and_saved(world, window, words, wait):
    world.desk()
    world.bridge()
    folder = world.work / "gearbox"
    shutil.copytree(SAMPLES / "gearbox", folder)
    shutil.copytree(SAMPLES / "library", world.work / "library")
    bolt = folder / "fasteners" / "bolt.FCStd"
    bolt.rename(folder / "bolt.away")
    window.check_assembly(str(folder / "gearbox.FCStd"))
    check = window._check
    wait(lambda: check.files.topLevelItemCount() > 0)
    states = [check.files.topLevelItem(row).text(1) for row in range(check.files.topLevelItemCount())]
    assert any(text.startswith(words("activity.part.missing")) for text in states)
    assert not check.save_button.isEnabled()
    (folder / "bolt.away").rename(bolt)
    check.check(str(folder / "gearbox.FCStd"))
    wait(check.save_button.isEnabled)
    check.save_button.click()
    wait(lambda: window.filter.rowCount() == 1)
    job = window.model.job(0).job
    wait(lambda: state(window, job) == JobState.DONE)
    assert window.history.job.job == job
    wait(lambda: window.details.files.topLevelItemCount() == check.files.topLevelItemCount())


def test_jobs_of_before_the_window_and_a_bridge_that_comes_back(world, window, words, wait):
    world.desk()
    world.bridge()
    first = world.ask().save(str(sample(world)))["job"]
    wait(lambda: state(window, first) == JobState.DONE)
    world.kill_bridge()
    wait(lambda: window.link_notice.text == words("activity.link.lost"))
    world.bridge()
    second = world.ask().save(str(world.file("other.FCStd")))["job"]
    wait(lambda: state(window, second) == JobState.DONE)
    assert window.link_notice.isHidden()
    assert state(window, first) == JobState.DONE
