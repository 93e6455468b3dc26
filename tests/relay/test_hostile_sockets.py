"""Clients that mean no good, on real sockets: they hold nothing for long, and nobody else waits for them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.lease import wire
from support.relay_process import HttpDevice, RelayProcess, installed, relay_process
from support.world import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the relay is for servers")

EACH, MOST = 6, 9
LIMITS = f"\n[limits]\nconnections = {MOST + 1}\nconnections_per_address = {EACH}\nbody_bytes = 2048\n"
HEAD = b"POST /v1/licenses/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
SIGNED = (
    b"x-isc-device: " + b"a" * 64 + b"\r\nx-isc-time: 1790000000\r\nx-isc-nonce: " + b"n" * 20 + b"\r\nx-isc-signature: "
    + b"A" * 86 + b"\r\n"
)  # fmt: skip


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def limited(folder: Path, ca: trustme.CA, slow_client_s: int) -> Iterator[RelayProcess]:
    """One with narrow limits, and TLS."""
    installed(folder, ca, metrics="127.0.0.1:0")
    with (folder / "relay.toml").open("a") as file:
        file.write(f"{LIMITS}slow_client_s = {slow_client_s}\n")
    with relay_process(folder, ca=ca) as running:
        yield running


@pytest.fixture(scope="module")
def relay(tmp_path_factory, ca) -> Iterator[RelayProcess]:
    """One that waits for nobody."""
    with limited(tmp_path_factory.mktemp("tls") / "relay", ca, 1) as running:
        yield running


@pytest.fixture(scope="module")
def patient(tmp_path_factory, ca) -> Iterator[RelayProcess]:
    """One that ends no connection while a test counts them, however long that takes."""
    with limited(tmp_path_factory.mktemp("patient") / "relay", ca, 600) as running:
        yield running


@pytest.fixture
def plain(relay) -> Iterator[list[socket.socket]]:
    """TCP connections of a test; they are gone at its end, for the relay as well."""
    with closed_at_the_end(relay) as opened:
        yield opened


@contextlib.contextmanager
def closed_at_the_end(relay: RelayProcess) -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()
    until(lambda: connections(relay)["open"] == 0, "the relay to have closed every connection")


def connect(relay: RelayProcess, opened: list[socket.socket], address: str = "127.0.0.1") -> socket.socket:
    one = socket.create_connection(("127.0.0.1", relay.told["port"]), timeout=60, source_address=(address, 0))
    opened.append(one)
    return one


def shaken(relay: RelayProcess, ca: trustme.CA, opened: list[socket.socket]) -> ssl.SSLSocket:
    """A connection with TLS."""
    context = ssl.create_default_context()
    ca.configure_trust(context)
    plain = connect(relay, opened)
    opened.pop()  # it is the wrapped one's from now on
    one = context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False)
    opened.append(one)
    one.do_handshake()
    return one


def connections(relay: RelayProcess) -> dict[str, float]:
    """As monitoring is told."""
    text = httpx.get(f"http://127.0.0.1:{relay.told['metrics']}/metrics", trust_env=False).text
    name = "iscbridge_relay_connections"
    lines = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def ended(one: socket.socket) -> bytes:
    """What still came before the other side ended it."""
    got = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while data := one.recv(65536):
            got += data
    return got


def well(relay: RelayProcess, address: str = "127.0.0.3") -> bool:
    """Whether somebody else is served."""
    context = ssl.create_default_context()
    relay.ca.configure_trust(context)
    transport = httpx.HTTPTransport(verify=context, local_address=address)
    with httpx.Client(transport=transport, base_url=relay.url, timeout=60) as client:
        return client.get("/readyz").text == "ready"


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 40])
def test_a_handshake_that_stands_still_is_ended(relay, plain, first):
    one = connect(relay, plain)
    one.sendall(first)
    assert ended(one) == b""
    assert well(relay)


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\x80" * 5000]
)
def test_what_is_no_handshake_is_ended(relay, plain, data):
    one = connect(relay, plain)
    one.sendall(data)
    assert b"200" not in ended(one)
    assert well(relay)


def test_one_address_takes_no_more_than_its_share_and_the_others_are_served(patient):
    before = connections(patient)["turnedAway"]
    with closed_at_the_end(patient) as opened:
        for _ in range(EACH):
            connect(patient, opened)
        until(lambda: connections(patient)["open"] == EACH, "the relay to have them")
        assert ended(connect(patient, opened)) == b""
        assert connections(patient) == {"open": EACH, "turnedAway": before + 1}
        assert well(patient)
        opened[0].close()
        until(lambda: connections(patient)["open"] < EACH, "room for one more")
        assert well(patient, "127.0.0.1")


def test_all_together_take_no_more_than_there_is_room_for(patient):
    with closed_at_the_end(patient) as opened:
        for number in range(MOST + 1):
            connect(patient, opened, f"127.0.0.{10 + number % 2}")
        until(lambda: connections(patient)["open"] == MOST + 1, "the relay to have them")
        assert ended(connect(patient, opened, "127.0.0.12")) == b""
    assert well(patient)


def test_a_body_that_drips_is_refused_and_its_connection_ended(relay, ca, plain):
    one = shaken(relay, ca, plain)
    one.sendall(HEAD + SIGNED + b"content-length: 100\r\n\r\n{")
    got = ended(one)
    assert got.startswith(b"HTTP/1.1 408")
    assert b"ISCB-RELAY-SLOW" in got
    assert well(relay)


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (b"content-length: 9999999999\r\n\r\n", b"ISCB-RELAY-TOO-LARGE"),
        (b"transfer-encoding: chunked\r\n\r\n" + (b"400\r\n" + b" " * 1024 + b"\r\n") * 3, b"ISCB-RELAY-TOO-LARGE"),
        (b"content-length: 2\r\nexpect: 100-continue\r\n\r\n{}", b"ISCB-RELAY-REQUEST"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_here(relay, ca, plain, rest, code):
    one = shaken(relay, ca, plain)
    one.sendall(HEAD + SIGNED + rest)
    got = b""
    while code not in got:
        data = one.recv(65536)
        assert data, got
        got += data
    assert well(relay)


@pytest.mark.parametrize(
    "data",
    [
        b"POST /v1/licenses/check HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 70_000,
        b"\r\n\r\n\r\nnonsense\r\n\r\n",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n",
        HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /readyz HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(relay, ca, plain, data):
    one = shaken(relay, ca, plain)
    one.sendall(data)
    got = ended(one)
    assert b"HTTP/1.1 200" not in got
    assert got[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 501"}
    assert well(relay)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 300), max_size=3),
    noise=st.binary(min_size=1, max_size=8),
    path=st.sampled_from([wire.CHECK, wire.ENROL, "/store/production?signature=1&timestamp=2&nonce=3", "/%2e%2e/keys"]),
)
def test_a_request_with_noise_in_it_breaks_nothing(relay, ca, plain, cuts, noise, path):
    data = bytearray(HEAD.replace(b"/v1/licenses/check", path.encode()) + SIGNED + b"content-length: 2\r\n\r\n{}")
    for cut in cuts:
        data[cut % len(data) : cut % len(data)] = noise
    one = shaken(relay, ca, plain)
    got = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        one.sendall(data)
        got = one.recv(65536)  # its answer, or its end
    one.close()
    assert got[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 405", b"HTTP/1.1 200"}
    assert b"ISCB-RELAY-INTERNAL" not in got
    until(lambda: connections(relay)["open"] == 0, "its end")


def test_the_log_stays_one_of_lines_without_a_mistake_of_ours(relay, ca):
    assert well(relay)
    with relay.client() as client:
        assert HttpDevice(client).check().status_code == 404
    assert [line for line in relay.lines() if line.get("code") == "ISCB-RELAY-INTERNAL" or "places" in line] == []
