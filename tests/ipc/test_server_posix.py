"""What a server does with the file of its socket, and a server within the test's own process."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core.errors import BridgeRunError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages as m
from iscbridge.ipc.limits import Limits
from iscbridge.ipc.server import BridgeIdentity, BridgeServer, ClientInfo, Request
from support.raw_client import RawClient

Start = Callable[..., Any]


def test_only_the_owner_may_connect(bridge: Any) -> None:
    mode = stat.S_IMODE(Path(bridge.address).stat().st_mode)
    assert mode == 0o700


def test_the_socket_of_a_dead_server_is_replaced(bridge: Any, start_bridge: Start) -> None:
    bridge.process.kill()
    bridge.process.wait()
    assert Path(bridge.address).exists()
    again = start_bridge()
    assert again.said == "listening"
    assert "result" in again.dial(greet=False).hello()


def make(limits: Limits | None = None) -> BridgeServer:
    return BridgeServer(BridgeIdentity("0", "sandbox"), limits)


def test_without_the_lock_a_left_over_socket_stays(qtbot: QtBot, folder: Path) -> None:
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(folder / "b.sock"))
    left_over.close()
    with pytest.raises(BridgeRunError) as caught:
        make().listen(str(folder / "b.sock"), lock_held=False)
    assert caught.value.code == "ISCB-BRIDGE-SECOND"
    assert (folder / "b.sock").exists()
    server = make()
    server.listen(str(folder / "b.sock"), lock_held=True)
    server.close()


def test_an_address_that_can_not_be_made_is_an_error(qtbot: QtBot, folder: Path) -> None:
    with pytest.raises(BridgeRunError) as caught:
        make().listen(str(folder / "missing" / "b.sock"), lock_held=True)
    assert caught.value.code == "ISCB-BRIDGE-INTERNAL"


def test_it_listens_again_when_qt_stopped_listening(qtbot: QtBot, folder: Path) -> None:
    server = make(Limits(watch_every=0.02))
    server.listen(str(folder / "b.sock"), lock_held=True)
    server._server.close()  # what Qt itself does when accept fails
    qtbot.waitUntil((folder / "b.sock").exists)
    client = RawClient(str(folder / "b.sock"), greet=False)
    with qtbot.waitSignal(server._server.newConnection):
        pass
    client.close()
    server.close()


def test_signals_of_the_service_side(qtbot: QtBot, folder: Path) -> None:
    server = make()
    server.listen(str(folder / "b.sock"), lock_held=True)
    client = RawClient(str(folder / "b.sock"), greet=False)
    seen: list[object] = []
    server.request.connect(seen.append)
    server.turn_over.connect(lambda: seen.append("turn over"))
    server.client_left.connect(seen.append)
    client.ask("bridge.hello", {"protocol": 1, "host": "h", "instance": "instance-1", "product": "p"})
    for number in range(3):
        client.ask("cloud.save", {"path": f"/{number}"})
    qtbot.waitUntil(lambda: len([s for s in seen if isinstance(s, Request)]) == 3)
    qtbot.waitUntil(lambda: seen[-1] == "turn over")
    requests = [s for s in seen if isinstance(s, Request)]
    assert [r.params.path for r in requests] == ["/0", "/1", "/2"]
    assert len({r.token for r in requests}) == 3
    info = requests[0].client
    assert (info.host, info.product, info.instance, info.language) == ("h", "p", "instance-1", "en")
    server.answer_error(requests[1].token, ErrorInfo("ISCB-BRIDGE-CLOSING"))
    server.answer_ok(requests[1].token)  # a second answer to one request is none
    server.answer_ok(999_999)
    client.read()
    assert client.next_error() == (3, "ISCB-BRIDGE-CLOSING")
    client.close()
    qtbot.waitUntil(lambda: isinstance(seen[-1], ClientInfo))
    server.answer_ok(requests[0].token)  # its client is gone
    server.notify("bridge.closing", m.ClosingParams("nobody hears it"))
    assert server.client_count == 0
    server.close()


def test_notify_picks_clients(qtbot: QtBot, folder: Path) -> None:
    server = make()
    server.listen(str(folder / "b.sock"), lock_held=True)
    clients = [RawClient(str(folder / "b.sock"), greet=False) for _ in range(2)]
    for number, client in enumerate(clients):
        client.ask("bridge.hello", {"protocol": 1, "host": f"host-{number}", "instance": "instance-1"})
    qtbot.waitUntil(lambda: server.client_count == 2)
    server.notify("upgrade.announced", m.UpgradeAnnouncedParams(True), lambda client: client.host == "host-1")
    server.notify("bridge.closing", m.ClosingParams("both"))
    for client in clients:
        client.read()
    assert clients[0].read()["method"] == "bridge.closing"
    assert [clients[1].read()["method"] for _ in range(2)] == ["upgrade.announced", "bridge.closing"]
    server.close()


def test_closing_is_told_and_open_requests_are_answered(bridge: Any) -> None:
    # On Windows what is unread at the end is gone, 200 ms after `bridge.closing`: clients that read find it.
    client, other = bridge.dial(), bridge.dial()
    waits = client.ask("cloud.save", {"path": "/never"})
    client.ask("bridge.reconnect")
    client.read()
    assert "result" in other.call("bridge.shutdown")
    assert client.next_error() == (waits, "ISCB-BRIDGE-CLOSING")
    assert client.read_to_end() == [{"jsonrpc": "2.0", "method": "bridge.closing", "params": {"reason": "asked"}}]
    assert [message["method"] for message in other.read_to_end()] == ["bridge.closing"]
    assert bridge.process.wait(30) == 0
    assert not Path(bridge.address).exists()
