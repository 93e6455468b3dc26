"""Ten thousand changes while windows open and close: nothing is lost, nothing is left behind."""

from __future__ import annotations

import random

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from iscbridge.core.jobs import JobState
from iscbridge.tray.activity.window import make
from iscbridge.tray.link import Link
from iscbridge.tray.room import Room, TrayState
from support.scripted_jobs import wire_job
from support.world import World, until

EVENTS = 10_000


def settle(server) -> None:
    while server.link._open:
        server.link._answer()


def test_ten_thousand_changes_while_windows_open_and_close(room, server, qtbot):
    dice = random.Random(7)
    states = list(JobState)
    windows = []
    for number in range(EVENTS):
        job = wire_job(dice.randrange(300), str(dice.choice(states)))
        server.put(job)
        server.link.tell("job.changed", **job)
        if number % 500 == 0:
            windows.append(make(room))
            windows[-1].show()
            settle(server)
        if number % 100 == 0:
            QApplication.processEvents()
        if len(windows) > 2:
            closed = windows.pop(0)
            closed.close()
            closed.deleteLater()
            QCoreApplication.sendPostedEvents(closed, QEvent.Type.DeferredDelete)
    settle(server)
    for window in windows:
        qtbot.addWidget(window)
        assert {job: str(window.model.find(job).state) for job in server.jobs} == {
            job: wire["state"] for job, wire in server.jobs.items()
        }


def test_thirty_saves_of_a_real_bridge_while_windows_open_and_close(tmp_path, words, qtbot):
    world = World(tmp_path)
    link = Link(world.home.bridge_address(), words)
    try:
        world.desk()
        world.bridge()
        link.open()
        room = Room(link, words, world.home, TrayState(world.home), lambda _name, _what: None)
        client = world.client()
        asked = [client.save(str(world.file(f"part-{number}.step")))["job"] for number in range(30)]
        window = make(room)

        def all_done() -> bool:
            nonlocal window
            QApplication.processEvents()
            found = [window.model.find(job) for job in asked]
            done = all(job is not None and job.state is JobState.DONE for job in found)
            if not done and window.feed.has_loaded:
                window.deleteLater()
                window = make(room)
                window.show()
            return done

        until(all_done, "every save to be seen as done")
        qtbot.addWidget(window)
    finally:
        link.close()
        world.close()
