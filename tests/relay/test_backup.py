"""`iscbridge relay backup` and `restore`: tried, with a relay that serves meanwhile."""

from __future__ import annotations

import io
import itertools
import json
import stat
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import RelayError
from iscbridge.lease.form import LeaseState
from iscbridge.relay.backup import back_up, restore
from iscbridge.relay.context import make_relay
from iscbridge.relay.database.rows import insert_once
from iscbridge.relay.database.tables import NONCES
from iscbridge.relay.devices.desk import DeviceDesk
from support.relay_device import Device, FakeUpstream, bought
from support.relay_parts import SETTINGS, Clock, relay_in, settings_of

POSIX = sys.platform != "win32"
_numbers = itertools.count()


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "relay"
    made.mkdir()
    (made / "relay.toml").write_text(SETTINGS, encoding="utf-8")
    return made


@pytest.fixture
def relay(folder):
    made = relay_in(folder)
    yield made
    made.database.close()


@pytest.fixture
def archive(relay, tmp_path) -> Path:
    file = tmp_path / "backup.zip"
    back_up(tmp_path / "relay", file)
    return file


def device_of(relay) -> Device:
    return Device(relay, DeviceDesk(relay, FakeUpstream(PL1=bought(1))))


class TestRoundTrip:
    def test_a_restored_relay_knows_its_devices_codes_and_keys(self, relay, tmp_path):
        device = device_of(relay)
        device.enrol("PL1")
        back_up(tmp_path / "relay", tmp_path / "backup.zip")
        told = restore(tmp_path / "backup.zip", tmp_path / "other")
        assert told.database
        again = make_relay(settings_of(), tmp_path / "other", Clock(), "two")
        device.relay, device.desk = again, DeviceDesk(again, FakeUpstream())
        lease = device.check()
        other = device_of(again)
        other.desk = device.desk
        assert (lease.state, lease.kid) == (LeaseState.ALIVE, "k1")
        assert (
            other.enrol("PL1").reason == "ISCB-RELAY-SEATS-TAKEN"
        )  # the code is found, and unsealed, without the store
        again.database.close()

    def test_everything_is_there_to_the_byte_and_the_owner_s_alone(self, archive, tmp_path):
        restore(archive, tmp_path / "other")
        before = {path.relative_to(tmp_path / "relay"): path.read_bytes()
                  for path in (tmp_path / "relay" / "secrets").rglob("*") if path.is_file()}  # fmt: skip
        after = {path.relative_to(tmp_path / "other"): path.read_bytes()
                 for path in (tmp_path / "other" / "secrets").rglob("*") if path.is_file()}  # fmt: skip
        assert before == after
        if POSIX:
            modes = [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [archive, *(tmp_path / "other").rglob("*")]]
            assert set(modes) == {0}

    def test_while_it_serves_the_copy_is_one_moment(self, relay, tmp_path):
        ended = threading.Event()
        written = []

        def write() -> None:
            number = 0
            while not ended.is_set():
                # two rows at once: a copy with one of them would be no moment
                relay.database.run(lambda connection, at=number: [
                    insert_once(connection, NONCES, scope=half, nonce=str(at), until=1) for half in ("a", "b")
                ])  # fmt: skip
                number += 1
                written.append(number)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(5):
                back_up(tmp_path / "relay", tmp_path / f"{number}.zip")
        finally:
            ended.set()
            writer.join()
        assert written
        for number in range(5):
            restore(tmp_path / f"{number}.zip", tmp_path / f"r{number}")
            again = make_relay(settings_of(), tmp_path / f"r{number}", Clock(), "two")
            halves = again.database.run(
                lambda connection: connection.exec_driver_sql("SELECT scope, count(*) FROM nonces GROUP BY scope").all()
            )
            assert len({count for _, count in halves}) <= 1
            again.database.close()

    def test_with_postgresql_there_are_settings_and_secrets(self, tmp_path, folder, relay):
        (folder / "relay.toml").write_text(
            SETTINGS.replace("[relay]", '[relay]\ndatabase = "postgresql://relay@db/relay"'), encoding="utf-8"
        )
        told = back_up(folder, tmp_path / "backup.zip")
        assert not told.database
        assert "secrets/seal_key" in told.members
        assert not restore(tmp_path / "backup.zip", tmp_path / "other").database


