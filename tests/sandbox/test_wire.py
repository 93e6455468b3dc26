from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.sandbox import wire

FIELDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1).filter(
    lambda fields: fields != [""]
)


@settings(deadline=None)
@given(st.lists(FIELDS), st.integers(1, 50))
def test_frames_come_back_whole_however_the_stream_is_cut(messages: list[list[str]], step: int) -> None:
    stream = b"".join(wire.frame(*fields) for fields in messages)
    reader = wire.FrameReader()
    found = [frame for at in range(0, len(stream), step) for frame in reader.feed(stream[at : at + step])]
    assert found == messages


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200)))
def test_any_bytes_give_frames_or_one_error(pieces: list[bytes]) -> None:
    reader = wire.FrameReader(limit=1000)
    try:
        for piece in pieces:
            for fields in reader.feed(piece):
                assert fields
                assert all("\0" not in field for field in fields)
    except wire.WireError:
        pass


@pytest.mark.parametrize("length", [0, wire.FRAME_LIMIT + 1, 2**32 - 1])
def test_lengths_out_of_bounds_are_refused_before_the_body_comes(length: int) -> None:
    with pytest.raises(wire.WireError):
        wire.FrameReader(wire.FRAME_LIMIT).feed(length.to_bytes(4, "big"))


def test_longest_frame_is_taken() -> None:
    body = "x" * wire.FRAME_LIMIT
    assert wire.FrameReader(wire.FRAME_LIMIT).feed(wire.frame(body)) == [[body]]


@pytest.mark.parametrize("fields", [("a\0b",), (), ("x" * (wire.FRAME_LIMIT + 1),)])
def test_frames_that_the_wire_cannot_carry_are_not_made(fields: tuple[str, ...]) -> None:
    with pytest.raises(wire.WireError):
        wire.frame(*fields)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(wire.WireError, match="UTF-8"):
        wire.FrameReader().feed(wire.frame(b"\xff"))
