"""Every exit code of the command line, produced for real."""

from __future__ import annotations

from support.world import World


def test_0_done_and_1_failed(world: World) -> None:
    world.desk(fail_next=1)
    world.bridge()
    part = world.file("bracket.FCStd")
    code, lines = world.cli_json("save", str(part), "--wait")
    assert (code, lines[-1]["state"], lines[-1]["error"]) == (1, "failed", "ISCB-CLOUD-FAILED")
    code, lines = world.cli_json("retry", lines[-1]["job"], "--wait")
    assert (code, lines[-1]["state"], lines[-1]["error"]) == (0, "done", None)
    assert world.cloud_bytes("/bracket.FCStd") == part.read_bytes()


def test_2_usage(world: World) -> None:
    world.bridge()
    assert world.cli("save").returncode == 2
    code, lines = world.cli_json("save", "")
    assert (code, lines[-1]["error"], lines[-1]["job"]) == (2, "ISCB-REQ-PATH-EMPTY", None)
    assert world.cli("job", "nobody").returncode == 2


def test_3_not_running(world: World) -> None:
    code, lines = world.cli_json("save", str(world.file("bracket.FCStd")))
    assert (code, lines[-1]["error"]) == (3, "ISCB-BRIDGE-NOT-RUNNING")


def test_4_timeout_and_6_unknown_and_its_answers(world: World) -> None:
    world.desk(hold="middle")
    world.bridge()
    part = world.file("bracket.FCStd")
    code, lines = world.cli_json("save", str(part), "--wait", "--timeout", "0.3")
    assert code == 4
    job = lines[-1]["job"]
    world.until_state(job, "submitted")
    world.cli("cancel", job)
    world.until_state(job, "unknown")
    code, lines = world.cli_json("job", job)
    assert (code, lines[-1]["error"]["code"]) == (6, "ISCB-CLOUD-CANCELLED-LATE")
    world.ask_desk("release")
    assert world.ask().request("bridge.status")["jobs"]["unknown"] == 1
    code, lines = world.cli_json("resolve", job, "dismiss")
    assert (code, lines[-1]["state"]) == (0, "unknown")
    assert world.ask().request("bridge.status")["jobs"]["unknown"] == 0, "it asks no more"
    code, lines = world.cli_json("resolve", job, "repeat", "--wait")
    assert (code, lines[-1]["state"]) == (0, "done")


def test_5_refused(world: World) -> None:
    world.bridge()
    code, lines = world.cli_json("save", str(world.work), "--wait")
    assert (code, lines[-1]["state"], lines[-1]["error"]) == (5, "refused", "ISCB-FILE-IS-FOLDER")


def test_7_replaced_and_cancelled(world: World) -> None:
    world.bridge()  # no desk: jobs wait
    part = world.file("bracket.FCStd", b"first")
    code, lines = world.cli_json("save", str(part))
    assert code == 0
    first = lines[-1]["job"]
    part.write_bytes(b"second")
    code, lines = world.cli_json("save", str(part))
    second = lines[-1]["job"]
    world.until_state(first, "replaced")
    code, lines = world.cli_json("job", first)
    assert (code, lines[-1]["replacedBy"]) == (7, second)
    assert world.cli("cancel", second).returncode == 0
    assert world.cli("job", second).returncode == 7


def test_several_paths_give_the_most_serious_code(world: World) -> None:
    world.desk()
    world.bridge()
    good, missing = world.file("good.FCStd"), world.work / "missing.FCStd"
    code, lines = world.cli_json("save", str(good), str(missing), "--wait")
    assert code == 1
    assert {line["path"]: line["state"] for line in lines}[str(good)] == "done"
