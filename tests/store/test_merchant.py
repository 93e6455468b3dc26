"""What is sent for orders, licences and metered use, and what is read from an order of any form."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.store.merchant import (
    Metered,
    fits_string,
    order_query,
    push_signature,
    push_use,
    read_order,
    upload,
)
from iscbridge.store.models import UnreadableError

#: Reference, section 6.1, as far as it is printed.
SAMPLE = {
    "orderId": "CS2207261447AUY4H", "orderType": "NEW", "createTime": "20220726064736",
    "orderLine": [{"orderLineId": "CS2207261447AUY4H-000001", "chargingMode": "PERIOD", "periodType": "year",
                   "periodNumber": 1, "expireTime": "20230726155959", "productInfo": [{"productId": "OFFI758576"}]}],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["orderLine", "orderLineId", "productInfo", "productId", "amount", "expireTime", "orderType"]),
        inner, max_size=5,
    ),
)  # fmt: skip


def test_the_sample_of_the_documentation():
    order = read_order(SAMPLE)
    assert (order.order, order.kind) == ("CS2207261447AUY4H", "NEW")
    [line] = order.lines
    assert (line.line, line.product, line.amount, line.expires) == (
        "CS2207261447AUY4H-000001", "OFFI758576", None, 1690387199.0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "amount"), [(3, 3), ("3", 3), (3.0, 3), (2.5, None), (-1, None), (None, None), (True, None)]
)
def test_an_amount_is_a_whole_number_or_none(told, amount):
    line = {**SAMPLE["orderLine"][0], "productInfo": [{"productId": "x", "seats": told}]}
    assert read_order({**SAMPLE, "orderLine": [line]}, ("seats",)).lines[0].amount == amount


@given(JSON)
def test_whatever_comes_it_is_an_order_or_none(info):
    try:
        order = read_order(info)
    except UnreadableError:
        return
    assert all(line.amount is None or line.amount >= 0 for line in order.lines)


def test_names_of_an_order_are_part_of_the_query():
    assert order_query("CS1", "CS1-1").query == (("orderId", "CS1"), ("orderLineId", "CS1-1"))
    assert order_query("CS1").query == (("orderId", "CS1"),)


@given(st.binary(max_size=3000), st.sampled_from(["", "a b.lic"]))
def test_a_licence_stands_in_its_upload_byte_for_byte(content, name):
    if not name and not fits_string(content):
        return
    made = upload("E/1", content, name)
    boundary = made.content_type.partition("boundary=")[2]
    assert len(boundary) <= 70
    assert made.path.endswith("/market-event/E%2F1/file")
    parts = made.body.split(b"--" + boundary.encode())
    told = json.loads(parts[1].partition(b"\r\n\r\n")[2])
    if name:
        assert parts[2].partition(b"\r\n\r\n")[2] == content + b"\r\n"
        assert told["sha256"] == hashlib.sha256(content).hexdigest()
    else:
        assert told["characters"].encode() == content


@pytest.mark.parametrize(
    ("content", "fits"), [(b"x" * 1024, True), (b"x" * 1025, False), (b"a\nb", False), (b"\xff", False), (b"", False)]
)
def test_what_is_short_text_of_one_line_is_a_string(content, fits):
    assert fits_string(content) is fits


def test_a_push_is_signed_over_the_very_body():
    made = push_use([Metered("sn", "i", "1.5", 0, 3600, 3600)], "key")
    headers = made.extra_headers(1709690865.879)
    assert headers["ts"] == "1709690865879"
    assert headers["signature"] == push_signature("key", headers["ts"], headers["nonce"], made.body.decode())
    assert headers["nonce"] != made.extra_headers(1.0)["nonce"]
    [record] = json.loads(made.body)["usage_records"]
    assert (record["begin_time"], record["end_time"], record["metering_sn"]) == (
        "19700101T000000Z",
        "19700101T010000Z",
        "sn",
    )
