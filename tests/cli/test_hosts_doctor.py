"""`iscbridge hosts doctor`: each thing that can be wrong is found, by its name, and something can be done about it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from iscbridge.cli import hosts_doctor
from iscbridge.cli.hosts_doctor import Bridge, Finding, examine
from iscbridge.cli.hosts_doctor_texts import TEXTS
from iscbridge.hosts import install
from iscbridge.hosts.catalog import Catalog, Origin, read_catalog
from iscbridge.platform.resources import client_file
from support.sample_host import DESCRIPTION, SampleHost
from support.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sample CAD is one of Linux")

CLIENT = DESCRIPTION.replace('version = "1.1"\n', 'version = "1.1"\nclient = "lib/client.py"\n')
GOOD = (sys.executable, "-c", "import sys; sys.exit('--version' not in sys.argv)", "tray", "--quiet")
NOBODY = Bridge([], [])


class Machine(SampleHost):
    """The sample CAD, with an add-in that has the protocol's client."""

    def catalog(self) -> Catalog:
        self.write(self.shipped / "samplecad", CLIENT)
        return read_catalog([(Origin.SHIPPED, self.shipped)])

    def put(self, command: tuple[str, ...] = GOOD) -> None:
        install.install(
            self.target, self.source, host="samplecad", version="1.1", client="lib/client.py", command=command
        )

    @property
    def client(self) -> Path:
        return Path(self.target.folder) / "lib" / "client.py"

    def look(self, bridge: Bridge | None = NOBODY, *, wanted: bool = False) -> dict[str, Finding]:
        found = list(examine(self.home, self.catalog(), "en", bridge, wanted=wanted, roots=self.roots))
        assert len({one.check for one in found}) == len(found)
        return {one.check: one for one in found}

    def bad(self, bridge: Bridge | None = NOBODY) -> dict[str, Finding]:
        return {check: one for check, one in self.look(bridge).items() if one.good is False}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.install_cad()
    return made


def only(found: dict[str, Finding], check: str) -> Finding:
    """The one that is wrong; with something to do about it."""
    assert list(found) == [check]
    assert found[check].remedy
    return found[check]


def test_all_is_well(machine):
    machine.put()
    assert machine.bad() == {}
    found = machine.look()
    assert [found[name].good for name in ("Version", "Add-in", "Protocol of the add-in", "Start of ISCBridge")] == [
        True
    ] * 4


def test_what_is_not_here_is_a_fault_only_for_who_asks_for_it(tmp_path):
    machine = Machine(tmp_path)
    assert [one.good for one in machine.look().values()] == [None]
    (found,) = machine.look(wanted=True).values()
    assert (found.good, found.code) == (False, "ISCB-HOST-NOT-FOUND")


def test_an_old_one_is_said_with_both_versions(tmp_path):
    machine = Machine(tmp_path)
    machine.install_cad("1.9")
    machine.put()
    found = only(machine.bad(), "Version")
    assert found.code == "ISCB-HOST-OLD"
    assert "1.9" in found.text
    assert "2.0" in found.text


def test_an_add_in_that_is_not_installed_changed_foreign_or_half_there(machine):
    assert "hosts install samplecad" in only(machine.bad(), "Add-in").remedy
    machine.put()
    (Path(machine.target.folder) / "Init.py").write_bytes(b"changed")
    assert only(machine.bad(), "Add-in").code == "ISCB-HOST-CHANGED"
    Path(machine.target.mark).parent.mkdir(exist_ok=True)
    Path(machine.target.mark).touch()
    assert "hosts repair samplecad" in only(machine.bad(), "Add-in").remedy


def test_files_of_somebody_else(machine):
    Path(machine.target.folder).mkdir(parents=True)
    (Path(machine.target.folder) / "Init.py").write_bytes(b"theirs")
    assert only(machine.bad(), "Add-in").code == "ISCB-HOST-FOREIGN"


