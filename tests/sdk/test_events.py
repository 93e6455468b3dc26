from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.event_params import flag_of, param_of
from iscbridge.sdk.events import TEXT_LIMIT, decode

PRINTED = [
    (
        (
            '{"operate":"LicenseVerify","params":{"Status":"success","LicenseFilePath":"D:\\\\license.lic",'
            '"LicenseType":"file"},"comeBackParams":{}}'
        ),
        "LicenseVerify",
        {"Status": "success", "LicenseFilePath": "D:\\license.lic", "LicenseType": "file"},
    ),
    (
        (
            '{"operate":"LicenseVerify","params":{"Status":"success","LicenseContent":'
            '"0078369f54-a3ce-4dc7-8a62-904555416f9000","LicenseType":"string"},"comeBackParams":{}}'
        ),
        "LicenseVerify",
        {
            "Status": "success",
            "LicenseContent": "0078369f54-a3ce-4dc7-8a62-904555416f9000",
            "LicenseType": "string",
        },
    ),
    (
        '{"operate":"UpgradeNotice","params":{"available":"false"},"comeBackParams":{}}',
        "UpgradeNotice",
        {"available": "false"},
    ),
    (
        '{"operate":"UpgradeNotice","params":{"available":false},"comeBackParams":{}}',
        "UpgradeNotice",
        {"available": "false"},
    ),
    ('{"operate":"Update","params":{"fromForceWin":"true"},"comeBackParams":{}}', "Update", {"fromForceWin": "true"}),
    (
        (
            '{"operate":"OpenFile","params":{"mainFile":"路径\\\\\\\\xxx3.txt","openType":"OpenOnly",'
            '"workState":"CHECKIN","assembly":"false"},"comeBackParams":{}}'
        ),
        "OpenFile",
        {"mainFile": "路径\\\\xxx3.txt", "openType": "OpenOnly", "workState": "CHECKIN", "assembly": "false"},
    ),
    ('{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}', "SaveResult", {"status": "success"}),
]


@pytest.mark.parametrize(("text", "operate", "params"), PRINTED)
def test_what_the_guide_prints(text, operate, params):
    read = decode(text.encode())
    assert (read.operate, read.params, read.raw) == (operate, params, text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"text"', "text"),
        ("true", "true"),
        ("false", "false"),
        ("null", ""),
        ("0", "0"),
        ("-12.50", "-12.50"),
        ("1e400", "1e400"),
        ("1" * 5000, "1" * 5000),
        ("NaN", "NaN"),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('{ "a" : [ 1.0, null, true, {"b":"\\"c\\""} ], "a": 2 }', '{"a":[1.0,null,true,{"b":"\\"c\\""}],"a":2}'),
        ("[]", "[]"),
        ('"a\tb\nc"', "a\tb\nc"),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        ('"half \\ud83d"', "half \N{REPLACEMENT CHARACTER}"),
        ('["\\udc00"]', '["\N{REPLACEMENT CHARACTER}"]'),
        ('"\\u0000"', "\0"),
    ],
)
def test_values_of_any_kind_become_text(written, text):
    assert decode(f'{{"operate":"X","params":{{"v":{written}}}}}'.encode()).params == {"v": text}


def test_unknown_names_are_kept_and_names_stay_as_they_came():
    read = decode(b'{"Operate":"SaveResult","more":1,"PARAMS":{"Status":"success","reason":"?"}}')
    assert read.operate == "SaveResult"
    assert read.params == {"Status": "success", "reason": "?"}


