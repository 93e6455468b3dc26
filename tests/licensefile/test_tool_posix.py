"""Who may read a private key, by POSIX modes."""

from __future__ import annotations

import os
import stat

import pytest

from iscbridge.licensefile import signer


def test_a_key_is_its_owner_s_alone(tmp_path):
    previous = os.umask(0)
    try:
        signer.make_key(tmp_path / "new" / "k.pem")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "new" / "k.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_key_that_others_may_read_is_not_used(tmp_path, mode):
    path = tmp_path / "k.pem"
    signer.make_key(path)
    path.chmod(mode)
    with pytest.raises(signer.KeyFileError, match="others"):
        signer.load_key(path)


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "k.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(signer.KeyFileError, match="exists"):
        signer.make_key(tmp_path / "k.pem")
    assert not (tmp_path / "elsewhere").exists()
