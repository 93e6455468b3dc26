"""Working files with a real bridge, the sandbox desk and real files."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError
from support.fcstd import write_fcstd
from support.world import World, until

#: Seconds, not minutes.
QUICK = {
    "workfile_settle_s": 0.3,
    "workfile_gone_s": 0.3,
    "workfile_retry_s": 0.5,
    "workfile_lock_s": 0.3,
    "workfile_quiet_s": 0.6,
    "workfile_scan_s": 0.5,
    "workfile_gather_s": 0.2,
}
#: No events at all: what is found, a scan has found.
DEAF = {**QUICK, "workfile_folders": 0.0}
#: No scan but the first.
EVENTS_ONLY = {**QUICK, "workfile_scan_s": 3600.0}


def set_policy(world: World, policy: str) -> None:
    assert world.cli("config", "set", "files.when_changed", policy).returncode == 0


def listed(world: World, **params: Any) -> list[dict[str, Any]]:
    return list(world.ask().request("workfile.list", params)["files"])


def state_of(world: World, path: object) -> str | None:
    return next((file["state"] for file in listed(world, text=os.path.basename(str(path)))), None)


def until_file(world: World, path: object, state: str) -> None:
    until(lambda: state_of(world, path) == state, f"{path} to be {state}; {world.said()[-2000:]}")


def saved(world: World, name: str, content: bytes = b"the first content", **params: Any) -> Any:
    path = world.file(name, content)
    job = world.ask().request("cloud.save", {"path": str(path), **params})
    world.until_state(job["job"], "done")
    until_file(world, path, "saved")
    return path


def jobs_of(world: World, host: str = "ISCBridge") -> list[dict[str, Any]]:
    return [job for job in world.ask().request("job.list", {"limit": 500})["jobs"] if job.get("host") == host]


@pytest.fixture
def start(world: World) -> Callable[..., None]:
    def run(timings: dict[str, float] = QUICK, policy: str = "off") -> None:
        world.desk()
        set_policy(world, policy)
        world.bridge(timings)

    return run


@pytest.mark.parametrize("timings", [EVENTS_ONLY, DEAF], ids=["events", "scan"])
def test_a_change_is_found_told_and_saved_on_request(world: World, start, timings: dict[str, float]) -> None:
    start(timings)
    told: list[dict[str, Any]] = []
    listener = world.client("listener", events=["workfile.changed"])
    path = saved(world, "gear.FCStd")
    world.replace(path, b"another content")
    until_file(world, path, "changed")

    def heard() -> bool:
        told.extend(params for topic, params in listener.poll(0.05) if topic == "workfile.changed")
        return any(file["path"] == str(path) and file["state"] == "changed" for p in told for file in p["files"])

    until(heard, "workfile.changed")
    job = world.ask().request("workfile.save", {"path": str(path)})
    assert job["host"] == "ISCBridge"
    world.until_state(job["job"], "done")
    until_file(world, path, "saved")
    assert world.cloud_bytes("/gear.FCStd") == b"another content"


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_what_changed_while_the_bridge_was_off_is_found(world: World, start, how: str) -> None:
    start(DEAF)
    path, other = saved(world, "gear.FCStd"), saved(world, "rod.FCStd")
    if how == "stopped":
        world.stop_bridge()
    else:
        world.kill_bridge()
    world.replace(path, b"changed in the dark")
    world.bridge(DEAF)
    until_file(world, path, "changed")
    until_file(world, other, "saved")


def test_automatic_saves_once_for_each_content(world: World, start) -> None:
    start(policy="automatic")
    path = saved(world, "gear.FCStd")
    world.replace(path, b"second")
    job = until(lambda: jobs_of(world), "the bridge to save by itself")[0]
    world.until_state(job["job"], "done")
    until_file(world, path, "saved")
    assert world.cloud_bytes("/gear.FCStd") == b"second"
    world.replace(path, b"third")
    until(lambda: len(jobs_of(world)) == 2, "another content to be another save")
    until_file(world, path, "saved")
    until(lambda: world.cloud_bytes("/gear.FCStd") == b"third", "the third content in the cloud")
    assert len(jobs_of(world)) == 2


@pytest.mark.parametrize(
    ("document", "lock"),
    [
        ("plan.dwg", "plan.dwl"),
        ("gear.FCStd", ".~lock.gear.FCStd#"),
        ("board.kicad_pcb", "~board.kicad_pcb.lck"),  # of a host's description
    ],
)
def test_nothing_is_saved_while_the_lock_file_is_there(world: World, start, document: str, lock: str) -> None:
    start(policy="automatic")
    path = saved(world, document)
    lock_file = world.file(lock, b"")
    world.replace(path, b"still drawing")
    until(lambda: any(file.get("locked") for file in listed(world)), "the file to wait for its CAD")
    assert state_of(world, path) == "changed"
    world.replace(path, b"drawn")  # a whole quiet period more
    until(lambda: any(file.get("locked") for file in listed(world)), "the file to wait for its CAD again")
    assert jobs_of(world) == []
    lock_file.unlink()
    job = until(lambda: jobs_of(world), "the bridge to save by itself")[0]
    world.until_state(job["job"], "done")
    assert world.cloud_bytes(f"/{document}") == b"drawn"
    assert len(jobs_of(world)) == 1


def test_ask_asks_once_and_together(world: World, start) -> None:
    start(policy="ask")
    listener = world.client("listener", events=["workfile.ask"])
    paths = [saved(world, name) for name in ("gear.FCStd", "rod.FCStd")]
    for path in paths:
        world.replace(path, b"changed " + path.name.encode())
    asked: list[dict[str, Any]] = []

    def heard() -> bool:
        asked.extend(params for _, params in listener.poll(0.05))
        return {path for question in asked for path in question["paths"]} == {str(path) for path in paths}

    until(heard, "both files to be asked about")
    assert sum(question["count"] for question in asked) == 2
    world.ask().request("workfile.policy", {"path": str(paths[0]), "policy": "automatic"})
    until(lambda: jobs_of(world), "a file that follows another policy now to be saved")
    until_file(world, paths[0], "saved")
    assert state_of(world, paths[1]) == "changed"
    assert listener.poll(0.5) == []


def test_a_file_that_is_forgotten_is_not_watched_until_it_is_saved_again(world: World, start) -> None:
    start()
    path = saved(world, "gear.FCStd")
    (world.work / "link.FCStd").symlink_to(path)  # another spelling
    world.ask().request("workfile.forget", {"path": str(world.work / "link.FCStd")})
    assert listed(world) == []
    with pytest.raises(BridgeError) as caught:
        world.ask().request("workfile.save", {"path": str(path)})
    assert caught.value.code == "ISCB-REQ-NOT-WATCHED"
    world.stop_bridge()
    world.bridge(QUICK)
    assert listed(world) == []
    saved(world, "gear.FCStd", b"again")


def test_two_spellings_are_one_file(world: World, start) -> None:
    start()
    path = saved(world, "gear.FCStd")
    link = world.work / "link"
    link.symlink_to(world.work)
    job = world.ask().request("cloud.save", {"path": str(link / "gear.FCStd")})
    world.until_state(job["job"], "done")
    until(lambda: listed(world)[0]["saved"] >= job["created"], "the second save to count")
    assert [file["path"] for file in listed(world)] == [str(path)]


def test_an_assembly_is_saved_as_one_however_many_of_its_files_changed(world: World, start) -> None:
    start(policy="automatic")
    parts = [write_fcstd(world.work / "parts" / f"part{n}.FCStd", content=b"%d" % n) for n in range(3)]
    main = write_fcstd(world.work / "pump.FCStd", [f"parts/{part.name}" for part in parts])
    job = world.ask().request("cloud.save", {"path": str(main), "assembly": True, "product": "pump-cloud"})
    world.until_state(job["job"], "done")
    until(lambda: [file["state"] for file in listed(world)] == ["saved"] * 4, "all files to be watched")
    assert {file["path"] for file in listed(world)} == {str(path) for path in (main, *parts)}  # no staged copy
    lock_file = world.file("parts/part2.FCStd.lock", b"")
    for part in parts[:2]:
        write_fcstd(part, content=b"changed")
    until(lambda: [file["state"] for file in listed(world)].count("changed") == 2, "two changed files")
    until(lambda: "a file of it is open in a CAD" in world.said(), "the assembly to be found open")
    assert jobs_of(world) == []
    lock_file.unlink()
    job = until(lambda: jobs_of(world), "the bridge to save the assembly")[0]
    world.until_state(job["job"], "done")
    until(lambda: {file["state"] for file in listed(world)} == {"saved"}, "all files to be saved")
    assert (job["path"], job["assembly"], job["product"], len(jobs_of(world))) == (str(main), True, "pump-cloud", 1)


def test_a_file_that_came_from_the_cloud_is_watched(world: World, start) -> None:
    start()
    saved(world, "gear.FCStd")
    client = world.client()
    opened = client.wait(client.open()["job"], timeout=30)["resultPath"]
    until(lambda: [f["state"] for f in listed(world) if f["path"] == opened] == ["saved"], "the opened file to be read")
    os.chmod(opened, 0o600)
    with open(opened, "wb") as file:
        file.write(b"drawn on")
    until(lambda: [f["state"] for f in listed(world) if f["path"] == opened] == ["changed"], "the change")


def test_an_opened_assembly_is_watched_whole_and_saved_as_one(world: World, start) -> None:
    start()
    for name in ("pump.step", "sub/seal.step"):
        world.file(f"pump/{name}", name.encode() * 100)
    assert world.cli("save", str(world.work / "pump"), "--assembly", "--wait").returncode == 0
    client = world.client()
    opened = client.wait(client.open()["job"], timeout=30)["resultPath"]
    inside = lambda: [f for f in listed(world) if f["path"].startswith(opened)]  # noqa: E731  short
    until(lambda: [f["state"] for f in inside()] == ["saved"] * 2, "both files to be read")
    assert {f["main"] for f in inside()} == {opened}


def test_watching_can_be_switched_off_and_on(world: World, start) -> None:
    start(DEAF)
    path = saved(world, "gear.FCStd")
    assert world.cli("config", "set", "files.watch", "off").returncode == 0
    world.ask().request("settings.reload", {})
    answer = world.ask().request("workfile.list", {})
    assert (answer["watching"], answer["counts"]) == (False, {"unknown": 1})
    world.replace(path, b"nobody looks")
    saved_meanwhile = world.file("rod.FCStd")
    world.until_state(world.ask().request("cloud.save", {"path": str(saved_meanwhile)})["job"], "done")
    assert world.cli("config", "set", "files.watch", "on").returncode == 0
    world.ask().request("settings.reload", {})
    until_file(world, path, "changed")
    until_file(world, saved_meanwhile, "saved")


def test_the_list_is_paged_and_filtered(world: World, start) -> None:
    start()
    paths = sorted(str(saved(world, f"part-{n}.FCStd")) for n in range(5))
    world.replace(world.work / "part-3.FCStd", b"changed")
    until_file(world, "part-3.FCStd", "changed")
    seen, after = [], None
    while True:
        answer = world.ask().request("workfile.list", {"limit": 2, **({"after": after} if after else {})})
        seen += [file["path"] for file in answer["files"]]
        after = answer.get("next")
        if after is None:
            break
    assert seen == paths
    assert answer["counts"] == {"saved": 4, "changed": 1}
    assert [f["path"] for f in listed(world, states=["changed"])] == [paths[3]]
    assert [f["path"] for f in listed(world, states=["saved", "changed"], text="PART-4")] == [paths[4]]
    assert listed(world, states=["missing"]) == []


def under_way(world: World, path: object, saves: int) -> bool:
    return state_of(world, path) != "saved" or len(jobs_of(world)) > saves


def test_kill_9_at_any_moment_loses_no_working_file(world: World, start) -> None:
    start(policy="automatic")
    path = saved(world, "gear.FCStd")
    for number in range(4):
        saves = len(jobs_of(world))  # one that was killed may have been saved or not
        world.replace(path, b"content %d" % number)
        until(partial(under_way, world, path, saves), "the change to be under way")
        world.kill_bridge()
        world.bridge(QUICK)
    until(lambda: world.cloud_bytes("/gear.FCStd") == b"content 3", f"the last content; {world.said()[-3000:]}")
    until_file(world, path, "saved")


def test_the_command_line_lists_saves_sets_and_forgets(world: World, start) -> None:
    start()
    path, other = saved(world, "gear.FCStd"), saved(world, "rod.FCStd")
    assert world.cli("files", "--changed").stdout.startswith("There are no such working files.")
    world.replace(path, b"another content")
    until_file(world, path, "changed")
    code, lines = world.cli_json("files")
    assert (code, [(line["path"], line["state"]) for line in lines]) == (
        0,
        [(str(path), "changed"), (str(other), "saved")],
    )
    assert world.cli("files", "--changed").stdout == f"{path}: Changed\n"
    assert world.cli("files", "policy", str(path), "automatic").returncode == 0
    assert world.cli("files", "--text", "GEAR").stdout == f"{path}: Changed (Save it by itself)\n"
    code, lines = world.cli_json("files", "save", str(path), "--wait")
    assert (code, lines[-1]["state"], world.cloud_bytes("/gear.FCStd")) == (0, "done", b"another content")
    assert world.cli("files", "forget", str(path), str(other)).returncode == 0
    assert world.cli_json("files")[1] == []
    code, lines = world.cli_json("files", "forget", str(path))
    assert (code, lines[0]["error"]) == (2, "ISCB-REQ-NOT-WATCHED")


def test_files_that_a_crash_left_unentered_are_entered_at_the_next_start(world: World, start) -> None:
    start()
    paths = {str(saved(world, f"part-{n}.FCStd")) for n in range(10)}
    world.stop_bridge()
    journal = sqlite3.connect(world.home.journal)
    with journal:  # as if it had been killed each time right after the job was done
        journal.execute("DELETE FROM workfiles")
        journal.execute("INSERT INTO workfile_news (job) SELECT id FROM jobs ORDER BY seq")
    journal.close()
    world.bridge(QUICK)
    until(lambda: {f["path"] for f in listed(world) if f["state"] == "saved"} == paths, "all files to be entered")


def test_what_the_cloud_takes_back_after_it_was_done_is_changed(world: World, start) -> None:
    world.desk(results="conflict")
    set_policy(world, "off")
    world.bridge({**QUICK, "settle_s": 0.0})
    path = world.file("gear.FCStd")
    job = world.ask().request("cloud.save", {"path": str(path)})["job"]
    world.until_state(job, "unknown")
    until(lambda: state_of(world, path) in ("changed", None), "the file not to be called saved")
    assert state_of(world, path) != "saved"
