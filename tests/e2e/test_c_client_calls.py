"""Every call of the C ABI that touches a bridge, with the real one, a desk and a cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iscbridge.ipc.client import Client
from support import c_abi, c_client
from support.c_abi import CallError, Host
from support.licensed import PRODUCT, LicensedWorld
from support.relay_device import FakeUpstream, bought
from support.relay_world import RelayWorld
from support.signin_world import PEOPLE, Browser, SigninRelay
from support.world import World, until

NAME = "Gehäuse 壳体 🛠.FCStd"

pytestmark = pytest.mark.timeout(600)  # the first test builds the library


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return c_client.installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def hosts(prefix: Path) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def start(world: World, product: str = "") -> Host:
        made.append(Host(prefix, world.home.root, product))
        return made[-1]

    yield start
    for host in made:
        host.close()


@pytest.fixture
def host(world: World, hosts: Callable[..., Host]) -> Host:
    world.desk()
    world.bridge()
    return hosts(world)


def test_save_tells_all_of_the_job(world: World, host: Host) -> None:
    part = world.file(NAME, b"every byte")
    asked = host.save(part, request_id=b"request-1")
    done = host.wait(asked.text("job"))
    texts = ("kind", "state_text", "path", "cloud", "handed_path", "request_id", "reason", "replaced_by", "result_path")
    assert [done.text(name) for name in texts] == [
        "save",
        "done",
        str(part),
        "sandbox",
        str(part),
        "request-1",
        *[""] * 3,
    ]
    assert (done.state, done.is_final, done.files, done.bytes, done.attempts) == (c_abi.DONE, 1, 1, 10, 1)
    assert not done.error
    assert done.data() == world.state_of(done.text("job"))
    assert host.save(part, request_id=b"request-1").text("job") == done.text("job"), "it stays one job"
    heard = host.event(c_abi.JOB)
    assert heard.job.contents.text("job") == done.text("job")


def test_save_of_an_assembly(world: World, host: Host) -> None:
    names = ["泵.step", "rotor.step", "sub/seal.step"]
    paths = [world.file(f"pump/{name}", name.encode()) for name in names]
    done = host.wait(host.save(paths[0], assembly=1, files=paths).text("job"))
    assert (done.state, done.files, done.assembly) == (c_abi.DONE, 3, 1)
    delivered = Path(host.wait(host.open().text("job")).text("result_path"))
    assert {name: (delivered / name).read_bytes() for name in names} == {name: name.encode() for name in names}


def test_save_as_and_solve(world: World, host: Host) -> None:
    part = world.file(NAME)
    saved = host.wait(host.save(part, "save_as").text("job"))
    assert (saved.text("kind"), saved.state) == ("saveAs", c_abi.DONE)
    solved = host.wait(host.solve(part, "solve-once").text("job"))
    assert (solved.text("kind"), solved.state) == ("solve", c_abi.DONE)
    assert host.solve(part, "solve-once").text("job") == solved.text("job")


def test_open_and_the_status_of_files(world: World, host: Host) -> None:
    part = world.file(NAME, b"back and forth")
    saved = host.wait(host.save(part).text("job"))
    opened = host.wait(host.open("open-once").text("job"))
    place = Path(opened.text("result_path"))
    assert place.read_bytes() == b"back and forth"
    heard = host.event(c_abi.OPENED, path=str(place))
    of_part, of_opened = host.file(part), host.file(place)
    assert (of_part.busy, of_part.opened, of_part.job.contents.text("job")) == (0, 0, saved.text("job"))
    assert (of_opened.opened, of_opened.read_only) == (1, heard.read_only)
    assert not of_opened.job
    assert of_opened.text("path") == str(place)


def test_force_is_handed_on(world: World, host: Host) -> None:
    host.wait(host.save(world.file(NAME, b"original")).text("job"))
    place = Path(host.wait(host.open().text("job")).text("result_path"))
    assert host.file(place).read_only == 1
    place.chmod(0o600)
    place.write_bytes(b"changed")
    refused = host.wait(host.save(place).text("job"))
    assert (refused.state, refused.error.contents.text("code")) == (c_abi.REFUSED, "ISCB-CLOUD-OPENED-READ-ONLY")
    assert refused.error.contents.text("remedy")
    assert host.wait(host.save(place, force=1).text("job")).attempts == 1


def test_cancel_and_retry(world: World, hosts: Callable[..., Host]) -> None:
    world.bridge()  # no desk: jobs wait
    host = hosts(world)
    job = host.save(world.file(NAME)).text("job")
    until(lambda: host.file(world.work / NAME).busy == 1, "the save to be known by its file")
    assert host.cancel(job).text("job") == job
    assert host.wait(job).state == c_abi.CANCELLED
    world.desk()
    assert host.retry(job).text("job") == job
    assert host.wait(job).state == c_abi.DONE


def test_unknown_and_both_answers(world: World, hosts: Callable[..., Host]) -> None:
    world.desk(hold="middle")
    world.bridge()
    host = hosts(world)
    job = host.save(world.file(NAME)).text("job")
    world.until_state(job, "submitted")
    host.cancel(job)
    unknown = host.wait(job)
    assert (unknown.state, unknown.is_final) == (c_abi.UNKNOWN, 1)
    assert unknown.error.contents.text("code") == "ISCB-CLOUD-CANCELLED-LATE"
    assert host.status()["jobs"]["unknown"] == 1
    assert host.resolve(job, repeat=False).state == c_abi.UNKNOWN
    assert host.status()["jobs"]["unknown"] == 0
    world.ask_desk("release")
    host.resolve(job, repeat=True)
    assert host.wait(job).state == c_abi.DONE


def test_a_wait_outlasts_a_restart_of_the_bridge(world: World, hosts: Callable[..., Host]) -> None:
    world.bridge()
    host = hosts(world)
    job = host.save(world.file(NAME, b"outlasts")).text("job")
    with pytest.raises(CallError) as caught:
        host.wait(job, timeout=0)
    assert caught.value.status == c_abi.TIMEOUT
    assert world.stop_bridge() == 0
    host.event(c_abi.LOST)
    assert host.is_connected == 0
    host.post("job.list", 1)  # not sent while nothing runs: it is answered, not kept
    assert host.event(c_abi.ANSWER).status == c_abi.NOT_RUNNING
    world.desk()
    world.bridge()
    assert host.wait(job).state == c_abi.DONE
    host.event(c_abi.CONNECTED)
    assert host.is_connected == 1
    assert world.cloud_bytes(f"/{NAME}") == b"outlasts"


def test_a_wait_that_began_before_the_kill(world: World, host: Host, hosts: Callable[..., Host]) -> None:
    """The bridge dies while a call waits in the library, and the next one answers it."""
    world.ask_desk("personality", set={"hold": "commit"})
    job = host.save(world.file(NAME)).text("job")
    world.until_state(job, "submitted")
    with pytest.raises(CallError) as caught:
        host.wait(job, timeout=50)
    assert caught.value.status == c_abi.TIMEOUT
    world.kill_bridge()
    world.ask_desk("personality", reset=True)
    world.bridge()
    end = host.wait(job)
    assert end.is_final == 1
    assert end.state in {c_abi.DONE, c_abi.UNKNOWN}, "neither lost nor called a failure"


def test_requests_and_posts(world: World, host: Host) -> None:
    hello = host.connect()
    assert (hello["protocol"], hello["cloud"]) == (1, "sandbox")
    assert host.status()["pid"] == hello["pid"] == world.bridge_pid
    job = host.wait(host.save(world.file(NAME)).text("job")).text("job")
    assert [each["job"] for each in host.request("job.list", limit=5)["jobs"]] == [job]
    host.post("job.get", 2**64 - 1, job=job)
    answer = host.event(c_abi.ANSWER)
    assert (answer.user_data, answer.status, answer.text("topic")) == (2**64 - 1, 0, "job.get")
    assert answer.job.contents.state == c_abi.DONE
    host.post("job.get", 7, job="nobody's")
    refused = host.event(c_abi.ANSWER)
    assert (refused.user_data, refused.status) == (7, c_abi.REFUSED_STATUS)
    assert refused.error.contents.text("code") == "ISCB-REQ-NO-SUCH-JOB"
    with pytest.raises(CallError) as caught:
        host.request("no.such.method")
    assert (caught.value.status, caught.value.code) == (c_abi.REFUSED_STATUS, "ISCB-PROTO-UNKNOWN-METHOD")


def test_nothing_runs(world: World, hosts: Callable[..., Host]) -> None:
    host = hosts(world)
    for call in (host.connect, host.status, host.open, lambda: host.wait("j1"), host.license):
        with pytest.raises(CallError) as caught:
            call()
        assert caught.value.status in {c_abi.NOT_RUNNING, -1}  # -1: a licence of no product
    with pytest.raises(CallError) as saving:
        host.save(world.file(NAME))
    assert (saving.value.code, len(saving.value.request_id)) == ("ISCB-BRIDGE-NOT-RUNNING", 32)


def test_licences(tmp_path: Path, hosts: Callable[..., Host]) -> None:
    world = LicensedWorld(tmp_path)
    try:
        world.store()
        world.desk()
        world.bridge()
        host = hosts(world, PRODUCT)
        part = world.file(NAME)
        before = host.license()
        assert (before.managed, before.new_save, before.open, before.text("state")) == (1, 0, 0, "not_activated")
        assert before.error.contents.text("code") == "ISCB-LIC-NOT-ACTIVATED"
        with pytest.raises(CallError) as refused:
            host.save(part)
        assert refused.value.code == "ISCB-LIC-NOT-ACTIVATED"
        with pytest.raises(CallError) as wrong:
            host.activate("PL0000000000")
        assert wrong.value.code == "ISCB-STORE-NO-SUCH-CODE"
        active = host.activate(world.new_code(), PRODUCT)
        assert (active.text("product"), active.text("state"), active.new_save, active.open) == (PRODUCT, "active", 1, 1)
        assert not active.error
        assert host.event(c_abi.LICENSE).license.contents.text("product") == PRODUCT
        assert host.activate(None).text("state") == "active", "the bridge keeps the code"
        assert host.wait(host.save(part).text("job")).state == c_abi.DONE
        for call in (host.release, lambda: host.transfer(None), host.sign_in, host.sign_out):
            with pytest.raises(CallError) as none:
                call()
            assert none.value.code in {"ISCB-LIC-NO-SEAT", "ISCB-LIC-NO-SIGN-IN"}, "the store gives none"
        unmanaged = host.license("another")
        assert (unmanaged.managed, unmanaged.new_save, unmanaged.days_left) == (0, 1, -1)
        other = Client("other", address=world.home.bridge_address())
        other.connect()
        until(lambda: len(host.status()["hosts"]) == 2, "both hosts to be seen")
        other.close()
    finally:
        world.close()


def test_seats_of_people(tmp_path: Path, hosts: Callable[..., Host]) -> None:
    code = "PL00000000000001"
    relay = SigninRelay(tmp_path / "relay", FakeUpstream(**{code: bought(1, "OFFI3")}))
    world = RelayWorld(tmp_path / "machine", relay, PEOPLE)
    browser = Browser(relay)
    try:
        relay.start()
        world.bridge()
        host = hosts(world, PEOPLE)
        for call in (host.activate, host.transfer):
            with pytest.raises(CallError) as nobody:
                call(code)
            assert nobody.value.code == "ISCB-RELAY-SIGN-IN"
        browser.sign_in(host.sign_in(), "anna")
        while "holder" not in (told := json.loads(host.event(c_abi.LICENSE).license.contents.text("json"))):
            assert told["product"] == PEOPLE
        assert (told["holder"], told["signIn"]["user"]) == ("Anna", "Anna")
        until(lambda: host.license().new_save, "the licence to be good")
        assert host.sign_out().startswith("https://acme.example.com/")
        gone = host.license()
        assert (gone.new_save, gone.error.contents.text("code")) == (0, "ISCB-RELAY-SIGN-IN")
        assert host.sign_out() == ""
        assert host.release().text("state") == "not_activated"
    finally:
        browser.close()
        world.close()
        relay.close()
