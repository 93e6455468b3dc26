"""The vendor's policy files: what they say, and that a bad one restricts nobody."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.licensefile.verifier import public_key_bytes
from iscbridge.service.licensing.policies import AUTHORITIES, parse_policy, policy_folders, read_policies
from support.checkout import ROOT

KEY = base64.b64encode(bytes(range(32))).decode()
WHOLE = f"""
[product]
name = "AcmeCAD 2026"
grace_days = 21
renew_url = "https://store.example/renew?product=1"
authority = "desk"
verify_key = "{KEY}"
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_whole_file(tmp_path):
    write(tmp_path, "acme.toml", WHOLE)
    found = read_policies([tmp_path])
    policy = LicensePolicy("AcmeCAD 2026", 21, "https://store.example/renew?product=1", "desk", KEY)
    assert found.products == {"AcmeCAD 2026": policy}
    assert not found.faults


RELAY = f"""
[product]
name = "AcmeCAD"
authority = "relay"
relay_url = "https://relay.example.com:8443"
relay_keys = ["2026:{KEY}", "2027:{KEY}"]
"""


def test_a_relay_and_its_keys(tmp_path):
    write(tmp_path, "acme.toml", RELAY)
    found = read_policies([tmp_path])
    policy = found.products["AcmeCAD"]
    assert (policy.authority, policy.relay_url) == ("relay", "https://relay.example.com:8443")
    assert policy.relay_keys == (f"2026:{KEY}", f"2027:{KEY}")
    assert not found.faults


@pytest.mark.parametrize(
    "url",
    ["http://relay.example.com", "https://relay.example.com/path", "https://u:p@relay.example.com", "relay", "https://a:0", "https://a:99999", "https://[::1", 5],
)  # fmt: skip
def test_an_address_that_is_no_relay_is_reported(url):
    faults = []
    policy = parse_policy({"product": {"name": "AcmeCAD", "relay_url": url}}, Path("x.toml"), faults)
    assert policy is not None
    assert (policy.relay_url, [fault.params["key"] for fault in faults]) == ("", ["relay_url"])


@pytest.mark.parametrize(
    "bad", ["2027", "2027:", f":{KEY}", "2027:AAAA", f"2027:{base64.b64encode(bytes(32)).decode()}", f"a b:{KEY}", 7]
)
def test_a_key_that_is_none_is_reported_and_spoils_no_other(bad):
    faults = []
    told = {"product": {"name": "AcmeCAD", "relay_keys": [f"2026:{KEY}", bad]}}
    policy = parse_policy(told, Path("x.toml"), faults)
    assert policy is not None
    assert policy.relay_keys == (f"2026:{KEY}",)
    assert [(fault.params["key"], fault.params["value"]) for fault in faults] == [("relay_keys", "2026")]


@pytest.mark.parametrize("bad", ["a text", {"k": 1}, ["x"] * 17])
def test_keys_that_are_no_list_of_them(bad):
    faults = []
    policy = parse_policy({"product": {"name": "AcmeCAD", "relay_keys": bad}}, Path("x.toml"), faults)
    assert policy is not None
    assert (policy.relay_keys, len(faults)) == ((), 1)


def test_the_file_in_the_documentation_is_one(tmp_path):
    page = (ROOT / "docs" / "licensing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[product\].*?)```", page, re.DOTALL)
    write(tmp_path, "acme.toml", example)
    found = read_policies([tmp_path])
    assert list(found.products) == ["AcmeCAD"]
    assert not found.faults


def test_a_name_is_enough(tmp_path):
    write(tmp_path, "acme.toml", '[product]\nname = " Acme "\n')
    assert read_policies([tmp_path]).products == {"Acme": LicensePolicy("Acme")}
    assert LicensePolicy("Acme").grace_days == 14


