"""The settings file where the kernel says no, and who may read it."""

from __future__ import annotations

import errno
import resource
import stat
from pathlib import Path

import pytest

from iscbridge.core.errors import SettingsError
from iscbridge.platform.settings_file import change_setting, set_aside_files, start_settings


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "home" / "config.toml"
    change_setting(path, "secrets.store", "file")
    path.chmod(0o644)
    change_setting(path, "secrets.store", "keyring")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.with_name("config.toml.lock").stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = "# " + "x" * 5000 + "\n[secrets]\nstore = 'auto'\n"
    path.write_text(text)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(SettingsError) as caught:
            change_setting(path, "secrets.store", "file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.code == "ISCB-SET-WRITE"
    assert path.read_text() == text
    assert sorted(item.name for item in tmp_path.iterdir()) == ["config.toml", "config.toml.lock"]
    change_setting(path, "secrets.store", "file")
    assert path.read_text() == "version = 1\n\n" + text.replace("'auto'", '"file"')


@pytest.mark.parametrize("step", ["write_private", "replace"])
def test_a_step_that_fails_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "config.toml"
    path.write_bytes(b"[broken\n" if step == "replace" else b"# good\n")
    before = path.read_bytes()
    name = "durable.replace" if step == "replace" else step
    monkeypatch.setattr(f"iscbridge.platform.settings_file.{name}", fail)
    with pytest.raises(SettingsError) as caught:
        change_setting(path, "secrets.store", "file")
    assert caught.value.info.params == {"path": str(path), "detail": "No space left on device"}
    found = start_settings(path, {}, policy=tmp_path / "none")
    assert [info.code for info in found.told] == (["ISCB-SET-FILE"] if step == "replace" else [])
    assert path.read_bytes() == before
    assert set_aside_files(path) == []


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    real = tmp_path / "kept" / "settings.toml"
    real.write_text("# mine\n")
    path = tmp_path / "config.toml"
    path.symlink_to(real)
    change_setting(path, "secrets.store", "file")
    assert path.is_symlink()
    assert real.read_text() == 'version = 1\n\n# mine\n\n[secrets]\nstore = "file"\n'
