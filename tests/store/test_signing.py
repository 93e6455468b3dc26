"""Signatures: the marketplace's own vector, and every request that Huawei's signer signs."""

from __future__ import annotations

import hashlib
import string

import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.store.credentials import Credentials
from iscbridge.store.signing import SignRequest, authorization, canonical_request, sign, string_to_sign

DATE = "20240317T144237Z"
ACTIVATE = "/api/mkp-openapi-public/global/v1/license/activate"
VECTOR_HEADERS = {
    "x-stage": "RELEASE",
    "X-Sdk-Date": DATE,
    "Content-Type": "application/json",
    "Host": "mkt.myhuaweicloud.com",
}
VECTOR = SignRequest("POST", ACTIVATE, VECTOR_HEADERS)
VECTOR_SIGNATURE = "77595ad624b6e4e49990b8c4e84bf1c287457fca61069c4e60b9b6765b52053d"
WITHOUT_SLASH = "6871424c2ee39f070c70c0feb57238071bc6f25045c13a97c7ce410a0297b10f"


class TestVector:
    """Section 4.3 of the reference."""

    def test_the_canonical_request_is_the_published_one(self):
        assert canonical_request(VECTOR).split("\n") == [
            "POST",
            ACTIVATE + "/",
            "",
            "content-type:application/json",
            "host:mkt.myhuaweicloud.com",
            f"x-sdk-date:{DATE}",
            "x-stage:RELEASE",
            "",
            "content-type;host;x-sdk-date;x-stage",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ]

    def test_the_string_to_sign_is_the_published_one(self):
        algorithm, date, digest = string_to_sign(VECTOR).split("\n")
        assert (algorithm, date) == ("SDK-HMAC-SHA256", DATE)
        assert digest == "9a33b07351104f6c775075faa7dc0db58ec18bc532feaa8fd0b8fcf7990b1a9e"

    def test_the_signature_is_the_published_one(self):
        assert sign(VECTOR, "123") == VECTOR_SIGNATURE
        assert authorization(VECTOR, Credentials("test", "123")) == (
            "SDK-HMAC-SHA256 Access=test, SignedHeaders=content-type;host;x-sdk-date;x-stage, "
            f"Signature={VECTOR_SIGNATURE}"
        )

    def test_the_slash_at_the_end_is_what_makes_it_right(self, monkeypatch):
        monkeypatch.setattr("iscbridge.store.signing._canonical_path", lambda path: path)
        assert sign(VECTOR, "123") == WITHOUT_SLASH

    def test_the_access_key_does_not_enter_the_signature(self):
        other = authorization(VECTOR, Credentials("another", "123"))
        assert other.endswith(f"Signature={VECTOR_SIGNATURE}")


# --- Huawei's own signer ---------------------------------------------------------------------------------------------

