"""Secrets come from owner-only files or the environment, and show themselves nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import RelayError
from iscbridge.relay.sealing import Sealer
from iscbridge.relay.secrets import Secrets
from support.relay_parts import add_lease_key, make_secrets, relay_in, write_secret


def test_a_file_or_the_environment_which_goes_first(tmp_path):
    write_secret(tmp_path, "store_ak", " from file \n")
    assert Secrets(tmp_path, {}).get("store_ak") == "from file"
    assert Secrets(tmp_path, {"ISCBRIDGE_RELAY_STORE_AK": "from outside"}).get("store_ak") == "from outside"
    assert Secrets(tmp_path, {}).find("store_sk") is None


def test_a_file_that_others_may_read_is_no_secret(tmp_path):
    write_secret(tmp_path, "store_ak", "known")
    (tmp_path / "store_ak").chmod(0o640)
    with pytest.raises(RelayError) as caught:
        Secrets(tmp_path, {}).get("store_ak")
    assert "others may read" in caught.value.params["detail"]
    assert "known" not in str(caught.value).replace("known to them", "")


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_key_has_32_bytes_in_hex(tmp_path, text):
    write_secret(tmp_path, "seal_key", text)
    with pytest.raises(RelayError, match="ISCB-RELAY-SECRET"):
        Secrets(tmp_path, {}).key("seal_key")


def test_no_name_leads_elsewhere(tmp_path):
    with pytest.raises(ValueError, match="not a name"):
        Secrets(tmp_path, {}).find("../relay")


def test_the_newest_key_signs_and_the_old_one_is_still_told(tmp_path):
    make_secrets(tmp_path / "secrets")
    add_lease_key(tmp_path / "secrets", "k2")
    relay = relay_in(tmp_path)
    assert relay.signer.kid == "k2"
    assert set(relay.signer.public_keys()) == {"k1", "k2"}
    relay.database.close()


def test_what_is_no_key_is_named(tmp_path):
    make_secrets(tmp_path / "secrets")
    write_secret(tmp_path / "secrets" / "lease_keys", "k9.pem", "no key")
    with pytest.raises(RelayError) as caught:
        relay_in(tmp_path)
    assert caught.value.params["name"] == "k9.pem"


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_what_is_sealed_is_opened_by_its_key_and_for_its_purpose_only(plain, noise):
    sealer = Sealer(bytes(32), bytes(range(32)))
    sealed = sealer.seal(plain, "code")
    assert sealer.unseal(sealed, "code") == plain
    assert len(plain) < 4 or plain not in sealed
    for key, purpose, text in [
        (bytes(32), "token", sealed),
        (bytes([1]) + bytes(31), "code", sealed),
        (bytes(32), "code", noise),
    ]:
        with pytest.raises(RelayError, match="ISCB-RELAY-SEALED"):
            Sealer(key, bytes(32)).unseal(text, purpose)


def test_a_digest_depends_on_key_and_purpose():
    sealer = Sealer(bytes(32), bytes(range(32)))
    assert sealer.digest("PL1", "code") == sealer.digest("PL1", "code")
    assert len({sealer.digest("PL1", "code"), sealer.digest("PL1", "session"), sealer.digest("PL2", "code"),
                Sealer(bytes(32), bytes(32)).digest("PL1", "code")}) == 4  # fmt: skip
