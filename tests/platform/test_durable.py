from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.platform import durable
from iscbridge.platform.reflink import Reflinker
from iscbridge.platform.volumes import free_bytes, volume_key


class SharingViolationError(OSError):
    winerror = 32


def test_replace_takes_the_place_of_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "old").write_bytes(b"old")
    durable.replace(str(tmp_path / "new"), str(tmp_path / "old"))
    assert (tmp_path / "old").read_bytes() == b"new"
    assert not (tmp_path / "new").exists()


def test_replace_waits_for_a_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[str] = []
    pauses: list[float] = []

    def rename(source: str, target: str) -> None:
        attempts.append(source)
        if len(attempts) < 4:
            raise SharingViolationError

    monkeypatch.setattr(durable, "_rename_over", rename)
    monkeypatch.setattr(durable.time, "sleep", pauses.append)
    durable.replace("a", "b")
    assert len(attempts) == 4
    assert pauses == sorted(pauses)


def test_replace_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def rename(source: str, target: str) -> None:
        raise SharingViolationError

    monkeypatch.setattr(durable, "_rename_over", rename)
    monkeypatch.setattr(durable.time, "sleep", pauses.append)
    with pytest.raises(SharingViolationError):
        durable.replace("a", "b")
    assert sum(pauses) == pytest.approx(2.5)


def test_replace_does_not_wait_for_what_will_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable.time, "sleep", lambda _s: pytest.fail("waited"))
    with pytest.raises(FileNotFoundError):
        durable.replace(str(tmp_path / "none"), str(tmp_path / "x"))


def test_remove_is_content_with_nothing(tmp_path: Path) -> None:
    durable.remove(str(tmp_path / "none"))
    (tmp_path / "x").write_bytes(b"")
    durable.remove(str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_flushing(tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb") as file:
        file.write(b"x")
        file.flush()
        durable.flush_file(file.fileno())
    durable.flush_folder(str(tmp_path))
    assert durable.flush_volume(str(tmp_path)) in (True, False)


def test_a_reflink_is_a_copy_or_is_left_alone(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    (tmp_path / "a").write_bytes(content)
    reflinker = Reflinker()
    for name in ("b", "c"):
        with open(tmp_path / "a", "rb") as source, open(tmp_path / name, "w+b") as target:
            cloned = reflinker.clone(source.fileno(), target.fileno())
        assert (tmp_path / name).read_bytes() == (content if cloned else b"")
        assert reflinker.worked == cloned


def test_free_bytes_is_a_number_of_this_volume(tmp_path: Path) -> None:
    assert free_bytes(str(tmp_path)) > 0


def test_a_volume_key_needs_no_file(tmp_path: Path) -> None:
    assert volume_key(str(tmp_path / "none" / "a")) == volume_key(str(tmp_path / "none" / "b"))
