"""The settings file on the disk: changed whole or not at all, by many at once, and set aside when it is broken."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import SettingsError
from iscbridge.core.setting_sources import Source
from iscbridge.core.settings import SETTINGS, Settings
from iscbridge.platform import settings_file
from iscbridge.platform.locks import waiting_lock
from iscbridge.platform.settings import load_settings
from iscbridge.platform.settings_file import change_setting, set_aside_files, start_settings

BROKEN = b"[network]\nproxy = http://user:correct-horse@proxy\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a b" / "profil é" / "config.toml"


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    """A policy file that is not there."""
    return tmp_path / "none.toml"


def load(path: Path) -> Any:
    return load_settings(path, {}, policy=path.with_name("none.toml"))


def test_a_file_is_made_and_read_back(path: Path) -> None:
    assert change_setting(path, "network.proxy", "http://proxy:3128") == []
    assert change_setting(path, "files.snapshot_days", 12) == []
    found = load(path)
    assert (found.settings.network_proxy, found.settings.files_snapshot_days) == ("http://proxy:3128", 12)
    assert found.told == ()
    assert change_setting(path, "network.proxy", None) == []
    assert load(path).sources["network.proxy"] is Source.DEFAULT


def test_what_changes_nothing_writes_nothing(path: Path) -> None:
    assert change_setting(path, "network.proxy", None) == []
    assert not path.exists()
    change_setting(path, "network.proxy", "none")
    before = path.stat()
    change_setting(path, "network.proxy", "none")
    change_setting(path, "secrets.store", None)
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_notepads_mark_and_line_ends_stay(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xef\xbb\xbf# mine\r\n[network]\r\nproxy = 'none' # c\r\n")
    change_setting(path, "network.proxy", "auto")
    change_setting(path, "secrets.store", "file")
    data = path.read_bytes()
    assert data.startswith(b'\xef\xbb\xbfversion = 1\r\n\r\n# mine\r\n[network]\r\nproxy = "auto" # c\r\n')
    assert data.count(b"\n") == data.count(b"\r\n")
    assert load(path).told == ()


def test_nobody_sets_what_is_not_declared(path: Path) -> None:
    with pytest.raises(ValueError, match="declared"):
        change_setting(path, "no.such", 1)
    assert not path.exists()


@pytest.mark.parametrize("data", [BROKEN, b"\xff\xfe", b"a = 1\na = 2\n", b"# " + b"x" * 2_000_000])
def test_a_broken_file_is_set_aside_by_a_write_and_named(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    (told,) = change_setting(path, "secrets.store", "file")
    (aside,) = set_aside_files(path)
    assert (told.code, told.params) == ("ISCB-SET-SET-ASIDE", {"path": str(path), "aside": str(aside)})
    assert aside.read_bytes() == data
    assert tomllib.loads(path.read_text("utf-8")) == {"version": 1, "secrets": {"store": "file"}}
    assert "correct-horse" not in repr(told)


def test_reading_never_sets_aside(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(BROKEN)
    assert [info.code for info in load(path).told] == ["ISCB-SET-FILE"]
    assert path.read_bytes() == BROKEN
    assert list(path.parent.iterdir()) == [path]


def test_a_bridge_that_starts_sets_aside_and_tells_it_until_there_is_a_new_file(path: Path, nobody: Path) -> None:
    path.parent.mkdir(parents=True)
    for _ in range(2):
        path.write_bytes(BROKEN)
        found = start_settings(path, {}, policy=nobody)
        assert found.settings == Settings()
        assert [info.code for info in found.told] == ["ISCB-SET-SET-ASIDE"]
        assert not path.exists()
    newest = set_aside_files(path)[-1]
    assert len(set_aside_files(path)) == 2
    again = start_settings(path, {}, policy=nobody)
    assert [(info.code, info.params["aside"]) for info in again.told] == [("ISCB-SET-SET-ASIDE", str(newest))]
    path.write_text('[secrets]\nstore = "file"\n')
    assert start_settings(path, {}, policy=nobody).told == ()


def test_a_bridge_that_starts_leaves_a_good_file_alone(path: Path, nobody: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('[secrets]\nstore = "file"\nlater = 1\n')
    before = path.read_bytes()
    found = start_settings(path, {}, policy=nobody)
    assert found.settings.secrets_store == "file"
    assert [info.code for info in found.told] == ["ISCB-SET-UNKNOWN"]
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_what_can_not_be_read_at_all_is_neither_replaced_nor_set_aside(path: Path, nobody: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsError) as caught:
        change_setting(path, "secrets.store", "file")
    assert caught.value.code == "ISCB-SET-UNREADABLE"
    assert [info.code for info in start_settings(path, {}, policy=nobody).told] == ["ISCB-SET-UNREADABLE"]
    assert path.is_dir()
    assert set_aside_files(path) == []


def test_a_file_that_has_to_be_changed_by_hand_is_said_to(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("secrets = 5\n")
    with pytest.raises(SettingsError) as caught:
        change_setting(path, "secrets.store", "file")
    assert caught.value.info.params == {"path": str(path), "key": "secrets.store"}
    assert caught.value.code == "ISCB-SET-EDIT"
    assert path.read_text() == "secrets = 5\n"


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError) as caught:
        change_setting(tmp_path / "file" / "config.toml", "secrets.store", "file")
    assert caught.value.code == "ISCB-SET-WRITE"


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(settings_file, "_PATIENCE_S", 0.05)
    with waiting_lock(path.with_name("config.toml.lock"), 1), pytest.raises(SettingsError) as caught:
        change_setting(path, "secrets.store", "file")
    assert caught.value.code == "ISCB-SET-WRITE"
    assert not path.exists()
    change_setting(path, "secrets.store", "file")


_WRITER = """
import sys
from pathlib import Path
from iscbridge.platform.settings_file import change_setting
path, key = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(1, 41):
    change_setting(path, key, number)
