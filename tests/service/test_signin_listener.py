"""The loopback address of a sign-in over real sockets: one page for the person, nothing for anybody else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import QObject, Slot

from iscbridge.core.signin import HEAD_LIMIT, Returned
from iscbridge.service.licensing import signin_listener
from iscbridge.service.licensing.signin_listener import MOST_VISITORS, Loopback

STATE = "a-state-of-the-relay"


class Waiting(QObject):
    """Who waits for the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Returned] = []

    @Slot(object)
    def take(self, back: Returned) -> None:
        self.came.append(back)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def loopback(qtbot, waiting: Waiting) -> Iterator[Loopback]:
    made = Loopback()
    assert made.listen()
    made.came.connect(waiting.take)
    made.expect(STATE)
    yield made
    made.drop()
    qtbot.waitUntil(lambda: not made.visited)


@pytest.fixture
def visit(qtbot, loopback: Loopback) -> Iterator[Callable[..., Visit]]:
    made: list[Visit] = []

    def go(sent: bytes = b"") -> Visit:
        one = Visit(qtbot, loopback, sent)
        made.append(one)
        return one

    yield go
    for one in made:
        one.socket.close()


class Visit:
    """One connection, in this very thread: the listener's event loop turns while it waits."""

    def __init__(self, qtbot, loopback: Loopback, sent: bytes) -> None:
        self.qtbot = qtbot
        self.socket = socket.create_connection(("127.0.0.1", urlsplit(loopback.redirect).port))
        self.socket.setblocking(False)
        self.got, self.over = b"", False
        if sent:
            self.socket.sendall(sent)

    def read(self) -> bool:
        try:
            block = self.socket.recv(65536)
        except BlockingIOError:
            return False
        except ConnectionError:
            block = b""
        self.got += block
        self.over = not block
        return self.over

    def answer(self) -> bytes:
        """All that comes until the other side closes."""
        self.qtbot.waitUntil(self.read)
        return self.got


def request(loopback: Loopback, query: str = f"code=abc&tenant=acme&state={STATE}", *lines: str) -> bytes:
    path = urlsplit(loopback.redirect).path
    return "\r\n".join([f"GET {path}?{query} HTTP/1.1", f"Host: {loopback.authority}", *lines, "", ""]).encode()


def test_the_browser_comes_back_once(visit, loopback, waiting) -> None:
    answer = visit(request(loopback)).answer()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    for wanted in ("You may close this window", "您可以关闭此窗口", "Cache-Control: no-store", "default-src 'none'"):
        assert wanted.encode() in answer
    assert b"<script" not in answer
    assert b"abc" not in answer, "nothing of what came is in the page"
    assert waiting.came == [Returned("abc", "acme")]
    with pytest.raises(ConnectionRefusedError):
        visit(request(loopback))


def test_it_may_come_in_pieces(qtbot, visit, loopback, waiting) -> None:
    whole = request(loopback)
    one = visit(whole[:20])
    qtbot.waitUntil(lambda: loopback.visited)
    one.socket.sendall(whole[20:])
    assert b"200 OK" in one.answer()
    assert len(waiting.came) == 1


@pytest.mark.parametrize("query", ["", "code=abc&tenant=acme&state=another-state-of-it", "code=abc&tenant=acme"])
def test_a_page_that_was_not_announced_changes_nothing(visit, loopback, waiting, query) -> None:
    assert visit(request(loopback, query)).answer().startswith(b"HTTP/1.1 404 Not Found")
    assert waiting.came == []
    assert b"200 OK" in visit(request(loopback)).answer()


def test_nobody_is_expected_before_the_relay_has_answered(qtbot, visit, loopback, waiting) -> None:
    loopback.expect("")
    assert b"404" in visit(request(loopback)).answer()
    assert waiting.came == []


def test_a_request_without_an_end_is_bounded(visit, loopback, waiting) -> None:
    assert visit(b"GET /" + b"a" * (HEAD_LIMIT + 1)).answer().startswith(b"HTTP/1.1 404")
    assert waiting.came == []


def test_who_says_nothing_is_sent_away(monkeypatch, visit, loopback) -> None:
    monkeypatch.setattr(signin_listener, "VISIT_MS", 50)
    assert visit().answer() == b""


def test_so_many_at_a_time_and_no_more(qtbot, visit, loopback, waiting) -> None:
    first = [visit(b"GET ") for _ in range(MOST_VISITORS)]
    qtbot.waitUntil(lambda: loopback.visited)
    assert visit(request(loopback)).answer() == b"", "turned away"
    assert waiting.came == []
    first[0].socket.close()
    qtbot.waitUntil(lambda: b"200 OK" in visit(request(loopback)).answer())
    assert len(waiting.came) == 1


def test_what_follows_a_request_is_nothing(visit, loopback, waiting) -> None:
    answer = visit(request(loopback, "") + request(loopback)).answer()
    assert answer.count(b"HTTP/1.1") == 1
    assert waiting.came == []


def test_it_listens_on_this_computer_alone(loopback) -> None:
    parts = urlsplit(loopback.redirect)
    assert (parts.scheme, parts.hostname) == ("http", "127.0.0.1")
    assert len(parts.path) > 30
    assert loopback._server.serverAddress().isLoopback()


def test_no_two_sign_ins_have_the_same_address() -> None:
    assert Loopback().redirect != Loopback().redirect
