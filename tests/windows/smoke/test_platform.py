"""What the platform modules promise and only Windows can show."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from iscbridge.ipc.client import find_address
from iscbridge.platform.durable import replace
from iscbridge.platform.files import open_shared, stamp
from iscbridge.platform.identity import identity_key
from iscbridge.platform.locks import ProfileLock, holder
from iscbridge.platform.volumes import volume_key

_HOLD = """
import sys
from iscbridge.platform.locks import ProfileLock
with ProfileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_pipe_names_carry_the_user_and_the_profile(home, tmp_path):
    name = home.bridge_address()
    assert name.startswith("\\\\.\\pipe\\iscbridge-bridge-S-1-5-")
    assert name == find_address(str(home.root)) == find_address(str(home.root).upper())
    assert name != find_address(str(tmp_path / "other"))
    assert home.desk_address() != name


def test_a_killed_process_gives_its_lock_back(tmp_path):
    path = str(tmp_path / "lock")
    command = [sys.executable, "-P", "-c", _HOLD, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"held"
        assert holder(path) == other.pid
        other.kill()
    assert holder(path) is None
    with ProfileLock(path):
        assert holder(path) == os.getpid()


def _delete(path: str) -> None:
    os.unlink(path)


def _rename_away_and_replace(path: str) -> None:
    """How programs save that keep a backup. Moving the new file over an open one is refused by Windows itself."""
    os.rename(path, path + ".bak")
    replace(path + ".new", path)


@pytest.mark.parametrize("change", [_delete, _rename_away_and_replace])
def test_a_file_that_is_read_can_be_renamed_and_deleted(tmp_path, change):
    path = tmp_path / "part.FCStd"
    path.write_bytes(b"old")
    (tmp_path / "part.FCStd.new").write_bytes(b"new!")
    fd, _ = open_shared(str(path))
    try:
        change(str(path))
        assert os.read(fd, 10) == b"old"
    finally:
        os.close(fd)
    assert not path.exists() or path.read_bytes() == b"new!"


def test_case_makes_no_other_file(tmp_path):
    path = tmp_path / "Baugruppe Ä" / "Teil.FCStd"
    path.parent.mkdir()
    path.write_bytes(b"x")
    other = str(path.parent).upper() + "/TEIL.fcstd"
    assert identity_key(str(path)) == identity_key(other)
    assert identity_key(str(path)) != identity_key(str(path) + "2")


def test_paths_may_be_long(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 300:
        folder /= "a folder with a rather long name"
    os.makedirs("\\\\?\\" + str(folder))
    path = folder / "part.FCStd"
    with open("\\\\?\\" + str(path), "wb") as file:
        file.write(b"far away")
    assert stamp(str(path)).size == 8
    fd, _ = open_shared(str(path))
    with open(fd, "rb") as file:
        assert file.read() == b"far away"


@pytest.mark.parametrize(
    ("path", "volume"),
    [
        ("C:\\a\\b.FCStd", "c:"),
        ("\\\\NAS\\Share\\a.FCStd", "\\\\nas\\share"),
        ("\\\\?\\UNC\\nas\\share\\a.FCStd", "\\\\nas\\share"),
        ("\\\\?\\D:\\a.FCStd", "d:"),
    ],
)
def test_a_volume_is_a_drive_or_a_share(path, volume):
    assert volume_key(path) == volume
