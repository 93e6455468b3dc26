"""Which CADs are known, where they are found, and what a vendor's description may add."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from iscbridge.core.errors import HostError
from iscbridge.hosts import catalog as catalog_module
from iscbridge.hosts.catalog import Origin, add_host, catalog_folders, read_catalog
from iscbridge.hosts.finding import find_installations, place_of
from iscbridge.hosts.host_file import parse_host_file
from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import act
from iscbridge.hosts.roots import Roots
from support.sample_host import ADDIN, DESCRIPTION, SampleHost


@pytest.fixture
def sample(tmp_path: Path) -> SampleHost:
    return SampleHost(tmp_path)


@pytest.fixture
def no_machine(monkeypatch, tmp_path):
    monkeypatch.setattr(catalog_module, "machine_folder", lambda: tmp_path / "machine")
    return tmp_path / "machine"


class TestFinding:
    def test_versions_come_from_the_path(self, sample):
        programs = [sample.install_cad("2.1"), sample.install_cad("10.0.3"), sample.install_cad("1.9")]
        (sample.opt / "SampleCAD beta" / "bin").mkdir(parents=True)
        found = find_installations(parse_host_file(DESCRIPTION.encode()), sample.roots)
        assert {one.version: (one.program, one.supported) for one in found} == {
            "2.1": (str(programs[0]), True),
            "10.0.3": (str(programs[1]), True),
            "1.9": (str(programs[2]), False),
        }

    def test_the_same_program_counts_once(self, sample):
        program = sample.install_cad("2.1")
        (sample.opt / "SampleCAD 2.2").symlink_to(program.parents[1])
        assert len(find_installations(parse_host_file(DESCRIPTION.encode()), sample.roots)) == 1

    def test_a_folder_is_no_program(self, sample):
        (sample.opt / "SampleCAD 2.1" / "bin" / "samplecad").mkdir(parents=True)
        assert find_installations(parse_host_file(DESCRIPTION.encode()), sample.roots) == []

    @pytest.mark.parametrize(("name", "pack"), [("log", bytes), ("log.gz", gzip.compress)])
    def test_a_version_may_stand_in_a_file(self, sample, name, pack):
        text = DESCRIPTION.replace(
            'path = "{opt}/SampleCAD {version}/bin/samplecad"',
            f'path = "{{opt}}/bin/samplecad"\nversion_file = "{{data}}/{name}"\nversion_after = "sample ("',
        )
        (sample.opt / "bin").mkdir()
        (sample.opt / "bin" / "samplecad").write_bytes(b"")
        host = parse_host_file(text.encode())
        assert [one.version for one in find_installations(host, sample.roots)] == [""]
        (sample.data / name).write_bytes(pack(b"# history\nsample (2.4.1-3) stable\nsample (2.3)\n"))
        assert [one.version for one in find_installations(host, sample.roots)] == ["2.4.1"]
        (sample.data / name).write_bytes(b"\x1f\x8b damaged")
        assert [one.version for one in find_installations(host, sample.roots)] == [""]

    def test_the_place_follows_the_version_where_there_is_such_a_folder(self, sample):
        sample.install_cad("2.1")
        host = parse_host_file(DESCRIPTION.encode())
        (found,) = find_installations(host, sample.roots)
        assert place_of(host, found, sample.roots) == str(sample.data / "SampleCAD" / "Mod")
        (sample.data / "SampleCAD" / "v2-1").mkdir(parents=True)
        assert place_of(host, found, sample.roots) == str(sample.data / "SampleCAD" / "v2-1" / "Mod")

    def test_a_system_without_a_root_finds_nothing(self, sample):
        host = parse_host_file(DESCRIPTION.encode())
        assert find_installations(host, Roots("linux", {})) == []
        assert find_installations(host, Roots("windows", {"opt": str(sample.opt)})) == []

    def test_a_variable_that_is_no_folder_counts_as_not_set(self, monkeypatch):
        roots = Roots.of_this_machine({"HOME": "/home/NAME", "XDG_DATA_HOME": "relative/folder"})
        assert "data" not in roots.folders

    def test_only_folders_of_programs_are_believed_of_a_registry(self, tmp_path):
        roots = Roots("windows", {"programs": str(tmp_path / "Programs"), "config": str(tmp_path / "config")})
        assert roots.is_program_place(str(tmp_path / "Programs" / "CAD" / "cad.exe"))
        assert not roots.is_program_place(str(tmp_path / "Programs" / ".." / "cad.exe"))
        assert not roots.is_program_place(str(tmp_path / "ProgramsElse" / "cad.exe"))
        assert not roots.is_program_place(str(tmp_path / "config" / "cad.exe"))
        assert not roots.is_program_place("cad.exe")


class TestTheCatalogue:
    def test_the_first_that_has_a_name_counts(self, sample, tmp_path):
        one, other = tmp_path / "one", tmp_path / "other"
        sample.write(one / "a", DESCRIPTION.replace("Sample CAD", "First"))
        sample.write(other / "a")
        found = read_catalog([(Origin.MACHINE, one), (Origin.USER, other)])
        assert [(entry.host.named("en"), entry.origin) for entry in found.entries] == [("First", Origin.MACHINE)]

    def test_a_broken_description_is_told_and_hides_nothing(self, sample, tmp_path):
        sample.write(tmp_path / "hosts" / "good")
        sample.write(tmp_path / "hosts" / "bad", "form = 1")
        found = read_catalog([(Origin.USER, tmp_path / "hosts"), (Origin.USER, tmp_path / "nowhere")])
        assert [entry.host.name for entry in found.entries] == ["samplecad"]
        assert [fault.code for fault in found.faults] == ["ISCB-HOST-FILE"]

    def test_freecad_ships_with_its_addin(self, sample, no_machine):
        found = read_catalog(catalog_folders(sample.home)).get("freecad")
        assert found.origin is Origin.SHIPPED
        assert found.addin is not None
        assert (Path(found.addin) / "InitGui.py").is_file()

    def test_freecad_is_found_as_one_file(self, sample, no_machine, tmp_path):
        host = read_catalog(catalog_folders(sample.home)).get("freecad").host
        programs = tmp_path / "user" / "Applications"
        programs.mkdir(parents=True)
        for name in (
            "FreeCAD_1.0.2-conda-Linux-x86_64-py311.AppImage",
            "FreeCAD-0.19.4-Linux.AppImage",
            "Other_1.0.AppImage",
        ):
            (programs / name).write_bytes(b"")
        roots = Roots("linux", {"home": str(tmp_path / "user"), "data": str(sample.data)})
        found = {one.version: one.supported for one in find_installations(host, roots)}
        assert found == {"1.0.2": True, "0.19.4": False}

    def test_an_unknown_name_is_said(self, sample, no_machine):
        with pytest.raises(HostError, match="ISCB-HOST-UNKNOWN"):
            read_catalog([]).get("x")


class TestAdding:
    def test_a_vendor_s_cad_with_its_addin(self, sample, no_machine):
        add_host(sample.vendor / "host.toml", sample.home)
        entry = read_catalog(catalog_folders(sample.home)).get("samplecad")
        assert entry.origin is Origin.USER
        assert entry.addin is not None
        assert {name: (Path(entry.addin) / name).read_bytes() for name in ADDIN} == ADDIN

    def test_again_is_its_update(self, sample, no_machine):
        add_host(sample.vendor / "host.toml", sample.home)
        sample.write(sample.vendor, DESCRIPTION.replace("Sample CAD", "Newer CAD"))
        add_host(sample.vendor / "host.toml", sample.home)
        assert read_catalog(catalog_folders(sample.home)).get("samplecad").host.named("en") == "Newer CAD"
        assert [path.name for path in (sample.home.root / "hosts").iterdir()] == ["samplecad"]

    def test_a_name_of_ours_is_not_taken_over(self, sample, no_machine):
        sample.write(sample.vendor, DESCRIPTION.replace('"samplecad"', '"freecad"'))
        with pytest.raises(HostError, match="ISCB-HOST-TAKEN"):
            add_host(sample.vendor / "host.toml", sample.home)

    def test_nothing_broken_gets_in(self, sample, no_machine, tmp_path):
        (sample.vendor / "addin" / "link").symlink_to("/etc/passwd")
        with pytest.raises(HostError, match="ISCB-HOST-SOURCE"):
            add_host(sample.vendor / "host.toml", sample.home)
        (tmp_path / "x.toml").write_text("form = 9")
        for path in (tmp_path / "x.toml", tmp_path / "none.toml", tmp_path):
            with pytest.raises(HostError, match="ISCB-HOST-FILE"):
                add_host(path, sample.home)
        assert not (sample.home.root / "hosts").exists()


class TestTheOverview:
    def test_a_cad_that_is_not_here_offers_nothing(self, sample):
        row = sample.row()
        assert (row.installation, row.actions, row.look.state) == (None, (), AddinState.NOT_INSTALLED)
        with pytest.raises(HostError, match="ISCB-HOST-NOT-FOUND"):
            act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())

    def test_in_and_out(self, sample):
        program = sample.install_cad()
        assert sample.row().actions == ("install",)
        act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())
        row = sample.row()
        assert (row.look.state, row.look.version, row.actions) == (AddinState.INSTALLED, "1.1", ("remove",))
        assert sample.there() == ADDIN
        act(sample.home, "samplecad", "remove", program=str(program), roots=sample.roots, catalog=sample.catalog())
        assert sample.row().look.state is AddinState.NOT_INSTALLED
        assert not Path(sample.target.folder).exists()

    def test_two_versions_that_share_a_place_are_one_action(self, sample):
        sample.install_cad("2.1")
        sample.install_cad("2.2")
        act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())
        assert [row.look.state for row in sample.overview().rows] == [AddinState.INSTALLED] * 2

    def test_it_comes_out_when_the_cad_is_gone(self, sample):
        program = sample.install_cad()
        act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())
        program.unlink()
        with pytest.raises(HostError, match="ISCB-HOST-NOT-FOUND"):
            act(sample.home, "samplecad", "remove", program="/x", roots=sample.roots, catalog=sample.catalog())
        act(sample.home, "samplecad", "remove", roots=sample.roots, catalog=sample.catalog())
        assert not Path(sample.target.folder).exists()
        with pytest.raises(HostError, match="ISCB-HOST-NOT-FOUND"):
            act(sample.home, "samplecad", "remove", roots=sample.roots, catalog=sample.catalog())

    def test_of_two_versions_the_one_that_is_too_old_gets_nothing(self, sample):
        for version in ("1.9", "2.1"):
            sample.install_cad(version)
            (sample.data / "SampleCAD" / f"v{version.replace('.', '-')}").mkdir(parents=True)
        act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())
        states = {row.installation.version: row.look.state for row in sample.overview().rows if row.installation}
        assert states == {"1.9": AddinState.NOT_INSTALLED, "2.1": AddinState.INSTALLED}

    def test_a_cad_that_is_too_old_is_left_alone(self, sample):
        sample.install_cad("1.0")
        assert sample.row().actions == ()
        with pytest.raises(HostError, match="ISCB-HOST-OLD"):
            act(sample.home, "samplecad", "install", roots=sample.roots, catalog=sample.catalog())

    def test_without_an_addin_nothing_is_offered(self, sample):
        sample.install_cad()
        sample.write(sample.shipped / "samplecad", DESCRIPTION)
        catalog = read_catalog([(Origin.SHIPPED, sample.shipped)])
        import shutil

        shutil.rmtree(sample.shipped / "samplecad" / "addin")
        from iscbridge.hosts.overview import overview

        (row,) = overview(sample.home, sample.roots, catalog).rows
        assert (row.look.state, row.actions) == (AddinState.NO_ADDIN, ())
        with pytest.raises(HostError, match="ISCB-HOST-NO-ADDIN"):
            act(sample.home, "samplecad", "install", roots=sample.roots, catalog=catalog)
