"""Replies as the store documents them, as it does not, and as nobody would."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.store import models
from iscbridge.store.answers import HttpReply, Reading, read
from iscbridge.store.models import UnreadableError
from iscbridge.store.operations import activation, query, usage
from support.store_server import NOW

CODE = "PL0123456789"
OPERATIONS = [
    activation(CODE),
    activation(CODE, "v2"),
    query(CODE),
    query(CODE, "v2"),
    usage(CODE, "client"),
]


def answer(operation, payload, status=200):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read(operation, HttpReply(status, body), NOW).answer


def success(data):
    return {"error_code": "92020000", "error_msg": "success", "data": data}


class TestActivation:
    SAMPLE = (
        b'{"error_code": "92020000", "error_msg": "success", "data": {"license_code_info": "{\\"status\\":\\"ALIVE\\",'
        b'\\"expire_time\\":\\"20230726121646\\",\\"product_id\\":\\"12345\\",\\"amount\\":2,\\"order_id\\":\\"CS123\\"}"}}'
    )

    def test_the_documented_sample(self):
        info = models.read_code_info(models.read_reply(self.SAMPLE).data)
        assert info == models.LicenseCodeInfo(
            "ALIVE", datetime(2023, 7, 26, 12, 16, 46, tzinfo=UTC).timestamp(), "12345", "CS123", 2
        )
        assert answer(activation(CODE), self.SAMPLE).kind is AnswerKind.DONE

    @pytest.mark.parametrize("data", [None, {}, {"license_code_info": "{"}, {"license_code_info": None}, "x", [1]])
    def test_accepted_is_accepted_whatever_comes_with_it(self, data):
        assert models.read_code_info(data) is None
        assert answer(activation(CODE), success(data)).kind is AnswerKind.DONE

    @pytest.mark.parametrize("text", ["Success", "success", "SUCCESS", "", "成功", None, 5])
    def test_the_text_of_a_success_decides_nothing(self, text):
        assert answer(activation(CODE), {"error_code": "92020000", "error_msg": text}).kind is AnswerKind.DONE
        assert answer(activation(CODE), {"error_code": "92020005", "error_msg": text}).kind is AnswerKind.NO_SUCH_CODE

    def test_unknown_fields_are_kept(self):
        reply = models.read_reply(
            b'{"error_code": 92020000, "new": 1, "data": {"license_code_info": "{\\"more\\": 2}"}}'
        )
        assert (reply.code, reply.extra) == ("92020000", {"new": 1})
        assert models.read_code_info(reply.data).extra == {"more": 2}


class TestHeartbeat:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            ("ALIVE", "alive"),
            ("EXPIRED", "expired"),
            ("RELEASED", "released"),
            (" alive ", "alive"),
            ("FREEZE", "frozen"),
        ],
    )
    def test_status_words(self, status, kind):
        data = {"license_code": CODE, "status": status}
        assert answer(query(CODE), success(data)).kind == kind
        assert answer(query(CODE, "v2"), success([data])).kind == kind

    @pytest.mark.parametrize(
        "status", ["", "UNFREEZE", "ALIVE2", "NOT ALIVE", None, 1, True, ["ALIVE"], {"v": "ALIVE"}]
    )
    def test_an_unknown_status_is_no_answer(self, status):
        found = answer(query(CODE), success({"license_code": CODE, "status": status}))
        assert (found.kind, found.error.code) == (AnswerKind.FAILED, "ISCB-STORE-UNREADABLE")

    @pytest.mark.parametrize("key", ["expire_time", "expireTime", "expire"])
    @pytest.mark.parametrize("value", ["20270101000000", "20270101000000000", 20270101000000])
    def test_the_end_is_read_under_each_likely_key(self, key, value):
        found = answer(query(CODE), success({"license_code": CODE, "status": "ALIVE", key: value}))
        assert found.expires == datetime(2027, 1, 1, tzinfo=UTC).timestamp()

    def test_no_end_is_no_reason_to_doubt_the_state(self):
        found = answer(query(CODE), success({"license_code": CODE, "status": "ALIVE", "expire_time": "soon"}))
        assert (found.kind, found.expires) == (AnswerKind.ALIVE, None)

    @pytest.mark.parametrize("data", [None, {}, [], "", "ALIVE", 1, [{"status": "ALIVE"}], {"status": None}])
    def test_without_data_there_is_no_state(self, data):
        found = answer(query(CODE), success(data))
        assert (found.kind, found.error.code) == (AnswerKind.FAILED, "ISCB-STORE-UNREADABLE")

    def test_a_document_inside_a_string_is_read_here_too(self):
        data = json.dumps({"license_code": CODE, "status": "EXPIRED"})
        assert answer(query(CODE), success(data)).kind is AnswerKind.EXPIRED

    def test_the_state_of_another_code_is_none_of_ours(self):
        data = {"license_code": "PL-ANOTHER", "status": "RELEASED"}
        assert answer(query(CODE), success(data)).kind is AnswerKind.FAILED

    @pytest.mark.parametrize("told", ["PL****789", CODE.lower(), f" {CODE} ", "", None])
    def test_a_code_told_differently_is_no_contradiction(self, told):
        assert answer(query(CODE), success({"license_code": told, "status": "ALIVE"})).kind is AnswerKind.ALIVE

    def test_unknown_fields_are_kept(self):
        info = models.read_license({"status": "alive", "activate_time": "20260101000000123", "seats": 5}, CODE)
        assert info.extra == {"seats": 5}
        assert info.activated == datetime(2026, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC).timestamp()


MINE = {"license_code": CODE, "status": "ALIVE"}
OTHER = {"license_code": "PL-OTHER", "status": "RELEASED"}


def test_a_byte_order_mark_is_no_obstacle():
    body = b"\xef\xbb\xbf" + json.dumps(success({"status": "ALIVE"})).encode()
    assert answer(query(CODE), body).kind is AnswerKind.ALIVE


class TestHeartbeatV2:
    """Not documented: whatever form it has, the code must stand with its state."""

    @pytest.mark.parametrize(
        "data",
        [
            [MINE],
            [OTHER, MINE],
            {"license_list": [OTHER, MINE]},
            {"list": {"items": [MINE, OTHER]}},
            MINE,
            {"license_infos": json.dumps([OTHER, MINE])},
            [{"license": CODE, "status": "ALIVE"}],
            {CODE: MINE},
        ],
    )
    def test_it_is_found(self, data):
        assert answer(query(CODE, "v2"), success(data)).kind is AnswerKind.ALIVE

    @pytest.mark.parametrize(
        "data",
        [
            None,
            [],
            {},
            [OTHER],
            {"status": "ALIVE"},
            [{"status": "ALIVE"}],
            {CODE: "ALIVE"},
            [MINE, {"license_code": CODE, "status": "EXPIRED"}],
            [[[[[[[MINE]]]]]]],
            [{"license_code": "PL****789", "status": "ALIVE"}],
        ],
    )
    def test_it_is_not_guessed(self, data):
        found = answer(query(CODE, "v2"), success(data))
        assert (found.kind, found.error.code) == (AnswerKind.FAILED, "ISCB-STORE-UNREADABLE")


class TestUsage:
    @pytest.mark.parametrize(
        ("data", "failures"),
        [
            (None, 0),
            ({}, 0),
            ([], 0),
            ({"check_fail_list": []}, 0),
            ({"check_fail_list": None}, 0),
            ({"check_fail_list": ""}, 0),
            ({"check_fail_list": [{"license": CODE}]}, 1),
            ({"check_fail_usage_info": {"license": CODE}}, 1),
            ({"check_failed": True}, 1),
            ({"other_list": [1]}, 0),
        ],
    )
    def test_failed_entries_under_whatever_name_begins_so(self, data, failures):
        assert bool(models.usage_failures(data)) == bool(failures)
        kind = AnswerKind.FAILED if failures else AnswerKind.DONE
        assert answer(usage(CODE, "client"), success(data)).kind is kind


class TestSmallThings:
    @pytest.mark.parametrize(
        "value",
        [
            "",
            "2026",
            "20261301000000",
            "20260230000000",
            "2026010100000",
            "202601010000001",
            "\uff12" * 14,
            None,
            True,
            1.5,
        ],
    )
    def test_what_is_no_time(self, value):
        assert models.read_time(value) is None

    @given(st.integers(0, 253_402_300_799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
    def test_every_time_is_read_back(self, moment):
        text = moment.strftime("%Y%m%d%H%M%S")
        assert models.read_time(text) == moment.timestamp()

    @pytest.mark.parametrize(
        ("value", "amount"),
        [(2, 2), ("2", 2), (" 2.5 ", 2.5), (2.5, 2.5), ("-1", -1), ("1e9", None), ("", None), (True, None), ([], None)],
    )
    def test_amounts(self, value, amount):
        assert models.read_amount(value) == amount

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("5", 5.0), (" 5 ", 5.0), ("-5", None), ("1.5", None), ("", None), (None, None), ("1" * 10, None)],
    )
    def test_retry_after(self, header, seconds):
        assert models.read_retry_after(header, NOW) == seconds

    @given(st.text())
    @example("Mon, 12 Nov 2007 15:55:01 GMT")
    @example("Mon, 12 Nov 9999 15:55:01 -9999")
    def test_any_header_is_a_date_or_none(self, header):
        assert isinstance(models.read_date(header), float | None)

    def test_the_documented_date(self):
        assert models.read_date("Sun, 22 Nov 2026 05:15:53 GMT") == 1_795_324_553.0


# --- whatever comes --------------------------------------------------------------------------------------------------

STATUSES = st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 406, 413, 429, 500, 502, 503, 599])
KEYS = st.sampled_from(
    ["error_code", "error_msg", "resultCode", "data", "license_code_info", "license_code", "license", "status",
     "expire_time", "activate_time", "amount", "check_fail_list", "request_id"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["92020000", "92020001", "92020003", "92020005", "APIGW.0301", "APIG.0303", "APIGW.9999", "ALIVE", "EXPIRED", CODE,
     "signature expired", "reach the limit", "20270101000000", '{"status":"ALIVE"}', "[", "{"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=6)
BODIES = (
    st.binary(max_size=64)
    | DOCUMENTS.map(lambda value: json.dumps(value).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
)
HEADER = st.none() | st.text(max_size=30)


@given(st.sampled_from(OPERATIONS), STATUSES, BODIES, HEADER, HEADER)
@example(OPERATIONS[2], 200, b"[" * 100_000, None, None)
@example(OPERATIONS[2], 200, b'{"data":' * 100_000, None, None)
@example(OPERATIONS[2], 200, b'{"error_code": 1' + b"0" * 5000 + b"}", None, None)
@example(OPERATIONS[2], 200, b'{"error_code": "92020000", "data": {"status": "\\ud800"}}', None, None)
@example(OPERATIONS[2], 200, b'{"error_code": NaN}', None, None)
@example(OPERATIONS[3], 200, b'{"error_code": "92020000", "data": ' + b"[" * 900 + b"]" * 900 + b"}", None, None)
def test_whatever_comes_is_an_answer(operation, status, body, date, retry_after):
    reading = read(operation, HttpReply(status, body, date, retry_after), NOW)
    assert isinstance(reading, Reading)
    assert isinstance(reading.answer, Answer)
    found = reading.answer
    if found.kind is AnswerKind.FAILED:
        assert found.error.code in CODES
    if status >= 500 or 300 <= status < 400:
        assert found.kind is AnswerKind.FAILED, "a server's failure changes nothing"
    if found.error:
        assert CODE not in str(found.error.params)
        assert CODE not in reading.store_code


@given(st.sampled_from(OPERATIONS[2:4]), DOCUMENTS)
def test_a_state_is_told_only_where_the_store_tells_it(operation, document):
    found = answer(operation, document)
    if found.kind in (AnswerKind.ALIVE, AnswerKind.EXPIRED, AnswerKind.RELEASED, AnswerKind.FROZEN):
        assert "92020000" in str(document.get("error_code") or document.get("resultCode"))
        assert str(found.kind).upper() in json.dumps(document).upper()


@given(st.binary(max_size=64) | st.text().map(str.encode))
def test_no_bytes_break_the_parser(body):
    with contextlib.suppress(UnreadableError):
        assert isinstance(models.read_reply(body).code, str)


def test_what_the_gateway_echoes_shows_nowhere():
    echo = {"error_code": "APIGW.0301", "error_msg": f"verify aksk signature fail, canonicalRequest:POST|{CODE}"}
    body = json.dumps(echo).encode()
    reading = read(query(CODE), HttpReply(401, body), NOW)
    assert CODE not in repr(reading)
    assert CODE not in repr(models.read_reply(body))
    assert CODE not in repr(query(CODE))


@pytest.mark.parametrize("code", [CODE, "a b", "92020005; DROP", "9" * 40, "APIGW." + "1" * 20, "92020005\u2028X"])
def test_a_code_that_has_no_form_of_one_is_not_shown(code):
    found = answer(query(CODE), {"error_code": code})
    assert found.error.code == "ISCB-STORE-UNEXPECTED"
    assert found.error.params == {"storeCode": "? (HTTP 200)"}