@pytest.mark.parametrize("frame", ["\ufeff{}", " {}\r\n", "{}\0", "\n\t{} "])
def test_what_stands_around_the_text_does_no_harm(frame):
    assert decode(frame.replace("{}", '{"operate":"X"}').encode()).operate == "X"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b'"SaveResult"',
        b"12",
        b"SaveResult success",
        b'{"operate":"SaveResult","params":{"status":"success"}',
        b'{"operate":"SaveResult","params":{"status":"success"}}x',
        b'{"operate":"SaveResult"}{"operate":"SaveResult"}',
        b'{"operate":"SaveResult","params":{"path":"D:\\license.lic"}}',
        b"{'operate':'SaveResult'}",
        b'{"operate":"SaveResult","params":{"message":"\xb2\xbb"}}',
        b'{"operate":"SaveResult"}\xff',
        b'{"operate":5,"params":{}}',
        b'{"operate":null}',
        b'{"operate":["SaveResult"]}',
        b'{"params":{"status":"success"}}',
        b'{"operate":"SaveResult","operate":"OpenFile"}',
        b'{"operate":"X","params":{"v":' + b"[" * 100 + b"]" * 100 + b"}}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"operate":"X","v":"' + b"x" * TEXT_LIMIT + b'"}',
    ],
)
def test_what_can_not_be_read_has_no_operate(text):
    read = decode(text)
    assert read.operate == ""
    assert len(read.raw) <= TEXT_LIMIT


def test_the_raw_text_shows_bytes_that_are_none():
    assert decode(b'{"a":"\xb2\xbb"}').raw == '{"a":"\\xb2\\xbb"}'
    assert decode(b"\xff" * TEXT_LIMIT).raw == ("\\xff" * TEXT_LIMIT)[:TEXT_LIMIT]
    assert decode("ü".encode() * TEXT_LIMIT).raw == "ü" * (TEXT_LIMIT // 2)


@pytest.mark.parametrize("params", ["null", '"text"', "[1]", "7"])
def test_params_of_another_kind_count_as_none(params):
    read = decode(f'{{"operate":"SaveResult","params":{params}}}'.encode())
    assert (read.operate, read.params) == ("SaveResult", {})


def test_a_name_that_contradicts_itself_is_not_believed():
    twice = decode(b'{"operate":"SaveResult","params":{"status":"success","status":"failed","a":"1","a":"1"}}')
    assert twice.params == {"status": "success | failed", "a": "1"}
    cases = decode(b'{"operate":"SaveResult","params":{"Status":"failed","status":"success"}}')
    assert param_of(cases.params, "status") == param_of(cases.params, "STATUS") == "failed | success"
    apart = decode(b'{"operate":"SaveResult","params":{"status":"success"},"params":{"status":"failed"}}')
    assert apart.params == {"status": "success | failed"}


def test_a_parameter_is_found_in_any_case():
    assert param_of({"Status": "success"}, "status") == "success"
    assert param_of({"state": "x"}, "status") == ""
    assert flag_of({"Available": " True "}, "available") is True
    assert flag_of({"available": "false"}, "available") is False
    assert flag_of({"available": "perhaps"}, "available") is flag_of({}, "available") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1), st.dictionaries(st.text(st.characters(codec="utf-8")), _JSON))
def test_every_value_of_a_sound_event_comes_through(operate, params):
    read = decode(json.dumps({"operate": operate, "params": params}, ensure_ascii=False).encode())
    assert read.operate == operate
    assert read.params.keys() == params.keys()
    if len({name.lower() for name in params}) < len(params):
        return
    for name, value in params.items():
        if isinstance(value, str):
            assert read.params[name] == value
        elif isinstance(value, bool):
            assert read.params[name] == str(value).lower()
        elif isinstance(value, (int, dict, list)):
            assert json.loads(read.params[name]) == value


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_no_bytes_bring_it_down(data):
    read = decode(data)
    assert not read.operate
    assert json.loads(json.dumps(read.raw)) == read.raw


@settings(deadline=None)
@given(st.sampled_from(PRINTED), st.data())
def test_no_damage_brings_it_down_or_makes_a_failure_of_success(printed, data):
    text = bytearray(printed[0].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(text) - 1))
        text[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    read = decode(bytes(text))
    for value in (read.operate, read.raw, *read.params, *read.params.values()):
        value.encode()  # may be sent on
    if read.operate == "SaveResult":
        assert param_of(read.params, "status") != "failed"


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:\\ntrue1 é\ud83d', max_size=400))
def test_lookalikes_of_json_bring_nothing_down(text):
    read = decode(text.encode("utf-8", "surrogatepass"))
    for value in (read.operate, read.raw, *read.params, *read.params.values()):
        value.encode()
