"""A record as bytes: there and back, and no other bytes are taken for it."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord, Word
from iscbridge.journal import license_codec as codec
from support.records import any_record, any_text

KEY, OTHER = bytes(range(32)), bytes(32)

RECORD = LicenseRecord(
    "FlowCAD",
    7,
    masked_code="PL****001",
    word=Word.EXPIRED,
    word_at=1_790_000_000.25,
    refused_since=1_790_000_000.0,
    error=ErrorInfo("ISCB-LIC-EXPIRED", {"product": "FlowCAD"}),
    latest_seen=1_790_000_500.5,
    salt="00ff",
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(record=any_record)
def test_any_record_comes_back_as_it_was(record: LicenseRecord) -> None:
    data, seal = codec.pack(record, KEY)
    found = codec.unpack(data)
    assert found.record == record
    assert found.seal == seal
    assert found.is_genuine(KEY)
    assert not found.is_genuine(OTHER)
    assert data.isascii()
    assert data.count(b"\n") == 1


@given(record=any_record, other=any_record)
def test_a_seal_covers_every_field(record: LicenseRecord, other: LicenseRecord) -> None:
    for field in fields(LicenseRecord):
        value = getattr(other, field.name)
        changed = replace(record, **{field.name: value})
        if repr(value) != repr(getattr(record, field.name)):
            assert codec.pack(changed, KEY)[1] != codec.pack(record, KEY)[1], field.name


def test_a_value_of_a_like_type_is_stored_as_the_fields_own() -> None:
    record = replace(RECORD, word_at=5, failures=True, pending=1, word="alive", error=None)  # type: ignore[arg-type]  on purpose
    found = codec.unpack(codec.pack(record, KEY)[0]).record
    assert [type(value) for value in (found.word_at, found.failures, found.pending, found.word)] == [
        float,
        int,
        bool,
        Word,
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_time_is_not_written(bad: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        codec.pack(replace(RECORD, word_at=bad), KEY)


def test_every_single_byte_that_changes_is_noticed() -> None:
    data, _ = codec.pack(RECORD, KEY)
    for place in range(len(data)):
        for mask in (0x01, 0x20, 0x80, 0xFF):
            edited = bytearray(data)
            edited[place] ^= mask
            assert not believed(bytes(edited)), f"byte {place} with {mask:#x}"


def test_every_byte_that_is_missing_or_new_is_noticed() -> None:
    data, _ = codec.pack(RECORD, KEY)
    for place in range(len(data)):
        assert not believed(data[:place])
        assert not believed(data[:place] + data[place + 1 :])
        assert not believed(data[:place] + b" " + data[place:])
        assert not believed(data[:place] + b"0" + data[place:])
    assert not believed(data + b"\n")


def believed(data: bytes) -> bool:
    try:
        return codec.unpack(data).is_genuine(KEY)
    except codec.CodecError:
        return False


@given(data=st.binary(max_size=400) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_do_harm(data: bytes) -> None:
    assert not believed(data)


@given(value=json_values, field=st.sampled_from([field.name for field in fields(LicenseRecord)]), outer=st.booleans())
def test_any_value_in_any_place_is_a_field_of_its_kind_or_refused(value, field: str, outer: bool) -> None:
    document = json.loads(codec.pack(RECORD, KEY)[0])
    (document["body"] if outer else document["body"]["record"])[field] = value
    try:
        found = codec.unpack(json.dumps(document).encode()).record
    except codec.CodecError:
        return
    for each in fields(LicenseRecord):
        was, now = getattr(RECORD, each.name), getattr(found, each.name)
        assert now is None or was is None or type(was) is type(now)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"body":{}}',
        b"[" * 100_000,
        b'{"body":' * 50_000,
        b'{"body":{"format":1,"generation":1' + b"0" * 5000 + b"}}",
        b"\xff\xfe\x00",
        b" " * (codec.LARGEST + 1),
    ],
)
def test_bytes_that_are_no_record_are_called_so(data: bytes) -> None:
    with pytest.raises(codec.CodecError) as caught:
        codec.unpack(data)
    assert not isinstance(caught.value, codec.NewerError)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("field", ["word_at", "latest_seen", "expires"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", '"1"', "true", "[]", "1" + "0" * 400])
def test_a_time_that_is_none_is_refused(field: str, text: str) -> None:
    data = codec.pack(replace(RECORD, **{field: 12345.5}), KEY)[0]
    with pytest.raises(codec.CodecError):
        codec.unpack(data.replace(b"12345.5", text.encode()))


def test_an_unknown_word_of_the_authority_is_refused() -> None:
    with pytest.raises(codec.CodecError):
        codec.unpack(codec.pack(RECORD, KEY)[0].replace(b'"word":"expired"', b'"word":"eternal"'))


@given(name=any_text.filter(lambda text: text not in {f.name for f in fields(LicenseRecord)}), value=json_values)
def test_fields_of_a_newer_version_are_kept(name: str, value: object) -> None:
    extras = {
        name: json.loads(json.dumps(value).replace("NaN", "0").replace("-Infinity", "0").replace("Infinity", "0"))
    }
    extras = json.loads(json.dumps(extras))
    data, _ = codec.pack(RECORD, KEY, extras)
    found = codec.unpack(data)
    assert found.is_genuine(KEY)
    assert found.record == RECORD
    assert found.extras == extras
    assert codec.pack(found.record, KEY, found.extras)[0] == data


def test_a_field_of_ours_is_not_overwritten_by_an_extra() -> None:
    data, _ = codec.pack(RECORD, KEY, {"salt": "theirs"})
    assert codec.unpack(data).record == RECORD


def test_fields_that_an_older_version_did_not_have_get_their_default() -> None:
    document = json.loads(codec.pack(RECORD, KEY)[0])
    document["body"]["record"] = {"salt": "00ff"}
    assert codec.unpack(json.dumps(document).encode()).record == LicenseRecord("FlowCAD", 7, salt="00ff")


@pytest.mark.parametrize("form", [codec.FORMAT + 1, 10**30])
def test_a_newer_form_is_told_from_damage(form: int) -> None:
    data = codec.pack(RECORD, KEY)[0].replace(b'"format":1', b'"format":%d' % form)
    with pytest.raises(codec.NewerError):
        codec.unpack(data)


@pytest.mark.parametrize("form", ["0", "-1", "1.5", "true", '"2"', "null"])
def test_a_form_that_never_was_is_damage(form: str) -> None:
    data = codec.pack(RECORD, KEY)[0].replace(b'"format":1', f'"format":{form}'.encode())
    with pytest.raises(codec.CodecError) as caught:
        codec.unpack(data)
    assert not isinstance(caught.value, codec.NewerError)


def test_the_name_of_a_key_is_not_the_key() -> None:
    data = codec.pack(RECORD, KEY)[0]
    assert codec.key_name(KEY) != codec.key_name(OTHER)
    assert KEY.hex().encode() not in data
    assert KEY.hex()[:16] != codec.key_name(KEY)