def test_an_older_add_in(machine):
    machine.put()
    machine.write(machine.vendor)
    (machine.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")
    entry = machine.catalog().entries[0]
    newer = Catalog((replace(entry, folder=str(machine.vendor)),))
    found = {one.check: one for one in examine(machine.home, newer, "en", NOBODY, wanted=False, roots=machine.roots)}
    assert (found["Add-in"].good, "older" in found["Add-in"].text) == (False, True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="to root every folder can be written")
def test_a_folder_that_can_t_be_written(machine):
    machine.put()
    place = Path(machine.target.folder)
    place.chmod(0o500)
    try:
        only(machine.bad(), "Add-in's folder")
    finally:
        place.chmod(0o700)


def test_a_folder_that_can_t_be_written_as_the_system_says_it(machine, monkeypatch):
    machine.put()
    monkeypatch.setattr(hosts_doctor.os, "access", lambda path, _: path != machine.target.folder)
    only(machine.bad(), "Add-in's folder")


def test_an_add_in_of_another_protocol(machine):
    machine.put()
    text = client_file().read_bytes()
    machine.client.write_bytes(text.replace(b"\nPROTOCOL = 1\n", b"\nPROTOCOL = 2\n"))
    found = machine.bad()["Protocol of the add-in"]
    assert "protocol 2" in found.text
    machine.client.unlink()
    assert "missing" in machine.bad()["Protocol of the add-in"].text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), "does not know"),
        (("/nowhere/iscbridge", "tray", "--quiet"), "not there any more"),
        ((sys.executable, "-c", "import sys; sys.exit(3)", "tray", "--quiet"), "does not run"),
    ],
)
def test_a_command_that_starts_nothing(machine, command, words):
    machine.put(command)
    assert words in only(machine.bad(), "Start of ISCBridge").text


def test_who_is_connected_and_the_licence(machine):
    machine.put()
    assert [machine.look(None)["Connection"].good, machine.look(NOBODY)["Connection"].good] == [None, None]
    error = {"title": "Over", "message": "It has ended.", "remedy": "Renew it.", "code": "ISCB-LIC-EXPIRED"}
    host = {"product": "SampleCAD", "since": "2026-01-02T03:04:05Z", "version": "2.1", "host": "Sample CAD"}
    bridge = Bridge([host, {**host, "product": "Other"}], [{"product": "SampleCAD", "managed": True, "error": error}])
    assert "2026-01-02" in machine.look(bridge)["Connection"].text
    found = only(machine.bad(bridge), "Licence")
    assert (found.code, found.remedy) == ("ISCB-LIC-EXPIRED", "Renew it.")


def test_a_description_that_can_t_be_used_is_told(machine):
    machine.put()
    (machine.shipped / "broken").mkdir(parents=True)
    (machine.shipped / "broken" / "host.toml").write_bytes(b"form = 99")
    assert only(machine.bad(), "Description").code == "ISCB-HOST-FILE"


def test_an_add_in_that_freecad_has_switched_off(machine):
    machine.put()
    Path(machine.target.folder, "ADDON_DISABLED").touch()
    assert machine.bad() == {}, "it is a sign of FreeCAD alone"
    entry = machine.catalog().entries[0]
    freecad = Catalog((replace(entry, host=replace(entry.host, name="freecad")),))
    found = list(examine(machine.home, freecad, "en", NOBODY, wanted=True, roots=machine.roots))
    (off,) = [one for one in found if one.good is False]
    assert "ADDON_DISABLED" in off.remedy


def test_every_sentence_is_there_in_both_languages():
    for words in TEXTS.values():
        assert len(words) == 2
        assert all(words)


def test_the_command_line_says_it_for_people_and_for_programs(tmp_path):
    world = World(tmp_path)
    world.env |= {"HOME": str(tmp_path / "user")}
    code, found = world.cli_json("hosts", "doctor", "nothing-of-that-name")
    assert (code, found[0]["error"]) == (2, "ISCB-HOST-UNKNOWN")
    done = world.cli("hosts", "doctor", "freecad", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert {one["host"] for one in told} == {"freecad"}
    assert all(set(one) == {"host", "check", "ok", "text", "remedy", "error"} for one in told)
    people = world.cli("hosts", "doctor", "freecad")
    assert people.returncode == 1
    assert "[!!] FreeCAD" in people.stdout
    assert people.stdout.count("\n") > len(told)
