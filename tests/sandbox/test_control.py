"""Starting and stopping the desk, and its control channel."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import SandboxError
from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.sandbox.places import Places, control_address
from support.desk_wire import DeskProcess, until


def test_start_status_stop(own_desk: DeskProcess) -> None:
    home = own_desk.home
    assert control.status(home) is None
    assert control.stop(home) is False
    pid = control.start(home, {"identity": "name"})
    said = json.loads(own_desk.places.pid.read_bytes())
    assert said == {"pid": pid, "address": own_desk.places.address, "control": own_desk.places.control}
    status = control.status(home)
    assert status is not None
    assert status["pid"] == pid
    assert status["personality"] == {"identity": "name"}
    assert control.start(home) == pid, "one that runs is left as it is"
    assert control.stop(home) is True
    assert control.running(home) is None
    assert not own_desk.places.pid.exists()
    assert not Path(own_desk.places.address).exists()


def test_a_second_desk_on_the_profile_gives_way(own_desk: DeskProcess) -> None:
    own_desk.start()
    second = subprocess.run(
        [sys.executable, "-m", "iscbridge.sandbox.desk", "--home", str(own_desk.home.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 3
    assert str(own_desk.pid) in second.stderr
    own_desk.connect()


def test_starts_at_the_same_time_agree_on_one(own_desk: DeskProcess) -> None:
    code = (
        "import sys; from iscbridge.platform.folders import Home; from iscbridge.sandbox import control;"
        "print(control.start(Home(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(own_desk.home.root)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {starter.communicate(timeout=100)[0] for starter in starters}
    assert pids == {f"{control.running(own_desk.home)}\n"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_in_good_order(own_desk: DeskProcess, part: Path, number: signal.Signals) -> None:
    client = own_desk.start().connect()
    client.save(part)
    os.kill(own_desk.pid, number)
    assert client.event()[0] == "EVENT_CLIENT_CLOSED"
    client.expect("bye")
    assert client.next() is None
    own_desk.wait_gone()
    assert not own_desk.places.pid.exists()
    assert own_desk.versions(f"/{part.name}") == 1


@pytest.mark.parametrize("place", ["start", "middle", "commit", "result"])
def test_stopping_does_not_wait_for_uploads(own_desk: DeskProcess, part: Path, place: str) -> None:
    own_desk.start(hold=place)
    own_desk.connect().call("Save", str(part), "false")
    own_desk.upload(held=place)
    control.stop(own_desk.home)
    assert own_desk.versions(f"/{part.name}") == (1 if place == "result" else 0)
    assert own_desk.problems() == []
    assert list((own_desk.places.blobs / "tmp").iterdir()) == []


def test_it_starts_again_after_a_kill(own_desk: DeskProcess, part: Path) -> None:
    own_desk.start(identity="name").connect().save(part)
    own_desk.kill()
    assert own_desk.places.pid.exists()
    assert control.status(own_desk.home) is None
    own_desk.start()
    assert own_desk.state()["personality"] == {"identity": "name"}
    assert own_desk.versions(f"/{part.name}") == 1
    own_desk.connect()


def test_a_desk_that_cannot_run_says_where_to_look(own_desk: DeskProcess) -> None:
    own_desk.home.ensure()
    own_desk.places.database.write_bytes(b"no database at all" * 100)
    with pytest.raises(SandboxError) as caught:
        own_desk.start()
    assert caught.value.code == "ISCB-SANDBOX-START"
    assert "not a database" in Path(caught.value.params["log"]).read_text()


def test_a_desk_that_ends_before_it_has_a_log_is_heard_all_the_same(own_desk: DeskProcess) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such module')"]
    with pytest.raises(SandboxError) as caught:
        control.start(own_desk.home, command=command)
    assert "no such module" in Path(caught.value.params["log"]).read_text()


def test_a_wrong_personality_starts_no_desk(own_desk: DeskProcess) -> None:
    with pytest.raises(SandboxError, match="ISCB-SANDBOX-PERSONALITY"):
        own_desk.start(identity="colour")
    assert control.running(own_desk.home) is None


def test_a_long_log_is_put_aside(own_desk: DeskProcess) -> None:
    own_desk.home.ensure()
    own_desk.places.log.write_bytes(b"x" * (5 * 1024 * 1024))
    own_desk.start()
    assert own_desk.places.log.stat().st_size < 10_000
    assert own_desk.places.log.with_suffix(".log.1").exists()


def test_a_long_home_gets_short_addresses(tmp_path: Path) -> None:
    desk = DeskProcess(tmp_path / ("x" * 90))
    try:
        desk.start()
        assert len(desk.places.control) <= len(desk.places.address) < 108
        desk.connect()
    finally:
        desk.end()
        os.rmdir(Path(desk.places.address).parent)


def test_control_address_of_a_pipe() -> None:
    assert (
        control_address(r"\\.\pipe\iscbridge-desk-S-1-5-21-1-abc") == r"\\.\pipe\iscbridge-desk-S-1-5-21-1-abc-control"
    )


def test_places_belong_to_one_home(tmp_path: Path) -> None:
    one, two = Places.of(Home(tmp_path / "1")), Places.of(Home(tmp_path / "2"))
    assert one.address != two.address
    assert one.control != one.address


def test_no_desk_no_answer(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        control.request(Home(tmp_path), {"request": "state"})
    assert caught.value.code == "ISCB-SANDBOX-NOT-RUNNING"


def test_the_client_loads_neither_qt_nor_sqlite() -> None:
    code = "import sys, iscbridge.sandbox.control; print([m for m in ('PySide6', 'sqlite3') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_headless_desk_loads_no_widgets(desk: DeskProcess) -> None:
    maps = Path(f"/proc/{desk.pid or control.running(desk.home)}/maps").read_text()
    assert "Qt6Network" in maps
    assert "Qt6Widgets" not in maps


def test_ls_and_get(desk: DeskProcess, assembly: Path, tmp_path: Path) -> None:
    desk.connect().save(assembly, assembly=True)
    path = f"/{assembly.name}.zip"
    (item,) = [item for item in desk.ask("ls")["items"] if item["path"] == path]
    assert (item["assembly"], item["version"], item["state"]) == (True, 1, "CHECKIN")
    assert item["versions"][0]["source"] == str(assembly)
    got = desk.ask("get", path=path, to=str(tmp_path / "got.zip"))["path"]
    assert Path(got).read_bytes() == desk.stored(path)
    unpacked = desk.ask("get", path=path, to=str(tmp_path / "out"), unpacked=True)["path"]
    assert (Path(unpacked) / "zero").exists()


def test_mkdir(desk: DeskProcess) -> None:
    desk.ask("mkdir", path="/neu/ordner")
    assert "/neu/ordner" in desk.ask("ls")["folders"]


def test_a_storm_loses_nothing_and_keeps_the_order(desk: DeskProcess) -> None:
    clients = [desk.connect(), desk.connect()]
    assert desk.ask("storm", n=20_000)["sessions"] == 2
    for client in clients:
        numbers = [int(json.loads(client.event()[1])["params"]["n"]) for _ in range(20_000)]
        assert numbers == list(range(1, 20_001))
    until(lambda: desk.state()["storm"] == 0)


def test_a_storm_waits_for_slow_readers_and_stays_small(desk: DeskProcess) -> None:
    client = desk.connect()
    desk.ask("storm", n=500_000, info="x" * 1000)
    until(lambda: desk.state()["storm"] < 499_000)
    rss = Path(f"/proc/{control.running(desk.home)}/status").read_text().split("VmRSS:")[1].split()[0]
    assert int(rss) < 400_000
    assert desk.state()["storm"] > 400_000
    client.close()
    until(lambda: desk.state()["storm"] == 0)


def test_a_storm_at_a_steady_rate(desk: DeskProcess) -> None:
    client = desk.connect()
    began = time.monotonic()
    desk.ask("storm", n=50, perSecond=100, event="EVENT_UPDATE", info="{n}")
    assert [client.event() for _ in range(50)] == [("EVENT_UPDATE", b"%d" % n) for n in range(1, 51)]
    assert time.monotonic() - began >= 0.4, "no faster than was asked for, on any machine"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"request": "sing"},
        {"request": 3},
        {"request": ["state"]},
        {"request": "get", "path": "/x", "to": "relative"},
        {"request": "get", "path": 1, "to": "/tmp"},
        {"request": "storm", "n": 0},
        {"request": "storm", "n": True},
        {"request": "storm", "event": "EVENT_MADE_UP"},
        {"request": "storm", "info": "a\0b"},
        {"request": "hold", "at": "nowhere"},
        {"request": "personality", "set": {"identity": 3}},
        {"request": "personality", "set": []},
        {"request": "mkdir", "path": ".."},
        {"request": "checkout", "path": "/nothing"},
        {"request": "answer"},
        {"request": "answer", "dialog": 99, "answer": {"action": "cancel"}},
        {"request": "get", "path": "/\ud800", "to": "/tmp"},
    ],
)
def test_requests_that_make_no_sense_are_refused_with_a_code(desk: DeskProcess, message: dict[str, object]) -> None:
    with pytest.raises(SandboxError) as caught:
        control.request(desk.home, message)
    assert caught.value.code.startswith("ISCB-SANDBOX-")
    assert desk.state()["personality"] == {}


def lines(desk: DeskProcess, data: bytes) -> list[bytes]:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(30)
        channel.connect(desk.places.control)
        channel.sendall(data)
        channel.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := channel.recv(1 << 16):
            answer += piece
    return answer.splitlines()


def test_requests_on_one_connection_are_answered_in_order(desk: DeskProcess) -> None:
    answers = lines(desk, b'{"request":"state"}\n{"request":"sing"}\nnot json\n{"request":"personality"}\n')
    assert [json.loads(answer)["ok"] for answer in answers] == [True, False, False, True]


def test_a_line_without_end_is_cut_off(desk: DeskProcess) -> None:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(30)
        channel.connect(desk.places.control)
        with contextlib.suppress(OSError):  # cut off while it was sending
            for _ in range(64):
                channel.sendall(b"x" * (64 * 1024))
        with contextlib.suppress(ConnectionError):  # the answer goes with the connection if input was left unread
            assert b"ISCB-SANDBOX-REQUEST" in channel.recv(1 << 16)
    assert desk.state()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["state", "personality", "hold", "script", "answer", "storm", "ls", "checkout", "checkin", "announce", "calls"]
KEYS = ["set", "at", "answers", "clear", "answer", "dialog", "n", "event", "info", "path", "by", "forced", "reset"]
REQUESTS = st.builds(
    lambda name, fields: json.dumps({**fields, "request": name}).encode(),
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3),
)
LINE = st.one_of(REQUESTS, JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, max_size=5))
def test_whatever_line_comes_gets_one_answer(desk: DeskProcess, found: list[bytes]) -> None:
    data = b"".join(line.replace(b"\n", b"") + b"\n" for line in found)
    answers = lines(desk, data)
    assert len(answers) == len(found)
    assert all(isinstance(json.loads(answer)["ok"], bool) for answer in answers)


def test_a_deep_json_is_refused(desk: DeskProcess) -> None:
    (answer,) = lines(desk, b"[" * 200_000 + b"\n")
    assert json.loads(answer)["error"] == "ISCB-SANDBOX-REQUEST"
