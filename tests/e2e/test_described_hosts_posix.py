"""A CAD without an add-in, a real bridge: its program lists an assembly, hangs, or is not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.world import World, until

DESCRIPTION = """
form = 1
[host]
name = "othercad"
product = "OtherCAD"
title = { en = "Other CAD", zh = "另一 CAD" }
[[find]]
platform = "linux"
path = "{config}/othercad/bin/othercad"
[files]
types = ["oasm"]
assembly = ["oasm"]
[list]
how = "command"
gives = "lines"
seconds = 8
arguments = ["{file}"]
[open]
arguments = ["--show", "{file}"]
"""


class Cad:
    def __init__(self, world: World) -> None:
        self.world = world
        config = world.home.root.parent / "config"
        self.program = config / "othercad" / "bin" / "othercad"
        self.program.parent.mkdir(parents=True)
        description = world.home.root / "hosts" / "othercad" / "host.toml"
        description.parent.mkdir(parents=True)
        description.write_text(DESCRIPTION, encoding="utf-8")
        world.env["XDG_CONFIG_HOME"] = str(config)
        world.file("asm/零.prt", b"part")
        self.main = world.file("asm/泵.oasm", b"main")

    def does(self, code: str) -> None:
        self.program.write_text(f"#!{sys.executable} -I\nimport os, sys, time\n{code}\n", encoding="utf-8")
        self.program.chmod(0o755)


@pytest.fixture
def cad(world: World) -> Cad:
    world.desk()
    made = Cad(world)
    world.bridge()
    return made


def test_a_macro_saves_an_assembly_and_opens_it(cad: Cad) -> None:
    world = cad.world
    cad.does(
        "print('零.prt') if len(sys.argv) == 2 else open(sys.argv[2].rsplit('/', 1)[0] + '/shown', 'w').write(sys.argv[2])"
    )
    code, lines = world.cli_json("save", "--assembly", str(cad.main), "--wait")
    assert (code, lines[-1]["files"]) == (0, 2), lines
    code, lines = world.cli_json("open", "--with", "othercad")
    assert code == 0, lines
    main = Path(lines[-1]["path"])
    assert (main.name, main.read_bytes()) == ("泵.oasm", b"main")
    until((main.parent / "shown").exists, "the program to be started")
    until(lambda: (main.parent / "shown").read_text() == str(main), "it to be given the file")
    assert (main.parent / "零.prt").read_bytes() == b"part"


def test_one_that_hangs_ends_in_a_plain_error_and_holds_up_nobody(cad: Cad) -> None:
    world = cad.world
    cad.does("time.sleep(600)")
    client = world.client()
    job = client.save(str(cad.main), assembly=True)
    assert job["state"] == "accepted"
    other = client.save(str(world.file("other.step")))
    assert client.wait(other["job"], timeout=30)["state"] == "done"
    assert world.state_of(job["job"])["state"] == "accepted"
    failed = world.finish(job["job"])
    assert (failed["state"], failed["error"]["code"]) == ("failed", "ISCB-HOST-LIST-LATE")
    assert "Other CAD" in failed["error"]["message"]
    cad.does("print('零.prt')")
    client.request("job.retry", {"job": job["job"]})
    assert world.until_state(job["job"], "done")["files"] == 2


def test_a_check_says_the_same(cad: Cad) -> None:
    world = cad.world
    code, lines = world.cli_json("check", str(cad.main))
    assert (code != 0, lines[-1]["error"]["code"]) == (True, "ISCB-HOST-NO-PROGRAM"), lines
    cad.does("print('零.prt'); print('gone.prt')")
    code, lines = world.cli_json("check", str(cad.main))
    assert lines[-1]["error"]["code"] == "ISCB-ASM-MISSING-PARTS", lines


def test_what_can_t_be_opened_is_said(cad: Cad) -> None:
    world = cad.world
    done = world.cli("hosts", "open", "othercad", str(cad.main))
    assert done.returncode == 1
    assert "ISCB-HOST-NO-PROGRAM" in done.stderr
    cad.program.write_bytes(b"no program")
    os.chmod(cad.program, 0o755)
    assert "ISCB-HOST-OPEN" in world.cli("hosts", "open", "othercad", str(cad.main)).stderr
    assert "ISCB-HOST-UNKNOWN" in world.cli("hosts", "open", "nothing", str(cad.main)).stderr
    assert "ISCB-ASM-NO-MAIN" in world.cli("hosts", "open", "othercad", str(world.work)).stderr
    assert "ISCB-FILE-MISSING" in world.cli("hosts", "open", "othercad", str(world.work / "none")).stderr


def test_a_bridge_that_closes_leaves_no_program_behind(cad: Cad) -> None:
    world = cad.world
    begun = world.work / "begun"
    cad.does(f"open({str(begun)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    world.client().save(str(cad.main), assembly=True)
    until(lambda: begun.exists() and begun.read_text(), "the program to run")
    pid = int(begun.read_text())
    world.stop_bridge()
    until(lambda: not Path(f"/proc/{pid}").exists(), "the program to be ended")
