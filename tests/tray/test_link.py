"""The windows' link against a real server and a real bridge process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.server import BridgeIdentity, BridgeServer
from iscbridge.tray import link as link_module
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.words import Words
from support.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="addresses of this test are socket files")


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "b.sock")


@pytest.fixture
def server(qapp, address):
    found = BridgeServer(BridgeIdentity("9.9", "sandbox"))
    found.listen(address, lock_held=True)
    yield found
    found.close()


@pytest.fixture
def link(qapp, address):
    made = Link(address, Words("en"))
    yield made
    made.close()


def connected(qtbot, link):
    qtbot.waitUntil(lambda: link.state is LinkState.CONNECTED)


def test_an_answer_comes_decoded(qtbot, server, link):
    server.request.connect(lambda request: server.answer_ok(request.token))
    link.open()
    reply = link.ask("bridge.reconnect", parent=link)
    with qtbot.waitSignal(reply.done):
        pass
    assert link.hello is not None
    assert (link.hello.version, link.hello.cloud) == ("9.9", "sandbox")


def test_an_error_comes_in_the_language_of_the_windows(qtbot, server, address):
    refused = ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": "j1"})
    server.request.connect(lambda request: server.answer_error(request.token, refused))
    words = Words("zh")
    link = Link(address, words)
    link.open()
    for language, mark in (("zh", "任务"), ("en", "job")):
        words.set_language(language)
        with qtbot.waitSignal(link.ask("job.get", {"job": "j1"}, parent=link).failed) as told:
            pass
        error = told.args[0]
        assert error.code == "ISCB-REQ-NO-SUCH-JOB"
        assert mark in error.title
    link.close()


def test_a_question_waits_for_the_bridge_and_then_gives_up(qtbot, link, monkeypatch):
    monkeypatch.setattr(link_module, "PATIENCE_S", 0.05)
    link.open()
    with qtbot.waitSignal(link.ask("bridge.status", parent=link).failed) as told:
        pass
    assert told.args[0].code == "ISCB-BRIDGE-NOT-RUNNING"


def test_a_question_before_the_bridge_is_there_is_answered_by_it(qtbot, link, address):
    link.open()
    reply = link.ask("bridge.reconnect", parent=link)
    server = BridgeServer(BridgeIdentity("9.9", "sandbox"))
    server.request.connect(lambda request: server.answer_ok(request.token))
    with qtbot.waitSignal(reply.done):
        server.listen(address, lock_held=True)
    server.close()


def test_an_open_question_fails_when_the_connection_is_lost_and_the_link_comes_back(qtbot, server, link, address):
    link.open()
    connected(qtbot, link)
    reply = link.ask("bridge.status", parent=link)
    with qtbot.waitSignal(server.request):
        pass
    with qtbot.waitSignal(reply.failed):
        server.close()
    qtbot.waitUntil(lambda: link.state is LinkState.LOST)
    again = BridgeServer(BridgeIdentity("9.10", "sandbox"))
    again.listen(address, lock_held=True)
    connected(qtbot, link)
    assert link.hello is not None
    assert link.hello.version == "9.10"
    again.close()


def test_the_answer_to_somebody_who_is_gone_is_dropped(qtbot, server, link):
    asked = []
    server.request.connect(asked.append)
    link.open()
    connected(qtbot, link)
    window = QObject()
    heard = []
    link.ask("bridge.reconnect", parent=window).done.connect(heard.append)
    qtbot.waitUntil(lambda: len(asked) == 1)
    del window
    server.answer_ok(asked[0].token)
    with qtbot.waitSignal(link.ask("bridge.reconnect", parent=link).done):
        qtbot.waitUntil(lambda: len(asked) == 2)
        server.answer_ok(asked[1].token)
    assert heard == []


def test_ten_thousand_notifications_come_in_order_and_never_hold_the_loop_for_long(qtbot, server, link):
    heard = []
    link.told.connect(lambda topic, params: heard.append(params.reason))
    link.open()
    connected(qtbot, link)
    from iscbridge.ipc.messages import ClosingParams

    for number in range(10_000):
        server.notify("bridge.closing", ClosingParams(str(number)))
    qtbot.waitUntil(lambda: len(heard) == 10_000)
    assert heard == [str(number) for number in range(10_000)]


def test_what_can_not_be_read_harms_nothing(qtbot, server, link):
    link.open()
    connected(qtbot, link)
    server.request.connect(lambda request: server.answer_ok(request.token))
    connection = next(iter(server._connections.values()))
    for line in (
        b"{",
        b'{"method":"job.changed","params":{"job":1}}',
        b'{"id":999}',
        b"[]",
        b"\xff",
        b'{"method":"x"}',
    ):
        connection._socket.write(line + b"\n")
    with qtbot.waitSignal(link.ask("bridge.reconnect", parent=link).done):
        pass


def test_nothing_is_sent_over_a_link_that_was_closed(qtbot, server, address):
    words = Words("en")
    link = Link(address, words)
    link.open()
    connected(qtbot, link)
    link.close()
    words.set_language("zh")
    heard = []
    link.ask("bridge.reconnect", parent=link).failed.connect(heard.append)
    assert link.state is LinkState.LOST
    qtbot.waitUntil(lambda: server.client_count == 0)
    assert heard == []


def test_with_a_real_bridge(qtbot, tmp_path):
    world = World(tmp_path / "home")
    try:
        world.desk()
        world.bridge()
        link = Link(world.home.bridge_address(), Words("en"))
        link.open()
        with qtbot.waitSignal(link.ask("bridge.status", parent=link).done) as told:
            pass
        assert told.args[0].cloud == "sandbox"
        link.close()
    finally:
        world.close()
