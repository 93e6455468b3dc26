"""The walk to the store, step by step, against real sockets and certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.store import probe as probe_module
from iscbridge.store import proxies
from iscbridge.store.probe import Limits, StepName, probe
from iscbridge.store.proxies import ProxyChoice, ProxyLogin, ProxySource
from support.store_server import NOW, ConnectProxy, drop, nobody_listens, raw, reply, server_context, until_left

ALL = ["proxy", "dns", "connect", "tls", "store"]
#: Of the step that a test lets run out of time: the others keep the time that a busy machine may need.
SHORT_S = 0.5
QUICK = Limits(SHORT_S, SHORT_S, SHORT_S, SHORT_S, SHORT_S)
REFUSED = reply({"error_code": "APIGW.0101", "error_msg": "no API"}, 404)


@pytest.fixture
def walk(ca_file):
    def run(address, *, setting="none", login=None, ca=ca_file, now=NOW, limits=None):
        choice = ProxyChoice(setting, login)
        ca_path = None if ca is None else str(ca)
        return probe(address, proxies=choice, ca_file=ca_path, clock=lambda: now, limits=limits)

    return run


@pytest.fixture
def tunnel():
    """Starts a proxy that leads the name `store.example` to a port; all are stopped at the end."""
    started: list[ConnectProxy] = []

    def start(port=0, **options):
        started.append(ConnectProxy({"store.example": port}, **options))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()


def ends(steps):
    """Names of the steps, and the code of the last one's error."""
    assert all(step.error is None for step in steps[:-1])
    assert all(step.seconds >= 0 for step in steps)
    error = steps[-1].error
    return [step.name.value for step in steps], None if error is None else error.code


def test_a_store_that_answers(walk, serve):
    server = serve(REFUSED)
    steps = walk(server.url)
    assert ends(steps) == (ALL, None)
    assert steps[0].source is ProxySource.LOOPBACK
    assert [step.target for step in steps[1:]] == ["localhost", *[f"localhost:{server.port}"] * 3]


def test_nothing_is_signed_and_nothing_is_spent(walk, serve):
    server = serve(REFUSED)
    walk(server.url)
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("GET", "/", b"")
    assert set(seen.headers) == {"host", "user-agent", "accept", "connection"}


def test_a_name_that_nobody_knows(walk, no_such_name):
    steps = walk(no_such_name)
    assert ends(steps) == (["proxy", "dns"], "ISCB-STORE-NO-NAME")
    assert steps[-1].error.params == {"host": "store.invalid", "detail": "Name or service not known"}


def test_a_name_service_that_hangs(walk, monkeypatch):
    hang = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hang.wait(60) and [])
    limits = Limits(dns=SHORT_S)
    assert ends(walk("https://store.example", limits=limits)) == (["proxy", "dns"], "ISCB-STORE-NO-NAME")
    hang.set()


def test_a_port_where_nobody_listens(walk):
    with nobody_listens() as address:
        steps = walk(address)
    assert ends(steps) == (["proxy", "dns", "connect"], "ISCB-STORE-UNREACHABLE")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _: server_context(trustme.CA()), "ISCB-STORE-TLS-UNTRUSTED"),
        (lambda ca: server_context(ca, "portal.example"), "ISCB-STORE-TLS-NAME"),
        (
            lambda ca: server_context(
                ca, not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
            ),
            "ISCB-STORE-TLS-DATE",
        ),
        (
            lambda ca: server_context(
                ca, not_before=datetime(2220, 1, 1, tzinfo=UTC), not_after=datetime(2221, 1, 1, tzinfo=UTC)
            ),
            "ISCB-STORE-TLS-DATE",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(walk, serve, ca, make, code):
    server = serve(REFUSED, context=make(ca))
    steps = walk(server.url)
    assert ends(steps) == (ALL[:4], code)
    assert steps[-1].error.params["host"] == "localhost"
    assert steps[-1].error.params["detail"]
    assert server.seen == []


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"verify_code": 0x800B0109, "verify_message": "a root that is not trusted"}, "ISCB-STORE-TLS-UNTRUSTED"),
        ({"verify_code": 0x800B0101, "verify_message": "not within its validity"}, "ISCB-STORE-TLS-DATE"),
        ({"verify_code": 0x800B010F, "verify_message": "the name does not match"}, "ISCB-STORE-TLS-NAME"),
        ({"verify_code": 0x800B0000, "verify_message": ""}, "ISCB-STORE-TLS"),
        ({}, "ISCB-STORE-TLS"),
    ],
)
def test_what_other_systems_say_of_a_certificate(walk, serve, monkeypatch, known, code):
    class OfTheSystem:
        def wrap_socket(self, *_, **__):
            error = ssl.SSLCertVerificationError("Peer sent no certificates to verify")
            for name, value in known.items():
                setattr(error, name, value)
            raise error

    monkeypatch.setattr(probe_module, "trust", lambda _: OfTheSystem())
    steps = walk(serve(REFUSED).url)
    assert ends(steps) == (ALL[:4], code)
    wanted = known.get("verify_message") or "Peer sent no certificates to verify"
    assert steps[-1].error.params["detail"] == wanted


