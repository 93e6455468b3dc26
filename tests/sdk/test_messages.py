from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.sdk.messages import Event, Fatal, Loaded, Lost, Pong, Returned, read


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '{"m":"loaded","abi":1,"cloud":"iscdesk","dialect":"d","failureIsFinal":false,"functions":4094}',
            Loaded(1, "iscdesk", "d", False, 4094),
        ),
        ('{"m":"returned","call":7,"ok":false,"status":-6,"vendor":3,"text":"t"}', Returned(7, False, -6, 3, "t")),
        (
            '{"m":"event","seq":1,"type":3,"operate":"SaveResult","params":{"a":"b"},"raw":"r","later":[1]}',
            Event(1, 3, "SaveResult", {"a": "b"}, "r"),
        ),
        ('{"m":"lost"}', Lost()),
        ('{"m":"pong","n":4}', Pong(4)),
        ('{"m":"fatal","code":"ISCB-SDK-LOAD","params":{}}', Fatal("ISCB-SDK-LOAD", {})),
        ('words of a library{"m":"pong","n":4}\r', Pong(4)),
    ],
)
def test_each_message(line, message):
    assert read(line.encode()) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"words",
        b'{"m":"unheard"}',
        b'{"m":"pong"}',
        b'{"m":"pong","n":"4"}',
        b'{"m":"pong","n":4',
        b'{"m":"fatal","code":"\xff","params":{}}',
        b'{"m":' + b"[" * 100_000,
        b'{"m":5}',
    ],
)
def test_anything_else_is_none(line):
    assert read(line) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(line):
    assert read(b'{"m":' + line) is None or line.startswith(b'"')
