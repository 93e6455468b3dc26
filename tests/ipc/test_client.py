from __future__ import annotations

import ast
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.ipc import client as module
from iscbridge.ipc.client import (
    BridgeError,
    Client,
    ConnectionLostError,
    ForeignOwnerError,
    NotRunningError,
    TimedOutError,
    find_address,
)
from iscbridge.ipc.quick import ask
from iscbridge.platform.folders import Home
from support.raw_client import until

Start = Callable[..., Any]


@pytest.fixture
def client(bridge: Any) -> Iterator[Client]:
    found = Client("tests", address=bridge.address, timeout=30.0)
    found.connect()
    yield found
    found.close()


def test_save_and_be_notified(client: Client, bridge: Any) -> None:
    assert client.server_pid == client.hello["pid"] == bridge.process.pid
    job = client.save("/a", product="p")
    assert (job["state"], job["path"]) == ("accepted", "/a")
    topic, changed = client.poll(30.0)[0]
    assert (topic, changed["job"], changed["state"]) == ("job.changed", job["job"], "done")
    assert client.wait(job["job"], 30.0)["state"] == "done"
    assert client.poll() == []


def test_open_is_told_twice(client: Client) -> None:
    job = client.open()
    topics: list[str] = []
    while len(topics) < 2:
        topics += [topic for topic, _ in client.poll(30.0)]
    assert topics == ["job.changed", "file.opened"]
    assert client.save_as("/b")["kind"] == "saveAs"
    assert job["kind"] == "open"


def test_errors_of_the_bridge_carry_their_texts(client: Client) -> None:
    with pytest.raises(BridgeError) as caught:
        client.save("a")
    error = caught.value
    assert (error.code, error.retry, error.params) == ("ISCB-REQ-PATH-RELATIVE", "no", {"path": "a"})
    assert error.title
    assert error.remedy
    assert "ISCB-REQ-PATH-RELATIVE" in str(error)


def test_a_name_that_is_no_text_is_refused_in_words(client: Client) -> None:
    with pytest.raises(BridgeError, match="ISCB-REQ-PATH-ENCODING"):
        client.save("/a\udcff")


def test_a_request_that_is_too_large_is_refused_here(client: Client) -> None:
    files = ["/" + "x" * 200] * 45_000
    with pytest.raises(BridgeError, match="ISCB-PROTO-FRAME-TOO-LARGE"):
        client.save(files[0], assembly=True, files=files)
    assert client.request("bridge.status")["clients"] == 1


def test_a_frame_larger_than_the_socket_buffers(client: Client) -> None:
    files = [f"/{'x' * 200}/{number}" for number in range(30_000)]
    assert client.save(files[0], assembly=True, files=files)["state"] == "accepted"


def test_a_call_ends_with_its_time_out_and_the_connection_goes_on(client: Client) -> None:
    with pytest.raises(TimedOutError) as caught:
        client.save("/never", timeout=0.05)
    assert caught.value.params == {"seconds": "0.05"}
    with pytest.raises(BridgeError, match="ISCB-CLOUD-FAILED"):
        client.request("cloud.save", {"path": "/later"}, 30.0)
    assert client.poll(0.01) == []


def test_a_late_answer_is_not_taken_for_another(client: Client) -> None:
    with pytest.raises(TimedOutError):
        client.save("/behind", timeout=0.01)
    for _ in range(50):
        assert client.request("bridge.reconnect") == {}


def test_answers_by_callback(client: Client) -> None:
    answers: list[tuple[Any, Any]] = []
    client.send("bridge.reconnect", answered=lambda result, error: answers.append((result, error)))
    client.send("cloud.teleport", answered=lambda result, error: answers.append((result, error)))
    client.send("bridge.reconnect")
    while len(answers) < 2:
        assert client.poll(30.0) == []
    assert answers[0] == ({}, None)
    assert answers[1][1].code == "ISCB-PROTO-UNKNOWN-METHOD"


def test_many_threads_share_one_connection(client: Client) -> None:
    heard: queue.Queue[str] = queue.Queue()
    client.listen(lambda topic, params: heard.put(params["path"]))
    asked: list[str] = []

    def work(thread: int) -> None:
        for number in range(50):
            path = f"/{thread}/{number}"
            assert client.save(path)["path"] == path
            asked.append(path)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard.get(timeout=30) for _ in range(400)) == sorted(asked)


