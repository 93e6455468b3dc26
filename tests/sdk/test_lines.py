from __future__ import annotations

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.sdk.binding import SdkRaised
from iscbridge.sdk.events import TEXT_LIMIT
from iscbridge.sdk.host import _event_line
from iscbridge.sdk.lines import LINE_LIMIT, LineSplitter


@settings(deadline=None)
@given(st.binary(max_size=400).map(lambda b: b.replace(b"x", b"\n")), st.lists(st.integers(1, 40)), st.integers(1, 60))
def test_pieces_of_any_size_give_the_same_lines(stream, sizes, limit):
    splitter = LineSplitter(limit)
    lines: list[bytes] = []
    rest = stream
    for size in [*sizes, len(stream) + 1]:
        lines += splitter.feed(rest[:size])
        rest = rest[size:]
        assert len(splitter._rest) <= limit
    complete = stream.split(b"\n")[:-1]
    assert lines == [line for line in complete if 0 < len(line) <= limit]
    unfinished = len(stream.split(b"\n")[-1]) > limit
    assert splitter.dropped == sum(len(line) > limit for line in complete) + unfinished


def test_a_long_line_is_left_out_and_the_next_one_is_read():
    splitter = LineSplitter(10)
    assert splitter.feed(b"12345") == []
    assert splitter.feed(b"678901") == []
    assert splitter.feed(b"more of it\nshort\n") == [b"short"]
    assert splitter.dropped == 1


def _worst_texts() -> list[bytes]:
    control = b"\x01" * (TEXT_LIMIT - 100)
    quotes = b'\\"' * (TEXT_LIMIT // 2 - 50)
    members = b",".join(b'"%d":"\x01"' % i for i in range(6000))
    return [
        b'{"operate":"x","params":{"v":"' + control + b'"}}',
        b'{"operate":"x","params":{"v":["' + control + b'"]}}',
        b'{"operate":"x","params":{"v":["' + quotes + b'"]}}',
        b'{"operate":"' + control + b'"}',
        b'{"operate":"x","params":{' + members + b"}}",
        b'{"operate":"x","params":{' + b'"":"\x01","":"",' * 4000 + b'"":"1"}}',
        b"\xff" * TEXT_LIMIT,
        b"\x01" * TEXT_LIMIT,
        os.urandom(TEXT_LIMIT),
    ]


def test_no_event_makes_a_line_above_the_limit():
    for text in _worst_texts():
        assert len(text) <= TEXT_LIMIT
        line = _event_line(SdkRaised(2**63, -(2**31), text, 0, 0)).encode()
        assert len(line) < LINE_LIMIT
        assert json.loads(line)["m"] == "event"
