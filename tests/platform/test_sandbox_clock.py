from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import FARTHEST_S, read_shift, write_shift


def test_a_profile_without_a_shift(tmp_path: Path) -> None:
    assert read_shift(Home(tmp_path / "nothing")) == 0.0
    assert not (tmp_path / "nothing").exists(), "reading makes nothing"


@given(st.floats(-FARTHEST_S, FARTHEST_S))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, seconds: float) -> None:
    home = Home(tmp_path_factory.getbasetemp() / "shifts")
    write_shift(home, seconds)
    assert read_shift(home) == seconds
    assert [path.name for path in home.sandbox.iterdir()] == ["clock.json"]


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan, FARTHEST_S * 1.01, True])
def test_what_is_no_shift_is_not_written(tmp_path: Path, seconds: float) -> None:
    write_shift(Home(tmp_path), 5)
    with pytest.raises(ValueError, match="not a shift"):
        write_shift(Home(tmp_path), seconds)
    assert read_shift(Home(tmp_path)) == 5.0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"7",
        b"[]",
        b"{}",
        b'{"shift_s": null}',
        b'{"shift_s": "7"}',
        b'{"shift_s": true}',
        b'{"shift_s": NaN}',
        b'{"shift_s": 1e300}',
        b'{"shift_s": ' + b"9" * 400 + b"}",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=range(13),
)
def test_a_damaged_file_is_no_shift(tmp_path: Path, content: bytes) -> None:
    home = Home(tmp_path)
    home.ensure()
    (home.sandbox / "clock.json").write_bytes(content)
    assert read_shift(home) == 0.0


@given(st.binary(max_size=60))
def test_no_content_does_harm(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    home = Home(tmp_path_factory.getbasetemp() / "harm")
    home.ensure()
    (home.sandbox / "clock.json").write_bytes(content)
    assert math.isfinite(read_shift(home))


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.ensure()
    (home.sandbox / "clock.json").mkdir()
    assert read_shift(home) == 0.0
    with pytest.raises(OSError, match=r".*"):
        write_shift(home, 1.0)
    assert [path.name for path in home.sandbox.iterdir()] == ["clock.json"]
