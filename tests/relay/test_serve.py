"""`iscbridge relay serve`: real processes, real sockets, real TLS."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import httpx
import msgspec
import pytest
import trustme

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key
from iscbridge.lease.form import LeaseState, verify
from iscbridge.lease.requests import device_id
from iscbridge.platform.folders import Home
from iscbridge.relay.config import read_settings
from support.relay_parts import write_secret
from support.relay_process import HttpDevice, installed, relay_process
from support.sandbox_store import SandboxStore, sandbox_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the relay is for servers")


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> SandboxStore:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


def command(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", "relay", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        **options,
    )


def with_store(folder: Path, store: SandboxStore) -> Path:
    for name, value in (("store_ak", store.ak), ("store_sk", store.sk)):
        write_secret(folder / "secrets", name, value)
    return folder


class TestInit:
    def test_it_makes_what_a_relay_needs_and_says_what_is_missing(self, tmp_path):
        folder = tmp_path / "relay"
        made = command("init", "--folder", str(folder), "--host", "relay.example.com", "--product", 'Acme "CAD"',
                       "--store-product", "OFFI1", "--json")  # fmt: skip
        assert made.returncode == 0, made.stderr
        told = msgspec.json.decode(made.stdout)
        settings = read_settings(folder / "relay.toml")
        assert settings.product[0].name == 'Acme "CAD"'
        assert 'relay_url = "https://relay.example.com"' in told["policy"]
        assert told["missing"] == ["store_ak", "store_sk", "access_key"]

    def test_everything_is_the_owner_s_alone(self, tmp_path):
        folder = installed(tmp_path / "relay")
        modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folder.rglob("*") if path.name != "tls.pem"}
        assert modes == {0}

    def test_a_second_one_changes_nothing(self, tmp_path):
        folder = installed(tmp_path / "relay")
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        again = command("init", "--folder", str(folder), "--host", "h", "--product", "p")
        assert again.returncode == 1
        assert "ISCB-RELAY-EXISTS" in again.stderr
        assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestServe:
    def test_a_code_becomes_a_lease_over_tls_and_the_log_tells_nobody_of_it(self, tmp_path, ca, store):
        code = store.new()
        folder = with_store(
            installed(tmp_path / "relay", ca, store_addresses=tuple(store.bases), store_ca=str(store.ca)), store
        )
        with relay_process(folder, "--replica", "north", ca=ca) as relay, relay.client() as client:
            device = HttpDevice(client)
            enrolled, checked = device.enrol(code), device.check()
            keys = {kid: public_key(text) for kid, text in client.get(wire.KEYS).json()["keys"].items()}
            assert relay.terminate() == 0
        assert [enrolled.status_code, checked.status_code] == [200, 200], enrolled.text
        leased = msgspec.json.decode(checked.content, type=wire.Leased)
        me = device_id(device.key.public_key().public_bytes_raw())
        assert verify(leased.lease, keys, "AcmeCAD", me).lease.state is LeaseState.ALIVE
        assert stat.S_IMODE((folder / "relay.db").stat().st_mode) == 0o600
        log = relay.log.read_text()
        assert {line["replica"] for line in relay.lines()} == {"north"}
        for secret in (code, store.ak, store.sk, me, "AA|BB", "127.0.0.1", leased.lease):
            assert secret not in log

    def test_who_knows_another_authority_is_not_served(self, tmp_path, ca):
        with (
            relay_process(installed(tmp_path / "relay", ca), ca=trustme.CA()) as relay,
            relay.client() as client,
            pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            client.get("/healthz")

    def test_old_tls_is_refused(self, tmp_path, ca):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ca.configure_trust(context)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with relay_process(installed(tmp_path / "relay", ca), ca=ca) as relay:

            def shakes_hands(version: ssl.TLSVersion) -> bool:
                with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                    context.minimum_version = context.maximum_version = version
                with socket.create_connection(("127.0.0.1", relay.told["port"])) as plain:
                    try:
                        context.wrap_socket(plain, server_hostname="localhost").close()
                    except OSError:
                        return False
                return True

            assert [shakes_hands(version) for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2)] == [
                False,
                True,
            ]

    def test_figures_are_told_at_a_listener_of_their_own(self, tmp_path):
        with relay_process(installed(tmp_path / "relay", metrics="127.0.0.1:0")) as relay, relay.client() as client:
            HttpDevice(client).check()
            figures = httpx.get(f"http://127.0.0.1:{relay.told['metrics']}/metrics", trust_env=False).text
            here = client.get("/metrics")
        assert 'iscbridge_relay_errors_total{code="ISCB-RELAY-UNKNOWN-DEVICE"} 1.0' in figures
        assert 'iscbridge_relay_outbox{state="waiting"} 0.0' in figures
        assert here.status_code == 404

    def test_a_client_that_sends_no_whole_head_is_cut_off(self, tmp_path):
        folder = installed(tmp_path / "relay")
        with (folder / "relay.toml").open("a") as file:
            file.write("\n[limits]\nslow_client_s = 1\n")
        with relay_process(folder) as relay, socket.create_connection(("127.0.0.1", relay.told["port"])) as slow:
            slow.settimeout(60)
            slow.sendall(b"POST /v1/licenses/check HTTP/1.1\r\nhost: localhost\r\nx-slow: ")
            with contextlib.suppress(ConnectionResetError):  # as good as an end
                assert slow.recv(100) == b""
            with relay.client() as client:
                assert client.get("/healthz").text == "ok"


class TestEnd:
    def test_what_was_begun_is_answered_and_nothing_new_is_taken(self, tmp_path, ca, store):
        folder = with_store(
            installed(tmp_path / "relay", ca, store_addresses=tuple(store.bases), store_ca=str(store.ca)), store
        )
        code = store.new()
        store.misbehave(delay_ms=2500)
        answers: list[httpx.Response] = []
        try:
            with relay_process(folder, "--drain", "1", ca=ca) as relay, relay.client() as client:
                asking = threading.Thread(target=lambda: answers.append(HttpDevice(client).enrol(code)))
                asking.start()
                deadline = time.monotonic() + 60
                while not store.ask("calls")["calls"] and time.monotonic() < deadline:
                    time.sleep(0.02)
                relay.process.send_signal(signal.SIGTERM)
                with relay.client() as other:
                    while (ready := other.get("/readyz")).status_code == 200:
                        time.sleep(0.02)
                assert relay.process.wait(60) == 0
                asking.join(60)
        finally:
            store.behave()
        assert (ready.status_code, ready.text) == (503, "not ready")
        assert [answer.status_code for answer in answers] == [200]
        assert relay.lines()[-1]["message"] == "ended in good order"

    def test_after_a_kill_it_goes_on_where_it_was(self, tmp_path, ca, store):
        folder = with_store(
            installed(tmp_path / "relay", ca, store_addresses=tuple(store.bases), store_ca=str(store.ca)), store
        )
        with relay_process(folder, ca=ca) as relay, relay.client() as client:
            device = HttpDevice(client)
            assert device.enrol(store.new()).status_code == 200
            relay.kill()
        with relay_process(folder, ca=ca) as relay, relay.client() as client:
            device.client = client
            assert device.check().status_code == 200


class TestWhatCanNotBe:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda folder: (folder / "relay.toml").write_text("form = 2"), "ISCB-RELAY-SETTINGS"),
            (lambda folder: (folder / "relay.toml").unlink(), "ISCB-RELAY-SETTINGS"),
            (lambda folder: (folder / "secrets" / "seal_key").unlink(), "ISCB-RELAY-SECRET"),
            (lambda folder: (folder / "secrets" / "lookup_key").chmod(0o644), "ISCB-RELAY-SECRET"),
            (lambda folder: (folder / "tls.key").write_text("x"), "ISCB-RELAY-LISTEN"),
            (lambda folder: (folder / "relay.db").write_bytes(b"no database" * 1000), "ISCB-RELAY-DATABASE"),
        ],
    )
    def test_it_says_why_and_does_not_begin(self, tmp_path, ca, change, code):
        folder = installed(tmp_path / "relay", ca)
        change(folder)
        ended = command("serve", "--folder", str(folder))
        assert ended.returncode == 1
        assert code in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_an_address_that_is_taken(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as other:
            folder = installed(tmp_path / "relay", listen=f"127.0.0.1:{other.getsockname()[1]}")
            ended = command("serve", "--folder", str(folder))
        assert (ended.returncode, "ISCB-RELAY-LISTEN" in ended.stderr) == (1, True)


def test_nothing_of_the_relay_loads_qt(tmp_path):
    folder = installed(tmp_path / "relay")
    script = (
        "import sys, runpy\n"
        "class NoQt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('PySide6', 'shiboken6'): raise AssertionError(name)\n"
        "sys.meta_path.insert(0, NoQt())\n"
        "import iscbridge.relay.serve, iscbridge.relay.upstream_port\n"
        f"sys.argv = ['iscbridge', 'relay', 'admin', 'keys', '--folder', {str(folder)!r}]\n"
        "runpy.run_module('iscbridge', run_name='__main__')\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


def test_other_commands_load_nothing_of_the_relay():
    script = (
        "import sys; from iscbridge.cli.main import build_parser; build_parser()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sqlalchemy', 'uvicorn', 'starlette')"
        " or name.startswith('iscbridge.relay')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, text=True, timeout=120, env=os.environ
    )
    assert ran.stdout.strip() == "[]"
