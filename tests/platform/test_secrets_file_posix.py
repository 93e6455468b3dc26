"""The file of secrets where the rights of the file are all that guards it, and no place for what a keyring refuses."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iscbridge.core.errors import SecretError
from iscbridge.platform import private
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets, secrets_file
from iscbridge.platform.secrets_file import FileStore
from support.secret_backends import MemoryKeyring, keyring_in_use

SECRET = "PLAN-9-FROM-OUTER-SPACE"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "secrets.json"


@pytest.fixture
def store(path: Path) -> FileStore:
    made = FileStore(str(path))
    made.set("proxy", SECRET)
    return made


def code_of(call, *arguments) -> str:
    with pytest.raises(SecretError) as caught:
        call(*arguments)
    assert SECRET not in str(caught.value)
    return caught.value.code


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def test_the_file_is_the_owners_alone_whatever_the_umask(path: Path) -> None:
    with umask(0):
        FileStore(str(path)).set("proxy", SECRET)
    assert mode(path) == 0o600
    assert mode(path.parent) & 0o077 == 0


@pytest.mark.parametrize("open_mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_file_that_others_reach_is_not_used(path: Path, store: FileStore, open_mode: int) -> None:
    path.chmod(open_mode)
    before = path.read_bytes()
    assert code_of(store.get, "proxy") == "ISCB-SECRET-EXPOSED"
    assert code_of(store.set, "proxy", "new") == "ISCB-SECRET-EXPOSED"
    assert code_of(store.delete, "proxy") == "ISCB-SECRET-EXPOSED"
    assert path.read_bytes() == before
    path.chmod(0o600)
    assert store.get("proxy") == SECRET


def test_a_file_of_somebody_else_is_not_used(path: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert code_of(store.get, "proxy") == "ISCB-SECRET-EXPOSED"


def test_a_link_is_not_followed(path: Path, store: FileStore) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")
    assert code_of(store.get, "proxy") == "ISCB-SECRET-IO"


def test_a_pipe_or_a_folder_in_its_place_holds_nobody_up(path: Path, store: FileStore) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)
    assert code_of(store.get, "proxy") == "ISCB-SECRET-EXPOSED"
    path.unlink()
    path.mkdir(0o700)
    assert code_of(store.get, "proxy") in ("ISCB-SECRET-EXPOSED", "ISCB-SECRET-IO")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format":1}',
        b'{"format":1,"protection":"none","entries":[]}',
        b'{"format":1,"protection":"none","entries":{"proxy":5}}',
        b'{"format":2,"protection":"none","entries":{}}',
        b'{"format":1,"protection":"dpapi","entries":{}}',
        b'{"format":1,"protection":"none","entries":{"proxy":"PLAN-9-FROM-OUTER-SPACE"',
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(path: Path, store: FileStore, content: bytes) -> None:
    with open(path, "r+b") as file:
        file.truncate()
        file.write(content)
    assert code_of(store.get, "proxy") == "ISCB-SECRET-DAMAGED"
    assert code_of(store.set, "proxy", "new") == "ISCB-SECRET-DAMAGED"
    assert path.read_bytes() == content


def test_a_cut_off_file_is_told_at_every_length(path: Path, store: FileStore) -> None:
    whole = path.read_bytes()
    for length in range(len(whole) - 1):  # without its line break it is whole
        os.truncate(path, 0)
        path.write_bytes(whole[:length])
        assert code_of(store.get, "proxy") == "ISCB-SECRET-DAMAGED"


def test_what_a_killed_writer_left_goes_and_is_never_read(path: Path, store: FileStore) -> None:
    fresh = path.with_name("secrets.json.new")
    fresh.write_text("half of an old secret")
    fresh.chmod(0o666)
    store.set("other", "1")
    assert not fresh.exists()
    assert (store.get("proxy"), store.get("other")) == (SECRET, "1")


@pytest.mark.parametrize("step", ["_create_private", "flush_file", "replace", "flush_folder"])
def test_a_writing_that_fails_leaves_the_old_or_the_new(
    path: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(private, step, fail)
        assert code_of(store.set, "proxy", "new") == "ISCB-SECRET-IO"
    assert store.get("proxy") == ("new" if step == "flush_folder" else SECRET)
    assert sorted(os.listdir(path.parent)) == ["secrets.json", "secrets.json.lock"]
    store.set("proxy", "newer")
    assert store.get("proxy") == "newer"


def test_a_full_disk_keeps_the_old_secrets(path: Path, store: FileStore) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))  # the kernel refuses; Python ignores SIGXFSZ
    try:
        assert code_of(store.set, "record-key", "x" * 5000) == "ISCB-SECRET-IO"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.get("proxy") == SECRET
    assert sorted(os.listdir(path.parent)) == ["secrets.json", "secrets.json.lock"]


def test_readers_never_see_half_a_file_and_no_writer_undoes_another(path: Path, store: FileStore) -> None:
    code = """
import sys
from iscbridge.platform.secrets_file import FileStore
store = FileStore(sys.argv[1])
for number in range(20):
    store.set(f"{sys.argv[2]}-{number}", "x" * 500)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    others = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name], env=environment) for name in ("one", "two")
    ]
    threads = [threading.Thread(target=lambda n=n: store.set(f"thread-{n}", "y")) for n in range(5)]
    for thread in threads:
        thread.start()
    while any(other.poll() is None for other in others):
        assert store.get("proxy") == SECRET
    for thread in threads:
        thread.join()
    assert [other.returncode for other in others] == [0, 0]
    names = set(json.loads(path.read_bytes())["entries"])
    assert names == {"proxy"} | {f"{one}-{n}" for one in ("one", "two") for n in range(20)} | {
        f"thread-{n}" for n in range(5)
    }


def test_what_is_set_again_is_not_written_again(path: Path, store: FileStore) -> None:
    before = path.stat().st_ino
    store.set("proxy", SECRET)
    assert path.stat().st_ino == before


def test_without_a_second_place_what_a_keyring_refuses_is_an_error(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with keyring_in_use(MemoryKeyring()):
        assert code_of(open_secrets(home, "keyring").set, "proxy", "x" * 2000) == "ISCB-SECRET-IO"
    assert not secrets_file(home).exists()