def test_a_file_as_windows_writes_it(tmp_path):
    write(tmp_path, "ACME.TOML", b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    found = read_policies([tmp_path])
    assert list(found.products) == ["AcmeCAD 2026"]
    assert not found.faults


@pytest.mark.parametrize("name", [r"A\u202ECAD", r"A\u009b31m", r"A\u200BCAD", r"A\u2028CAD", r"A\u0007"])
def test_a_name_or_a_link_steers_no_terminal_and_no_window(tmp_path, name):
    write(tmp_path, "name.toml", f'[product]\nname = "{name}"\n')
    write(tmp_path, "link.toml", f'[product]\nname = "Acme"\nrenew_url = "https://store.example/{name}"\n')
    found = read_policies([tmp_path])
    assert found.products == {"Acme": LicensePolicy("Acme")}
    assert len(found.faults) == 2


def test_no_folder_no_file_and_other_files_are_nothing_to_speak_of(tmp_path):
    write(tmp_path / "there", "readme.txt", "hello")
    found = read_policies([tmp_path / "not there", tmp_path / "there"])
    assert not found.products
    assert not found.faults


def test_the_machine_s_folder_comes_before_the_user_s(tmp_path):
    machine, user = tmp_path / "machine", tmp_path / "user"
    write(machine, "a.toml", '[product]\nname = "Acme"\ngrace_days = 7\n')
    write(user, "a.toml", '[product]\nname = "Acme"\ngrace_days = 30\n')
    assert read_policies([machine, user]).products["Acme"].grace_days == 7
    assert policy_folders(user)[-1] == user
    assert len(policy_folders(user)) == 2


@pytest.mark.parametrize(
    "bad",
    [
        "grace_days = 0",
        "grace_days = 31",
        "grace_days = true",
        "grace_days = 7.5",
        'grace_days = "14"',
        'renew_url = "http://store.example"',
        'renew_url = "javascript:alert(1)"',
        'authority = "me"',
        "authority = [1]",
        'verify_key = "short"',
        f'verify_key = "{KEY[:-4]}"',
        f'verify_key = "{base64.b64encode(bytes(32)).decode()}"',
    ],
)
def test_a_bad_value_is_reported_and_the_default_holds(tmp_path, bad):
    path = write(tmp_path, "acme.toml", f'[product]\nname = "Acme"\n{bad}\n')
    found = read_policies([tmp_path])
    assert found.products == {"Acme": LicensePolicy("Acme")}
    (fault,) = found.faults
    assert (fault.code, fault.params["path"]) == ("ISCB-SET-POLICY-VALUE", str(path))
    assert fault.params["key"] == bad.split()[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "product = 1",
        "[product]",
        "[product]\nname = 3",
        '[product]\nname = ""',
        '[product]\nname = "a/b"',
        "not toml",
    ],
)
def test_a_file_that_names_no_product_restricts_nobody_and_is_reported(tmp_path, text):
    write(tmp_path, "acme.toml", text)
    write(tmp_path, "good.toml", '[product]\nname = "Good"\n')
    found = read_policies([tmp_path])
    assert set(found.products) == {"Good"}
    assert [fault.code for fault in found.faults] == ["ISCB-SET-POLICY"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"# " + b"x" * 70_000, b"\0", b"[" * 5000])
def test_hostile_bytes_are_a_fault_and_no_crash(tmp_path, body):
    write(tmp_path, "acme.toml", body)
    found = read_policies([tmp_path])
    assert not found.products
    assert [fault.code for fault in found.faults] == ["ISCB-SET-POLICY"]


def test_a_folder_in_the_place_of_a_file(tmp_path):
    (tmp_path / "acme.toml").mkdir()
    assert [fault.code for fault in read_policies([tmp_path]).faults] == ["ISCB-SET-POLICY"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["name", "grace_days", "renew_url", "authority", "verify_key", "more"])


@given(st.dictionaries(KEYS, VALUES) | VALUES)
def test_whatever_a_document_holds_what_comes_out_is_a_sound_policy(table):
    policy = parse_policy({"product": table}, Path("any.toml"), [])
    if policy is not None:
        assert policy.product.strip()
        assert 1 <= policy.grace_days <= 30
        assert policy.authority in AUTHORITIES
        assert policy.renew_url == "" or policy.renew_url.startswith("https://")
        assert policy.verify_key == "" or len(public_key_bytes(policy.verify_key)) == 32
