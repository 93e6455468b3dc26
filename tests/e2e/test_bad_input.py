"""What people and programs type wrong: a clear coded error or the right result, nothing half done."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError, Client
from support.world import World


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One bridge and desk for all that leaves nothing behind: whatever it is asked, it has to bear the next one too."""
    made = World(tmp_path_factory.mktemp("shared"))
    try:
        made.desk()
        made.bridge()
        yield made
    finally:
        made.close()


def outcome(client: Client, path: str, **options: Any) -> tuple[str, str | None]:
    """Final state and error code of a save, or ("", code) if it did not become a job."""
    try:
        job = client.request("cloud.save", {"path": path, **options})
    except BridgeError as error:
        return "", error.code
    job = client.wait(job["job"], timeout=60)
    return job["state"], (job.get("error") or {}).get("code")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "ISCB-REQ-PATH-EMPTY"),
        ("relative.FCStd", "ISCB-REQ-PATH-RELATIVE"),
        ("./relative.FCStd", "ISCB-REQ-PATH-RELATIVE"),
        ("/nul\0byte", "ISCB-REQ-PATH-ENCODING"),
        ("/" + "x/" * 40_000 + "deep", "ISCB-REQ-PATH-TOO-LONG"),
        ("/dev/zero", "ISCB-REQ-PATH-DEVICE"),
        ("/proc/self/mem", "ISCB-REQ-PATH-DEVICE"),
        ("/tmp/../dev/zero", "ISCB-REQ-PATH-DEVICE"),
        ("/" + "n" * 300, "ISCB-REQ-PATH-TOO-LONG"),
        ("/half\ud800surrogate", "ISCB-REQ-PATH-ENCODING"),
    ],
)
def test_paths_that_cannot_be(shared: World, path: str, code: str) -> None:
    client = shared.ask()
    state, found = outcome(client, path)
    assert state in {"", "refused"}
    assert found == code
    assert client.request("bridge.status")["pid"] == shared.bridge_pid


def test_what_is_on_disk_and_is_no_file(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    loop = world.work / "loop.FCStd"
    loop.symlink_to(loop)
    pipe = world.work / "pipe.FCStd"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(world.work / "s.FCStd"))
        cases = {
            world.work / "missing.FCStd": ("failed", "ISCB-FILE-MISSING"),
            world.work: ("refused", "ISCB-FILE-IS-FOLDER"),
            loop: ("refused", "ISCB-FILE-LOOP"),
            pipe: ("refused", "ISCB-FILE-NOT-REGULAR"),
            world.work / "s.FCStd": ("refused", "ISCB-FILE-NOT-REGULAR"),
        }
        assert {path: outcome(client, str(path)) for path in cases} == cases
    with world.cloud() as cloud:
        assert cloud.items() == []


@pytest.mark.parametrize(
    "name",
    [
        "new\nline.FCStd",
        "quo\"te's.FCStd",
        "Gehäuse & Deckel.FCStd",
        "齿轮箱.FCStd",
        " leading.FCStd",
        "🚗.FCStd",
        "a%20b.FCStd",
    ],
)
def test_odd_names_arrive(shared: World, name: str) -> None:
    part = shared.file(name, name.encode() * 10)
    assert outcome(shared.ask(), str(part)) == ("done", None)
    assert shared.cloud_bytes("/" + name) == part.read_bytes()


def test_a_name_that_is_not_utf8(shared: World) -> None:
    path = os.fsdecode(os.fsencode(str(shared.work)) + b"/caf\xe9.FCStd")
    Path(path).write_bytes(b"content")
    code, lines = shared.cli_json("save", path, "--wait")
    assert (code, lines[-1]["error"]) == (2, "ISCB-REQ-PATH-ENCODING")


