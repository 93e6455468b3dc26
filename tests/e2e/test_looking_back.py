"""What became of a job, its captured copy given back, an assembly looked at before its save, and who is connected."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError, Client
from iscbridge.platform.settings_file import change_setting
from support.fcstd import write_fcstd
from support.world import World, until


def saved(world: World, client: Client, path: Path, **options: Any) -> str:
    job: str = client.save(str(path), **options)["job"]
    assert world.finish(job)["state"] == "done"
    return job


def history(client: Client, job: str) -> dict[str, Any]:
    return client.request("job.history", {"job": job})


def test_the_history_tells_each_step_and_what_changed(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    part = world.file("bracket.FCStd")
    first = history(client, saved(world, client, part))
    assert [step["cause"] for step in first["steps"]][:2] == ["accepted", "captured"]
    assert [step["state"] for step in first["steps"]][-2:] == ["submitted", "done"]
    assert [file["change"] for file in first["files"]] == ["new"]
    assert "usual" not in first
    again = history(client, saved(world, client, part))
    assert [file["change"] for file in again["files"]] == ["unchanged"]
    world.replace(part, b"other bytes of it")
    changed = saved(world, client, part)
    assert [file["change"] for file in history(client, changed)["files"]] == ["changed"]
    # What a job sent does not change with what is saved after it.
    assert [file["change"] for file in history(client, first["job"]["job"])["files"]] == ["new"]
    usual = history(client, changed)["usual"]
    assert usual["samples"] == 3
    assert 0 <= usual["seconds"] < 60


def test_a_job_that_failed_tells_by_which_error(world: World) -> None:
    world.desk(fail_next=1)
    world.bridge()
    client = world.client()
    job = client.save(str(world.file("bracket.FCStd")))["job"]
    assert world.finish(job)["state"] == "failed"
    assert history(client, job)["steps"][-1]["error"] == "ISCB-CLOUD-FAILED"


def test_a_captured_copy_is_given_back(world: World) -> None:
    world.desk(hold="middle")
    world.bridge()
    client = world.client()
    part = world.file("bracket.FCStd", b"what was saved")
    job = client.save(str(part))["job"]
    world.until_state(job, "submitted")
    world.replace(part, b"overwritten since")
    folder = world.work / "rescued"
    folder.mkdir()
    found = client.request("job.recover", {"job": job, "folder": str(folder)})
    assert Path(found["main"]).read_bytes() == b"what was saved"
    assert Path(found["main"]).parent == Path(found["path"])
    assert found["files"] == 1
    second = client.request("job.recover", {"job": job, "folder": str(folder)})
    assert second["path"] != found["path"]
    assert part.read_bytes() == b"overwritten since"
    said = world.cli("recover", job, str(folder))
    assert said.returncode == 0
    assert len(list(folder.iterdir())) == 3
    world.ask_desk("release")


def test_a_folder_that_is_none(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    job = saved(world, client, world.file("bracket.FCStd"))
    nowhere, file = str(world.work / "nowhere"), str(world.work / "bracket.FCStd")
    for folder, code in ((nowhere, "ISCB-FILE-TARGET"), (file, "ISCB-FILE-TARGET"), ("", "ISCB-REQ-PATH-EMPTY")):
        with pytest.raises(BridgeError) as refused:
            client.request("job.recover", {"job": job, "folder": folder})
        assert refused.value.code == code, folder


def test_a_copy_that_is_gone_and_a_job_that_has_none(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    job = saved(world, client, world.file("bracket.FCStd"))
    for path in (world.home.snapshots / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(BridgeError) as refused:
        client.request("job.recover", {"job": job, "folder": str(world.work)})
    assert refused.value.code == "ISCB-JOURNAL-SNAPSHOT-LOST"
    missing = client.save(str(world.work / "never.FCStd"))["job"]
    assert world.finish(missing)["state"] == "failed"
    with pytest.raises(BridgeError) as refused:
        client.request("job.recover", {"job": missing, "folder": str(world.work)})
    assert refused.value.code == "ISCB-REQ-NO-COPY"
    assert [path.name for path in world.work.iterdir()] == ["bracket.FCStd"]


def test_an_assembly_before_its_save(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    main = write_fcstd(world.work / "gear.FCStd", ["lib/bolt.FCStd", "lib/nut.FCStd"])
    write_fcstd(world.work / "lib" / "bolt.FCStd")
    found = client.request("assembly.check", {"path": str(main)})
    assert (found["ready"], found["error"]["code"]) == (False, "ISCB-ASM-MISSING-PARTS")
    assert {Path(part["path"]).name: part["state"] for part in found["files"]} == {
        "gear.FCStd": "new",
        "bolt.FCStd": "new",
        "nut.FCStd": "missing",
    }
    assert world.cli("check", str(main)).returncode == 5
    nut = write_fcstd(world.work / "lib" / "nut.FCStd")
    assert client.request("assembly.check", {"path": str(main)})["ready"]
    saved(world, client, main, assembly=True)
    write_fcstd(nut, content=b"another shape")
    code, lines = world.cli_json("check", str(main))
    assert code == 0
    assert {part["name"]: part["state"] for part in lines[0]["files"]} == {
        "gear.FCStd": "unchanged",
        "lib/bolt.FCStd": "unchanged",
        "lib/nut.FCStd": "changed",
    }


def test_an_assembly_that_came_from_the_cloud(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    for name in ("pump.step", "rotor.step"):
        world.file(f"pump/{name}", name.encode())
    saved(world, client, world.work / "pump", assembly=True)
    job = world.finish(client.open()["job"])
    folder = Path(job["resultPath"])
    found = client.request("assembly.check", {"path": str(folder)})
    assert [part["state"] for part in found["files"]] == ["unchanged", "unchanged"]
    assert (found["ready"], found["error"]["code"]) == (False, "ISCB-CLOUD-OPENED-READ-ONLY")
    opened_at = time.time()
    until(lambda: time.time() > opened_at + 0.05, "the clock to move on")
    (folder / "rotor.step").chmod(0o600)
    (folder / "rotor.step").write_bytes(b"changed here")
    found = client.request("assembly.check", {"path": str(folder)})
    assert {part["name"]: part["state"] for part in found["files"]} == {
        "pump.step": "unchanged",
        "rotor.step": "changed",
    }
    refused = client.save(str(folder), assembly=True)["job"]
    assert world.finish(refused)["error"]["code"] == "ISCB-CLOUD-OPENED-READ-ONLY"
    again = history(client, refused)
    assert {file["name"]: file["change"] for file in again["files"]} == {
        "pump.step": "unchanged",
        "rotor.step": "changed",
    }


def test_a_manifest_lists_the_files(world: World) -> None:
    world.bridge()
    main, other = world.file("gear.asm"), world.file("lib/bolt.prt")
    manifest = world.file("files.json", json.dumps({"files": [str(main), str(other)]}).encode())
    found = world.client().request("assembly.check", {"path": str(main), "manifest": str(manifest)})
    assert found["ready"]
    assert [part["path"] for part in found["files"]] == [str(main), str(other)]
    manifest.write_bytes(b"{")
    with pytest.raises(BridgeError) as refused:
        world.client().request("assembly.check", {"path": str(main), "manifest": str(manifest)})
    assert refused.value.code == "ISCB-REQ-MANIFEST"


def test_nothing_there_is_said_with_the_verdict(world: World) -> None:
    world.bridge()
    found = world.client().request("assembly.check", {"path": str(world.work / "never.FCStd")})
    assert (found["ready"], found["files"], found["error"]["code"]) == (False, [], "ISCB-FILE-MISSING")


def test_hosts_are_listed_and_a_tray_is_none(world: World) -> None:
    world.bridge()
    host = world.client("FreeCAD", hostVersion="1.0", product="freecad-cloud")
    status = host.request("bridge.status", {})
    assert [(h["host"], h["version"], h["product"]) for h in status["hosts"]] == [("FreeCAD", "1.0", "freecad-cloud")]
    assert not status["tray"]
    with pytest.raises(BridgeError) as refused:
        host.request("tray.show", {})
    assert refused.value.code == "ISCB-BRIDGE-NO-TRAY"
    tray = world.client("ISCBridge", events=["tray.wanted"])
    status = host.request("bridge.status", {})
    assert (len(status["hosts"]), status["tray"], status["clients"]) == (1, True, 2)
    host.request("tray.show", {"window": "activity", "job": "j1"})
    assert until(lambda: tray.poll(0.1), "the tray to be told") == [
        ("tray.wanted", {"window": "activity", "job": "j1"})
    ]
    assert host.poll(0.1) == []
    tray.request("events.subscribe", {"events": []})
    assert not host.request("bridge.status", {})["tray"]


def test_settings_are_read_again(world: World) -> None:
    world.bridge()
    client = world.client()
    assert client.request("settings.reload", {}) == {"restart": []}
    change_setting(world.home.config, "advanced.log_level", "debug")  # as an editor does: nobody tells the bridge
    change_setting(world.home.config, "files.snapshot_days", 3)
    restart = client.request("settings.reload", {})["restart"]
    assert "files.snapshot_days" in restart
    assert [topic for topic, _ in until(lambda: client.poll(0.1), "the change")] == ["settings.changed"]
    client.request("settings.reload", {})
    assert client.poll(0.1) == []
    change_setting(world.home.config, "files.snapshot_days", None)
    assert "files.snapshot_days" not in client.request("settings.reload", {})["restart"]
    assert "the settings were read again" in world.said()
