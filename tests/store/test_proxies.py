"""Which proxy is chosen, and real tunnels through a real one."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store import proxies
from iscbridge.store.proxies import Proxy, ProxyChoice, ProxyKindError, ProxyLogin, is_loopback
from support.store_server import ConnectProxy, alive, server_context, until_left

CODE = "PL0123456789"
STORE = ("mkt.myhuaweicloud.com", 443)
LOGIN = ProxyLogin("somebody", "pass:wörd")


class TestChoice:
    def test_nothing_is_configured(self):
        assert ProxyChoice().proxy_for(*STORE) is None

    def test_the_setting_comes_first(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
        monkeypatch.setenv("NO_PROXY", "*")
        assert ProxyChoice("http://setting:8080").proxy_for(*STORE) == Proxy("setting", 8080)
        assert ProxyChoice("none").proxy_for(*STORE) is None

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    def test_then_the_environment(self, monkeypatch, name):
        monkeypatch.setenv(name, "http://environment:3128/")
        assert ProxyChoice().proxy_for(*STORE) == Proxy("environment", 3128)

    def test_https_before_all_and_http_never(self, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://plain:1")
        assert ProxyChoice().proxy_for(*STORE) is None
        monkeypatch.setenv("ALL_PROXY", "http://all:2")
        monkeypatch.setenv("HTTPS_PROXY", "http://https:3")
        assert ProxyChoice().proxy_for(*STORE) == Proxy("https", 3)

    @pytest.mark.parametrize(
        ("exceptions", "direct"),
        [
            ("*", True),
            ("myhuaweicloud.com", True),
            (".myhuaweicloud.com", True),
            ("mkt.myhuaweicloud.com:443", True),
            ("other.com, mkt.myhuaweicloud.com", True),
            ("huaweicloud.com", False),
            ("mkt.myhuaweicloud.com:8443", False),
        ],
    )
    def test_no_proxy_names_exceptions(self, monkeypatch, exceptions, direct):
        monkeypatch.setenv("HTTPS_PROXY", "http://environment:3128")
        monkeypatch.setenv("NO_PROXY", exceptions)
        assert (ProxyChoice().proxy_for(*STORE) is None) == direct

    @pytest.mark.parametrize("platform", ["win32", "darwin"])
    def test_then_the_operating_system(self, monkeypatch, platform):
        read, bypass = proxies._SYSTEM_FUNCTIONS[platform]
        monkeypatch.setattr(proxies.sys, "platform", platform)
        monkeypatch.setattr(urllib.request, read, lambda: {"https": "http://system:8080"}, raising=False)
        monkeypatch.setattr(urllib.request, bypass, lambda host: host == "internal.example", raising=False)
        assert ProxyChoice().proxy_for(*STORE) == Proxy("system", 8080)
        assert ProxyChoice().proxy_for("internal.example", 443) is None
        monkeypatch.setenv("NO_PROXY", "somewhere.example")  # alone, it does not hide what the system says
        assert ProxyChoice().proxy_for(*STORE) == Proxy("system", 8080)
        monkeypatch.setenv("HTTPS_PROXY", "http://environment:3128")
        assert ProxyChoice().proxy_for(*STORE) == Proxy("environment", 3128)

    @pytest.mark.parametrize(
        "host", ["localhost", "LOCALHOST", "127.0.0.1", "::1", "[::1]", "a.localhost", "127.9.9.9"]
    )
    def test_this_machine_is_never_proxied(self, host):
        assert is_loopback(host)
        assert ProxyChoice("http://setting:8080").proxy_for(host, 443) is None

    @pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "mkt.myhuaweicloud.com", ""])
    def test_others_are(self, host):
        assert not is_loopback(host)
        assert ProxyChoice("http://setting:8080").proxy_for(host, 443) is not None

    @pytest.mark.parametrize(
        ("text", "proxy"),
        [
            ("proxy:8080", Proxy("proxy", 8080)),
            (" http://proxy ", Proxy("proxy", 80)),
            ("HTTP://[::1]:8080", Proxy("::1", 8080)),
            ("http://u:p%40ss@proxy:1", Proxy("proxy", 1, ProxyLogin("u", "p@ss"))),
        ],
    )
    def test_the_forms_of_an_address(self, text, proxy):
        assert ProxyChoice(text).proxy_for(*STORE) == proxy

    @pytest.mark.parametrize(
        "text", ["socks5://p:1", "https://p:1", "http://", "http://p:99999", "http://p:x", "http://" + "a" * 70]
    )
    def test_what_can_t_be_used_is_said(self, text):
        with pytest.raises(ProxyKindError):
            ProxyChoice(text).proxy_for(*STORE)

    @given(st.text(min_size=1).filter(lambda text: text not in ("auto", "none")))
    def test_any_text_is_a_proxy_or_said_to_be_none(self, text):
        found: object = None
        with contextlib.suppress(ProxyKindError):
            found = ProxyChoice(text).proxy_for(*STORE)
        assert found is None or found.host

    @pytest.mark.parametrize("text", ["socks5://u:secret@p:1", "http://u:secret@p:x", "http://u:secret@[", "u:secret@"])
    def test_what_is_said_of_it_holds_no_login(self, text):
        with pytest.raises(ProxyKindError) as caught:
            ProxyChoice(text).proxy_for(*STORE)
        assert "secret" not in f"{caught.value} {caught.value.address}"

    def test_the_login_of_the_secret_store_wins_and_shows_nowhere(self):
        choice = ProxyChoice("http://u:urlsecret@proxy:1", LOGIN)
        found = choice.proxy_for(*STORE)
        assert found.login == LOGIN
        assert found.address == "proxy:1"
        for text in (repr(found), repr(LOGIN)):
            assert "wörd" not in text
            assert "urlsecret" not in text
        assert "wörd" not in repr(choice)


@pytest.fixture
def tunnel() -> Iterator[Callable[..., ConnectProxy]]:
    started: list[ConnectProxy] = []

    def start(names, **options) -> ConnectProxy:
        started.append(ConnectProxy(names, **options))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()


class TestTunnel:
    """`store.example` exists nowhere but behind the proxy."""

    URL = "https://store.example"

    @pytest.fixture
    def store(self, serve, ca):
        return serve(alive(CODE), context=server_context(ca, "store.example"))

    def test_the_store_is_reached_and_the_proxy_sees_no_request(self, connect, store, tunnel):
        proxy = tunnel({"store.example": store.port})
        answer = connect(self.URL, proxies=ProxyChoice(proxy.url)).heartbeat(CODE)
        assert answer.kind is AnswerKind.ALIVE
        (asked,) = proxy.asked
        assert (asked.method, asked.path) == ("CONNECT", "store.example:443")
        assert "authorization" not in asked.headers
        assert "proxy-authorization" not in asked.headers
        assert "proxy-authorization" not in store.seen[0].headers

    def test_with_a_login(self, connect, store, tunnel):
        proxy = tunnel({"store.example": store.port}, login="somebody:pass:wörd")
        answer = connect(self.URL, proxies=ProxyChoice(proxy.url, LOGIN)).heartbeat(CODE)
        assert answer.kind is AnswerKind.ALIVE
        assert "proxy-authorization" not in store.seen[0].headers

    @pytest.mark.parametrize("login", [None, ProxyLogin("somebody", "wrong")])
    def test_a_login_that_is_refused_is_not_tried_again(self, connect, store, tunnel, login):
        proxy = tunnel({"store.example": store.port}, login="somebody:pass:wörd")
        answer = connect(self.URL, "https://second.example", proxies=ProxyChoice(proxy.url, login)).heartbeat(CODE)
        assert answer.error.code == "ISCB-STORE-PROXY-AUTH"
        assert answer.error.params == {"proxy": f"127.0.0.1:{proxy.port}"}
        assert (len(proxy.asked), store.connections) == (1, 0)

    def test_a_proxy_that_can_t_reach_the_first_domain(self, connect, serve, ca, tunnel):
        second = serve(alive(CODE), context=server_context(ca, "second.example"))

        class Choosy(ConnectProxy):
            def _status(self, request):
                return 502 if "store.example" in request.path else 200

        proxy = Choosy({"second.example": second.port})
        try:
            client = connect(self.URL, "https://second.example", proxies=ProxyChoice(proxy.url))
            assert client.heartbeat(CODE).kind is AnswerKind.ALIVE
        finally:
            proxy.stop()

    def test_a_proxy_that_refuses(self, connect, store, tunnel):
        proxy = tunnel({}, refuse=403)
        answer = connect(self.URL, proxies=ProxyChoice(proxy.url)).heartbeat(CODE)
        assert answer.error.code == "ISCB-STORE-PROXY"
        assert answer.error.params["detail"] == "HTTP 403"

    def test_a_proxy_that_is_not_there(self, connect):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            answer = connect(self.URL, proxies=ProxyChoice(f"http://{address}")).heartbeat(CODE)
        assert answer.error.code == "ISCB-STORE-PROXY"
        assert answer.error.params["proxy"] == address

    def test_a_proxy_that_leaves_before_the_tunnel_stands(self, connect, tunnel):
        proxy = tunnel({})  # it knows no name, and its thread ends
        proxy._status = lambda _: 200
        proxy.names = {"store.example": 1}
        answer = connect(self.URL, proxies=ProxyChoice(proxy.url)).activate(CODE)
        assert answer.error.code == "ISCB-STORE-PROXY"

    def test_a_store_that_leaves_in_the_tunnel_is_not_the_proxy_s_fault(self, connect, store, tunnel, serve, ca):
        second = serve(alive(CODE), context=server_context(ca, "second.example"))
        with socket.create_server(("127.0.0.1", 0)) as leaving:

            def leave():
                sock, _ = leaving.accept()
                sock.recv(65536)
                sock.close()

            thread = threading.Thread(target=leave)
            thread.start()
            proxy = tunnel({"store.example": leaving.getsockname()[1], "second.example": second.port})
            client = connect(self.URL, "https://second.example", proxies=ProxyChoice(proxy.url))
            assert client.heartbeat(CODE).kind is AnswerKind.ALIVE
            thread.join()

    def test_the_certificate_is_checked_through_the_tunnel_too(self, connect, serve, ca, tunnel):
        store = serve(alive(CODE), context=server_context(ca, "other.example"))
        proxy = tunnel({"store.example": store.port})
        answer = connect(self.URL, proxies=ProxyChoice(proxy.url)).heartbeat(CODE)
        assert answer.error.code == "ISCB-STORE-TLS"
        assert answer.error.params["host"] == "store.example"
        assert store.seen == []

    def test_an_activation_that_left_through_the_tunnel_is_not_sent_again(self, connect, serve, ca, tunnel):
        silent = serve(until_left, context=server_context(ca, "store.example"))
        proxy = tunnel({"store.example": silent.port, "second.example": silent.port})
        client = connect(self.URL, "https://second.example", proxies=ProxyChoice(proxy.url), budget_s=3.0)
        assert client.activate(CODE).error.code == "ISCB-STORE-TIMEOUT"
        assert len(proxy.asked) == len(silent.seen) == 1

    def test_a_system_that_hangs_over_its_settings_does_not_hang_the_call(self, connect, monkeypatch):
        never = threading.Event()
        monkeypatch.setattr(proxies, "_from_system", lambda _: never.wait(60) and "")
        try:
            answer = connect(self.URL, proxies=ProxyChoice(), budget_s=0.2).heartbeat(CODE)
        finally:
            never.set()
        assert answer.error.code == "ISCB-STORE-TIMEOUT"

    def test_a_proxy_of_a_kind_that_can_t_be_used(self, connect):
        answer = connect(self.URL, proxies=ProxyChoice("socks5://u:secret@proxy:1")).heartbeat(CODE)
        assert answer.error.code == "ISCB-STORE-PROXY"
        assert answer.error.params["proxy"] == "socks5://proxy:1"
        assert "secret" not in str(answer.error.params)

    def test_variables_are_read_for_each_connection(self, connect, store, tunnel, monkeypatch):
        proxy = tunnel({"store.example": store.port})
        client = connect("https://store.example", proxies=ProxyChoice())
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert client.heartbeat(CODE).kind is AnswerKind.ALIVE
