"""Secrets on Windows: the real DPAPI, the real Credential Manager, and files that only their owner may open."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import keyring.backends.Windows
import pytest

from iscbridge.core.errors import SecretError
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.journal.license_records import LicenseRecords
from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private
from iscbridge.platform.secrets import open_secrets, secrets_file
from iscbridge.platform.secrets_dpapi import DpapiStore, protect, unprotect
from iscbridge.platform.secrets_keyring import WINDOWS_LIMIT, find_backend

SECRET = "PLAN-9-FROM-OUTER-SPACE"


@pytest.fixture
def profile(tmp_path: Path) -> Home:
    return Home(tmp_path / "profile")


@pytest.fixture
def store(profile: Home) -> DpapiStore:
    return DpapiStore(str(secrets_file(profile)), profile.key)


def entries(profile: Home) -> dict[str, str]:
    return json.loads(secrets_file(profile).read_bytes())["entries"]


def put(profile: Home, name: str, text: str) -> None:
    document = json.loads(secrets_file(profile).read_bytes())
    document["entries"][name] = text
    secrets_file(profile).write_text(json.dumps(document), "utf-8")


# DPAPI


def test_what_is_protected_comes_back_and_shows_nothing():
    protected = protect(SECRET.encode(), b"salt")
    assert SECRET.encode() not in protected
    assert unprotect(protected, b"salt") == SECRET.encode()
    assert unprotect(protect(b"", b""), b"") == b""
    large = os.urandom(200_000)
    assert unprotect(protect(large, b"salt"), b"salt") == large


@pytest.mark.parametrize("place", [0, 40, -1])
def test_what_was_changed_does_not_come_back(place):
    protected = bytearray(protect(SECRET.encode(), b"salt"))
    protected[place] ^= 0xFF
    with pytest.raises(OSError, match=r"."):
        unprotect(bytes(protected), b"salt")


def test_another_salt_opens_nothing():
    with pytest.raises(OSError, match=r"."):
        unprotect(protect(SECRET.encode(), b"salt"), b"pepper")


def test_the_file_holds_no_secret_in_the_clear(profile, store):
    store.set("proxy", SECRET)
    assert store.get("proxy") == SECRET
    assert SECRET.encode() not in secrets_file(profile).read_bytes()
    store.delete("proxy")
    assert store.get("proxy") is None


def test_another_process_of_the_user_reads_it(profile, store):
    store.set("proxy", SECRET)
    code = (
        "import sys; from iscbridge.platform.folders import Home; from iscbridge.platform.secrets import open_secrets; "
        "print(open_secrets(Home(sys.argv[1]), 'file').get('proxy') == sys.argv[2])"
    )
    command = [sys.executable, "-P", "-c", code, str(profile.root), SECRET]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("spoilt", ["", "AAAA", "not base64!", "é"])
def test_an_entry_that_is_not_ours_counts_as_absent(profile, store, caplog, spoilt):
    store.set("record-key", SECRET)
    put(profile, "record-key", spoilt)
    assert store.get("record-key") is None
    store.set("record-key", "new")
    assert store.get("record-key") == "new"
    assert SECRET not in caplog.text


def test_no_entry_takes_anothers_place(profile, store):
    store.set("code/one", SECRET)
    store.set("code/two", "other")
    put(profile, "code/two", entries(profile)["code/one"])
    assert store.get("code/one") == SECRET
    assert store.get("code/two") is None


def test_a_file_of_another_profile_opens_nothing(profile, store, tmp_path):
    store.set("proxy", SECRET)
    other = Home(tmp_path / "other")
    write_private(str(secrets_file(other)), secrets_file(profile).read_bytes())
    assert open_secrets(other, "file").get("proxy") is None


def test_a_damaged_file_is_told(profile, store):
    store.set("proxy", SECRET)
    secrets_file(profile).write_bytes(b"{")
    with pytest.raises(SecretError) as caught:
        store.get("proxy")
    assert caught.value.code == "ISCB-SECRET-DAMAGED"


# Credential Manager


@pytest.fixture
def manager(profile, monkeypatch):
    """The store over Credential Manager, with everything that a test put there taken out again."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.Windows.WinVaultKeyring())
    opened = open_secrets(profile, "auto")
    assert opened.kind == "keyring"
    yield opened
    for name in ("proxy", "record-key", "record-generation/FlowCAD", "code/流体 CAD"):
        opened.delete(name)


