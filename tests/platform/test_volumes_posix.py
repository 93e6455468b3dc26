from __future__ import annotations

from pathlib import Path

import pytest

from iscbridge.platform import volumes

_MOUNTINFO = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/cad rw - cifs //nas/cad rw
31 22 0:41 / /mnt/cad\\040two rw - nfs nas:/two rw
32 30 0:42 / /mnt/cad/deep rw - nfs nas:/deep rw
"""


@pytest.fixture(autouse=True)
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mountinfo").write_text(_MOUNTINFO)
    monkeypatch.setattr(volumes, "_MOUNTS", str(tmp_path / "mountinfo"))
    monkeypatch.setattr(volumes, "_table", volumes._MountTable())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/a", "/"),
        ("/mnt/cad/part", "/mnt/cad"),
        ("/mnt/cad", "/mnt/cad"),
        ("/mnt/cadence", "/"),
        ("/mnt/cad two/x", "/mnt/cad two"),
        ("/mnt/cad/deep/x", "/mnt/cad/deep"),
        ("/mnt/cad/deep/../x", "/mnt/cad"),
        ("//mnt//cad/x", "/mnt/cad"),
    ],
)
def test_the_longest_mount_point_wins(path: str, expected: str) -> None:
    assert volumes.volume_key(path) == expected


def test_without_a_mount_table_there_is_one_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "_MOUNTS", "/nonexistent")
    monkeypatch.setattr(volumes, "_table", volumes._MountTable())
    assert volumes.volume_key("/mnt/cad/x") == "/"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/home/a", False), ("/mnt/cad/part", True), ("/mnt/cad two/deep/x", True), ("/mnt/cadence", False)],
)
def test_a_share_is_told_by_its_mount(path: str, expected: bool) -> None:
    assert volumes.is_share(path) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("ext4", False), ("fuseblk", False), ("tmpfs", False), ("smb3", True), ("fuse.sshfs", True), ("nfs4", True)],
)
def test_the_last_mount_on_a_place_counts(kind: str, expected: bool, tmp_path: Path) -> None:
    with (tmp_path / "mountinfo").open("a") as file:
        file.write(f"40 30 0:50 / /mnt/cad rw shared:7 - {kind} what rw\n")
    assert volumes.is_share("/mnt/cad/x") is expected


def test_without_a_mount_table_nothing_is_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "_MOUNTS", "/nonexistent")
    assert volumes.is_share("/mnt/cad/x") is False
