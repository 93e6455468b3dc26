"""The bridge is absent, starts, stands still, is killed, closes: a sentence, no box, and no save is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.world import World, kill, until

PART = """
part = App.newDocument(stem)
part.addObject("Part::Box", "Box")
part.recompute()
part.saveAs(path)
"""
SAVES = 50
STARTS = "import sys\nfrom iscbridge.__main__ import main\nsys.argv[1:] = ['serve']\nsys.exit(main())\n"


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "w")
    made.home.ensure()
    made.desk()
    try:
        yield made
    finally:
        made.close()


def quiet(cad) -> None:
    assert cad.boxes() == []
    assert "Traceback" not in cad.said()


def test_a_save_without_a_bridge_is_kept_until_there_is_one(start, own_world, folder):
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'absent'")
    path = folder / "bracket.FCStd"
    cad.do(PART, stem="bracket", path=str(path))
    cad.press("save")
    cad.until_told("ISCBridge is not running", "goes to the cloud as soon as ISCBridge answers")
    assert cad.do("result = Gui.getDocument(part.Name).Modified") is False
    cad.press("licence")
    cad.until_told("ISCBridge is not running", "The licence is not known yet")
    own_world.bridge()
    cad.until_told("“bracket.FCStd” is in the cloud")
    assert own_world.cloud_bytes("/bracket.FCStd") == path.read_bytes()
    quiet(cad)


def test_the_bridge_is_started_if_it_is_absent(start, own_world, folder, tmp_path):
    pids = tmp_path / "started"
    code = f"import os; open({str(pids)!r}, 'a').write(str(os.getpid()) + ' ')\n{STARTS}"
    # FreeCAD's process gives its environment on: what makes this checkout importable stays out of it.
    cad = start(own_world, command=(sys.executable, "-c", code))
    try:
        cad.until("result = commands.bridge.state == 'connected'", "the bridge to be started")
        cad.do(PART, stem="bracket", path=str(folder / "bracket.FCStd"))
        cad.press("save")
        cad.until_told("“bracket.FCStd” is in the cloud")
        assert len(pids.read_text().split()) == 1
        quiet(cad)
    finally:
        for pid in pids.read_text().split() if pids.exists() else ():
            os.kill(int(pid), signal.SIGTERM)
            until(lambda pid=pid: not Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else True,
                  "the bridge to end")  # fmt: skip


def test_with_more_rights_than_usual_it_is_not_started(start, own_world, tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_UID", "1000")
    started = tmp_path / "started"
    cad = start(own_world, command=(sys.executable, "-c", f"open({str(started)!r}, 'w').close()"))
    cad.until("result = commands.bridge.state == 'absent'")
    assert not started.exists()


def test_a_command_that_is_gone_is_unknown(start, own_world, tmp_path):
    cad = start(own_world, command=(str(tmp_path / "nowhere"), "tray", "--quiet"))
    cad.until("result = commands.bridge.state == 'absent'")
    assert cad.do("from iscbridge_freecad import installed; result = installed.bridge_command()") is None
    quiet(cad)


def test_a_bridge_that_stands_still_stops_nobody(start, own_world, folder):
    own_world.bridge()
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    path = folder / "bracket.FCStd"
    cad.do(PART, stem="bracket", path=str(path))
    os.kill(own_world.bridge_pid, signal.SIGSTOP)
    try:
        cad.do("watch.begin(); part.Box.Length = 4")
        cad.press("save")
        cad.until("result = commands.bridge.state == 'lost'", "the loss to be seen")
        assert cad.do("result = watch.longest") < 2.0, "far below every time-out of the connection"
    finally:
        os.kill(own_world.bridge_pid, signal.SIGCONT)
    cad.until_told("“bracket.FCStd” is in the cloud")
    assert own_world.cloud_bytes("/bracket.FCStd") == path.read_bytes()
    assert [job["path"] for job in own_world.ask().request("job.list", {})["jobs"]] == [str(path)], (
        "asked twice, done once"
    )
    quiet(cad)


def test_a_bridge_that_closes_is_said_and_comes_back(start, own_world, folder):
    own_world.bridge()
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    cad.do(PART, stem="bracket", path=str(folder / "bracket.FCStd"))
    assert own_world.stop_bridge() == 0
    cad.until_told("ISCBridge was closed")
    own_world.bridge()
    cad.until("result = commands.bridge.state == 'connected'")
    cad.press("save")
    cad.until_told("“bracket.FCStd” is in the cloud")
    quiet(cad)


def test_what_comes_after_the_end_of_a_job_is_told(start, own_world, folder):
    """The cloud takes a success back; a person has it tried again elsewhere."""
    own_world.desk(results="conflict")
    own_world.bridge({"settle_s": 0.0})
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    cad.do(PART, stem="bracket", path=str(folder / "bracket.FCStd"))
    cad.press("save")
    cad.until_told("not known whether “bracket.FCStd” arrived")
    cad.until("result = state() == 'Cloud: look whether it arrived'")
    own_world.desk(results="once")
    (job,) = own_world.ask().request("job.list", {})["jobs"]
    own_world.ask().request("job.retry", {"job": job["job"]})
    cad.until_told("“bracket.FCStd” is in the cloud")
    cad.until("result = state() == 'Cloud: saved'")
    quiet(cad)


def test_a_fault_in_what_is_done_with_an_answer_is_no_loss_of_the_connection(start, own_world):
    own_world.bridge()
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    cad.do("seen = []; commands.bridge.ask('bridge.status', {}, lambda *_: 1 / 0)")
    cad.do("commands.bridge.ask('bridge.status', {}, lambda result, error: seen.append(error))")
    cad.until("result = seen == [None]", "the answer behind it")
    assert cad.do("result = commands.bridge.state") == "connected"
    assert "ZeroDivisionError" in cad.said(), "it is reported"


def test_an_upgrade_is_told_in_its_own_words(start, own_world):
    own_world.bridge()
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    cad.do("commands._told('upgrade.announced', {'forced': True, 'text': 'ISCDesk upgrades now.'})")
    cad.until_told("ISCDesk upgrades now.")
    cad.do("commands.bridge._client._queue(('bridge.closing', {'reason': 'upgrade'})); commands.bridge._read()")
    own_world.kill_bridge()
    cad.until_told("ISCBridge closed for an upgrade of ISCDesk")
    quiet(cad)


def test_a_bridge_of_another_version_is_said_with_what_to_do(start, own_world, folder):
    with stranger(own_world, code="ISCB-PROTO-VERSION", message="No.") as asked:
        cad = start(own_world)
        cad.until_told("of different versions", "iscbridge hosts install freecad")
        assert asked[0]["method"] == "bridge.hello"
        cad.do(PART, stem="bracket", path=str(folder / "bracket.FCStd"))
        cad.press("save")
        cad.until_told("of different versions", "“bracket” is saved here")
    own_world.bridge()
    cad.until_told("“bracket.FCStd” is in the cloud")
    quiet(cad)


def test_whatever_answers_in_its_place_is_told_and_tried_again(start, own_world):
    with stranger(own_world, nonsense="1"):
        cad = start(own_world)
        cad.until_told("ISCBridge does not answer as it should")
    own_world.bridge()
    cad.until("result = commands.bridge.state == 'connected'")
    quiet(cad)


@contextmanager
def stranger(world: World, **data: str) -> Iterator[list[dict]]:
    """Something at the bridge's address that refuses every question."""
    path = Path(world.home.bridge_address())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    asked: list[dict] = []

    class Refusing(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                asked.append(json.loads(line))
                error = {"code": -32002, "message": "No.", "data": data}
                self.wfile.write(json.dumps({"jsonrpc": "2.0", "id": asked[-1]["id"], "error": error}).encode() + b"\n")

    with socketserver.ThreadingUnixStreamServer(str(path), Refusing) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
            path.unlink()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_save_is_lost_when_the_bridge_is_killed(start, own_world, folder):
    dice = random.Random(5)
    own_world.bridge()
    cad = start(own_world)
    cad.until("result = commands.bridge.state == 'connected'")
    cad.do(PART, stem="start", path=str(folder / "start.FCStd"))
    for number in range(SAVES):
        cad.do("part.Box.Length = number; part.saveAs(path)", number=number + 1, path=str(folder / f"p{number}.FCStd"))
        cad.press("save")
        # From before it is asked to after it is done: the moment is another one each time.
        cad.do("began = time.monotonic()")
        cad.until("result = time.monotonic() >= began + wait", wait=dice.choice((0.0, 0.02, 0.05, 0.1, 0.3, 0.6)))
        kill(own_world.bridge_pid)
        own_world.wait_bridge()
        own_world.bridge(wait=dice.random() < 0.5)
    until(lambda: cad.do("result = commands.bridge.waiting") == 0, "every save to be answered", 120)
    ended = {}

    def all_final() -> bool:
        ended.update({job["path"]: job for job in own_world.ask().request("job.list", {"limit": 500})["jobs"]})
        return len(ended) == SAVES and all(job["state"] in ("done", "unknown") for job in ended.values())

    until(all_final, f"{SAVES} saves to end; {[(j['path'][-9:], j['state']) for j in ended.values()]}", 240)
    assert set(ended) == {str(folder / f"p{number}.FCStd") for number in range(SAVES)}
    for number in range(SAVES):
        path = folder / f"p{number}.FCStd"
        assert own_world.cloud_bytes(f"/{path.name}") == path.read_bytes(), ended[str(path)]
    quiet(cad)