def test_the_system_does_not_trust_an_authority_of_a_test(walk, serve):
    assert ends(walk(serve(REFUSED).url, ca=None)) == (ALL[:4], "ISCB-STORE-TLS-UNTRUSTED")


def test_an_authority_s_file_that_is_not_there(walk, serve, tmp_path):
    assert ends(walk(serve(REFUSED).url, ca=tmp_path / "none.pem")) == (ALL[:4], "ISCB-STORE-TLS")


def test_a_server_without_tls(walk):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 No TLS\r\n\r\n")
                sock.recv(65536)

        thread = threading.Thread(target=answer)
        thread.start()
        steps = walk(f"https://localhost:{listener.getsockname()[1]}")
        thread.join()
    assert ends(steps) == (ALL[:4], "ISCB-STORE-TLS")


def test_a_server_that_hangs_before_tls(walk):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        steps = walk(f"https://localhost:{listener.getsockname()[1]}", limits=Limits(tls=SHORT_S))
    assert ends(steps) == (ALL[:4], "ISCB-STORE-UNREACHABLE")


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (until_left, "ISCB-STORE-TIMEOUT"),
        (drop, "ISCB-STORE-UNREACHABLE"),
        (raw(b"SSH-2.0-nonsense\r\n\r\n"), "ISCB-STORE-UNREADABLE"),
        (reply({}, 503), "ISCB-STORE-UNAVAILABLE"),
        (reply({}, 302), None),
        (reply({}, 200, date=None), None),
        (reply({}, 200, date="the day before yesterday"), None),
        (reply({}, 200, date=NOW + 3600), "ISCB-STORE-CLOCK"),
        (reply({}, 200, date=NOW + 60), None),
    ],
)
def test_what_the_store_may_answer(walk, serve, behaviour, code):
    limits = Limits(answer=SHORT_S) if behaviour is until_left else None
    assert ends(walk(serve(behaviour).url, limits=limits)) == (ALL, code)


def test_a_server_that_drips_is_not_waited_for(walk, serve):
    def drip(connection):
        while True:
            connection.send(b"x")
            connection.sock.settimeout(0.05)
            try:
                if not connection.sock.recv(1):
                    return
            except TimeoutError:
                pass

    assert ends(walk(serve(drip).url, limits=Limits(answer=SHORT_S))) == (ALL, "ISCB-STORE-TIMEOUT")


def test_through_a_proxy(walk, serve, ca, tunnel):
    server = serve(REFUSED, context=server_context(ca, "store.example"))
    proxy = tunnel(server.port, login="user:secret")
    steps = walk("https://store.example", setting=proxy.url, login=ProxyLogin("user", "secret"))
    assert ends(steps) == (ALL, None)
    assert (steps[0].proxy, steps[0].source) == (f"127.0.0.1:{proxy.port}", ProxySource.SETTING)
    assert [step.target for step in steps] == [
        "store.example:443",
        "127.0.0.1",
        f"127.0.0.1:{proxy.port}",
        "store.example:443",
        "store.example:443",
    ]
    assert "secret" not in repr(steps)


@pytest.mark.parametrize("login", [None, ProxyLogin("user", "wrong")])
def test_a_proxy_that_wants_another_login(walk, tunnel, login):
    proxy = tunnel(login="user:secret")
    steps = walk("https://store.example", setting=proxy.url, login=login)
    assert ends(steps) == (ALL[:3], "ISCB-STORE-PROXY-AUTH")


def test_a_proxy_that_refuses(walk, tunnel):
    steps = walk("https://store.example", setting=tunnel(refuse=403).url)
    assert ends(steps) == (ALL[:3], "ISCB-STORE-PROXY")
    assert steps[-1].error.params["detail"] == "HTTP 403"


def test_a_proxy_that_is_not_there(walk):
    with nobody_listens() as address:
        steps = walk(
            "https://store.example", setting=address.replace("https", "http").replace("localhost", "127.0.0.1")
        )
    assert ends(steps) == (ALL[:3], "ISCB-STORE-PROXY")


def test_a_proxy_whose_name_nobody_knows(walk, no_such_name):
    steps = walk("https://store.example", setting="http://store.invalid:3128")
    assert ends(steps) == (ALL[:2], "ISCB-STORE-PROXY")
    assert steps[-1].target == "store.invalid"


def test_the_environment_s_proxy_says_where_it_comes_from(walk, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://environment:1080")
    (step,) = walk("https://store.example", setting="auto")
    assert (step.source, step.error.code) == (ProxySource.ENVIRONMENT, "ISCB-STORE-PROXY")
    assert step.error.params["proxy"] == "socks5://environment:1080"


def test_a_system_that_hangs_over_its_settings(walk, monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(proxies, "_from_system", lambda _: never.wait(60) and "")
    limits = Limits(choose=SHORT_S)
    assert ends(walk("https://store.example", setting="auto", limits=limits)) == (["proxy"], "ISCB-STORE-PROXY")
    never.set()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(setting=st.text(max_size=30) | st.text("htp:/@[]%1.", max_size=20).map("http://".__add__))
def test_no_setting_makes_it_raise(walk, setting):
    def nobody(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "none")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", nobody)
        assert ends(walk("https://store.example", setting=setting, limits=QUICK))[1] is not None


def test_the_names_of_the_steps_are_the_protocol_s():
    assert [name.value for name in StepName] == ALL
