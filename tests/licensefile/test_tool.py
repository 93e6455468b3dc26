"""The vendor's tool: keys, signing, showing and verifying, as a vendor runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_other
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import LicenseError
from iscbridge.core.licensing.model import Machine
from iscbridge.lease import ed25519
from iscbridge.licensefile import __main__ as tool
from iscbridge.licensefile import signer, verifier
from iscbridge.platform.private import write_private
from support.signed_license import FINGERPRINT, KEY, NOW, PUBLIC


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """File of a private key, and the public one."""
    path = tmp_path / "vendor.pem"
    assert tool.main(["keygen", "--key", str(path)]) == 0
    return path, capsys.readouterr().out.strip()


def run(*arguments: object) -> int:
    return tool.main([str(argument) for argument in arguments])


def test_from_the_key_to_the_verified_licence(tmp_path, key, capsys):
    private, public = key
    device = tmp_path / "device.txt"
    device.write_text(f"{FINGERPRINT}\n", encoding="utf-8")
    more = tmp_path / "more.json"
    more.write_text('{"customer": "南京", "issued": "2026-11-01T00:00:00Z"}', encoding="utf-8")
    out = tmp_path / "license.lic"
    made = ["sign", "--key", private, "--product", "flowcad", "--id", "L-7", "--expires", "2099-01-01T00:00:00Z"]
    assert run(*made, "--device", device, "--feature", "mesh", "--feature", "cfd", "--members", more, "--out", out) == 0
    assert out.read_bytes().endswith(b"\n")

    found = verifier.verify(verifier.read(str(out)), public, "flowcad", lambda _: Machine.SAME, NOW)
    assert (found.id, found.features, found.members["customer"]) == ("L-7", ["mesh", "cfd"], "南京")

    assert run("show", out) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["device"] == FINGERPRINT
    assert "2099-01-01" in shown.err
    assert "not looked at" in shown.err

    assert run("verify", out, "--public-key", public, "--product", "flowcad", "--device", device) == 0
    assert capsys.readouterr().out == "good: L-7\n"
    assert run("verify", out, "--public-key", public, "--product", "other") == tool.BAD
    assert "other" in capsys.readouterr().err
    device.write_text("x|||", encoding="utf-8")
    assert run("verify", out, "--public-key", public, "--product", "flowcad", "--device", device) == tool.BAD
    assert run("verify", out, "--public-key", PUBLIC, "--product", "flowcad") == tool.BAD


def test_it_runs_as_a_module(tmp_path):
    key = tmp_path / "k.pem"
    command = [sys.executable, "-m", "iscbridge.licensefile"]
    made = subprocess.run([*command, "keygen", "--key", str(key)], capture_output=True, text=True, check=True)
    sign = [*command, "sign", "--key", str(key), "--product", "p", "--id", "1"]
    signed = subprocess.run(sign, capture_output=True, text=True, check=True)
    found = verifier.verify(signed.stdout, made.stdout, "p", lambda _: Machine.OTHER, 4e9)
    assert (found.id, found.expires) == ("1", None)
    secret = key.read_text().splitlines()[1]
    assert secret not in made.stdout + made.stderr + signed.stdout + signed.stderr


def test_a_key_is_never_written_over(key, capsys):
    path, _ = key
    before = path.read_bytes()
    assert run("keygen", "--key", path) == tool.IMPOSSIBLE
    assert path.read_bytes() == before
    assert "exists" in capsys.readouterr().err


def test_a_folder_that_can_t_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("keygen", "--key", tmp_path / "file" / "k.pem") == tool.IMPOSSIBLE
    assert capsys.readouterr().out == ""


def test_the_private_key_is_an_ordinary_one(key):
    path, public = key
    loaded = load_pem_private_key(path.read_bytes(), None)
    assert signer.public_key_text(loaded) == public  # type: ignore[arg-type]  # the test is that it is one


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "nonsense", "other kind", "password"])
def test_what_is_no_key(tmp_path, kind, capsys):
    path = tmp_path / "k.pem"
    other = generate_other(SECP256R1())
    contents = {
        "empty": b"",
        "nonsense": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "other kind": other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "password": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    }
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        write_private(str(path), contents[kind])
    assert run("sign", "--key", path, "--product", "p", "--id", "1") == tool.IMPOSSIBLE
    said = capsys.readouterr()
    assert said.out == ""
    assert str(path) in said.err


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--expires", "tomorrow"], tool.BAD),
        (["--expires", "2027-01-01"], tool.BAD),
        (["--members", "list.json"], tool.IMPOSSIBLE),
        (["--members", "broken.json"], tool.IMPOSSIBLE),
        (["--members", "missing.json"], tool.IMPOSSIBLE),
        (["--members", "nan.json"], tool.BAD),
        (["--device", "empty.txt"], tool.BAD),
    ],
)
def test_what_could_not_be_verified_is_not_signed(tmp_path, monkeypatch, key, more, code, capsys):
    monkeypatch.chdir(tmp_path)
    Path("list.json").write_text("[]")
    Path("broken.json").write_text("{")
    Path("nan.json").write_text('{"x": NaN}')
    Path("empty.txt").write_text("\n")
    assert run("sign", "--key", key[0], "--product", "p", "--id", "1", *more) == code
    assert capsys.readouterr().out == ""


def test_what_is_shown_need_not_be_signed_by_anybody_but_must_be_a_licence(tmp_path, capsys):
    (tmp_path / "l").write_text("ISCLIC1.e30.AAAA")
    assert run("show", tmp_path / "l") == tool.BAD
    assert "Traceback" not in capsys.readouterr().err


def test_what_could_not_be_looked_at_is_not_called_bad(tmp_path, key, capsys):
    licence = tmp_path / "l"
    assert run("sign", "--key", key[0], "--product", "p", "--id", "1", "--out", licence) == 0
    named = ["--public-key", key[1], "--product", "p"]
    assert run("verify", licence, *named) == 0
    assert run("show", tmp_path / "missing") == tool.IMPOSSIBLE
    assert run("verify", tmp_path / "missing", *named) == tool.IMPOSSIBLE
    assert run("verify", licence, "--public-key", "no key", "--product", "p") == tool.IMPOSSIBLE
    assert "Traceback" not in capsys.readouterr().err


MEMBERS = st.dictionaries(
    st.text(max_size=10),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=10),
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


@settings(max_examples=200)
@given(MEMBERS)
def test_whatever_can_be_signed_can_be_verified_and_says_the_same(members):
    known = {"product": "p", "id": "1", "issued": "2026-11-01T00:00:00Z", "expires": 4_000_000_000, "device": "A|B|C|D"}
    try:
        licence = signer.sign({**members, **known}, KEY)
    except LicenseError:
        return  # what could not be verified is not signed
    found = verifier.verify(licence, PUBLIC, "p", lambda _: Machine.SAME, NOW)
    assert found.members == {**members, **known}


def test_the_same_members_give_the_same_licence():
    first = {"product": "p", "id": "1", "issued": 1_700_000_000, "note": "é"}
    licence = signer.sign(first, KEY)
    assert signer.sign(dict(reversed(first.items())), KEY) == licence
    payload = verifier.inspect(licence)
    assert payload.members == first
    raw = b'{"id":"1","issued":1700000000,"note":"\xc3\xa9","product":"p"}'
    assert licence.split(".")[1] == ed25519.to_base64url(raw), "sorted, no blanks, UTF-8 as it is"


@pytest.mark.parametrize("members", [{1: 2}, {"x": object()}, {"x": {1, 2}}, {"x": float("nan")}, {"x": "\ud800"}, {}])
def test_what_is_no_json_is_not_signed(members):
    known = {"product": "p", "id": "1", "issued": 1_700_000_000} if members else {}
    with pytest.raises(LicenseError, match="FILE-FORMAT"):
        signer.sign({**known, **members}, KEY)
