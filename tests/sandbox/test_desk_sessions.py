"""Sessions of a real desk: greeting, refusal, log-in, hanging, cut connections, goodbye, and hostile clients."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.sandbox import session
from iscbridge.sandbox.personality import Personality
from iscbridge.sandbox.sessions import Sessions
from support.desk_wire import DeskClient, DeskProcess, frame, until

SUCCESS = {"status": "success"}


def test_greeting_init_shut_out_bye(desk: DeskProcess) -> None:
    client = desk.connect("FreeCAD 1.0 ü")
    (session,) = desk.state()["sessions"]
    assert (session["client"], session["pid"]) == ("FreeCAD 1.0 ü", str(os.getpid()))
    assert client.call("ShutOut") == 0
    client.write("bye")
    assert client.next() is None
    until(lambda: not desk.state()["sessions"])


def test_sessions_one(desk: DeskProcess) -> None:
    desk.set(sessions="one")
    first = desk.connect()
    assert desk.raw().expect("refuse")[1]
    assert first.barrier() == []
    first.close()
    until(lambda: not desk.state()["sessions"])
    desk.connect()


def test_sessions_any(desk: DeskProcess) -> None:
    for number in range(10):
        desk.connect(str(number))
    assert len(desk.state()["sessions"]) == 10


# -- log-in


def test_logged_out_refuse(desk: DeskProcess) -> None:
    client = desk.connect()
    desk.ask("logout")
    assert client.event()[0] == "EVENT_CLIENT_CLOSED"
    assert client.expect("bye")
    assert client.next() is None
    refused = desk.raw()
    assert refused.expect("refuse") == [b"refuse", b"not logged in"]
    assert refused.next() is None
    desk.ask("login")
    desk.connect()


def test_logged_out_call(desk: DeskProcess, part: Path) -> None:
    desk.set(logged_out="call", login="out")
    client = desk.connect()
    for call in (("Save", str(part), "false"), ("OpenCloudFile",), ("CheckNewVersions",)):
        assert client.call(*call) == 2
    assert client.barrier() == []
    desk.ask("login")
    assert client.save(part) == SUCCESS


def test_logged_out_event(desk: DeskProcess, part: Path) -> None:
    desk.set(logged_out="event", login="out")
    client = desk.connect()
    assert client.save(part) == {"status": "failed"}
    assert client.call("OpenCloudFile") == 0
    assert client.result("EVENT_OPENCLOUDFILE_RESULT")["mainFile"] == ""
    assert client.call("GetLicenseStringRequest", "") == 0
    assert client.result("EVENT_LICENSE_VERIFY")["Status"] == "failed"
    assert desk.versions(f"/{part.name}") == 0


def test_logging_out_during_an_upload_fails_it(desk: DeskProcess, part: Path) -> None:
    desk.set(logged_out="call", hold="middle")
    client = desk.connect()
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    desk.ask("logout")
    desk.ask("release")
    assert client.result() == {"status": "failed"}
    assert desk.versions(f"/{part.name}") == 0


# -- hanging


def test_hang_calls(desk: DeskProcess, part: Path) -> None:
    desk.set(hang="calls")
    client = desk.raw()
    client.expect("welcome")
    client.send("Init")
    client.send("Save", str(part), "false")
    until(lambda: desk.state()["sessions"])
    assert desk.versions(f"/{part.name}") == 0
    desk.set(hang="no")
    client.expect("return")
    client.expect("return")
    assert client.result() == SUCCESS


def test_hang_all(desk: DeskProcess) -> None:
    client = desk.connect()
    desk.set(hang="all", heartbeat_ms=10)
    late = desk.raw()
    client.send("Init")
    assert len(desk.state()["sessions"]) == 1, "not even greeted"
    for silent in (client, late):
        silent.socket.setblocking(False)
        assert not silent.peek(), "by the answer above the desk has had its words before it"
        silent.socket.setblocking(True)
    desk.set(hang="no", heartbeat_ms=0)
    late.welcomed()


# -- cut connections


def test_drop_at_a_call(desk: DeskProcess, part: Path) -> None:
    desk.set(drop="call")
    client = desk.connect()
    client.send("Save", str(part), "false")
    assert client.next() is None
    assert desk.connect().save(part) == SUCCESS, "once"
    assert desk.versions(f"/{part.name}") == 1, "the call that was cut was not carried out"


def test_drop_in_the_middle_of_an_upload(desk: DeskProcess, part: Path) -> None:
    desk.set(drop="upload")
    client = desk.connect()
    assert client.call("Save", str(part), "false") == 0
    assert client.next() is None
    until(lambda: desk.versions(f"/{part.name}") == 1)
    assert desk.state()["personality"] == {}


def test_drop_before_the_result(desk: DeskProcess, part: Path) -> None:
    desk.set(drop="result", drop_times=2)
    for _ in range(2):
        client = desk.connect()
        assert client.call("Save", str(part), "false") == 0
        assert client.next() is None
    assert desk.versions(f"/{part.name}") == 2
    assert desk.connect().save(part) == SUCCESS


def test_drop_always(desk: DeskProcess, part: Path) -> None:
    desk.set(drop="call", drop_times=0)
    for _ in range(3):
        client = desk.connect()
        client.send("CheckNewVersions")
        assert client.next() is None
    assert desk.state()["personality"] == {"drop": "call", "drop_times": 0}


# -- goodbye, heartbeat


def test_client_closed(desk: DeskProcess) -> None:
    client = desk.connect()
    desk.ask("close")
    name, info = client.event()
    assert name == "EVENT_CLIENT_CLOSED"
    assert info == b'{"operate":"ClientClosed","params":{},"comeBackParams":{}}'
    client.expect("bye")
    assert client.next() is None


def test_client_closed_absent(desk: DeskProcess) -> None:
    desk.set(client_closed="absent")
    client = desk.connect()
    desk.ask("close")
    client.expect("bye")
    assert client.next() is None


def test_heartbeat(desk: DeskProcess) -> None:
    client = desk.connect()
    assert client.barrier() == []
    desk.set(heartbeat_ms=20)
    for _ in range(3):
        name, info = client.event()
        assert name == "EVENT_HEARTBEAT"
        assert info == b'{"operate":"HeartBeat","params":{},"comeBackParams":{}}'


# -- hostile clients


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 0),
        struct.pack(">I", 2**32 - 1),
        struct.pack(">I", 65 * 1024) + b"x" * 65 * 1024,
        frame("call", "1", "Init"),
        frame("bye"),
        frame("hello", "2", "1", "x"),
        frame("hello"),
        frame("hello", "1", "1", b"\xff"),
        frame("hello", "1", "1", "x", "y"),
        frame("welcome", "1"),
    ],
)
def test_bad_greetings_are_sent_away(desk: DeskProcess, data: bytes) -> None:
    client = desk.raw(greet=False)
    client.socket.sendall(data)
    while (fields := client.next()) is not None:
        assert fields[0] in {b"bye", b"refuse"}
    desk.connect()


@pytest.mark.parametrize(
    "data",
    [
        frame("hello", "1", "1", "again"),
        frame("return", "1", "0"),
        frame("call"),
        frame("call", "1"),
        struct.pack(">I", 16 * 1024 * 1024 + 1),
        frame("call", "1", "Save", b"/\xff", "false"),
    ],
)
def test_a_session_that_breaks_the_rules_ends_and_others_go_on(desk: DeskProcess, part: Path, data: bytes) -> None:
    good, bad = desk.connect(), desk.connect()
    bad.socket.sendall(data)
    bad.expect("bye")
    assert bad.next() is None
    assert good.save(part) == SUCCESS


FRAME = st.lists(
    st.one_of(st.sampled_from(["call", "bye", "hello", "1", "Save", "/", "true", ""]), st.text(max_size=20)), min_size=1
).map(lambda fields: frame(*(field.encode("utf-8", "surrogatepass") for field in fields)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), st.lists(st.one_of(FRAME, st.binary(max_size=100)), max_size=8))
def test_whatever_comes_the_desk_lives(desk: DeskProcess, greeted: bool, pieces: list[bytes]) -> None:
    client = desk.connect() if greeted else desk.raw(greet=False)
    try:
        for piece in pieces:
            client.socket.sendall(piece)
    except OSError:
        pass  # sent away in the middle
    client.close(bye=False)
    desk.clients.remove(client)
    probe = desk.connect()
    assert probe.barrier() == []
    probe.close()
    desk.clients.remove(probe)


def test_a_flood_of_connections_does_not_lock_out_the_control_channel(desk: DeskProcess, part: Path) -> None:
    good = desk.connect()
    crowd = [desk.raw(greet=False) for _ in range(80)]
    turned_away = until(lambda: [c for c in crowd[63:] if c.next() is None])
    assert turned_away
    assert good.save(part) == SUCCESS
    assert len(desk.state()["sessions"]) == 1


def test_a_flood_of_calls_ends_only_that_session(desk: DeskProcess, part: Path) -> None:
    desk.set(hang="calls")
    flood = desk.raw()
    flood.expect("welcome")
    flood.socket.sendall(frame("call", "1", "Init") * 10_001)
    flood.expect("bye")
    desk.set(hang="no")
    assert desk.connect().save(part) == SUCCESS


def test_too_many_saves_at_once_are_refused_not_kept(desk: DeskProcess, part: Path) -> None:
    desk.ask("hold", at="start")
    client = desk.connect()
    for _ in range(1001):
        client.send("Save", str(part), "false")
    statuses = [client.expect("return")[2] for _ in range(1001)]
    assert statuses == [b"0"] * 1000 + [b"4"]
    desk.set(abandoned="dropped", hold="none")


@pytest.fixture
def sessions(qtbot, tmp_path: Path) -> Iterator[Sessions]:
    """The desk's server in this process, to make its limits small."""
    sessions = Sessions(Personality(tmp_path / "personality.json"))
    sessions.listen(str(tmp_path / "s"))
    yield sessions
    sessions.stop()


def test_who_does_not_greet_is_sent_away(
    qtbot, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "GREETING_MS", 1)
    with DeskClient(str(tmp_path / "s"), greet=False) as client:
        client.socket.setblocking(False)
        qtbot.waitUntil(client.peek)
        client.socket.setblocking(True)
        assert client.expect("refuse") == [b"refuse", b"no greeting"]


def test_who_does_not_read_is_cut_off(
    qtbot, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OUTGOING_LIMIT", 1024 * 1024)
    with DeskClient(str(tmp_path / "s")):
        qtbot.waitUntil(lambda: bool(sessions.open()))
        (deaf,) = sessions.open()
        with qtbot.waitSignal(sessions.ended):
            for _ in range(40):
                deaf.send_event("EVENT_HEARTBEAT", b"x" * 64 * 1024)


def test_the_addresses_are_for_the_owner_only(desk: DeskProcess) -> None:
    for address in (desk.places.address, desk.places.control):
        assert stat.S_IMODE(os.stat(address).st_mode) & 0o077 == 0