class TestNeverOver:
    def test_a_backup_never_replaces_a_file(self, archive, tmp_path):
        with pytest.raises(RelayError, match="ISCB-RELAY-EXISTS"):
            back_up(tmp_path / "relay", archive)

    def test_a_restore_never_touches_a_folder_with_something_in_it(self, archive, tmp_path):
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "x").write_text("mine")
        with pytest.raises(RelayError, match="ISCB-RELAY-EXISTS"):
            restore(archive, tmp_path / "other")
        assert [path.name for path in (tmp_path / "other").iterdir()] == ["x"]

    def test_nothing_is_left_of_a_backup_that_failed(self, folder, relay, tmp_path):
        relay.database.close()
        (folder / "relay.db").write_bytes(b"no database at all" * 1000)
        (folder / "relay.db-wal").unlink(missing_ok=True)
        with pytest.raises(RelayError, match="ISCB-RELAY-DATABASE"):
            back_up(folder, tmp_path / "backup.zip")
        assert [path.name for path in tmp_path.iterdir()] == ["relay"]


class TestBad:
    @given(st.data())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
    def test_one_that_was_changed_anywhere_is_refused_or_restored_as_it_was(self, archive, tmp_path, data):
        whole = archive.read_bytes()
        cut = data.draw(st.booleans())
        at = data.draw(st.integers(0, len(whole) - 1))
        bad = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        file = tmp_path / "bad.zip"
        file.write_bytes(bad)
        target = tmp_path / f"out-{next(_numbers)}"
        try:
            restore(file, target)
        except RelayError as error:
            assert error.code in ("ISCB-RELAY-BACKUP", "ISCB-RELAY-SETTINGS")  # noqa: PT017  one of two outcomes
        else:
            for name in ("relay.toml", "secrets/seal_key", "secrets/lookup_key"):
                assert (target / name).read_bytes() == (tmp_path / "relay" / name).read_bytes()

    @pytest.mark.parametrize(
        "name", ["../evil", "secrets/../../evil", "/evil", "secrets/a\\..\\evil", "other", "secrets/C:evil", "secrets/"]
    )
    def test_names_that_lead_out_of_the_folder(self, archive, tmp_path, name):
        file = tmp_path / "bad.zip"
        file.write_bytes(_with(archive, name))
        with pytest.raises(RelayError, match="ISCB-RELAY-BACKUP"):
            restore(file, tmp_path / "other")
        assert not (tmp_path / "other").exists()

    def test_a_member_that_is_not_the_manifest_s(self, archive, tmp_path):
        file = tmp_path / "bad.zip"
        with zipfile.ZipFile(archive) as old, zipfile.ZipFile(file, "w") as new:
            for member in old.namelist():
                new.writestr(member, b"0" * 64 if member == "secrets/seal_key" else old.read(member))
        with pytest.raises(RelayError, match="secrets/seal_key was changed"):
            restore(file, tmp_path / "other")
        assert not (tmp_path / "other").exists()

    @pytest.mark.parametrize("data", [b"", b"x" * 100, b"PK\x05\x06" + b"\0" * 18])
    def test_no_backup_at_all(self, tmp_path, data):
        file = tmp_path / "bad.zip"
        file.write_bytes(data)
        with pytest.raises(RelayError, match="ISCB-RELAY-BACKUP"):
            restore(file, tmp_path / "other")


def _with(archive: Path, name: str) -> bytes:
    """The backup with one member more, which its manifest names."""
    import hashlib

    made = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "manifest.json":
                manifest = json.loads(data)
                manifest["members"][name] = hashlib.sha256(b"evil").hexdigest()
                data = json.dumps(manifest).encode()
            new.writestr(member, data)
        new.writestr(name, b"evil")
    return made.getvalue()