def test_assemblies_that_break_a_rule(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    world.file("pump/rotor.step")
    assert outcome(client, str(world.work / "pump"), assembly=True) == ("refused", "ISCB-ASM-NO-MAIN")
    main = world.file("gear/gear.step")
    parts = [str(world.file("a/Bolt.step")), str(world.file("b/bolt.step"))]
    state, code = outcome(client, str(main), assembly=True, files=[str(main), *parts])
    assert (state, code) in {("done", None), ("refused", "ISCB-ASM-NAME-COLLISION")}
    missing = str(world.work / "nowhere" / "nut.step")
    assert outcome(client, str(main), assembly=True, files=[str(main), missing]) == (
        "refused",
        "ISCB-ASM-MISSING-PARTS",
    )
    bad = world.file("bad.FCStd", b"not a zip")
    assert outcome(client, str(bad), assembly=True) == ("refused", "ISCB-ASM-FORMAT")


def test_a_manifest_that_is_no_manifest(shared: World) -> None:
    main, manifest = shared.file("gear.step"), shared.file("list.json", b"{}")
    options = {"assembly": True, "manifest": str(manifest)}
    for content in (b"", b"[]", b'{"files": []}', b'{"files": [1]}', b"\xff\xfe", b"[" * 100_000):
        manifest.write_bytes(content)
        assert outcome(shared.ask(), str(main), **options) == ("", "ISCB-REQ-MANIFEST"), content[:20]


def test_ten_thousand_files_are_one_assembly(world: World) -> None:
    world.desk()
    world.bridge()
    folder = world.work / "plant"
    folder.mkdir()
    names = ["plant.step", *(f"part-{number:05}.step" for number in range(9_999))]
    for name in names:
        (folder / name).write_bytes(name.encode())
    manifest = world.file("list.json", json.dumps({"files": [str(folder / name) for name in names]}).encode())
    client = world.client()
    job = client.request(
        "cloud.save", {"path": str(folder / "plant.step"), "assembly": True, "manifest": str(manifest)}
    )
    job = client.wait(job["job"], timeout=150)
    assert (job["state"], job["files"]) == ("done", 10_000)
    with world.cloud() as cloud:
        fetched = cloud.fetch("/plant.zip", world.work / "back", unpacked=True)
    assert {path.name: path.read_bytes() for path in fetched.iterdir()} == {name: name.encode() for name in names}


def test_frames_too_large_harm_nobody(world: World) -> None:
    world.desk()
    world.bridge()
    good = world.client()
    with socket.socket(socket.AF_UNIX) as bad:
        bad.settimeout(30)
        bad.connect(world.home.bridge_address())
        bad.sendall(
            b'{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":{"protocol":1,"host":"x","instance":"12345678"}}\n'
        )
        assert b'"result"' in bad.recv(65536)
        bad.sendall(b"x" * (9 * 1024 * 1024))
        assert b"ISCB-PROTO-FRAME-TOO-LARGE" in bad.recv(65536)
    assert outcome(good, str(world.file("bracket.FCStd"))) == ("done", None)


def test_nothing_of_a_bad_request_is_left_behind(world: World) -> None:
    world.bridge()
    client = world.client()
    for path in ("", "relative", "/nul\0"):
        outcome(client, path)
    assert client.request("job.list", {})["jobs"] == []
    assert outcome(client, str(world.work))[0] == "refused"
    left = [p for p in world.home.snapshots.rglob("*") if p.is_file()]
    assert left == []


def test_a_manifest_that_is_a_pipe_holds_up_nobody(world: World) -> None:
    """Opening a pipe waits for its other end; the files of its volume must not wait with it."""
    world.desk()
    world.bridge()
    pipe = world.work / "list.json"
    os.mkfifo(pipe)
    client = world.client()
    main = world.file("gear.step")
    assert outcome(client, str(main), assembly=True, manifest=str(pipe)) == ("", "ISCB-REQ-MANIFEST")
    assert outcome(client, str(main)) == ("done", None)


def test_links_that_lead_to_a_device_or_in_circles(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    device = world.work / "device.FCStd"
    device.symlink_to("/dev/zero")
    assert outcome(client, str(device)) == ("refused", "ISCB-REQ-PATH-DEVICE")
    world.file("pump/pump.step")
    (world.work / "pump" / "around").symlink_to(world.work / "pump")
    # The capture follows no link to a folder; the sandbox desk takes no folder that holds one, and says so.
    assert outcome(client, str(world.work / "pump"), assembly=True) == ("failed", "ISCB-CLOUD-FAILED")
    with world.cloud() as cloud:
        assert cloud.items() == []


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"path": 7},
        {"path": None},
        {"path": "/a", "assembly": "yes"},
        {"path": "/a", "asembly": True},
        {"path": "/a", "requestId": ""},
        {"path": "/a", "requestId": "x" * 200},
        {"path": "/a", "assembly": True, "files": []},
    ],
)
def test_requests_of_the_wrong_form(shared: World, params: dict[str, Any]) -> None:
    client = shared.ask()
    before = client.request("job.list", {})["jobs"]
    with pytest.raises(BridgeError) as refused:
        client.request("cloud.save", params)
    assert refused.value.code.startswith("ISCB-")
    assert client.request("job.list", {})["jobs"] == before
