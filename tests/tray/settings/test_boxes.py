"""The parts of the pages that are no settings: cloud, network, advanced."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import error_to_wire
from iscbridge.tray.link import LinkState
from iscbridge.tray.settings import advanced_box, cloud_box
from iscbridge.tray.settings.advanced_box import AdvancedBox
from iscbridge.tray.settings.cloud_box import CloudBox
from iscbridge.tray.settings.marks import Mark
from iscbridge.tray.settings.network_box import NetworkBox
from support.qt_checks import check_window

READY = [{"session": "transfer", "state": "ready"}, {"session": "interactive", "state": "off"}]


@pytest.fixture
def shown(qtbot):
    """Shows a box by itself."""

    kept = []  # qtbot itself does not keep them alive

    def show(box):
        kept.append(box)
        qtbot.addWidget(box)
        box.resize(700, 500)
        box.setWindowTitle("ISCBridge")
        box.show()
        box.activate()
        return box

    return show


def status(window_status, **changes):
    return {**window_status, **changes}


@pytest.fixture
def base(link):
    return dict(link.script["bridge.status"])


def error(code, **params):
    found = error_to_wire(ErrorInfo(code, params), "en")
    return {name: getattr(found, name) for name in ("code", "title", "message", "remedy", "retry", "params")}


# cloud


@pytest.mark.parametrize(
    ("cloud", "words_of_it"), [("sandbox", "nothing reaches the real cloud"), ("iscdesk", "The real cloud")]
)
def test_which_cloud_it_is_always_said(qtbot, shown, room, link, base, cloud, words_of_it):
    link.script["bridge.status"] = status(base, cloud=cloud)
    box = shown(CloudBox(room))
    qtbot.waitUntil(lambda: words_of_it in box.cloud.text())
    assert box.sessions["transfer"].text() == "Saves: connected"
    assert box.sessions["interactive"].text() == "Dialogs of ISCDesk: not needed at the moment"


@pytest.mark.parametrize("state", ["off", "starting", "ready", "stopping", "resting", "gave_up"])
def test_every_state_has_words(qtbot, shown, room, link, base, state):
    link.script["bridge.status"] = status(base, sessions=[{"session": "transfer", "state": state}])
    box = shown(CloudBox(room))
    qtbot.waitUntil(lambda: box.sessions["transfer"].text() != "")
    assert "settings.cloud" not in box.sessions["transfer"].text()
    assert not box.sessions["interactive"].isVisible()


def test_no_bridge_is_said(qtbot, shown, room, link):
    link.script["bridge.status"] = ErrorInfo("ISCB-BRIDGE-NOT-RUNNING")
    box = shown(CloudBox(room))
    qtbot.waitUntil(lambda: "does not answer" in box.cloud.text())


def test_a_test_waits_until_the_sessions_have_come_to_rest(qtbot, shown, room, link, base, monkeypatch):
    monkeypatch.setattr(cloud_box, "_LOOK_MS", 1)
    states = itertools.chain(["off", "starting", "starting"], itertools.repeat("ready"))
    link.script["bridge.status"] = lambda _: status(base, sessions=[{"session": "transfer", "state": next(states)}])
    box = shown(CloudBox(room))
    qtbot.waitUntil(lambda: "not needed" in box.sessions["transfer"].text())
    QTest.keyClick(box.test, Qt.Key.Key_Space)
    assert not box.test.isEnabled()
    assert box.test.text() == "Testing…"
    qtbot.waitUntil(lambda: box.verdict.text() == "The test went well: the sandbox answers.")
    assert link.asked_for("bridge.reconnect") == [{}]
    assert box.test.isEnabled()
    assert box.sessions["transfer"].text() == "Saves: connected"


def test_a_test_that_ends_badly_says_why_and_what_to_do(qtbot, shown, room, link, base):
    bad = [{"session": "transfer", "state": "gave_up", "error": error("ISCB-SDK-DESK-CLOSED")}]
    link.script["bridge.status"] = status(base, sessions=bad)
    box = shown(CloudBox(room))
    box.begin()
    qtbot.waitUntil(lambda: box.verdict.text() == "The test did not go well.")
    assert "ISCDesk was closed" in box.sessions["transfer"].text()


def test_a_test_without_a_bridge_ends_too(qtbot, shown, room, link):
    link.script["bridge.reconnect"] = ErrorInfo("ISCB-BRIDGE-NOT-RUNNING")
    box = shown(CloudBox(room))
    box.begin()
    qtbot.waitUntil(box.verdict.isVisible)
    assert "did not go well" in box.verdict.text()
    assert box.test.isEnabled()


def test_errors_are_said_in_the_language_of_now(qtbot, shown, room, link, base, words):
    bad = [{"session": "transfer", "state": "gave_up", "error": error("ISCB-SDK-DESK-CLOSED")}]
    link.script["bridge.status"] = status(base, sessions=bad)
    box = shown(CloudBox(room))
    qtbot.waitUntil(lambda: "ISCDesk was closed" in box.sessions["transfer"].text())
    words.set_language("zh")
    box.retranslate()
    check_window(box, "zh")


def test_it_is_asked_again_when_the_bridge_comes_back(qtbot, shown, room, link):
    shown(CloudBox(room))
    before = len(link.asked_for("bridge.status"))
    link.state_changed.emit(LinkState.CONNECTED)
    qtbot.waitUntil(lambda: len(link.asked_for("bridge.status")) > before)


# network


def step(name, ok=True, target="mkt.example:443", **more):
    return {"name": name, "target": target, "ok": ok, "millis": 12, **more}


NO_RELAY = error("ISCB-RELAY-UNREACHABLE", host="licences.example", detail="refused")
WAY = [
    step("proxy", proxy="proxy:3128", source="environment"),
    step("dns", target="proxy"),
    step("connect", target="proxy:3128"),
    step("tls"),
    step("store"),
]


@pytest.mark.parametrize(
    ("steps", "verdict", "mark"),
    [
        (WAY, "asked about licences answers.", Mark.GOOD),
        (
            [*WAY, step("proxy"), step("dns", ok=False)],
            "one is enough to work with.",
            Mark.GOOD,
        ),
        ([*WAY, step("connect", ok=False, error=NO_RELAY)], "Not every address answers", Mark.BAD),
        (WAY[:2], "Nobody who is asked about licences can be reached.", Mark.BAD),
    ],
)
def test_what_the_steps_come_to(qtbot, shown, room, link, steps, verdict, mark):
    link.script["network.test"] = {"steps": steps}
    box = shown(NetworkBox(room))
    box.begin()
    assert box.test.text() == "Testing…"
    qtbot.waitUntil(box.verdict.isVisible)
    assert verdict in box.verdict.text()
    assert box.verdict.sign._mark is mark
    assert len([line for line in box.lines if line.isVisible()]) == len(steps)
    assert box.test.text() == "Test the connection"


def test_the_proxy_and_who_says_so_are_named(qtbot, shown, room, link):
    link.script["network.test"] = {"steps": WAY}
    box = shown(NetworkBox(room))
    box.begin()
    qtbot.waitUntil(box.verdict.isVisible)
    assert box.lines[0].text() == (
        "mkt.example:443: proxy proxy:3128 (a variable of the environment says so): good, 12 ms"
    )


@pytest.mark.parametrize("source", ["setting", "environment", "system", "nobody", "loopback"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_result_can_be_read(qtbot, shown, room, link, words, source, language):
    failed = step("tls", ok=False, error=error("ISCB-STORE-TLS-UNTRUSTED", host="mkt.example", detail="0x1"))
    link.script["network.test"] = {"steps": [step("proxy", source=source), *WAY[1:3], failed]}
    words.set_language(language)
    box = shown(NetworkBox(room))
    box.begin()
    qtbot.waitUntil(box.verdict.isVisible)
    check_window(box, language, data=["proxy"])


def test_a_second_test_takes_the_place_of_the_first(qtbot, shown, room, link):
    link.script["network.test"] = {"steps": WAY}
    box = shown(NetworkBox(room))
    box.begin()
    box.begin()
    qtbot.waitUntil(box.verdict.isVisible)
    assert len(link.asked_for("network.test")) == 1
    link.script["network.test"] = ErrorInfo("ISCB-BRIDGE-NOT-RUNNING")
    box.begin()
    assert not box.verdict.isVisible()
    qtbot.waitUntil(box.verdict.isVisible)
    assert not any(line.isVisible() for line in box.lines)


# advanced


def test_the_folders_are_opened_off_the_gui_thread(qtbot, shown, room, home, monkeypatch):
    shown_paths = []
    monkeypatch.setattr(advanced_box, "reveal", lambda path: shown_paths.append(path) or True)
    box = shown(AdvancedBox(room))
    assert [folder.path.text() for folder in box.folders] == [str(home.logs), str(home.root)]
    for folder in box.folders:
        QTest.keyClick(folder.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(shown_paths) == 2)
    assert set(shown_paths) == {str(home.logs / "bridge.log"), str(home.config)}


def test_a_folder_that_can_not_be_opened_is_told(qtbot, shown, room, home, monkeypatch):
    monkeypatch.setattr(advanced_box, "reveal", lambda _: False)
    box = shown(AdvancedBox(room))
    box.folders[0].button.click()
    qtbot.waitUntil(box.folders[0].trouble.isVisible)
    assert str(home.logs) in box.folders[0].trouble.text()


def test_the_support_bundle_has_a_window_of_its_own(shown, room, opened):
    shown(AdvancedBox(room)).bundle.click()
    assert opened == [("bundle", {})]