"""


def test_writers_of_several_processes_lose_nothing(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n[network] # net\nproxy = 'none'\n")
    keys = ("files.snapshot_days", "files.failed_snapshot_days")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with ExitStack() as ending:
        writers = [
            ending.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _WRITER, str(path), key],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=environment,
                    text=True,
                )
            )
            for key in keys
        ]
        for writer in writers:
            ending.callback(writer.kill)
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        while any(writer.poll() is None for writer in writers):
            found = load(path)  # a reader never sees half a file
            assert found.told == ()
            assert found.settings.network_proxy == "none"
            time.sleep(0.05)  # on Windows nobody can replace a file that somebody reads without a pause
        assert [writer.wait() for writer in writers] == [0, 0]
    values = load(path).settings.values
    assert [values[key] for key in keys] == [40, 40]
    assert "# mine" in path.read_text()
    assert sorted(item.name for item in path.parent.iterdir()) == ["config.toml", "config.toml.lock"]


@given(
    data=st.binary(max_size=120) | st.text("[]\"'=.#\nsecrtoy01", max_size=60).map(lambda text: text.encode()),
    setting=st.sampled_from(SETTINGS),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_makes_a_change_fail_in_another_way(tmp_path: Path, data: bytes, setting: Any) -> None:
    path = tmp_path / "config.toml"
    for left in set_aside_files(path):
        left.unlink()
    path.write_bytes(data)
    try:
        told = change_setting(path, setting.key, setting.default)
    except SettingsError as error:
        refused = error.code
    else:
        refused = ""
    if refused:
        assert refused == "ISCB-SET-EDIT"
        assert path.read_bytes() == data
        return
    assert load(path).settings.values[setting.key] == setting.default
    assert load(path).sources[setting.key] is Source.FILE
    assert [aside.read_bytes() for aside in set_aside_files(path)] == [data] * len(told)
