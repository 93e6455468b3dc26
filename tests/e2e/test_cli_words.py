"""The command line's sentences about the bridge itself, for people and for programs."""

from __future__ import annotations

from support.world import World


def test_every_deed_on_the_bridge_says_what_comes_of_it(world: World) -> None:
    world.desk()
    world.bridge()
    assert "iscbridge resume" in world.cli("pause").stdout
    status = world.cli("status").stdout
    assert "Paused: saves are captured and wait" in status
    assert "goes on" in world.cli("resume").stdout
    for command in ("pause", "resume", "reconnect"):
        code, [line] = world.cli_json(command)
        assert (code, line["error"]) == (0, None)
        assert line["message"]
    assert "iscbridge status" in world.cli("reconnect").stdout
    assert "next start" in world.cli("stop").stdout


def test_the_status_is_told_in_the_readers_words(world: World) -> None:
    world.env["ISCBRIDGE_LANGUAGE"] = "zh"
    world.desk()
    world.bridge()
    assert world.cli("save", str(world.file("bracket.FCStd")), "--wait").returncode == 0
    said = world.cli("status").stdout
    assert "已连接" in said
    for word in ("transfer", "ready", "session"):
        assert word not in said


def test_where_nothing_runs_the_reason_is_on_standard_error_or_in_the_line(world: World) -> None:
    done = world.cli("jobs")
    assert (done.returncode, done.stdout) == (3, "")
    assert "iscbridge tray" in done.stderr
    code, [line] = world.cli_json("jobs")
    assert (code, line["error"]) == (3, "ISCB-BRIDGE-NOT-RUNNING")
    assert "--start" in line["message"]


def test_a_folder_without_files_is_not_an_empty_cloud(world: World) -> None:
    world.desk()
    world.bridge()
    assert "empty" in world.cli("sandbox", "ls").stdout
    assert world.cli("save", str(world.file("bracket.FCStd")), "--wait").returncode == 0
    said = world.cli("sandbox", "ls", "/elsewhere").stdout
    assert "/elsewhere" in said
    assert "empty" not in said
