"""What lies in the machine's folder counts only if it is an administrator's, for each of those who read there."""

from __future__ import annotations

from pathlib import Path

import pytest

from iscbridge.core.errors import HostError, SettingsError
from iscbridge.hosts import catalog
from iscbridge.hosts.addin_files import read_source
from iscbridge.hosts.catalog import Origin, read_catalog
from iscbridge.hosts.described import Described
from iscbridge.platform import administrators, machine, rollout
from iscbridge.platform.folders import Home
from iscbridge.platform.machine import doubt
from iscbridge.platform.settings import read_machine_policy
from iscbridge.service.licensing import policies
from iscbridge.service.licensing.policies import policy_folders, read_policies

CODE = "ISCB-SET-MACHINE-RIGHTS"
CAD = """form = 1
[host]
name = "sample"
product = "SampleCAD"
title = { en = "SampleCAD", zh = "SampleCAD" }
[[find]]
platform = "linux"
path = "{opt}/SampleCAD {version}/bin/sample"
[files]
types = ["smp"]
lock = ["{name}.lock"]
"""


class Machine:
    """A machine's folder, and what of it others may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.others: set[str] = set()
        self.asked: list[str] = []

    def doubt_about(self, path: str) -> str:
        self.asked.append(path)
        return "S-1-5-32-545" if path in self.others else ""

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "machine")
    made.folder.mkdir()
    for module in (machine, rollout, catalog, policies):
        monkeypatch.setattr(module, "machine_folder", lambda: made.folder)
    monkeypatch.setattr(administrators, "doubt_about", made.doubt_about)
    return made


@pytest.mark.parametrize("part", ["", "products", "products/acme.toml"])
def test_every_step_of_the_way_has_to_be_an_administrator_s(here: Machine, part: str) -> None:
    path = here.write("products/acme.toml", "")
    assert doubt(path) is None
    here.others.add(str(here.folder / part))
    told = doubt(path)
    assert told is not None
    assert (told.code, told.params) == (CODE, {"path": str(here.folder / part), "detail": "S-1-5-32-545"})


def test_nothing_else_is_looked_at(here: Machine, tmp_path: Path) -> None:
    other = tmp_path / "machine2" / "policy.toml"
    other.parent.mkdir()
    other.touch()
    here.others |= {str(other), str(tmp_path), str(here.folder)}
    assert doubt(other) is None
    assert doubt(here.folder / "none.toml") is None  # nothing to believe
    assert here.asked == []


def test_what_can_not_be_looked_at_is_not_believed(here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = here.write("policy.toml", "")

    def refused(_path: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(administrators, "doubt_about", refused)
    told = doubt(path)
    assert told is not None
    assert told.code == CODE


def test_a_policy_that_others_may_write_sets_and_locks_nothing(here: Machine) -> None:
    path = here.write("policy.toml", '[set.files]\nsnapshot_days = 30\n[lock]\nkeys = ["files.snapshot_days"]\n')
    assert read_machine_policy(path).values == {"files.snapshot_days": 30}
    here.others.add(str(path))
    found = read_machine_policy(path)
    assert (dict(found.values), set(found.locked), [one.code for one in found.told]) == ({}, set(), [CODE])


def test_the_place_of_codes_that_others_may_write_is_refused(here: Machine) -> None:
    path = here.write(rollout.FILE, "license_code_file = 'here'\n")
    assert rollout.license_code_file() == "here"
    here.others.add(str(path))
    with pytest.raises(SettingsError) as refused:
        rollout.license_code_file()
    assert refused.value.code == CODE


@pytest.mark.parametrize("part", ["products", "products/acme.toml"])
def test_a_product_s_policy_that_others_may_write_restricts_nobody(here: Machine, tmp_path: Path, part: str) -> None:
    here.write("products/acme.toml", '[product]\nname = "Acme"\n')
    here.write("products/other.toml", '[product]\nname = "Other"\n')
    folders = policy_folders(tmp_path / "own")
    assert set(read_policies(folders).products) == {"Acme", "Other"}
    here.others.add(str(here.folder / part))
    found = read_policies(folders)
    assert set(found.products) == ({"Other"} if part.endswith("toml") else set())
    assert [fault.code for fault in found.faults] == [CODE]


@pytest.mark.parametrize("part", ["hosts", "hosts/sample", "hosts/sample/host.toml"])
def test_a_description_that_others_may_write_describes_nothing(here: Machine, tmp_path: Path, part: str) -> None:
    here.write("hosts/sample/host.toml", CAD)
    folders = [(Origin.MACHINE, here.folder / "hosts")]
    assert [entry.host.name for entry in read_catalog(folders).entries] == ["sample"]
    known = Described(Home(tmp_path / "home"), folders=lambda: folders)
    rules = len(known.lock_rules())
    here.others.add(str(here.folder / part))
    found = read_catalog(folders)
    assert (found.entries, [fault.code for fault in found.faults]) == ((), [CODE])
    assert len(known.lock_rules()) == rules - 1  # also where it was known before


def test_a_folder_of_descriptions_is_told_once(here: Machine) -> None:
    for name in ("one", "two"):
        here.write(f"hosts/{name}/host.toml", CAD.replace("sample", name))
    here.others.add(str(here.folder / "hosts"))
    assert [fault.code for fault in read_catalog([(Origin.MACHINE, here.folder / "hosts")]).faults] == [CODE]


def test_an_add_in_that_others_may_write_is_not_copied(here: Machine) -> None:
    path = here.write("hosts/sample/Addin/start.py", "pass\n")
    assert set(read_source(str(path.parent)).files) == {"start.py"}
    here.others.add(str(path))
    with pytest.raises(HostError) as refused:
        read_source(str(path.parent))
    assert refused.value.code == "ISCB-HOST-SOURCE"
