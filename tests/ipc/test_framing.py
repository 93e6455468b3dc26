from __future__ import annotations

import contextlib
import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages
from iscbridge.ipc.framing import Bad, Call, FrameReader, answer_frame, error_frame, notification_frame, read_call
from iscbridge.ipc.wire import rpc_error

LIMIT = 40
frames = st.lists(st.binary(min_size=1, max_size=2 * LIMIT).map(lambda b: b.replace(b"\n", b"n")), max_size=12)


def feed_in_pieces(reader: FrameReader, stream: bytes, cuts: list[int]) -> list[bytes | Bad]:
    found: list[bytes | Bad] = []
    edges = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    for start, end in itertools.pairwise(edges):
        reader.feed(stream[start:end])
        assert reader.unfinished <= LIMIT
        while (frame := reader.pop()) is not None:
            found.append(frame)
    return found


@given(frames, st.lists(st.integers(0, 1000), max_size=40))
def test_the_same_frames_come_out_however_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    found = feed_in_pieces(FrameReader(LIMIT), stream, cuts)
    wanted = [line for line in lines if line.strip(b" \t\r")]
    assert len(found) == len(wanted)
    for frame, line in zip(found, wanted, strict=True):
        # Blanks before a frame may or may not count towards its length, depending on the cuts.
        if len(line.lstrip(b" \t\r")) > LIMIT:
            assert isinstance(frame, Bad)
            assert frame.error.code == "ISCB-PROTO-FRAME-TOO-LARGE"
        elif len(line) <= LIMIT:
            assert isinstance(frame, bytes)
            assert frame.lstrip(b" \t\r") == line.lstrip(b" \t\r")


def test_a_frame_that_never_ends_is_refused_once_and_costs_nothing() -> None:
    reader = FrameReader(LIMIT)
    for _ in range(1000):
        reader.feed(b"x" * 30)
        assert reader.unfinished <= LIMIT
    assert isinstance(reader.pop(), Bad)
    assert reader.pop() is None
    assert reader.in_frame
    reader.feed(b"\n{}\n")
    assert reader.pop() == b"{}"
    assert not reader.in_frame


def test_an_unfinished_frame_stays() -> None:
    reader = FrameReader(LIMIT)
    reader.feed(b'{"a"')
    assert reader.pop() is None
    assert reader.in_frame
    reader.feed(b":1}\r\n\r\n")
    assert reader.pop() == b'{"a":1}\r'
    assert reader.pop() is None


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_of_calls_raise(frame: bytes) -> None:
    call = read_call(frame)
    assert isinstance(call, Call) or call.error.code in CODES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": st.integers() | st.text(max_size=200) | json_values,
        "method": st.sampled_from(sorted(messages.REQUESTS)) | json_values,
        "params": st.dictionaries(
            st.sampled_from(["path", "files", "job", "protocol", "host", "instance", "states", "limit"]) | st.text(),
            json_values,
            max_size=5,
        )
        | json_values,
    },
)


@given(members)
def test_whatever_json_comes_there_is_a_defined_answer(message: dict[str, Any]) -> None:
    call = read_call(json.dumps(message).encode())
    if isinstance(call, Bad):
        assert call.error.code in CODES
    elif call.method in messages.REQUESTS:
        with contextlib.suppress(messages.RequestError, msgspec.DecodeError):
            messages.decode_params(messages.REQUESTS[call.method], call.params)


@pytest.mark.parametrize(
    ("frame", "code", "call_id"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":"\xff"}', "ISCB-PROTO-BAD-UTF8", None),
        (b'{"jsonrpc":"2.0","id":1,"method":"x"', "ISCB-PROTO-BAD-JSON", None),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"x"}', "ISCB-PROTO-BAD-JSON", None),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":' + b"[" * 100_000, "ISCB-PROTO-BAD-JSON", None),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","p":' + b'{"a":' * 50_000 + b"1", "ISCB-PROTO-BAD-JSON", None),
        (b'[{"jsonrpc":"2.0","id":1,"method":"x"}]', "ISCB-PROTO-BAD-REQUEST", None),
        (b"[]", "ISCB-PROTO-BAD-REQUEST", None),
        (b"17", "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":7,"result":{}}', "ISCB-PROTO-BAD-REQUEST", 7),
        (b'{"jsonrpc":"1.0","id":7,"method":"x"}', "ISCB-PROTO-BAD-REQUEST", 7),
        (b'{"id":"a","method":"x"}', "ISCB-PROTO-BAD-REQUEST", "a"),
        (b'{"jsonrpc":"2.0","id":"a","method":["x"]}', "ISCB-PROTO-BAD-REQUEST", "a"),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"x"}', "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":true,"method":"x"}', "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":null,"method":"x"}', "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":9007199254740992,"method":"x"}', "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":"' + b"i" * 129 + b'","method":"x"}', "ISCB-PROTO-BAD-REQUEST", None),
        (b'{"jsonrpc":"2.0","id":3,"method":"' + b"m" * 129 + b'"}', "ISCB-PROTO-BAD-REQUEST", 3),
        (b'{"jsonrpc":"2.0","id":3,"method":"x","params":{"path":"/a\\udcff"}}', "ISCB-REQ-PATH-ENCODING", 3),
        (b'{"jsonrpc":"2.0","id":"\\ud800","method":"x"}', "ISCB-REQ-PATH-ENCODING", None),
    ],
)
def test_what_is_no_request_gets_its_answer(frame: bytes, code: str, call_id: object) -> None:
    call = read_call(frame)
    assert isinstance(call, Bad)
    assert (call.error.code, call.id) == (code, call_id)
    answer = json.loads(error_frame(call.id, rpc_error(call.error, "zh")))
    assert answer["id"] == call_id


def test_a_call_keeps_its_id_and_parameters() -> None:
    call = read_call(b'{"jsonrpc":"2.0","id":"q","method":"cloud.save","params":{"path":"/a"}}')
    assert isinstance(call, Call)
    assert (call.method, call.id, bytes(call.params)) == ("cloud.save", "q", b'{"path":"/a"}')
    call = read_call(b'{"jsonrpc":"2.0","method":"bridge.status"}')
    assert isinstance(call, Call)
    assert (call.id, bytes(call.params)) == (None, b"{}")


def test_written_frames_are_one_line_each() -> None:
    texts = messages.ClosingParams("a\nb")
    for frame in (
        answer_frame("i", messages.Ok()),
        notification_frame("bridge.closing", texts),
        error_frame(None, rpc_error(ErrorInfo("ISCB-PROTO-FLOOD"), "en")),
    ):
        assert frame.count(b"\n") == 1
        assert frame.endswith(b"\n")
        assert json.loads(frame)["jsonrpc"] == "2.0"


def test_a_path_of_the_system_that_is_no_text_can_still_be_sent() -> None:
    frame = notification_frame("bridge.closing", messages.ClosingParams("/a\udcff"))
    assert json.loads(frame)["params"]["reason"] == "/a\N{REPLACEMENT CHARACTER}"
