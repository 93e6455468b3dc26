"""The sandbox store's own check of signatures: the published vector, and every request that the vendor's signer signs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.sandbox.store.signature import (
    BadSignature,
    Received,
    canonical_request,
    signature,
    string_to_sign,
    verify,
)
from iscbridge.store.credentials import Credentials
from iscbridge.store.signing import SignRequest, authorization

# Section 4.3 of the reference: the spec of a public Ruby signer.
VECTOR = Received(
    "POST",
    b"/api/mkp-openapi-public/global/v1/license/activate",
    b"",
    [
        (b"x-stage", b"RELEASE"),
        (b"x-sdk-date", b"20240317T144237Z"),
        (b"content-type", b"application/json"),
        (b"host", b"mkt.myhuaweicloud.com"),
    ],
    b"",
)
NAMES = [b"content-type", b"host", b"x-sdk-date", b"x-stage"]
VECTOR_TIME = datetime(2024, 3, 17, 14, 42, 37, tzinfo=UTC).timestamp()
VECTOR_SIGNATURE = "77595ad624b6e4e49990b8c4e84bf1c287457fca61069c4e60b9b6765b52053d"


def signed(received: Received, value: bytes, access: bytes = b"test", names: list[bytes] = NAMES) -> Received:
    header = b"SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s" % (access, b";".join(names), value)
    return replace(received, headers=[*received.headers, (b"authorization", header)])


def test_the_published_vector() -> None:
    canonical = canonical_request(VECTOR, NAMES)
    assert canonical.decode() == (
        "POST\n/api/mkp-openapi-public/global/v1/license/activate/\n\n"
        "content-type:application/json\nhost:mkt.myhuaweicloud.com\nx-sdk-date:20240317T144237Z\nx-stage:RELEASE\n\n"
        "content-type;host;x-sdk-date;x-stage\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    to_sign = string_to_sign(b"20240317T144237Z", canonical)
    assert to_sign.endswith(b"\n9a33b07351104f6c775075faa7dc0db58ec18bc532feaa8fd0b8fcf7990b1a9e")
    assert signature("123", to_sign) == VECTOR_SIGNATURE


def test_the_vector_is_accepted_and_the_one_without_the_slash_is_not() -> None:
    assert verify(signed(VECTOR, VECTOR_SIGNATURE.encode()), {"test": "123"}, VECTOR_TIME) == "test"
    wrong = b"6871424c2ee39f070c70c0feb57238071bc6f25045c13a97c7ce410a0297b10f"
    with pytest.raises(BadSignature, match="verify aksk signature fail") as caught:
        verify(signed(VECTOR, wrong), {"test": "123"}, VECTOR_TIME)
    assert caught.value.access == "test"
    assert "POST|/api/mkp-openapi-public/global/v1/license/activate/||content-type:application/json|" in str(
        caught.value
    )
    assert "123" not in str(caught.value).replace("T144237Z", ""), "the secret key is never echoed"


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (900, True), (-900, True), (901, False), (-901, False)])
def test_fifteen_minutes_of_skew(seconds: float, good: bool) -> None:
    received = signed(VECTOR, VECTOR_SIGNATURE.encode())
    if good:
        assert verify(received, {"test": "123"}, VECTOR_TIME + seconds) == "test"
    else:
        with pytest.raises(BadSignature, match="signature expired") as caught:
            verify(received, {"test": "123"}, VECTOR_TIME + seconds)
        assert caught.value.access == "test"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Basic dXNlcg==",
        b"SDK-HMAC-SHA256",
        b"SDK-HMAC-SHA256, Access=test, SignedHeaders=x-sdk-date, Signature=00",
        b"SDK-HMAC-SHA256 Access=test SignedHeaders=x-sdk-date Signature=00",
        b"SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=00",
        b"SDK-HMAC-SHA256 Access=test, SignedHeaders=x-sdk-date, Signature=" + VECTOR_SIGNATURE.upper().encode(),
        b"SDK-HMAC-SHA1 Access=test, SignedHeaders=x-sdk-date, Signature=00",
        b"\xff\xfe",
    ],
)
def test_authorization_that_is_malformed_counts_against_nobody(header: bytes) -> None:
    received = replace(VECTOR, headers=[*VECTOR.headers, (b"authorization", header)])
    with pytest.raises(BadSignature) as caught:
        verify(received, {"test": "123"}, VECTOR_TIME)
    assert caught.value.access == ""


def test_no_header_and_an_unknown_key() -> None:
    with pytest.raises(BadSignature, match="no Authorization"):
        verify(VECTOR, {"test": "123"}, VECTOR_TIME)
    with pytest.raises(BadSignature, match="Get secretKey failed") as caught:
        verify(signed(VECTOR, VECTOR_SIGNATURE.encode(), b"other"), {"test": "123"}, VECTOR_TIME)
    assert caught.value.access == ""


def test_the_date_must_be_signed() -> None:
    names = [b"content-type", b"host"]
    value = signature("123", string_to_sign(b"20240317T144237Z", canonical_request(VECTOR, names))).encode()
    with pytest.raises(BadSignature, match="X-Sdk-Date is not signed"):
        verify(signed(VECTOR, value, names=names), {"test": "123"}, VECTOR_TIME)


def test_all_other_headers_need_not_be() -> None:
    names = [b"x-sdk-date"]
    value = signature("123", string_to_sign(b"20240317T144237Z", canonical_request(VECTOR, names))).encode()
    assert verify(signed(VECTOR, value, names=names), {"test": "123"}, VECTOR_TIME) == "test"


@pytest.mark.parametrize("date", [b"", b"20240317144237", b"20240231T000000Z", b"2024-03-17T14:42:37Z", b"\xff" * 16])
def test_a_date_that_is_none(date: bytes) -> None:
    headers = [(name, date if name == b"x-sdk-date" else value) for name, value in VECTOR.headers]
    with pytest.raises(BadSignature, match="X-Sdk-Date is malformed"):
        verify(signed(replace(VECTOR, headers=headers), b"00"), {"test": "123"}, VECTOR_TIME)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
# The vendor's signer neither keeps an encoded slash nor takes dots out of a path.
SEGMENT = st.text(st.characters(codec="utf-8", exclude_characters="/%?#.\0"), max_size=8)
NAME = st.from_regex(r"x-[a-z]{1,8}", fullmatch=True)
VALUE = st.from_regex(r"[ -~]{0,12}", fullmatch=True)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(SEGMENT, min_size=1, max_size=4),
    query=st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=4),
    headers=st.dictionaries(NAME, VALUE, max_size=3),
    body=st.binary(max_size=50),
    content_type=st.sampled_from(["application/json", "application/json;charset=UTF-8", "text/plain"]),
)
def test_what_the_vendors_signer_signs_is_accepted(
    method: str,
    segments: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    content_type: str,
) -> None:
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    sent = {"X-Sdk-Date": "20240317T144237Z", "Content-Type": content_type, **headers}
    body = body or b"{}"  # the vendor's signer hashes an empty one even where the header says that it does not
    request = SdkRequest(
        method=method,
        schema="https",
        host="localhost:1",
        resource_path=path,
        uri=None,
        query_params=list(query),
        header_params=dict(sent),
        body=body,
        stream=False,
        signing_algorithm=None,
    )
    done = Signer(SimpleNamespace(ak="test", sk="123")).sign(request)
    raw_path, _, raw_query = done.uri.partition("?")
    received = Received(
        method,
        raw_path.encode(),
        raw_query.encode(),
        [(name.lower().encode(), value.encode("latin-1")) for name, value in done.header_params.items()],
        body,
    )
    assert verify(received, {"test": "123"}, VECTOR_TIME) == "test"
    changed = replace(received, body=body + b" ")
    if content_type == "text/plain":  # UNSIGNED-PAYLOAD: the body may be another
        assert verify(changed, {"test": "123"}, VECTOR_TIME) == "test"
        with pytest.raises(BadSignature):
            verify(changed, {"test": "123"}, VECTOR_TIME, unsigned_payload=False)
    else:
        with pytest.raises(BadSignature):
            verify(changed, {"test": "123"}, VECTOR_TIME)
    for other in (
        replace(received, path=raw_path.encode() + b"x"),
        replace(received, query=raw_query.encode() + b"&extra=1"),
        replace(received, method="PATCH"),
    ):
        with pytest.raises(BadSignature):
            verify(other, {"test": "123"}, VECTOR_TIME)


def test_equal_names_are_sorted_by_value() -> None:
    received = replace(VECTOR, query=b"b=2&a=%7E&b=1&B=3&c&d=%e4%b8%ad")
    line = canonical_request(received, NAMES).split(b"\n")[2]
    assert line == b"B=3&a=~&b=1&b=2&c=&d=%E4%B8%AD"


def test_a_body_of_its_own_hash() -> None:
    received = replace(VECTOR, body=b'{"license":"PL1"}')
    assert canonical_request(received, NAMES).endswith(hashlib.sha256(received.body).hexdigest().encode())


@given(
    path=st.lists(SEGMENT | st.sampled_from(["..", ".", "a b", "%2F"]), min_size=1, max_size=4),
    query=st.lists(st.tuples(TEXT, TEXT), max_size=4),
    headers=st.dictionaries(NAME, VALUE, max_size=3),
    body=st.binary(max_size=50),
    unsigned=st.booleans(),
)
def test_what_our_own_client_signs_is_accepted(
    path: list[str], query: list[tuple[str, str]], headers: dict[str, str], body: bytes, unsigned: bool
) -> None:
    """The two were written apart from each other, by the same page."""
    sent = {"X-Sdk-Date": "20240317T144237Z", "Content-Type": "application/json", "Host": "localhost:1", **headers}
    if unsigned:
        sent["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD"
    raw_path = "/" + "/".join(quote(segment, safe="%") for segment in path)
    request = SignRequest("POST", raw_path, sent, tuple(query), body)
    header = authorization(request, Credentials("test", "123"))
    received = Received(
        "POST",
        raw_path.encode(),
        urlencode(query, quote_via=quote).encode(),
        [(name.lower().encode(), value.encode()) for name, value in {**sent, "Authorization": header}.items()],
        body,
    )
    assert verify(received, {"test": "123"}, VECTOR_TIME) == "test"
    changed = replace(received, body=body + b" ")
    if unsigned:
        assert verify(changed, {"test": "123"}, VECTOR_TIME) == "test"
    else:
        with pytest.raises(BadSignature):
            verify(changed, {"test": "123"}, VECTOR_TIME)
