"""The first run: each step can be done, skipped, gone back to and done again; what is chosen is written."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from iscbridge.platform.folders import Home
from iscbridge.platform.settings import load_settings
from iscbridge.sdk.library import SANDBOX_SHIM, native_folder
from iscbridge.tray.first_run.connect_step import KEY
from iscbridge.tray.first_run.window import DONE, FirstRun, is_wanted, make
from iscbridge.tray.room import TrayState
from iscbridge.tray.settings.keeper import SettingsKeeper
from support.fake_shim import build_fake_shim
from support.licence_samples import fresh
from support.licensed import PRODUCT, LicensedWorld
from support.qt_checks import check_window
from support.scripted_link import ScriptedLink
from support.tray_room import linked_room, room_with
from support.tray_script import STATUS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.ensure()
    return home


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink(
        {"license.status": {"licenses": [fresh()]}, "bridge.status": STATUS, "settings.reload": {"restart": []}}
    )


@pytest.fixture
def room(home, link):
    return room_with(link, home)


@pytest.fixture
def window(qtbot, room) -> FirstRun:
    made = make(room)
    assert isinstance(made, FirstRun)
    qtbot.addWidget(made)
    made.resize(820, 760)
    made.show()
    return made


@pytest.fixture(scope="module")
def vendor_shim(tmp_path_factory) -> Path:
    return build_fake_shim(tmp_path_factory.mktemp("shim"))


def written(home: Home) -> dict:
    return tomllib.loads(home.config.read_text(encoding="utf-8")) if home.config.exists() else {}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_each_step_can_be_read_reached_and_named(qtbot, room, window, language, step):
    room.words.set_language(language)
    window.show_step(step)
    qtbot.waitUntil(lambda: bool(window.licenses.cards) and window.hosts.chosen is not None)
    check_window(window, language, data=("AcmeCAD",))


def test_the_sandbox_is_said_in_clear_words_and_is_the_way_without_a_vendor(window):
    assert window.connect_step.sandbox.isChecked()
    words = window.connect_step.sandbox_help.text()
    assert "stay on this computer" in words
    assert "no backup" in words
    assert window.go_on.isEnabled()


def test_everything_can_be_skipped_and_nothing_is_written_then(qtbot, window, room, home):
    assert is_wanted(room)
    window.skip.click()
    assert window.step == 1
    window.skip.click()
    assert window.step == 2
    assert not window.skip.isVisible()
    window.back.click()
    window.back.click()
    assert window.step == 0
    assert not window.back.isEnabled()
    window.close()
    assert written(home) == {}
    assert TrayState(home).get(DONE) is True
    assert not is_wanted(room)


def test_starting_with_the_session_is_preselected_and_written(qtbot, window, home):
    window.show_step(2)
    assert window.autostart.isChecked()
    window.go_on.click()
    qtbot.waitUntil(lambda: written(home).get("general", {}).get("autostart") is True)
    assert not window.isVisible()


def test_starting_with_the_session_can_be_declined(qtbot, window, home):
    window.show_step(2)
    window.autostart.setChecked(False)
    window.go_on.click()
    assert not window.isVisible()
    assert load_settings(home.config, {}).settings.general_autostart is False


def test_done_again_it_shows_what_holds(qtbot, room, home):
    room.state.put(DONE, True)
    again = make(room)
    qtbot.addWidget(again)
    assert isinstance(again, FirstRun)
    assert not again.autostart.isChecked()


@pytest.mark.skipif(sys.platform == "win32", reason="the scripted shim is built by gcc")
class TestTheLibrary:
    def test_one_that_works_is_taken(self, qtbot, window, home, vendor_shim):
        step = window.connect_step
        step.try_library(vendor_shim)
        assert not window.go_on.isEnabled(), "not before it was tried out"
        qtbot.waitUntil(lambda: step.is_ready)
        assert str(vendor_shim) in step.verdict.text()
        assert written(home) == {}, "not before the person goes on"
        window.go_on.click()
        assert window.step == 1
        qtbot.waitUntil(lambda: written(home) == {"version": 1, "advanced": {"sdk_library": str(vendor_shim)}})

    def test_going_back_to_the_sandbox_takes_it_out_again(self, qtbot, room, home, link, vendor_shim):
        home.config.write_text(f'[advanced]\nsdk_library = "{vendor_shim}"\n')
        link.script["settings.reload"] = {"restart": [KEY]}
        window = make(room)
        qtbot.addWidget(window)
        window.show()
        step = window.connect_step
        assert step.vendor.isChecked()
        qtbot.waitUntil(lambda: step.is_ready)
        step.sandbox.click()
        window.go_on.click()
        qtbot.waitUntil(lambda: "sdk_library" not in written(home).get("advanced", {}))
        window.show_step(2)
        qtbot.waitUntil(window.restart_now.isVisible)
        window.restart_now.click()
        assert room.open_window == [("restart", {})]

    @pytest.mark.parametrize("kind", ["text", "folder", "missing", "another library"])
    def test_one_that_does_not_is_refused_with_the_reason(self, qtbot, window, home, tmp_path, kind):
        path = tmp_path / "x.so"
        if kind == "text":
            path.write_text("no library")
        elif kind == "folder":
            path.mkdir()
        elif kind == "another library":
            path = next(Path("/").glob("lib*/x86_64-linux-gnu/libc.so.6"), path)
        step = window.connect_step
        step.try_library(path)
        qtbot.waitUntil(lambda: "ISCB-SDK-" in step.verdict.text())
        assert not window.go_on.isEnabled()
        assert window.skip.isEnabled(), "nobody is held up"
        step.sandbox.click()
        assert window.go_on.isEnabled()
        assert written(home) == {}

    def test_only_the_last_choice_counts(self, qtbot, window, tmp_path, vendor_shim):
        step = window.connect_step
        step.try_library(tmp_path / "missing.so")
        step.try_library(vendor_shim)
        qtbot.waitUntil(lambda: step.is_ready)
        assert str(vendor_shim) in step.verdict.text()
        assert "ISCB-" not in step.verdict.text()

    def test_our_own_is_said_to_be_the_sandbox(self, qtbot, window):
        step = window.connect_step
        step.try_library(native_folder({}) / SANDBOX_SHIM)
        qtbot.waitUntil(lambda: step.is_ready)
        assert "sandbox" in step.verdict.text()


def test_what_the_administrator_decided_is_shown_as_decided(qtbot, room, home, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[set.advanced]\nsdk_library = "/opt/vendor/shim.so"\n[set.general]\nautostart = false\n'
        '[lock]\nkeys = ["advanced.sdk_library", "general.autostart"]\n'
    )
    window = FirstRun(room, keeper=SettingsKeeper(room, policy=policy))
    qtbot.addWidget(window)
    window.show()
    step = window.connect_step
    assert "/opt/vendor/shim.so" in step.decided.text()
    assert not step.vendor.isEnabled()
    assert not step.choose.isEnabled()
    assert window.go_on.isEnabled()
    window.go_on.click()
    window.show_step(2)
    assert not window.autostart.isEnabled()
    assert not window.autostart.isChecked()
    window.go_on.click()
    assert written(home) == {}


def test_the_licence_step_activates_at_a_real_bridge(qtbot, tmp_path):
    world = LicensedWorld(tmp_path)
    try:
        world.store()
        world.desk()
        world.bridge()
        room = linked_room(world.home)
        window = make(room)
        qtbot.addWidget(window)
        window.show()
        window.show_step(1)
        qtbot.waitUntil(lambda: PRODUCT in window.licenses.cards)
        card = window.licenses.cards[PRODUCT]
        card.code.line.setText(world.new_code())
        qtbot.waitUntil(card.code.button.isVisible)
        card.code.button.click()
        qtbot.waitUntil(lambda: card.licence.state == "active", timeout=60_000)
        room.link.close()
    finally:
        world.close()


def test_enter_leads_through_all_steps(qtbot, window):
    """A window that is no dialog has no default button by itself."""
    for step in (1, 2):
        qtbot.keyClick(window, Qt.Key.Key_Return)
        assert window.step == step
    window.back.setFocus()
    qtbot.keyClick(window.back, Qt.Key.Key_Return)
    assert window.step == 1
    window.show_step(2)
    qtbot.keyClick(window, Qt.Key.Key_Enter)
    assert not window.isVisible()
