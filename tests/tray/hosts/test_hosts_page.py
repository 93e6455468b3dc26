"""The page of CADs: what it says of each, and putting the sample add-in in and out by its buttons."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from iscbridge.hosts import catalog as catalog_module
from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import ACTIONS
from iscbridge.tray.link import LinkState
from iscbridge.tray.settings import hosts_model
from iscbridge.tray.settings.hosts_page import HostsPage
from support.qt_checks import check_window
from support.sample_host import ADDIN, DESCRIPTION, SampleHost
from support.scripted_link import ScriptedLink
from support.tray_room import linked_room, room_with
from support.tray_script import STATUS
from support.world import World

CONNECTED = {"host": "SampleCAD", "version": "2.1", "product": "SampleCAD", "since": "2026-11-22T00:00:00.000Z"}


@pytest.fixture
def sample(tmp_path: Path) -> SampleHost:
    return SampleHost(tmp_path)


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink({"bridge.status": dict(STATUS)})


@pytest.fixture
def room(sample, link):
    return room_with(link, sample.home)


def opened(qtbot, room, sample, **more) -> HostsPage:
    page = HostsPage(room, roots=sample.roots, catalog=sample.catalog(), **more)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    qtbot.waitUntil(lambda: page.chosen is not None)
    return page


def cells(page: HostsPage, row: int = 0) -> list[str]:
    return [page.model.index(row, column).data() for column in range(page.model.columnCount())]


def offered(page: HostsPage) -> set[str]:
    buttons = {"install": page.install, "repair": page.repair, "remove": page.remove}
    return {name for name, button in buttons.items() if button.isVisible() and button.isEnabled()}


def test_every_state_has_words_and_actions():
    assert set(hosts_model.STATES) == set(AddinState) == set(ACTIONS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_can_be_read_reached_and_named(qtbot, room, sample, language):
    room.words.set_language(language)
    sample.install_cad()
    page = opened(qtbot, room, sample)
    page.resize(700, 600)
    page.remove.setVisible(True)
    page._subject = page.chosen
    page.asking.ask("remove", *page._question("remove"))
    check_window(page, language, data=("SampleCAD", "Sample CAD", str(sample.opt), str(sample.data)))


def test_what_is_here_and_what_can_be_done(qtbot, room, sample):
    program = sample.install_cad()
    page = opened(qtbot, room, sample)
    assert cells(page) == ["Sample CAD", "2.1", "not installed", "no", str(program)]
    assert offered(page) == {"install"}
    assert sample.target.folder in page.detail.text()


def test_in_out_and_in_between(qtbot, room, sample):
    sample.install_cad()
    page = opened(qtbot, room, sample)
    page.install.click()
    assert offered(page) == set(), "one thing at a time"
    qtbot.waitUntil(lambda: cells(page)[2] == "installed")
    assert sample.there() == ADDIN
    assert "Start the CAD application again" in page.outcome.text()

    (Path(sample.target.folder) / "Init.py").write_bytes(b"by hand")
    page.again.click()
    qtbot.waitUntil(lambda: cells(page)[2] == "changed by hand")
    assert "Init.py" in page.detail.text()
    assert offered(page) == {"repair", "remove"}
    page.repair.click()
    qtbot.waitUntil(lambda: cells(page)[2] == "installed")
    assert "Init.py.changed" in page.outcome.text()

    page.remove.click()
    assert sample.target.folder in page.asking.sentence.text()
    assert sample.there()["Init.py"] == ADDIN["Init.py"], "not before it is confirmed"
    page.asking.yes.click()
    qtbot.waitUntil(lambda: cells(page)[2] == "files of somebody else are there")
    assert sample.there() == {"Init.py.changed": b"by hand"}
    assert "Init.py.changed" in page.outcome.text()


def test_what_stands_against_it_is_said(qtbot, room, sample, monkeypatch):
    sample.install_cad()
    page = opened(qtbot, room, sample)
    Path(sample.target.folder).mkdir(parents=True)
    (Path(sample.target.folder) / "Init.py").write_bytes(b"of somebody else")
    page.install.click()
    qtbot.waitUntil(lambda: "ISCB-HOST-FOREIGN" in page.outcome.text())
    qtbot.waitUntil(lambda: cells(page)[2] == "files of somebody else are there")
    assert offered(page) == set()


def test_who_is_connected_is_said(qtbot, room, link, sample):
    sample.install_cad()
    link.script["bridge.status"] = {**STATUS, "hosts": [CONNECTED]}
    page = opened(qtbot, room, sample)
    qtbot.waitUntil(lambda: cells(page)[3] == "yes")
    link.set_state(LinkState.LOST)
    assert cells(page)[3] == "not known"
    link.script["bridge.status"] = dict(STATUS)
    link.set_state(LinkState.CONNECTED)
    qtbot.waitUntil(lambda: cells(page)[3] == "no")


def test_a_cad_that_is_not_here_says_so(qtbot, room, sample):
    page = opened(qtbot, room, sample)
    assert cells(page) == ["Sample CAD", "", "this CAD application was not found here", "", ""]
    assert offered(page) == set()


def test_an_old_one_says_why_not(qtbot, room, sample):
    sample.install_cad("1.2")
    page = opened(qtbot, room, sample)
    assert "older than 2.0" in cells(page)[2]
    assert offered(page) == set()


def test_a_cad_that_is_not_here_is_listed_and_nothing_is_offered(qtbot, room, sample, monkeypatch, tmp_path):
    monkeypatch.setattr(catalog_module, "machine_folder", lambda: tmp_path / "machine")
    page = HostsPage(room, roots=sample.roots)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.chosen is not None)
    assert page.chosen is not None
    assert page.chosen.installation is None
    assert "freecad" in {page.model.row(number).host for number in range(page.model.rowCount())}
    assert offered(page) == set()


class TestAnotherCad:
    @pytest.fixture
    def page(self, qtbot, room, sample, monkeypatch, tmp_path) -> HostsPage:
        monkeypatch.setattr(catalog_module, "machine_folder", lambda: tmp_path / "machine")
        page = HostsPage(room, roots=sample.roots)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda: page.chosen is not None)
        return page

    def names(self, page) -> set[str]:
        return {page.model.row(number).host for number in range(page.model.rowCount())}

    def test_it_is_shown_before_it_is_taken(self, qtbot, page, sample):
        path = sample.vendor / "host.toml"
        page.offer(path)
        qtbot.waitUntil(page.asking.isVisible)
        assert "Sample CAD (product SampleCAD)" in page.asking.sentence.text()
        assert str(path) in page.asking.sentence.text()
        assert not (sample.home.root / "hosts").exists()
        qtbot.keyClick(page.asking.no, Qt.Key.Key_Escape)
        page.offer(path)
        qtbot.waitUntil(page.asking.isVisible)
        page.asking.yes.click()
        qtbot.waitUntil(lambda: "samplecad" in self.names(page))
        assert "Sample CAD is in the list now." in page.outcome.text()

    @pytest.mark.parametrize("text", ["", "form = 9", DESCRIPTION.replace('"addin"', '"../addin"')])
    def test_a_file_that_is_none_is_refused(self, qtbot, page, sample, text):
        path = sample.vendor / "wrong.toml"
        path.write_text(text, encoding="utf-8")
        page.offer(path)
        qtbot.waitUntil(lambda: "ISCB-HOST-FILE" in page.outcome.text())
        assert not page.asking.isVisible()
        assert "samplecad" not in self.names(page)

    def test_a_name_that_is_taken_is_refused(self, qtbot, page, sample):
        sample.write(sample.vendor, DESCRIPTION.replace('"samplecad"', '"freecad"'))
        page.offer(sample.vendor / "host.toml")
        qtbot.waitUntil(page.asking.isVisible)
        page.asking.yes.click()
        qtbot.waitUntil(lambda: "ISCB-HOST-TAKEN" in page.outcome.text())


def test_with_a_real_bridge_a_connected_cad_shows(qtbot, tmp_path):
    sample = SampleHost(tmp_path / "sample")
    sample.install_cad()
    world = World(tmp_path / "world")
    try:
        world.bridge()
        room = linked_room(world.home)
        page = opened(qtbot, room, sample)
        qtbot.waitUntil(lambda: cells(page)[3] == "no")
        world.client("the CAD", product="SampleCAD")
        qtbot.waitUntil(lambda: cells(page)[3] == "yes")
        room.link.close()
    finally:
        world.close()
