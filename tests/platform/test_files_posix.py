from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError
from iscbridge.platform.files import open_shared, stamp

_AS_NOBODY = """
import os, sys
from iscbridge.core.errors import BridgeError
from iscbridge.platform.files import open_shared
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_shared(sys.argv[1])
except BridgeError as error:
    print(error.code)
"""


def code_of(path: Path) -> str:
    with pytest.raises(BridgeError) as caught:
        open_shared(str(path))
    return caught.value.code


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "pipe") == "ISCB-FILE-NOT-REGULAR"


def test_a_socket_and_a_device_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert code_of(tmp_path / "s") == "ISCB-FILE-NOT-REGULAR"
    assert code_of(Path("/dev/zero")) == "ISCB-FILE-NOT-REGULAR"


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert code_of(tmp_path / "a") == "ISCB-FILE-LOOP"
    assert code_of(tmp_path / "a" / "below") == "ISCB-FILE-LOOP"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert stamp(str(tmp_path / "link")) == stamp(str(tmp_path / "file"))


def test_a_name_that_is_too_long_for_this_volume(tmp_path: Path) -> None:
    assert code_of(tmp_path / ("x" * 300)) == "ISCB-REQ-PATH-TOO-LONG"


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    done = subprocess.run([sys.executable, "-c", _AS_NOBODY, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ISCB-FILE-DENIED"


def test_a_time_set_back_still_shows(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"one")
    before = stamp(str(path))
    path.write_bytes(b"two")
    os.utime(path, ns=(before.mtime_ns, before.mtime_ns))
    assert stamp(str(path)) != before


def test_an_open_file_can_be_renamed_over(tmp_path: Path) -> None:
    path, newer = tmp_path / "part", tmp_path / "newer"
    path.write_bytes(b"old")
    newer.write_bytes(b"new")
    fd, _ = open_shared(str(path))
    os.replace(newer, path)
    assert os.read(fd, 10) == b"old"
    os.close(fd)