def test_requests_wait_for_each_other_without_a_reading_thread(client: Client) -> None:
    slow_result: list[str] = []

    def slow() -> None:
        with pytest.raises(TimedOutError):
            client.save("/never", timeout=1.0)
        slow_result.append("timed out")

    thread = threading.Thread(target=slow)
    thread.start()
    for _ in range(20):
        assert client.request("bridge.reconnect") == {}
    thread.join()
    assert slow_result == ["timed out"]


def test_a_callback_may_ask(client: Client) -> None:
    answers: queue.Queue[str] = queue.Queue()
    client.listen(lambda _topic, params: answers.put(client.request("job.get", {"job": params["job"]})["state"]))
    client.save("/a")
    assert answers.get(timeout=30) == "done"


def test_close_ends_every_wait(bridge: Any) -> None:
    client = Client("tests", address=bridge.address)
    client.connect()
    client.listen(lambda _topic, _params: None)
    ended: queue.Queue[str] = queue.Queue()

    def wait() -> None:
        try:
            client.request("cloud.save", {"path": "/never"}, 60.0)
        except ConnectionLostError:
            ended.put("lost")

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: client._pending, "the request to be out")
    client.close()
    assert ended.get(timeout=30) == "lost"
    thread.join()
    with pytest.raises(ConnectionLostError):
        client.request("bridge.status")
    assert client.connect()["pid"] == bridge.process.pid
    client.close()
    client.close()


def test_a_lost_connection_is_told_after_what_came_before(bridge: Any) -> None:
    client = Client("tests", address=bridge.address)
    client.connect()
    assert client.request("bridge.shutdown") == {}
    assert [topic for topic, _ in client.poll(30.0)] == ["bridge.closing"]
    with pytest.raises(ConnectionLostError):
        client.poll(30.0)
    assert not client.connected


def test_save_is_repeated_with_its_request_id_when_the_connection_is_lost(bridge: Any, client: Client) -> None:
    first = client.save("/a", requestId="r1")
    assert client._transport is not None
    client._transport.stop()  # as if the connection had broken
    assert client.save("/a", requestId="r1")["job"] == first["job"]


def test_listening_comes_back_after_a_restart(start_bridge: Start) -> None:
    first = start_bridge()
    events: queue.Queue[tuple[str, Any]] = queue.Queue()
    client = Client("tests", address=first.address)
    client.connect()
    client.listen(
        lambda topic, params: events.put((topic, params)),
        lost=lambda error: events.put(("lost", error.code)),
        connected=lambda hello: events.put(("connected", hello["pid"])),
    )
    first.process.kill()
    assert events.get(timeout=30) == ("lost", "ISCB-PROTO-CLOSED")
    second = start_bridge()
    assert events.get(timeout=30) == ("connected", second.process.pid)
    job = client.save("/a")
    assert events.get(timeout=30)[1]["job"] == job["job"]
    client.close()


def test_reconnect_from_a_timer(start_bridge: Start) -> None:
    first = start_bridge()
    client = Client("tests", address=first.address)
    client.connect()
    first.process.kill()
    with pytest.raises(ConnectionLostError):
        client.poll(30.0)
    assert not client.reconnect()
    start_bridge()
    until(client.reconnect, "the connection")
    assert client.request("bridge.status")["clients"] == 1
    client.close()


def test_nobody_there(folder: Path) -> None:
    for make in (lambda: None, lambda: _dead_socket(folder / "b.sock")):
        make()
        with pytest.raises(NotRunningError):
            Client("tests", address=str(folder / "b.sock")).connect(1.0)
        with pytest.raises(NotRunningError):
            ask("bridge.status", str(folder / "b.sock"))


def _dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


