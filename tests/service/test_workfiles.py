"""The working files of a bridge that runs in this process, without an SDK."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from iscbridge.core import inputs as i
from iscbridge.core.effects import WriteJob
from iscbridge.core.engine import EngineConfig
from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import CapturedFile, ErrorInfo, JobKind, JobState, Snapshot
from iscbridge.core.setting_sources import resolve
from iscbridge.core.workfile_model import FileState, Hash
from iscbridge.journal.plan import file_identity
from iscbridge.journal.workfiles import NOBODYS
from iscbridge.platform.files import stamp
from iscbridge.platform.folders import Home
from iscbridge.platform.identity import identity_key
from iscbridge.platform.workfile_looks import read
from iscbridge.service.bridge import Bridge, BridgeConfig
from iscbridge.service.sdk.launch import SdkLaunch
from iscbridge.service.workers import Pulse
from iscbridge.service.workfiles.run import WorkfileTimes
from iscbridge.service.workfiles.saves import _FIRST_TOKEN, HOST
from support.made_jobs import job

TIMES = WorkfileTimes(settle_s=0.05, gone_s=0.05, lock_s=0.05, quiet_s=0.05, scan_s=3600.0, gather_s=0.02)


@pytest.fixture
def make_bridge(qapp, tmp_path):
    made = []

    def make(cloud="sandbox", **settings):
        home = Home(tmp_path / "home")
        home.ensure()
        bridge = Bridge(
            BridgeConfig(
                home,
                SdkLaunch(sys.executable, ("-c", ""), "/none"),
                EngineConfig(cloud=cloud),
                workfile_times=TIMES,
                settings=resolve({"files": {"when_changed": "off", **settings}}, {}),
            )
        )
        bridge.workfiles.start()
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        bridge._close()


@pytest.fixture
def gear(tmp_path):
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"as it was saved")
    return path


def done_save(path, **members):
    """A save of the file as it is now, which the cloud has taken."""
    found = stamp(str(path))
    sha256 = read(Hash(str(path), 1), Pulse()).sha256
    file = CapturedFile(path.name, str(path), found.size, found.mtime_ns, found.file_id, sha256, sha256)
    values = {"state": JobState.DONE, "path": str(path), "snapshot": Snapshot(file_identity(str(path)), (file,))}
    return job("j1", **{**values, **members})


def finish(bridge, done):
    bridge.journal.commit([WriteJob(done, "done")])
    bridge.workfiles.job_changed(done)


def test_a_done_save_makes_a_working_file_and_is_no_news_any_more(make_bridge, gear, qtbot):
    bridge = make_bridge()
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    file = bridge.workfiles.table.get(str(gear))
    assert file.identity == identity_key(str(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.table.news() == [])


def test_a_success_that_the_cloud_takes_back_makes_the_file_changed(make_bridge, gear, qtbot):
    bridge = make_bridge()
    done = done_save(gear)
    finish(bridge, done)
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    bridge.workfiles.job_changed(replace(done, state=JobState.UNKNOWN))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.CHANGED)
    bridge._close()
    again = make_bridge()
    qtbot.waitUntil(lambda: again.workfiles.state(str(gear)) is FileState.CHANGED)
    assert again.workfiles.describe(str(gear)).size is None


def test_an_unknown_save_says_nothing_of_what_was_saved_before(make_bridge, gear, qtbot):
    bridge = make_bridge()
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    bridge.workfiles.job_changed(done_save(gear, id="j2", state=JobState.UNKNOWN))
    qtbot.waitUntil(lambda: not bridge.workfiles.bites._line)
    assert bridge.workfiles.table.get(str(gear)).sha256 != "?"


def test_what_the_sandbox_has_is_not_in_the_real_cloud(make_bridge, gear, qtbot):
    bridge = make_bridge("sandbox")
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    bridge._close()
    real = make_bridge("iscdesk")
    qtbot.waitUntil(lambda: not real.workfiles.bites._line)
    assert real.workfiles.counts() == {}
    real._close()
    qtbot.waitUntil(lambda: make_bridge("sandbox").workfiles.table.count() == 1)


def test_news_of_another_cloud_wait_for_its_bridge(make_bridge, gear, qtbot):
    bridge = make_bridge("iscdesk")
    bridge.journal.commit([WriteJob(done_save(gear, cloud="sandbox"), "done")])
    bridge._close()
    bridge = make_bridge("iscdesk")
    qtbot.waitUntil(lambda: not bridge.workfiles.bites._line)
    assert bridge.workfiles.table.news() == ["j1"]
    bridge._close()
    bridge = make_bridge("sandbox")
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)


def test_what_was_learnt_of_a_touched_file_is_written_when_the_bridge_closes(make_bridge, gear, qtbot, monkeypatch):
    bridge = make_bridge()
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    gear.write_bytes(b"as it was saved")  # another time, the same bytes
    monkeypatch.setattr(bridge.workfiles._flush_timer, "start", lambda: None)
    bridge.workfiles._run.scans.want()
    qtbot.waitUntil(lambda: bool(bridge.workfiles._pending))
    bridge._close()
    again = make_bridge()
    assert again.workfiles.table.get(str(gear)).stat.mtime_ns == stamp(str(gear)).mtime_ns


@pytest.fixture
def asked(make_bridge, monkeypatch):
    """An automatic bridge, and the saves that it asks for in place of its engine."""
    bridge = make_bridge(when_changed="automatic")
    found = []
    monkeypatch.setattr(bridge.runner, "feed_soon", found.append)
    return bridge, found


def test_a_save_by_itself_is_asked_for_as_a_host_asks(asked, gear, qtbot):
    bridge, found = asked
    finish(bridge, done_save(gear, origin=replace(done_save(gear).origin, host="FreeCAD", product="freecad-cloud")))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    gear.write_bytes(b"drawn on")
    bridge.workfiles._run.scans.want()
    qtbot.waitUntil(lambda: bool(found))
    (event,) = found
    assert isinstance(event, i.JobRequested)
    assert (event.kind, event.path, event.assembly) == (JobKind.SAVE, str(gear), False)
    assert (event.origin.host, event.origin.product) == (HOST, "freecad-cloud")


def test_a_save_that_could_not_be_journaled_is_asked_for_again(asked, gear, qtbot):
    bridge, found = asked
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    gear.write_bytes(b"drawn on")
    bridge.workfiles._run.scans.want()
    qtbot.waitUntil(lambda: len(found) == 1)
    bridge._refuse(found[0].token, ErrorInfo("ISCB-JOURNAL-DISK-FULL", {"folder": "/"}))
    qtbot.waitUntil(lambda: len(found) == 2)
    bridge._refuse(found[1].token, ErrorInfo("ISCB-LIC-EXPIRED"))  # a person has to act: no second try
    assert not bridge.workfiles.saves._due
    assert found[1].token > _FIRST_TOKEN


def test_settings_hold_at_once(asked, gear, qtbot):
    bridge, found = asked
    bridge.settings_changed.emit(resolve({"files": {"when_changed": "off"}}, {}).settings)
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    gear.write_bytes(b"drawn on")
    bridge.workfiles._run.scans.want()
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.CHANGED)
    assert not bridge.workfiles._run.timers  # no quiet period runs
    bridge.settings_changed.emit(resolve({"files": {"when_changed": "automatic"}}, {}).settings)
    qtbot.waitUntil(lambda: len(found) == 1)


def opened_job(path, **members):
    values = {"kind": JobKind.OPEN, "state": JobState.DONE, "path": "", "result_path": str(path), "snapshot": None}
    return job("o1", **{**values, **members})


def test_what_is_written_before_an_opened_file_was_read_is_changed(make_bridge, gear, qtbot, monkeypatch):
    bridge = make_bridge()
    asked = []
    monkeypatch.setattr(bridge.workfiles._run.looks, "ask", asked.append)  # a disk that takes its time
    finish(bridge, opened_job(gear, updated=time.time()))
    qtbot.waitUntil(lambda: bool(asked))
    monkeypatch.undo()
    gear.write_bytes(b"an hour of work")
    bridge.workfiles._run.looks.ask(asked[0])
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.CHANGED)


def test_what_was_written_to_an_opened_file_while_the_bridge_was_off_is_changed(make_bridge, gear, qtbot, monkeypatch):
    bridge = make_bridge()
    monkeypatch.setattr(bridge.workfiles._run.looks, "ask", lambda _: None)
    finish(bridge, opened_job(gear, updated=time.time()))
    qtbot.waitUntil(lambda: bridge.workfiles.table.get(str(gear)) is not None)
    bridge._close()
    gear.write_bytes(b"an hour of work")
    again = make_bridge()
    qtbot.waitUntil(lambda: again.workfiles.state(str(gear)) is FileState.CHANGED)


@pytest.mark.parametrize(("ended", "state"), [(-100.0, FileState.CHANGED), (100.0, FileState.SAVED)])
def test_of_an_open_in_an_earlier_run_only_what_nobody_wrote_to_is_saved(make_bridge, gear, qtbot, ended, state):
    bridge = make_bridge()
    moment = stamp(str(gear)).mtime_ns / 1e9 + ended
    bridge.journal.commit([WriteJob(opened_job(gear, created=moment, updated=moment), "done")])
    bridge._close()
    again = make_bridge()
    qtbot.waitUntil(lambda: again.workfiles.state(str(gear)) is state)


def test_after_an_unknown_save_old_content_is_not_called_saved(make_bridge, gear, qtbot):
    bridge = make_bridge()
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    gear.write_bytes(b"another one, that the cloud may have or not")
    unknown = done_save(gear, id="j2", state=JobState.UNKNOWN)
    gear.write_bytes(b"as it was saved")
    bridge.workfiles.job_changed(unknown)
    qtbot.waitUntil(lambda: bridge.workfiles.table.get(str(gear)).sha256 == NOBODYS)
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.CHANGED)


def test_a_save_by_itself_whose_list_can_t_be_read_is_asked_for_again(asked, gear, qtbot, monkeypatch):
    bridge, seen = asked
    finish(bridge, done_save(gear, files=(str(gear),), assembly=True))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    read_job, failures = bridge.journal.job, [JournalError("ISCB-JOURNAL-IO", path="j", detail="?")]

    def job_of(name):
        if failures:
            raise failures.pop()
        return read_job(name)

    monkeypatch.setattr(bridge.journal, "job", job_of)
    gear.write_bytes(b"another one")
    bridge.workfiles._run.scans.want()
    qtbot.waitUntil(lambda: bool(seen))
    assert failures == []


def test_only_files_of_the_states_that_are_asked_for_are_looked_up(make_bridge, gear, qtbot):
    bridge = make_bridge()
    finish(bridge, done_save(gear))
    qtbot.waitUntil(lambda: bridge.workfiles.state(str(gear)) is FileState.SAVED)
    bridge.workfiles._run.open = {"/a": FileState.UNREADABLE, "/c": FileState.CHANGED, "/b": FileState.CHANGED}
    assert bridge.workfiles.not_saved({FileState.CHANGED}, "") == ["/b", "/c"]
    assert bridge.workfiles.not_saved({FileState.CHANGED}, "/b") == ["/c"]
