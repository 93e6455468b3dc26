"""The C# binding with Mono: a host with a loop like that of a window, the real bridge, desk and cloud."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from support import c_client
from support.csharp import EXAMPLE, HOST, CallError, CSharpHost, c_layout, compiled
from support.world import World, until

NAME = "Gehäuse 壳体 🛠.FCStd"

pytestmark = pytest.mark.timeout(600)  # the first test builds the library


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return c_client.installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def program(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(HOST, prefix, tmp_path_factory.mktemp("host"))


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """Nothing runs yet."""
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def world(bare: World) -> World:
    bare.desk()
    bare.bridge()
    return bare


Started = Callable[..., CSharpHost]


@pytest.fixture
def hosts(program: Path, bare: World) -> Iterator[Started]:
    """Starts hosts; each ends well, whatever the test did with it."""
    made: list[CSharpHost] = []

    def start(*arguments: object, **options: object) -> CSharpHost:
        made.append(CSharpHost(program, bare, *arguments, **options))  # type: ignore[arg-type]  # as the class has them
        return made[-1]

    yield start
    codes = [host.close() for host in made]
    assert codes == [0] * len(made)


@pytest.fixture
def host(hosts: Started) -> CSharpHost:
    return hosts()


def test_the_structs_lie_as_in_c(program: Path, tmp_path: Path) -> None:
    told = subprocess.run(["mono", program, "layout"], capture_output=True, text=True, check=True, timeout=60)
    lines = [line.split("\t") for line in told.stdout.splitlines()]
    assert [line[:3] for line in lines] == c_layout(tmp_path)
    assert all(line[2] == line[3] for line in lines if line[1] == "size"), "the library has other sizes"


def test_the_example_saves_several(prefix: Path, world: World, tmp_path: Path) -> None:
    example = compiled(EXAMPLE, prefix, tmp_path / "example")
    parts = [world.file(f"{number} {NAME}", b"part %d" % number) for number in range(3)]

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = ["mono", str(example), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=world.env)

    done = run("-", *parts)
    assert (done.returncode, done.stderr) == (0, "")
    assert {f"{part}: done" for part in parts} <= set(done.stdout.splitlines())
    assert [world.cloud_bytes(f"/{part.name}") for part in parts] == [part.read_bytes() for part in parts]
    missing = run(world.home.bridge_address(), world.work / "missing.FCStd")
    assert missing.returncode == 1
    assert "(ISCB-FILE-MISSING)" in missing.stderr
    assert run("-").returncode == 2


def test_a_save_by_its_name_in_any_script(world: World, host: CSharpHost) -> None:
    part = world.file(NAME, b"through C#")
    job = host.job("save", part)
    assert (job.path, job.kind, job.cloud, job.final) == (str(part), "save", "sandbox", False)
    done = host.job("wait", job.id)
    assert (done.state, done.state_text, done.final, done.bytes) == ("Done", "done", True, 10)
    assert world.cloud_bytes(f"/{NAME}") == b"through C#"
    assert json.loads(done.json)["job"] == job.id
    assert host.job("get", job.id) == done
    heard = host.event("Job", job=job.id, state="done")
    assert {event.thread for event in host.events} == {"window"}, "every event comes on the captured context"
    assert json.loads(heard.json)["path"] == str(part)


def test_an_assembly_with_its_files_named(world: World, host: CSharpHost) -> None:
    names = ("泵.step", "rotor 🌀.step", "sub/seal.step")
    paths = [world.file(f"pump/{name}", name.encode()) for name in names]
    job = host.job("saveAssembly", paths[0], "|".join(map(str, paths)))
    done = host.job("wait", job.id)
    assert (done.state, done.files) == ("Done", 3)
    delivered = Path(host.job("wait", host.job("open").id).result_path)
    assert {name: (delivered / name).read_bytes() for name in names} == {name: name.encode() for name in names}


def test_save_as_solve_and_open(world: World, host: CSharpHost) -> None:
    part = world.file(NAME, b"one of three ways")
    for command, kind in (("saveAs", "saveAs"), ("solve", "solve")):
        job = host.job("wait", host.job(command, part).id)
        assert (job.kind, job.state) == (kind, "Done")
    opened = host.job("wait", host.job("open").id)
    assert opened.state == "Done"
    assert Path(opened.result_path).read_bytes() == b"one of three ways"
    heard = host.event("Opened", path=opened.result_path)
    assert (heard.thread, heard.topic) == ("window", "file.opened")
    path, busy, was_opened, read_only, saved, _ = host.ask("file", opened.result_path).split("\n")
    assert (path, busy, was_opened, read_only == "True", saved) == (
        opened.result_path,
        "False",
        "True",
        heard.read_only,
        "",
    )


def test_a_refused_job_says_what_to_do(world: World, host: CSharpHost) -> None:
    job = host.job("save", world.work / "缺失.FCStd", "my-request-1")
    end = host.job("wait", job.id)
    assert (end.state, end.error, end.request_id) == ("Failed", "ISCB-FILE-MISSING", "my-request-1")
    assert "缺失" in json.loads(end.json)["error"]["message"]


def test_a_refused_call_says_what_to_do(world: World, host: CSharpHost) -> None:
    with pytest.raises(CallError) as caught:
        host.ask("get", "任务-7")
    failed = caught.value
    assert (failed.status, failed.code, failed.retry) == ("Refused", "ISCB-REQ-NO-SUCH-JOB", "No")
    assert failed.title
    assert failed.message
    assert failed.remedy


def test_a_name_that_is_no_text_is_not_sent(host: CSharpHost) -> None:
    for command, status in (("saveBroken", "Encoding"), ("saveCut", "Argument"), ("save", "Argument")):
        with pytest.raises(CallError) as caught:
            host.ask(command, "")
        assert caught.value.status == status


def test_licences_are_told(world: World, host: CSharpHost) -> None:
    product, state, managed, new, opened, may_open, *_, days, error, _ = host.ask("license", "").split("\n")
    assert (product, state, managed, new, opened, may_open) == ("a-cad", "unmanaged", "False", "True", "True", "True")
    assert (days, error) == ("-1", "")
    with pytest.raises(CallError) as caught:
        host.ask("activate", "no-such-code", "a-cad")
    assert caught.value.status == "Refused"
    assert caught.value.code.startswith("ISCB-LIC-")
    for command in (
        ("release", "a-cad"),
        ("transfer", "no-such-code", "a-cad"),
        ("signIn", "a-cad"),
        ("signOut", "a-cad"),
    ):
        with pytest.raises(CallError) as none:
            host.ask(*command)
        assert (none.value.status, none.value.code) == ("Refused", "ISCB-LIC-NO-POLICY"), command


def test_cancel_and_again(bare: World, hosts: Started) -> None:
    bare.bridge()  # no desk: jobs wait
    host = hosts()
    part = bare.file(NAME)
    job = host.job("save", part)
    host.ask("cancel", job.id)
    assert host.job("wait", job.id).state == "Cancelled"
    bare.desk()
    assert host.job("again", job.id).id == job.id
    assert host.job("wait", job.id).state == "Done"


def test_unknown_asks_the_person(bare: World, hosts: Started) -> None:
    bare.desk(hold="middle")
    bare.bridge()
    host = hosts()
    job = host.job("save", bare.file(NAME)).id
    host.event("Job", job=job, state="submitted")
    host.ask("cancel", job)
    unknown = host.job("wait", job)
    assert (unknown.state, unknown.error) == ("Unknown", "ISCB-CLOUD-CANCELLED-LATE")
    assert host.job("resolve", job, "dismiss").state == "Unknown"
    bare.ask_desk("release")
    host.job("resolve", job, "repeat")
    assert host.job("wait", job).state == "Done"


def test_the_bridge_is_killed_and_comes_back(world: World, host: CSharpHost) -> None:
    world.ask_desk("personality", set={"hold": "middle"})
    job = host.job("save", world.file(NAME, b"survives")).id
    host.event("Job", job=job, state="submitted")
    waiting = host.start("wait", job)
    world.kill_bridge()
    host.event("Lost")
    assert host.ask("connected") == "no"
    assert not host.is_answered(waiting), "the window's thread goes on while a job is waited for"
    world.ask_desk("personality", reset=True)
    world.bridge()
    host.given(waiting)
    host.event("Job", job=job, state="unknown" if host.job("get", job).state == "Unknown" else "done")
    assert [event.kind for event in host.events].count("Connected") == 2


def test_a_bridge_is_started_when_a_call_needs_it(bare: World, hosts: Started) -> None:
    bare.desk()
    host = hosts(start=(sys.executable, "-m", "iscbridge", "serve"))
    hello = json.loads(host.ask("connect"))
    assert hello["cloud"] == "sandbox"
    assert host.job("wait", host.job("save", bare.file(NAME)).id).state == "Done"
    assert json.loads(host.ask("status"))["pid"] == hello["pid"]
    host.ask("request", "bridge.shutdown", "{}")
    host.event("Lost")


def test_without_a_bridge_it_is_said(bare: World, hosts: Started) -> None:
    with pytest.raises(CallError) as caught:
        hosts().ask("save", bare.file(NAME))
    assert (caught.value.status, caught.value.code) == ("NotRunning", "ISCB-BRIDGE-NOT-RUNNING")
    assert caught.value.request_id


def test_a_wait_is_given_up_and_the_job_goes_on(bare: World, hosts: Started) -> None:
    bare.bridge()
    host = hosts()
    job = host.job("save", bare.file(NAME)).id
    with pytest.raises(CallError) as caught:
        host.ask("waitGivenUp", job)
    assert caught.value.status == "TaskCanceledException"
    bare.desk()
    assert host.job("wait", job).state == "Done"


def test_dispose_ends_waits(bare: World, hosts: Started) -> None:
    bare.bridge()
    host = hosts()
    waiting = host.start("wait", host.job("save", bare.file(NAME)).id)
    host.ask("dispose")
    with pytest.raises(CallError) as caught:
        host.given(waiting)
    assert caught.value.status in {"Closed", "ObjectDisposedException"}
    with pytest.raises(CallError) as late:
        host.ask("late")
    assert late.value.status == "ObjectDisposedException"
    told = len(host.events)
    bare.kill_bridge()
    assert host.ask("heard", "") == ""
    assert len(host.events) == told, "nothing is raised after Dispose"


@pytest.mark.parametrize("delivery", ["Context", "LibraryThread"])
def test_dispose_inside_a_handler(world: World, hosts: Started, delivery: str) -> None:
    host = hosts(delivery)
    host.ask("heard", "dispose")
    host.start("connect")
    host.until(lambda: host.disposed, "Dispose to return")
    assert [event.kind for event in host.events] == ["Connected"]


def test_events_on_the_librarys_thread(world: World, hosts: Started) -> None:
    host = hosts("LibraryThread")
    host.ask("heard", "throw")
    job = host.job("save", world.file(NAME)).id
    host.event("Job", job=job, state="done", thread="other")
    host.until(lambda: len(host.failures) >= len(host.events), "what handlers threw")
    assert set(host.failures) == {"thrown by a handler 壳"}


def test_a_window_that_hangs_holds_up_nothing_but_itself(world: World, hosts: Started) -> None:
    host = hosts()
    host.ask("connect")
    host.event("Connected")
    host.ask("heard", "hang")
    part = world.file(NAME)
    host.start("save", part)
    host.event("Job")  # the handler hangs in it
    later = host.start("connected")
    until(world.cloud_hashes, "the save to arrive meanwhile")
    assert not host.is_answered(later)
    host.start("go on")
    assert host.given(later) == "yes"


def test_polling(world: World, hosts: Started) -> None:
    host = hosts("Polling")
    assert host.ask("poll", "0") == "nothing"
    job = host.job("save", world.file(NAME)).id
    while not any((event.job, event.state) == (job, "done") for event in host.events):
        host.ask("poll", "60000")
    host.ask("post", "job.list", '{"limit": 1}')
    while host.ask("poll", "60000") != "Answer":
        pass
    answer = host.events[-1]
    assert (answer.topic, answer.status, answer.user_data) == ("job.list", "Ok", "fedcba9876543210")
    assert json.loads(answer.json)["jobs"][0]["job"] == job
    waiting = host.start("poll", "60000")
    host.ask("dispose")
    with pytest.raises(CallError) as caught:
        host.given(waiting)
    assert caught.value.status in {"Closed", "ObjectDisposedException"}


def test_polling_needs_to_be_asked_for(world: World, host: CSharpHost) -> None:
    with pytest.raises(CallError) as caught:
        host.ask("poll", "0")
    assert caught.value.status == "Unsupported"


def test_a_client_that_nobody_keeps_is_closed(world: World, host: CSharpHost) -> None:
    host.ask("connect")
    assert int(host.ask("drop", world.home.root)) <= 2

    def names() -> list[str]:
        return [each["host"] for each in json.loads(host.ask("status"))["hosts"]]

    until(lambda: names().count("dropped") <= 2, "their connections to end")
    assert "C# host 主机" in names()


def test_the_address_is_found_as_python_finds_it(world: World, host: CSharpHost, tmp_path: Path) -> None:
    for home in (tmp_path / "p", tmp_path / ("壳" * 40)):
        assert host.ask("address", home) == Home(home).bridge_address()