def test_credential_manager_keeps_replaces_and_forgets(manager, profile):
    for name in ("proxy", "code/流体 CAD"):
        assert manager.get(name) is None
        manager.set(name, SECRET)
        manager.set(name, f"{SECRET} 流")
    assert manager.get("proxy") == manager.get("code/流体 CAD") == f"{SECRET} 流"
    manager.delete("proxy")
    manager.delete("proxy")
    assert manager.get("proxy") is None
    assert manager.get("code/流体 CAD") == f"{SECRET} 流"
    assert not profile.root.exists()


def test_entries_stay_on_this_computer(manager):
    backend = find_backend()
    assert backend is not None
    assert backend.persist == keyring.backends.Windows.win32cred.CRED_PERSIST_LOCAL_MACHINE
    assert keyring.get_keyring().persist == keyring.backends.Windows.win32cred.CRED_PERSIST_ENTERPRISE, "only our copy"


@pytest.mark.parametrize(
    ("length", "in_file"), [(WINDOWS_LIMIT // 2, False), (WINDOWS_LIMIT // 2 + 1, True), (50_000, True)]
)
def test_what_is_too_long_for_it_lies_in_the_file(manager, profile, length, in_file):
    manager.set("proxy", "short")
    manager.set("proxy", "x" * length)
    assert manager.get("proxy") == "x" * length
    assert secrets_file(profile).exists() == in_file
    manager.set("proxy", "short again")
    assert manager.get("proxy") == "short again"
    assert not in_file or entries(profile) == {}


def test_two_profiles_do_not_meet(manager, tmp_path):
    other = open_secrets(Home(tmp_path / "other"), "keyring")
    manager.set("proxy", SECRET)
    assert other.get("proxy") is None


def test_a_licence_record_over_it(manager, profile):
    records = LicenseRecords(profile.licenses, manager)
    first = records.save(LicenseRecord("FlowCAD", salt="00"))
    (path,) = profile.licenses.iterdir()
    old = path.read_bytes()
    second = records.save(LicenseRecord("FlowCAD", salt="11"))
    assert LicenseRecords(profile.licenses, manager).load("FlowCAD") == (second, None)
    assert second.generation == first.generation + 1
    write_private(str(path), old)
    record, error = records.load("FlowCAD")
    assert record is None
    assert error.code == "ISCB-LIC-RECORD-ROLLED-BACK"


# files and crashes


def test_the_owners_files_inherit_no_rights(tmp_path):
    path = tmp_path / "secrets.json"
    write_private(str(path), b"x")
    needed = ctypes.c_ulong()
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    arguments = (str(path), 4)  # DACL_SECURITY_INFORMATION
    advapi32.GetFileSecurityW(*arguments, None, 0, ctypes.byref(needed))
    buffer = ctypes.create_string_buffer(needed.value)
    assert advapi32.GetFileSecurityW(*arguments, buffer, needed, ctypes.byref(needed))
    text = ctypes.c_wchar_p()
    assert advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW(buffer, 1, 4, ctypes.byref(text), None)
    from iscbridge.platform.winuser import user_sid

    assert user_sid() in (text.value or "")
    assert "WD" not in (text.value or ""), "everyone may read it"


def test_a_crash_asks_nobody_and_reports_nothing():
    code = (
        "import ctypes; from iscbridge.platform.hardening import no_core_dumps; no_core_dumps(); no_core_dumps(); "
        "print(ctypes.windll.kernel32.GetErrorMode() & 3)"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stdout.strip() == "3"
