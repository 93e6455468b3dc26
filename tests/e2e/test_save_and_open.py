"""The main road: command line and protocol, bridge, SDK process, desk and cloud, all real."""

import json
from pathlib import Path

import pytest

from support.world import World, until

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"


def test_a_file_arrives_byte_for_byte(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd", b"every byte counts" * 1000)
    code, lines = world.cli_json("save", str(part), "--wait")
    assert code == 0
    last = lines[-1]
    assert (last["state"], last["path"], last["cloud"], last["error"]) == ("done", str(part), "sandbox", None)
    assert world.cloud_bytes("/bracket.FCStd") == part.read_bytes()


def test_without_wait_a_save_is_left_once_its_bytes_are_safe(world: World) -> None:
    world.desk(hold="middle")
    world.bridge()
    part = world.file("bracket.FCStd", b"safe before it is sent")
    code, lines = world.cli_json("save", str(part))
    assert code == 0
    assert lines[-1]["state"] in {"captured", "waiting", "submitted"}
    world.ask_desk("release")
    job = world.client().wait(lines[-1]["job"], timeout=30)
    assert job["state"] == "done"


def test_open_delivers_what_was_saved(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd", b"back and forth")
    assert world.cli("save", str(part), "--wait").returncode == 0
    client = world.client()
    job = client.open()
    job = client.wait(job["job"], timeout=30)
    assert job["state"] == "done"
    assert Path(job["resultPath"]).read_bytes() == part.read_bytes()
    opened: list[str] = []

    def told() -> bool:
        opened.extend(params["path"] for topic, params in client.poll(0.1) if topic == "file.opened")
        return bool(opened)

    until(told, "file.opened")
    assert opened == [job["resultPath"]]


def test_an_assembly_comes_back_whole(world: World) -> None:
    world.desk()
    world.bridge()
    folder = world.work / "pump"
    for name in ("pump.step", "rotor.step", "sub/seal.step"):
        world.file(f"pump/{name}", name.encode() * 100)
    code, lines = world.cli_json("save", str(folder), "--assembly", "--wait")
    assert code == 0, lines
    assert lines[-1]["files"] == 3
    client = world.client()
    job = client.wait(client.open()["job"], timeout=30)
    delivered = Path(job["resultPath"])
    assert delivered.name == "pump"
    found = {str(p.relative_to(delivered)): p.read_bytes() for p in delivered.rglob("*") if p.is_file()}
    assert found == {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_file_opened_read_only_is_refused_and_can_be_forced(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd", b"original")
    assert world.cli("save", str(part), "--wait").returncode == 0
    client = world.client()
    opened = Path(client.wait(client.open()["job"], timeout=30)["resultPath"])
    opened.chmod(0o600)
    opened.write_bytes(b"changed by the engineer")
    code, lines = world.cli_json("save", str(opened), "--wait")
    assert code == 5
    assert lines[-1]["error"] == "ISCB-CLOUD-OPENED-READ-ONLY"
    assert world.cloud_bytes("/bracket.FCStd") == b"original"
    forced = client.wait(client.save(str(opened), force=True)["job"], timeout=30)
    assert forced["state"] in {"done", "failed"}  # the desk decides; the bridge did not stand in the way
    assert forced["attempts"] >= 1


def test_the_desk_may_come_later(world: World) -> None:
    world.bridge()
    part = world.file("bracket.FCStd", b"patience")
    code, lines = world.cli_json("save", str(part))
    assert code == 0
    job_id = lines[-1]["job"]
    client = world.client()
    until(lambda: client.request("job.get", {"job": job_id}).get("reason") == "sdkStarting", "the job to wait")
    world.desk()
    assert client.wait(job_id, timeout=60)["state"] == "done"


def test_timeout_leaves_the_job_running(world: World) -> None:
    world.desk(hold="middle")
    world.bridge()
    part = world.file("bracket.FCStd")
    code, lines = world.cli_json("save", str(part), "--wait", "--timeout", "0.5")
    assert code == 4
    world.ask_desk("release")
    assert world.client().wait(lines[-1]["job"], timeout=30)["state"] == "done"


@pytest.mark.parametrize("command", [["status"], ["jobs"], ["save", "x"], ["open"], ["job", "j1"]])
def test_without_a_bridge_everything_says_so(world: World, command: list[str]) -> None:
    done = world.cli(*command)
    assert done.returncode == 3
    assert "iscbridge serve" in done.stdout + done.stderr


def test_start_starts_a_bridge(world: World) -> None:
    world.desk()
    part = world.file("bracket.FCStd")
    try:
        code, lines = world.cli_json("save", str(part), "--wait", "--start")
        assert (code, lines[-1]["state"]) == (0, "done")
    finally:
        world.cli("stop")


def test_status_names_socket_and_process(world: World) -> None:
    world.desk()
    pid = world.bridge()
    done = world.cli("status", "--json")
    status = json.loads(done.stdout)
    assert status["pid"] == pid
    assert status["socket"] == world.home.bridge_address()
    assert status["cloud"] == "sandbox"


def test_the_cloud_can_be_listed_and_fetched(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd", b"fetch me")
    assert world.cli("save", str(part), "--wait").returncode == 0
    code, items = world.cli_json("sandbox", "ls")
    assert (code, [item["path"] for item in items]) == (0, ["/bracket.FCStd"])
    target = world.work / "fetched"
    assert world.cli("sandbox", "get", "/bracket.FCStd", str(target)).returncode == 0
    assert target.read_bytes() == b"fetch me"