TOKEN = st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^`|~_", min_size=1, max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
SEGMENT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/%"), max_size=8).filter(
    lambda segment: segment not in (".", "..")
)
ENCODED = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=4)
    .map(lambda text: "".join(f"%{byte:02x}" for byte in text.encode()))
    .filter(lambda segment: segment not in ("%2e", "%2e%2e"))
)
PATHS = st.lists(SEGMENT | ENCODED, max_size=5).map(lambda segments: "/" + "/".join(segments))
QUERIES = st.lists(st.tuples(TEXT, TEXT), max_size=6)
HEADERS = st.dictionaries(TOKEN, PLAIN, max_size=6).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)
METHODS = st.sampled_from(["GET", "POST", "put", "Patch", "DELETE"])
CONTENT_TYPES = st.sampled_from([None, "application/json", "application/json;charset=UTF-8", "text/plain", ""])
KEYS = st.builds(Credentials, st.text(min_size=1, max_size=20), TEXT.filter(bool))


class _Keys:
    def __init__(self, credentials: Credentials) -> None:
        self.ak = credentials.access_key
        self.sk = credentials.secret_key


def signed_by_huawei(credentials, method, path, query, headers, body):
    """The request as their signer leaves it: it adds Host, X-Sdk-Date and for some types X-Sdk-Content-Sha256."""
    request = SdkRequest(
        method=method,
        schema="https",
        host="mkt.myhuaweicloud.com",
        resource_path=path,
        query_params=list(query),
        header_params={"X-Sdk-Date": DATE, **headers},
        body=body,
    )
    signed = Signer(_Keys(credentials)).sign(request)
    added = {name: value for name, value in signed.header_params.items() if name not in headers}
    theirs = added.pop("Authorization")
    return theirs, {**headers, **added}


@given(KEYS, METHODS, PATHS, QUERIES, HEADERS, CONTENT_TYPES, st.binary(max_size=64))
def test_every_request_that_huawei_signs_we_sign_alike(credentials, method, path, query, headers, content_type, body):
    headers = {
        name: value
        for name, value in headers.items()
        if name.lower() not in ("x-sdk-date", "host", "authorization", "content-type", "x-sdk-content-sha256")
    }
    if content_type is not None:
        headers["Content-Type"] = content_type
    if not body and content_type == "text/plain":
        body = b"-"  # the one deviation here, see below
    theirs, all_headers = signed_by_huawei(credentials, method, path, query, headers, body)
    ours = authorization(SignRequest(method, path, all_headers, tuple(query), body), credentials)
    assert ours == theirs


@given(KEYS, st.lists(TEXT, min_size=1, max_size=5), st.booleans())
def test_their_lists_and_booleans_are_our_repeated_names(credentials, values, flag):
    theirs, headers = signed_by_huawei(credentials, "GET", "/v1", [("k", list(values)), ("flag", flag)], {}, b"")
    pairs = (*(("k", value) for value in values), ("flag", str(flag).lower()))
    assert authorization(SignRequest("GET", "/v1", headers, pairs), credentials) == theirs


@given(KEYS, st.text(string.hexdigits, min_size=1, max_size=64))
def test_a_content_hash_of_the_caller_stands_as_it_is(credentials, digest):
    headers = {"x-SDK-content-sha256": digest}
    theirs, all_headers = signed_by_huawei(credentials, "POST", "/v1", [], headers, b"body")
    assert authorization(SignRequest("POST", "/v1", all_headers, (), b"body"), credentials) == theirs


class TestWhereTheirSignerLeavesTheDocumentation:
    """We follow the documentation of the gateway, because the gateway checks by it."""

    KEYS = Credentials("AK", "SK")

    def differs(self, path, headers=None, body=b""):
        theirs, all_headers = signed_by_huawei(self.KEYS, "POST", path, [], headers or {}, body)
        request = SignRequest("POST", path, all_headers, (), body)
        assert authorization(request, self.KEYS) != theirs
        return canonical_request(request).split("\n")

    def test_an_encoded_slash_stays_in_its_segment(self):
        # They decode the whole path before they split it, and sign two segments where one is sent.
        assert self.differs("/a%2Fb")[1] == "/a%2Fb/"

    def test_relative_parts_are_taken_out(self):
        # "According to RFC 3986, each part ... except the redundant and relative paths"; they sign them as they stand.
        assert self.differs("/a/./b/../c")[1] == "/a/c/"
        assert self.differs("/../a")[1] == "/a/"

    def test_bytes_that_are_no_utf8_stay_what_they_are(self):
        # They replace them by U+FFFD, which is not what is sent.
        assert self.differs("/%ff")[1] == "/%FF/"

    def test_an_unsigned_empty_body_is_unsigned_too(self):
        # api-sign-exclude-body: with the header the literal stands in the payload's line. They hash an empty body.
        assert self.differs("/v1", {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"})[-1] == "UNSIGNED-PAYLOAD"


# --- what the vector does not show -----------------------------------------------------------------------------------


def canonical(path="/v1", query=(), headers=None, body=b""):
    request = SignRequest("GET", path, {"X-Sdk-Date": DATE, **(headers or {})}, tuple(query), body)
    return canonical_request(request).split("\n")


def test_repeated_names_and_empty_values_are_kept():
    assert canonical(query=[("b", "2"), ("a", ""), ("b", "1"), ("B", "~ ä")])[2] == "B=~%20%C3%A4&a=&b=1&b=2"


def test_nothing_but_unreserved_characters_stands_plain():
    everything = "".join(map(chr, range(0x20, 0x7F)))
    plain = {char for char in everything if canonical(query=[("k", char)])[2] == f"k={char}"}
    assert plain == set(string.ascii_letters + string.digits + "-._~")


def test_an_unsigned_payload_leaves_the_body_out():
    headers = {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}
    assert canonical(headers=headers, body=b"one") == canonical(headers=headers, body=b"two")
    assert canonical(body=b"one")[-1] == hashlib.sha256(b"one").hexdigest()


def test_the_time_must_be_signed():
    with pytest.raises(ValueError, match="X-Sdk-Date"):
        sign(SignRequest("GET", "/", {"Host": "localhost"}), "SK")


def test_keys_and_bodies_do_not_show():
    credentials = Credentials("AK-visible", "SK-visible")
    request = SignRequest("POST", "/", {}, body=b"PLSECRET")
    assert "visible" not in repr(credentials)
    assert "PLSECRET" not in repr(request)
    assert "visible" not in credentials.key_id