def test_a_server_of_somebody_else_gets_nothing(bridge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(ForeignOwnerError):
        Client("tests", address=bridge.address).connect()


def test_the_peer_is_checked_as_well_as_the_file(bridge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.lstat(bridge.address)

    class Forged:
        st_uid = real.st_uid + 1

    monkeypatch.setattr(os, "lstat", lambda path: Forged())
    monkeypatch.setattr(os, "getuid", lambda: real.st_uid + 1)
    with pytest.raises(ForeignOwnerError):
        Client("tests", address=bridge.address).connect()


def test_a_version_that_is_not_spoken(bridge: Any) -> None:
    client = Client("tests", address=bridge.address, minProtocol=9)
    client._greeting["protocol"] = 9
    with pytest.raises(BridgeError, match="ISCB-PROTO-VERSION"):
        client.connect()
    assert not client.connected


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": -32602, "message": "m", "data": {"code": "ISCB-X", "message": "m", "later": 1}}, "ISCB-X"),
        ({"code": -32602, "message": "m"}, "ISCB-BRIDGE-INTERNAL"),
        ({"data": {"title": "t"}}, "ISCB-BRIDGE-INTERNAL"),
        ({"data": ["x"]}, "ISCB-BRIDGE-INTERNAL"),
        (None, "ISCB-BRIDGE-INTERNAL"),
        ("no", "ISCB-BRIDGE-INTERNAL"),
    ],
)
def test_an_error_of_another_form_is_an_error_all_the_same(folder: Path, error: Any, code: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "b.sock"))
        server.listen(1)
        answering = threading.Thread(target=_refuse, args=(server, error))
        answering.start()
        client = Client("tests", address=str(folder / "b.sock"), timeout=30.0)
        with pytest.raises(BridgeError) as caught:
            client.connect(30.0)
        client.close()
        answering.join()
    assert caught.value.code == code


def _refuse(server: socket.socket, error: Any) -> None:
    line, _ = server.accept()
    with line:
        line.recv(65536)
        line.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode() + b"\n")


def test_a_silent_server_does_not_hold_the_host(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "b.sock"))
        silent.listen(1)
        client = Client("tests", address=str(folder / "b.sock"))
        with pytest.raises(TimedOutError):
            client.connect(0.1)
        assert not client.connected
        with pytest.raises(TimedOutError):
            ask("bridge.status", str(folder / "b.sock"), timeout=0.1)


names = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=60)


@given(st.lists(names, min_size=1, max_size=6), st.booleans(), st.sampled_from(["home", "variable", "data", "blank"]))
def test_the_address_is_that_of_the_home(parts: list[str], absolute: bool, way: str) -> None:
    root = ("/" if absolute else "") + "/".join(parts)
    before = dict(os.environ)
    try:
        os.environ.pop("ISCBRIDGE_HOME", None)
        if way == "home":
            assert find_address(root) == Home(root).bridge_address()
            return
        if way == "variable":
            os.environ["ISCBRIDGE_HOME"] = root
        else:
            os.environ["XDG_DATA_HOME"] = root if way == "data" else " "
        assert find_address() == Home.from_environment().bridge_address()
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_the_longest_path_is_the_same(tmp_path: Path) -> None:
    for length in range(70, 130):
        root = "/" + "x" * (length - 1)
        assert find_address(root) == Home(root).bridge_address()


def test_codes_made_here_are_declared() -> None:
    codes = {
        node.value
        for node in ast.walk(ast.parse(Path(module.__file__).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("ISCB-")
    }
    assert codes
    assert codes <= set(CODES)


def modules_after(statement: str) -> set[str]:
    # The empty package first: what an editable installation loads to find it is not the module's doing.
    script = f"import sys, iscbridge; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(run.stdout.split())


def test_importing_the_client_loads_next_to_nothing() -> None:
    assert modules_after("import iscbridge.ipc.client") <= {
        "__future__",
        "iscbridge",
        "iscbridge.ipc",
        "iscbridge.ipc.client",
    }


def test_a_quick_question_loads_no_json_and_no_threads(bridge: Any) -> None:
    loaded = modules_after(f"import iscbridge.ipc.quick as q; q.ask('bridge.status', {bridge.address!r})")
    assert "_socket" in loaded
    assert not loaded & {"socket", "json", "threading", "typing", "dataclasses", "re", "hashlib", "ctypes", "pathlib"}


def test_a_quick_question(bridge: Any) -> None:
    assert json.loads(ask("bridge.status", bridge.address))["pid"] == bridge.process.pid
    with pytest.raises(BridgeError, match="ISCB-PROTO-UNKNOWN-METHOD"):
        ask("cloud.teleport", bridge.address)


def test_the_file_alone_works_in_another_program(bridge: Any, tmp_path: Path) -> None:
    shutil.copy(module.__file__, tmp_path / "bridge_client.py")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import bridge_client as b;"
        f"c = b.Client('copy', address={bridge.address!r}); c.connect(); print(c.save('/a')['state']); c.close();"
        "assert not [m for m in sys.modules if m.startswith('iscbridge')]"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.stdout.strip(), run.stderr) == ("accepted", "")


def test_the_file_is_good_for_python_3_8() -> None:
    ast.parse(Path(module.__file__).read_text(), feature_version=(3, 8))
