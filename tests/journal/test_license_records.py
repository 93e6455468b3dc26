"""Licence records: what was saved is loaded, and every other file is noticed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import SecretError, error_from
from iscbridge.core.licensing.model import LicenseRecord, Word
from iscbridge.journal import license_codec
from iscbridge.journal.license_records import LicenseRecords, peek
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import SecretStore, open_secrets
from iscbridge.texts.render import render
from support.records import StepSecrets, any_record, products
from support.secret_backends import LockedKeyring, MemoryKeyring, keyring_in_use

RECORD = LicenseRecord("FlowCAD", masked_code="PL****001", word=Word.ALIVE, word_at=1_790_000_000.5, salt="00ff")


@pytest.fixture
def keyring():
    backend = MemoryKeyring()
    with keyring_in_use(backend):
        yield backend


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "profile")


@pytest.fixture
def secrets(keyring: MemoryKeyring, home: Home) -> SecretStore:
    return open_secrets(home, "keyring")


@pytest.fixture
def records(home: Home, secrets: SecretStore) -> LicenseRecords:
    return LicenseRecords(home.licenses, secrets)


def file_of(records: LicenseRecords, product: str = "FlowCAD") -> Path:
    records.save(LicenseRecord(product))
    (path,) = [path for path in records._folder.glob("*.json") if peek_product(path) == product]
    return path


def peek_product(path: Path) -> str:
    return license_codec.unpack(path.read_bytes()).record.product


def trouble(records: LicenseRecords, product: str = "FlowCAD") -> str:
    record, error = records.load(product)
    assert record is None
    assert error is not None
    assert error.params["product"] == product
    for language in ("en", "zh"):
        assert "{" not in "".join(render(error, language))  # type: ignore[arg-type]  a loop over literals
    return error_from(error).code.removeprefix("ISCB-LIC-RECORD-")


def kept(record: LicenseRecord) -> LicenseRecord:
    return replace(record, generation=0)


# what an honest user has


def test_where_nothing_was_kept_there_is_nothing_and_no_trouble(records: LicenseRecords, home: Home) -> None:
    assert records.load("FlowCAD") == (None, None)
    assert records.peek("FlowCAD") is None
    assert records.products() == []
    records.forget("FlowCAD")
    assert not home.licenses.exists()


def test_a_record_is_there_for_the_next_run(records: LicenseRecords, home: Home, secrets: SecretStore) -> None:
    saved = records.save(RECORD)
    assert kept(saved) == RECORD
    again = LicenseRecords(home.licenses, secrets)
    assert again.load("FlowCAD") == (saved, None)
    assert again.peek("FlowCAD") == peek(home.licenses, "FlowCAD") == saved
    assert again.products() == ["FlowCAD"]


@given(data=st.data(), names=st.lists(products, min_size=1, max_size=4, unique=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_any_records_of_any_products_are_kept_apart(tmp_path_factory: pytest.TempPathFactory, data, names) -> None:
    home = Home(tmp_path_factory.mktemp("profile"))
    with keyring_in_use(MemoryKeyring()):
        records = LicenseRecords(home.licenses, open_secrets(home, "keyring"))
        saved = {}
        for name in names * 2:
            saved[name] = records.save(replace(data.draw(any_record), product=name))
        again = LicenseRecords(home.licenses, open_secrets(home, "keyring"))
        assert {name: again.load(name) for name in names} == {name: (saved[name], None) for name in names}
        assert again.products() == sorted(names)


def test_each_writing_has_the_next_number_whatever_it_came_with(records: LicenseRecords) -> None:
    numbers = [records.save(replace(RECORD, generation=given)).generation for given in (0, 0, 99, -5, 3)]
    assert numbers == [1, 2, 3, 4, 5]
    assert records.load("FlowCAD")[0] == replace(RECORD, generation=5)


def test_nobody_else_reads_the_folder(records: LicenseRecords, home: Home) -> None:
    path = file_of(records)
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
        assert home.licenses.stat().st_mode & 0o077 == 0
    assert os.listdir(home.licenses) == [path.name]
    assert path.name.startswith("flowcad-")


def test_the_key_stands_in_the_secret_store_and_nowhere_else(
    records: LicenseRecords, home: Home, secrets: SecretStore, caplog: pytest.LogCaptureFixture
) -> None:
    path = file_of(records)
    key = secrets.get("record-key")
    assert key is not None
    assert len(bytes.fromhex(key)) == 32
    path.write_bytes(b"broken")
    assert trouble(records) == "DAMAGED"
    for file in home.root.rglob("*"):
        if file.is_file() and file.name != "secrets.json":
            assert key.encode() not in file.read_bytes()
    assert key not in caplog.text
    assert key not in repr(records)


def test_forgetting_leaves_nothing_and_no_trouble(records: LicenseRecords, home: Home) -> None:
    records.save(RECORD)
    records.forget("FlowCAD")
    assert records.load("FlowCAD") == (None, None)
    assert os.listdir(home.licenses) == []
    assert records.save(RECORD).generation == 2
    assert records.load("FlowCAD")[0] is not None


# what may have happened to the file


def test_an_edited_record_is_noticed(records: LicenseRecords) -> None:
    records.save(replace(RECORD, word=Word.EXPIRED))
    path = file_of(records)
    records.save(replace(RECORD, word=Word.EXPIRED))
    path.write_bytes(path.read_bytes().replace(b'"expired"', b'"alive"'))
    assert trouble(records) == "EDITED"


def test_every_byte_counts(records: LicenseRecords) -> None:
    path = file_of(records)
    records.save(RECORD)
    data = path.read_bytes()
    seen = set()
    for place in range(0, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x11]) + data[place + 1 :])
        seen.add(trouble(records))
    assert {"EDITED", "DAMAGED"} <= seen <= {"EDITED", "DAMAGED", "COPIED", "NEWER"}


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.98])
def test_a_cut_off_record_is_set_aside_and_kept(records: LicenseRecords, home: Home, keep: float) -> None:
    path = file_of(records)
    data = path.read_bytes()[: int(len(path.read_bytes()) * keep)]
    path.write_bytes(data)
    record, error = records.load("FlowCAD")
    assert record is None
    assert error is not None
    assert error.code == "ISCB-LIC-RECORD-DAMAGED"
    assert Path(error.params["path"]).read_bytes() == data
    assert Path(error.params["path"]).parent == home.licenses
    assert not path.exists()
    assert trouble(records) == "MISSING"


def test_damage_that_comes_again_keeps_both(records: LicenseRecords, home: Home) -> None:
    path = file_of(records)
    for content in (b"one", b"two"):
        path.write_bytes(content)
        assert trouble(records) == "DAMAGED"
    assert {file.read_bytes() for file in home.licenses.iterdir()} == {b"one", b"two"}


def test_a_file_of_another_product_is_noticed(records: LicenseRecords) -> None:
    one, two = file_of(records, "FlowCAD"), file_of(records, "Mesher")
    shutil.copy(one, two)
    assert trouble(records, "Mesher") == "COPIED"
    assert records.load("FlowCAD")[1] is None
    assert records.peek("Mesher") is None


def test_a_file_of_another_profile_is_noticed(records: LicenseRecords, tmp_path: Path, keyring: MemoryKeyring) -> None:
    other = Home(tmp_path / "other")
    theirs = LicenseRecords(other.licenses, open_secrets(other, "keyring"))
    shutil.copy(file_of(theirs), file_of(records))
    assert trouble(records) == "COPIED"


def test_a_profile_that_was_copied_to_another_computer_is_noticed(records: LicenseRecords, home: Home) -> None:
    records.save(RECORD)
    with keyring_in_use(MemoryKeyring()):
        assert trouble(LicenseRecords(home.licenses, open_secrets(home, "keyring"))) == "COPIED"


def test_a_record_that_vanished_is_noticed(records: LicenseRecords) -> None:
    file_of(records).unlink()
    assert trouble(records) == "MISSING"
    assert trouble(records) == "MISSING"


@given(back=st.integers(0, 5), last=st.integers(1, 6))
@settings(max_examples=20)
def test_any_older_file_is_noticed(tmp_path_factory: pytest.TempPathFactory, back: int, last: int) -> None:
    home = Home(tmp_path_factory.mktemp("profile"))
    with keyring_in_use(MemoryKeyring()):
        records = LicenseRecords(home.licenses, open_secrets(home, "keyring"))
        files = []
        for number in range(last):
            path = file_of(records)
            records.save(replace(RECORD, failures=number))
            files.append(path.read_bytes())
        chosen = back % last
        path.write_bytes(files[chosen])
        if chosen == last - 1:
            assert kept(records.load("FlowCAD")[0]) == replace(RECORD, failures=chosen)  # type: ignore[arg-type]  is there
        else:
            assert trouble(records) == "ROLLED-BACK"


def test_a_forgotten_record_that_is_put_back_does_not_count(records: LicenseRecords) -> None:
    path = file_of(records)
    old = path.read_bytes()
    records.save(RECORD)
    newest = path.read_bytes()
    records.forget("FlowCAD")
    path.write_bytes(old)
    assert trouble(records) == "ROLLED-BACK"
    path.write_bytes(newest)
    assert records.load("FlowCAD") == (None, None)
    assert not path.exists()


def test_after_forgetting_no_file_of_the_life_before_counts(records: LicenseRecords) -> None:
    path = file_of(records)
    files = []
    for _ in range(3):
        records.save(RECORD)
        files.append(path.read_bytes())
    records.forget("FlowCAD")
    records.save(replace(RECORD, word=Word.RELEASED))
    for old in files:
        path.write_bytes(old)
        assert trouble(records) == "ROLLED-BACK"


def test_a_record_of_a_newer_version_is_left_alone(records: LicenseRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(records)
    with monkeypatch.context() as newer:
        newer.setattr(license_codec, "FORMAT", 2)
        records.save(RECORD)
    data = path.read_bytes()
    assert trouble(records) == "NEWER"
    assert records.peek("FlowCAD") is None
    assert path.read_bytes() == data


def test_fields_of_a_newer_version_live_on(records: LicenseRecords, secrets: SecretStore, home: Home) -> None:
    path = file_of(records)
    key = bytes.fromhex(secrets.get("record-key") or "")
    path.write_bytes(license_codec.pack(replace(RECORD, generation=2), key, {"invented": [1]})[0])
    again = LicenseRecords(home.licenses, secrets)
    found, error = again.load("FlowCAD")
    assert error is None
    assert found is not None
    again.save(replace(found, failures=3))
    assert license_codec.unpack(path.read_bytes()).extras == {"invented": [1]}


def test_every_trouble_ends_with_the_next_trusted_answer(records: LicenseRecords, home: Home) -> None:
    path = file_of(records)
    old = path.read_bytes()
    for spoil in (
        lambda: path.write_bytes(old),
        lambda: path.write_bytes(b"{"),
        path.unlink,
        lambda: path.write_bytes(path.read_bytes().replace(b"alive", b"ALIVE")),
        lambda: path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":9')),
    ):
        records.save(RECORD)
        spoil()
        trouble(records)
        records.save(replace(RECORD, word_at=1.5))
        found, error = records.load("FlowCAD")
        assert error is None
        assert kept(found) == replace(RECORD, word_at=1.5)  # type: ignore[arg-type]  no error: it is there


# what may have happened to the secret store


def test_a_store_that_lost_everything_makes_the_record_foreign_until_it_is_saved(
    records: LicenseRecords, keyring: MemoryKeyring
) -> None:
    path = file_of(records)
    records.save(RECORD)
    before = path.read_bytes()
    keyring.entries.clear()
    assert trouble(records) == "COPIED"
    assert records.save(RECORD).generation == 1
    assert records.load("FlowCAD")[1] is None
    path.write_bytes(before)
    assert trouble(records) == "COPIED"


def test_a_store_that_was_put_back_is_noticed_and_no_number_comes_twice(
    records: LicenseRecords, keyring: MemoryKeyring
) -> None:
    path = file_of(records)
    backup = dict(keyring.entries)
    files = []
    for number in range(4):
        records.save(replace(RECORD, failures=number))
        files.append(path.read_bytes())
    keyring.entries = backup
    assert trouble(records) == "ROLLED-BACK"
    assert records.save(RECORD).generation == 6
    for old in files:
        path.write_bytes(old)
        assert trouble(records) == "ROLLED-BACK"


@pytest.mark.parametrize(
    "text", ["", "{}", "x", "[]", '{"generation": -1, "seal": "", "forgotten": false}', "[" * 1200]
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_mark_that_makes_no_sense_fits_no_file(
    records: LicenseRecords, secrets: SecretStore, text: str, times: int
) -> None:
    for _ in range(times):
        records.save(RECORD)
    if text:
        secrets.set("record-generation/FlowCAD", text)
        assert trouble(records) == "ROLLED-BACK"
    else:
        secrets.delete("record-generation/FlowCAD")
        assert times == 1 or trouble(records) == "ROLLED-BACK"
    saved = records.save(RECORD)
    assert records.load("FlowCAD") == (saved, None)


@pytest.mark.parametrize("text", ["00", "x" * 64, "A" * 64, "é"])
def test_a_key_that_makes_no_sense_counts_as_lost(records: LicenseRecords, secrets: SecretStore, text: str) -> None:
    records.save(RECORD)
    secrets.set("record-key", text)
    assert trouble(records) == "COPIED"
    saved = records.save(RECORD)
    assert records.load("FlowCAD") == (saved, None)


def test_while_the_store_is_locked_nothing_is_believed_and_nothing_changes(records: LicenseRecords, home: Home) -> None:
    saved = records.save(RECORD)
    before = file_of(records).read_bytes()
    with keyring_in_use(LockedKeyring()):
        locked = LicenseRecords(home.licenses, open_secrets(home, "auto"))
        for call in (
            lambda: locked.load("FlowCAD"),
            lambda: locked.load("Unknown"),
            lambda: locked.save(RECORD),
            lambda: locked.forget("FlowCAD"),
        ):
            with pytest.raises(SecretError) as caught:
                call()
            assert caught.value.code == "ISCB-SECRET-LOCKED"
        assert locked.peek("FlowCAD") == replace(LicenseRecord("FlowCAD"), generation=saved.generation + 1)
        assert locked.products() == ["FlowCAD"]
    assert [path.read_bytes() for path in home.licenses.iterdir()] == [before]


def test_a_store_that_only_reads_does_not_spoil_what_was_read(
    records: LicenseRecords, home: Home, secrets: SecretStore
) -> None:
    shut = StepSecrets(secrets)
    theirs = LicenseRecords(home.licenses, shut)
    theirs.save(RECORD)
    shut.shut_for = {"set"}
    with pytest.raises(SecretError):
        theirs.save(replace(RECORD, failures=1))
    found, error = theirs.load("FlowCAD")
    assert error is None
    assert found == replace(RECORD, failures=1, generation=2)
    shut.shut_for = set()
    assert theirs.load("FlowCAD") == (found, None)
    assert records.load("FlowCAD") == (found, None)


def test_a_store_that_takes_nothing_for_long_leaves_one_file_ahead_and_no_more(
    records: LicenseRecords, home: Home, secrets: SecretStore
) -> None:
    shut = StepSecrets(secrets)
    theirs = LicenseRecords(home.licenses, shut)
    path = file_of(records)
    shut.shut_for = {"set"}
    files = []
    for number in range(5):
        with pytest.raises(SecretError):
            theirs.save(replace(RECORD, failures=number))
        files.append(path.read_bytes())
    shut.shut_for = set()
    assert theirs.load("FlowCAD")[0] == replace(RECORD, failures=4, generation=2)
    for abandoned in files[:4]:
        path.write_bytes(abandoned)
        assert trouble(records) == "ROLLED-BACK"


@given(data=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_look_never_raises(records: LicenseRecords, data: bytes) -> None:
    file_of(records).write_bytes(data)
    assert records.peek("FlowCAD") is None
    assert records.products() == []


@pytest.mark.parametrize("product", ["", "\0", "\ud800", "a" * 10_000, "../../etc/passwd", "..", "C:\\x"])
def test_no_name_of_a_product_leads_out_of_the_folder(records: LicenseRecords, home: Home, product: str) -> None:
    saved = records.save(LicenseRecord(product))
    assert records.load(product) == (saved, None)
    assert records.peek(product) == saved
    assert [path.parent for path in home.root.rglob("*.json") if path.name != "secrets.json"] == [home.licenses]
    records.forget(product)
    assert records.load(product) == (None, None)
