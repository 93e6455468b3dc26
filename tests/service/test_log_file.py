"""The log stays as small as was said, and loses nothing that is younger than that."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.service.process.log_file import LogFile

MOST, OLDER = 100, 2


@contextmanager
def log_to(path: Path) -> Iterator[logging.Logger]:
    log = logging.getLogger("test of the log file")
    log.propagate = False
    handler = LogFile(path, MOST, OLDER)
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        handler.close()


def files(path: Path) -> list[bytes]:
    """The oldest first."""
    names = [path.with_name(f"{path.name}.{number}") for number in range(OLDER + 1, 0, -1)] + [path]
    return [name.read_bytes() for name in names if name.exists()]


@given(lines=st.lists(st.text("aé中", min_size=1, max_size=30), max_size=40))
def test_the_last_lines_are_kept_in_files_of_bounded_size(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("logs") / "bridge.log"
    with log_to(path) as log:
        for line in lines:
            log.warning(line)
    found = files(path)
    assert len(found) <= 1 + OLDER
    assert all(len(file) <= MOST for file in found)
    kept = b"".join(found).decode().splitlines()
    assert kept == lines[len(lines) - len(kept) :]
    assert len(kept) == len(lines) or len(found) == 1 + OLDER


def test_a_new_process_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bridge.log"
    for text in ("a" * 60, "b" * 60):
        with log_to(path) as log:
            log.warning(text)
    assert [file[:1] for file in files(path)] == [b"a", b"b"]


def test_a_line_larger_than_a_file_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "bridge.log"
    with log_to(path) as log:
        for text in ("a", "b" * 300, "c"):
            log.warning(text)
    end = len(os.linesep)
    assert [len(file) for file in files(path)] == [1 + end, 300 + end, 1 + end]


def test_where_nothing_can_be_renamed_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr("os.replace", refuse)
    path = tmp_path / "bridge.log"
    with log_to(path) as log:
        for text in ("a" * 60, "b" * 60):
            log.warning(text)
    assert path.read_text().splitlines() == ["a" * 60, "b" * 60]


def test_a_log_that_can_not_be_opened_stops_nobody_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    folder = tmp_path / "logs"
    with log_to(folder / "bridge.log") as log:
        log.error("nobody reads this")
        folder.mkdir()
        log.error("this is read")
    assert b"this is read" in (folder / "bridge.log").read_bytes()


def test_a_log_that_can_not_be_closed_goes_on_in_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bridge.log"
    with log_to(path) as log:
        log.error("a" * MOST)
        handler = next(handler for handler in log.handlers if isinstance(handler, LogFile))
        close = handler.stream.close

        def no_room() -> None:
            close()
            monkeypatch.undo()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(handler.stream, "close", no_room)
        log.error("the second")
        log.error("the third")
    assert b"the third" in path.read_bytes()
