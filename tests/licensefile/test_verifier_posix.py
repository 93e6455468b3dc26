"""Things that a path may lead to on POSIX, and that are no licence file."""

from __future__ import annotations

import os

import pytest

from iscbridge.core.errors import LicenseError
from iscbridge.licensefile import verifier
from support.signed_license import licence


def unreadable(path: object) -> None:
    with pytest.raises(LicenseError, match="FILE-UNREADABLE"):
        verifier.read(str(path))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/proc/kmsg", "/dev/../dev/zero", "//dev/zero"])
def test_devices(path):
    unreadable(path)


def test_a_pipe_and_a_link_to_a_device(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    unreadable(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    unreadable(tmp_path / "zero")


def test_a_loop_of_links(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    unreadable(tmp_path / "a")


def test_a_huge_sparse_file(tmp_path):
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
    unreadable(tmp_path / "huge")


def test_a_link_to_a_licence(tmp_path):
    (tmp_path / "l.lic").write_text(licence())
    (tmp_path / "link").symlink_to("l.lic")
    assert verifier.inspect(verifier.read(str(tmp_path / "link"))).id == "L-1"


def test_no_descriptor_is_left_open(tmp_path):
    (tmp_path / "l.lic").write_text(licence())
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        verifier.read(str(tmp_path / "l.lic"))
    assert len(os.listdir("/proc/self/fd")) == before
