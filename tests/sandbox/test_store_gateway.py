"""The gateway before the sandbox store's calls: signatures, skew, lock-out, sizes, and what never kills it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from iscbridge.platform.folders import Home
from support.sandbox_store import ACTIVATE, HEARTBEAT, SandboxStore, sandbox_store, sdk_date, sign

UNKNOWN = {"license": "PL0"}


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


@pytest.fixture
def store(_shared: SandboxStore) -> SandboxStore:
    _shared.behave()
    return _shared


def refused(answer: object, words: str, status: int = 401) -> None:
    body = answer.json()  # type: ignore[attr-defined]  # an httpx.Response
    assert (answer.status_code, body["error_code"]) == (status, "APIGW.0301")  # type: ignore[attr-defined]  # as above
    assert body["error_msg"].startswith("Incorrect IAM authentication information: ")
    assert words in body["error_msg"]
    assert body["request_id"]


@pytest.mark.parametrize("domain", [0, 1])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("query", ["", "b=2&a=1"])
def test_a_good_signature(store: SandboxStore, domain: int, slash: str, query: str) -> None:
    assert store.call(HEARTBEAT + slash, UNKNOWN, domain=domain, query=query)["error_code"] == "92020005"


def test_a_wrong_secret_is_told_with_the_canonical_request(store: SandboxStore) -> None:
    answer = store.send(HEARTBEAT, UNKNOWN, sk="wrong")
    refused(answer, f"verify aksk signature fail, canonicalRequest:POST|{HEARTBEAT}/||content-type:application/json|")
    assert store.sk not in answer.text


def test_a_body_that_was_changed_on_the_way(store: SandboxStore) -> None:
    refused(store.send(HEARTBEAT, UNKNOWN, changed_body=b'{"license":"PL1"}'), "verify aksk signature fail")


def test_a_body_that_is_not_signed(store: SandboxStore) -> None:
    code = store.active()
    answer = store.send(HEARTBEAT, b"{}", unsigned=True, changed_body=b'{"license":"%s"}' % code.encode())
    assert answer.json()["data"]["status"] == "ALIVE"
    store.misbehave(unsigned_payload="refused")
    refused(store.send(HEARTBEAT, UNKNOWN, unsigned=True), "verify aksk signature fail")


def test_an_unknown_access_key_and_none(store: SandboxStore) -> None:
    for _ in range(10):
        refused(store.send(HEARTBEAT, UNKNOWN, ak="NOBODY"), "Get secretKey failed")
    with store.client() as client:
        refused(client.post(store.bases[0] + HEARTBEAT, json=UNKNOWN), "no Authorization header")
    assert store.ask("state")["failures"] == 0


@pytest.mark.parametrize("seconds", [-1000, 1000])
def test_a_clock_that_is_wrong(store: SandboxStore, seconds: float) -> None:
    refused(store.send(HEARTBEAT, UNKNOWN, at=store.now() + seconds), "signature expired")
    assert store.call(HEARTBEAT, UNKNOWN, at=store.now() + seconds * 0.8)["error_code"] == "92020005"


def test_the_skew_is_measured_against_the_moved_clock(store: SandboxStore) -> None:
    store.travel(10 * 86_400)
    refused(store.send(HEARTBEAT, UNKNOWN, at=time.time()), "signature expired")
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"


def test_the_status_of_a_refusal_is_not_printed(store: SandboxStore) -> None:
    store.misbehave(auth_status=403, gateway_prefix="APIG")
    answer = store.send(HEARTBEAT, UNKNOWN, sk="wrong")
    assert (answer.status_code, answer.json()["error_code"]) == (403, "APIG.0301")


def test_more_than_five_failures_lock_the_key_for_five_minutes(store: SandboxStore) -> None:
    for _ in range(5):
        refused(store.send(HEARTBEAT, UNKNOWN, sk="wrong"), "verify aksk signature fail")
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005", "five are not more than five"
    for _ in range(6):
        refused(store.send(HEARTBEAT, UNKNOWN, sk="wrong"), "verify aksk signature fail")
    locked = "AK access failed to reach the limit, forbidden"
    refused(store.send(HEARTBEAT, UNKNOWN), locked)
    refused(store.send(ACTIVATE, UNKNOWN, domain=1), locked)
    refused(store.send(HEARTBEAT, UNKNOWN, sk="wrong"), locked)
    assert store.ask("state")["locked"] is True
    store.travel(290)
    refused(store.send(HEARTBEAT, UNKNOWN), locked)
    store.travel(20)
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"
    assert store.ask("state")["failures"] == 0


def test_expired_signatures_lock_too_and_a_person_can_unlock(store: SandboxStore) -> None:
    for _ in range(6):
        store.send(HEARTBEAT, UNKNOWN, at=store.now() - 5000)
    refused(store.send(HEARTBEAT, UNKNOWN), "AK access failed")
    store.ask("behave")
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"


def test_a_lock_of_a_future_that_was_taken_back_is_none(store: SandboxStore) -> None:
    store.travel(86_400)
    for _ in range(6):
        store.send(HEARTBEAT, UNKNOWN, sk="wrong")
    store.travel(-86_400)
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"


@pytest.mark.parametrize("path", ["/", "/nowhere", "//", HEARTBEAT + "/x", HEARTBEAT.replace("v1", "v3"), "/control"])
def test_a_path_that_does_not_exist(store: SandboxStore, path: str) -> None:
    answer = store.send(path, UNKNOWN)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")
    assert answer.json()["request_id"]


def test_a_request_that_was_signed_for_the_other_domain(store: SandboxStore) -> None:
    answer = store.send(HEARTBEAT, UNKNOWN, domain=1, headers={"Host": urlsplit(store.bases[0]).netloc})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")


def test_a_body_above_twelve_megabytes(store: SandboxStore) -> None:
    answer = store.send(HEARTBEAT, b'"' + b"x" * (12 * 1024 * 1024) + b'"')
    assert (answer.status_code, answer.json()["error_code"]) == (413, "APIGW.0201")
    assert answer.json()["request_id"]
    largest = b'"' + b"x" * (12 * 1024 * 1024 - 2) + b'"'
    assert store.send(HEARTBEAT, largest).json()["error_code"] == "95000004"


def test_what_was_called_is_noted_for_tests(store: SandboxStore) -> None:
    store.call(HEARTBEAT, UNKNOWN)
    store.send(ACTIVATE, UNKNOWN, domain=1, sk="wrong")
    store.send("/nowhere", UNKNOWN)
    noted = store.ask("calls", clear=True)["calls"]
    assert [(one["call"], one["domain"], one["status"], one["error"]) for one in noted] == [
        ("heartbeat", 1, 200, "92020005"),
        ("activate", 2, 401, "APIGW.0301"),
        ("", 1, 404, "APIGW.0101"),
    ]
    assert store.ask("calls")["calls"] == []


# -- what never kills it


def raw(store: SandboxStore, data: bytes, *, half: bool = False) -> bytes:
    """Send bytes over TLS and read until the end; `half`: close before reading anything."""
    address = urlsplit(store.bases[0])
    context = ssl.create_default_context(cafile=str(store.ca))
    with (
        socket.create_connection(("127.0.0.1", address.port or 0), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        answer = b""
        with contextlib.suppress(OSError):  # it may be cut off while this sends or reads
            secure.sendall(data)
            while not half and (piece := secure.recv(1 << 16)):
                answer += piece
        return answer


HOSTILE = {
    "no http": b"\x00\x01\x02\x03\r\n\r\n",
    "an endless request line": b"GET /" + b"a" * 200_000,
    "a huge header": b"POST / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"POST / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 50_000 + b"\r\n",
    "a header with controls": b"GET / HTTP/1.1\r\nHost: \x00\x01\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a path that is no text": b"GET /%ff%fe%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "garbage after a request": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x00\xff\r\n\r\n" * 50,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes(store: SandboxStore, name: str) -> None:
    answer = raw(store, HOSTILE[name])
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    raw(store, HOSTILE[name], half=True)
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"
    assert "Traceback" not in store.places.log.read_text()


def test_headers_that_are_no_text(store: SandboxStore) -> None:
    head = (
        f"POST {HEARTBEAT} HTTP/1.1\r\nHost: {urlsplit(store.bases[0]).netloc}\r\nX-Sdk-Date: {sdk_date(time.time())}\r\n"
        f"Content-Length: 2\r\nConnection: close\r\nAuthorization: SDK-HMAC-SHA256 Access={store.ak}, "
        "SignedHeaders=x-sdk-date;content-type;\xff, Signature=00\r\nContent-Type: \xff\xfe\r\n\r\n{}"
    )
    assert b"APIGW.0301" in raw(store, head.encode("latin-1"))


def test_plain_http_and_a_torn_handshake(store: SandboxStore) -> None:
    port = urlsplit(store.bases[0]).port or 0
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            plain.sendall(data)
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"


def test_a_client_that_leaves_in_the_middle_of_its_body(store: SandboxStore) -> None:
    head = f"POST {HEARTBEAT} HTTP/1.1\r\nHost: {urlsplit(store.bases[0]).netloc}\r\nContent-Length: 999\r\n\r\n{{"
    raw(store, head.encode(), half=True)
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"


def test_many_at_once(store: SandboxStore) -> None:
    code = store.active()
    with contextlib.ExitStack() as open_clients:
        clients = [open_clients.enter_context(store.client()) for _ in range(20)]
        for client in clients:
            body = b'{"license":"%s"}' % code.encode()
            headers = {"Host": urlsplit(store.bases[0]).netloc, "X-Sdk-Date": sdk_date(store.now())}
            headers["Content-Type"] = "application/json"
            url = store.bases[0] + HEARTBEAT
            headers["Authorization"] = sign("POST", url, headers, body, ak=store.ak, sk=store.sk)
            assert client.post(url, content=body, headers=headers).json()["data"]["status"] == "ALIVE"
