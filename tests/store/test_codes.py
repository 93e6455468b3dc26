"""The table of codes against the lists of the documentation, and every error of the store against its texts."""

from __future__ import annotations

import json
import string

import pytest

from iscbridge.core.errors import CODES
from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store.answers import HttpReply, Trouble, read
from iscbridge.store.codes import TABLE, look_up, showable
from iscbridge.store.operations import query
from iscbridge.texts import en
from support.store_server import NOW

#: Reference, sections 1.4 (both tables), 4.6 and 6.1: code, HTTP status, kind, error.
DOCUMENTED = [
    ("92020000", 200, "done", None),
    ("92020001", 200, "failed", "ISCB-STORE-INTERNAL"),
    ("92020002", 200, "failed", "ISCB-STORE-PARAM"),
    ("92020003", 200, "illegal_state", "ISCB-STORE-ILLEGAL-STATE"),
    ("92020004", 200, "not_received", "ISCB-STORE-NOT-RECEIVED"),
    ("92020005", 200, "no_such_code", "ISCB-STORE-NO-SUCH-CODE"),
    ("92020011", 200, "not_activated", "ISCB-STORE-NOT-ACTIVATED"),
    ("92020020", 200, "no_such_code", "ISCB-STORE-ILLEGAL-CODE"),
    ("95000001", 400, "failed", "ISCB-STORE-PARAM"),
    ("95000002", 405, "failed", "ISCB-STORE-REQUEST"),
    ("95000003", 415, "failed", "ISCB-STORE-REQUEST"),
    ("95000004", 400, "failed", "ISCB-STORE-REQUEST"),
    # the older table
    ("92020001", 403, "failed", "ISCB-STORE-ACCOUNT"),
    ("92020002", 400, "failed", "ISCB-STORE-PARAM"),
    ("92020001", 500, "failed", "ISCB-STORE-INTERNAL"),
    # the gateway
    ("APIGW.0101", 404, "failed", "ISCB-STORE-NO-SUCH-API"),
    ("APIGW.0103", 404, "failed", "ISCB-STORE-GATEWAY"),
    ("APIGW.0104", 400, "failed", "ISCB-STORE-GATEWAY"),
    ("APIGW.0105", 400, "failed", "ISCB-STORE-GATEWAY"),
    ("APIGW.0106", 400, "failed", "ISCB-STORE-GATEWAY"),
    ("APIGW.0201", 400, "failed", "ISCB-STORE-REQUEST"),
    ("APIGW.0201", 413, "failed", "ISCB-STORE-REQUEST"),
    ("APIGW.0301", 401, "failed", "ISCB-STORE-AUTH"),
    ("APIGW.0303", 401, "failed", "ISCB-STORE-AUTH"),
    ("APIGW.0308", 429, "failed", "ISCB-STORE-THROTTLED"),
    ("APIGW.0310", 403, "failed", "ISCB-STORE-ACCOUNT"),
    ("APIGW.0705", 500, "failed", "ISCB-STORE-GATEWAY"),
    ("APIGW.0801", 500, "failed", "ISCB-STORE-GATEWAY"),
    ("CBC.0250", 406, "failed", "ISCB-STORE-THROTTLED"),
    # orders and metered use
    ("CBC.0000", 200, "done", None),
    ("CBC.0999", 500, "failed", "ISCB-STORE-INTERNAL"),
    ("CBC.0100", 500, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.0101", 400, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.0199", 400, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.0150", 401, "failed", "ISCB-STORE-ACCOUNT"),
    ("CBC.0151", 401, "failed", "ISCB-STORE-ACCOUNT"),
    ("CBC.0154", 401, "failed", "ISCB-STORE-ACCOUNT"),
    ("CBC.9001", 500, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.9002", 500, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.9003", 500, "failed", "ISCB-STORE-REFUSED"),
    ("CBC.9004", 500, "failed", "ISCB-STORE-REFUSED"),
    # licences that are uploaded
    ("91381033", 200, "failed", "ISCB-STORE-REFUSED"),
    ("91381034", 200, "failed", "ISCB-STORE-REFUSED"),
    ("91381035", 200, "failed", "ISCB-STORE-REFUSED"),
    ("91381036", 200, "failed", "ISCB-STORE-INTERNAL"),
    ("91381037", 200, "failed", "ISCB-STORE-REFUSED"),
    ("91381038", 200, "failed", "ISCB-STORE-REFUSED"),
    ("91380150", 200, "failed", "ISCB-STORE-ACCOUNT"),
]


def test_the_table_holds_the_documented_codes_and_no_others():
    assert {row.code for row in TABLE} == {code for code, *_ in DOCUMENTED}
    assert len({(row.code, row.http) for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("code", "http", "kind", "error"), DOCUMENTED)
def test_each_code_has_one_meaning(code, http, kind, error):
    row = look_up(code, http)
    assert (row.kind, row.error) == (kind, error)


@pytest.mark.parametrize(("code", "http", "kind", "error"), [row for row in DOCUMENTED if row[2] != "done"])
def test_each_comes_out_as_an_answer_that_people_can_read(code, http, kind, error):
    body = json.dumps({"error_code": code, "error_msg": "x"}).encode()
    found = read(query("PL0123456789"), HttpReply(http, body), NOW).answer
    assert (found.kind, found.error.code) == (kind, error)
    needed = {name for part in en.TEXTS[error] for _, name, _, _ in string.Formatter().parse(part) if name}
    assert needed <= set(found.error.params)


def test_one_interface_s_success_is_not_another_s():
    found = read(query("PL0123456789"), HttpReply(200, b'{"error_code":"CBC.0000","data":{"status":"ALIVE"}}'), NOW)
    assert found.answer.error.code == "ISCB-STORE-UNREADABLE"


def test_an_older_market_says_it_with_another_prefix():
    assert look_up("MKT.0000", 200) == look_up("CBC.0000", 200)


def test_an_older_gateway_says_it_with_another_prefix():
    assert look_up("APIG.0301", 401) == look_up("APIGW.0301", 401)


@pytest.mark.parametrize("code", ["92020006", "APIGW.0302", "CBC.0152", "MKT.0152", "", "0"])
def test_codes_that_are_not_documented_are_not_guessed(code):
    assert look_up(code, 200) is None


@pytest.mark.parametrize(
    ("code", "http", "shown"),
    [
        ("92020006", 200, "92020006 (HTTP 200)"),
        ("APIG.0302", 401, "APIGW.0302 (HTTP 401)"),
        ("CBC.0152", 401, "CBC.0152 (HTTP 401)"),
    ],
)
def test_they_are_named(code, http, shown):
    found = read(query("PL0123456789"), HttpReply(http, json.dumps({"error_code": code}).encode()), NOW)
    assert (found.answer.kind, found.answer.error.code) == (AnswerKind.FAILED, "ISCB-STORE-UNEXPECTED")
    assert found.answer.error.params == {"storeCode": shown}


def test_only_the_gateway_s_401_is_of_the_kind_that_locks_a_key():
    def trouble(code, http):
        return read(query("PL0123456789"), HttpReply(http, json.dumps({"error_code": code}).encode()), NOW).trouble

    assert trouble("APIGW.0302", 401) is Trouble.AUTH
    assert trouble("APIGW.9999", 500) is Trouble.NONE
    assert trouble("CBC.0151", 401) is Trouble.NONE
    assert trouble("92020001", 401) is Trouble.NONE
    assert trouble("APIGW.0310", 403) is Trouble.NONE
    assert trouble("MKT.9999", 429) is Trouble.THROTTLED


def test_iam_that_is_not_there_is_a_store_that_is_not_there():
    found = read(query("PL0123456789"), HttpReply(503, b"IAM service temporarily unavailable"), NOW).answer
    assert (found.error.code, found.error.params["status"]) == ("ISCB-STORE-UNAVAILABLE", "503")


def test_every_code_of_the_table_can_be_shown():
    assert all(showable(row.code) == row.code for row in TABLE)
    assert all(row.error in CODES for row in TABLE if row.error)
