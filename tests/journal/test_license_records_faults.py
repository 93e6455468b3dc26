"""The process ends at any step, the disk is full: the record is the old one or the new one, and never a trouble."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import JournalError
from iscbridge.core.licensing.model import LicenseRecord, Word
from iscbridge.journal.license_records import LicenseRecords
from iscbridge.platform import durable, private
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets
from support.records import Killed, Steps, StepSecrets
from support.secret_backends import MemoryKeyring, keyring_in_use

RECORD = LicenseRecord("FlowCAD", masked_code="PL****001", word=Word.ALIVE, salt="00ff")

#: Everything that leaves a trace on the disk.
_DISK = [(private, name) for name in ("_create_private", "flush_file", "replace", "flush_folder", "remove")]
_DISK += [(durable, name) for name in ("replace", "flush_folder", "remove")]


class World:
    """A profile whose process can be ended at any step, and begun again."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.home = Home(folder)
        self.keyring = MemoryKeyring()
        self.steps = Steps()
        for module, name in _DISK:
            real = getattr(module, name)
            patch.setattr(module, name, lambda *arguments, real=real: self.steps.take(real, *arguments))

    def start(self) -> LicenseRecords:
        """A new process."""
        self.steps.arm(None, done_first=False)
        with keyring_in_use(self.keyring):
            return LicenseRecords(self.home.licenses, StepSecrets(open_secrets(self.home, "keyring"), self.steps))


def steps_of(world: World, what) -> int:
    records = world.start()
    what(records)
    return world.steps.taken


def save(number: int):
    return lambda records: records.save(replace(RECORD, failures=number))


def forget(records: LicenseRecords) -> None:
    records.forget("FlowCAD")


def end_in(world: World, what, step: int, *, done_first: bool) -> bool:
    """Whether the process really ended there; else `what` was done before."""
    records = world.start()
    world.steps.arm(step, done_first=done_first)
    try:
        what(records)
    except Killed:
        return True
    return False


def found(world: World) -> int | None:
    """The number in the record that the next process finds; None for no record. Never a trouble, and it stays so."""
    first = world.start().load("FlowCAD")
    assert world.start().load("FlowCAD") == first
    record, error = first
    assert error is None
    return None if record is None else record.failures


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_saving_that_ends_at_any_step_is_done_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int, done_first: bool
) -> None:
    ended = 0
    for step in range(40):
        world = World(tmp_path / f"{step}", monkeypatch)
        for number in range(before):
            world.start().save(replace(RECORD, failures=number))
        old = before - 1 if before else None
        if not end_in(world, save(7), step, done_first=done_first):
            break
        ended += 1
        assert found(world) in (old, 7)
        world.start().save(replace(RECORD, failures=8))
        assert found(world) == 8
        assert [path.suffix for path in world.home.licenses.iterdir()] == [".json"]
    else:
        pytest.fail("it never came to its end")
    assert ended >= 6
    assert found(world) == 7


@pytest.mark.parametrize("done_first", [False, True])
def test_a_forgetting_that_ends_at_any_step_is_done_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done_first: bool
) -> None:
    seen = set()
    for step in range(20):
        world = World(tmp_path / f"{step}", monkeypatch)
        save(3)(world.start())
        if not end_in(world, forget, step, done_first=done_first):
            break
        seen.add(found(world))
        save(4)(world.start())
        assert found(world) == 4
    else:
        pytest.fail("it never came to its end")
    assert seen == ({None} if done_first else {3, None})  # its first step decides it
    assert found(world) is None


@given(
    lives=st.lists(
        st.tuples(st.booleans(), st.integers(0, 12), st.booleans()),
        max_size=8,
    )
)
@settings(max_examples=30)
def test_a_process_that_ends_again_and_again_loses_nothing_that_was_said_to_be_kept(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[bool, int, bool]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        world = World(tmp_path_factory.mktemp("profile"), patch)
        possible: set[int | None] = {None}
        for number, (saves, step, done_first) in enumerate(lives):
            wanted = number if saves else None
            if end_in(world, save(number) if saves else forget, step, done_first=done_first):
                possible |= {wanted}
            else:
                possible = {wanted}
            possible = {found(world)} & possible
            assert possible


@pytest.mark.parametrize("done_first", [False, True])
def test_getting_out_of_a_trouble_may_be_cut_off_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done_first: bool
) -> None:
    """The store was put back: the file is far ahead. Ending the repair at any step leaves the trouble or ends it."""
    for step in range(40):
        world = World(tmp_path / f"{step}", monkeypatch)
        save(0)(world.start())
        backup = dict(world.keyring.entries)
        for number in range(1, 4):
            save(number)(world.start())
        world.keyring.entries = backup
        if not end_in(world, save(9), step, done_first=done_first):
            break
        record, error = world.start().load("FlowCAD")
        if error is None:
            assert record is not None
            assert record.failures == 9
        else:
            assert error.code == "ISCB-LIC-RECORD-ROLLED-BACK"
        save(10)(world.start())
        assert found(world) == 10
    else:
        pytest.fail("it never came to its end")


@pytest.mark.parametrize("name", ["_create_private", "flush_file", "replace"])
def test_without_room_the_old_record_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    world = World(tmp_path, monkeypatch)
    records = world.start()
    save(1)(records)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(private, name, full)
        with pytest.raises(JournalError) as caught:
            save(2)(records)
    assert caught.value.code == "ISCB-JOURNAL-DISK-FULL"
    assert caught.value.params == {"folder": str(world.home.licenses)}
    assert found(world) == 1
    save(3)(records)
    assert found(world) == 3


def test_a_disk_that_refuses_is_told_apart_from_a_missing_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, monkeypatch)
    records = world.start()
    save(1)(records)
    (path,) = world.home.licenses.iterdir()
    path.rename(path.with_suffix(".moved"))
    path.mkdir()
    with pytest.raises(JournalError) as caught:
        records.load("FlowCAD")
    assert caught.value.code == "ISCB-JOURNAL-IO"
    assert records.peek("FlowCAD") is None
