"""What comes in at the loopback address of a sign-in: only what was announced is taken."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.signin import HEAD_LIMIT, Person, Returned, Started, returned, target_of

AUTHORITY = "127.0.0.1:40123"
PATH, STATE = "/Vb1kq0c2Zt8", "a-state-of-the-relay"
GOOD = f"{PATH}?code=abc&tenant=acme&state={STATE}"


def head(first: str = f"GET {GOOD} HTTP/1.1", *lines: str, host: str = AUTHORITY) -> bytes:
    named = [f"Host: {host}"] if host else []
    return "\r\n".join([first, *named, *lines, "", ""]).encode("latin-1")


def test_a_browser_that_comes_back_is_understood() -> None:
    target = target_of(head("GET / HTTP/1.0"), AUTHORITY)
    assert target == "/"
    whole = head(f"GET {GOOD} HTTP/1.1", "User-Agent: Browser/1", "Accept: */*", "Sec-Fetch-Mode: navigate",
                 "Sec-Fetch-Dest: document", "Cookie: other=port")  # fmt: skip
    target = target_of(whole, AUTHORITY)
    assert target == GOOD
    assert returned(target, PATH, STATE) == Returned("abc", "acme")


@pytest.mark.parametrize(
    "sent",
    [
        head(f"POST {GOOD} HTTP/1.1"),
        head(f"GET http://{AUTHORITY}{GOOD} HTTP/1.1"),
        head(f"GET {GOOD}"),
        head(f"GET {GOOD} HTTP/2"),
        head(f"GET {GOOD} x HTTP/1.1"),
        head(host=""),
        head(host="localhost:40123"),
        head(host="rebound.example:40123"),
        head(host="127.0.0.1:40124"),
        head(f"GET {GOOD} HTTP/1.1", f"Host: {AUTHORITY}"),
        head(f"GET {GOOD} HTTP/1.1", "Content-Length: 3"),
        head(f"GET {GOOD} HTTP/1.1", "Transfer-Encoding: chunked"),
        head(f"GET {GOOD} HTTP/1.1", "Sec-Fetch-Mode: no-cors"),
        head(f"GET {GOOD} HTTP/1.1", "Sec-Fetch-Dest: iframe"),
        head(f"GET {GOOD} HTTP/1.1", " folded: line"),
        head(f"GET {GOOD} HTTP/1.1", "no colon"),
        head(f"GET {GOOD} HTTP/1.1", *(f"X-{n}: y" for n in range(64))),
        head(f"GET {GOOD} HTTP/1.1", "X: " + "y" * HEAD_LIMIT),
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_no_browser_sends_for_a_person_is_nothing(sent: bytes) -> None:
    assert target_of(sent, AUTHORITY) is None


@pytest.mark.parametrize(
    "target",
    [
        f"/other?code=abc&tenant=acme&state={STATE}",
        f"{PATH}/?code=abc&tenant=acme&state={STATE}",
        PATH,
        f"{PATH}?code=abc&tenant=acme",
        f"{PATH}?code=abc&tenant=acme&state={STATE}x",
        f"{PATH}?code=abc&code=def&tenant=acme&state={STATE}",
        f"{PATH}?code=abc&tenant=acme&state={STATE}&state={STATE}",
        f"{PATH}?code=&tenant=acme&state={STATE}",
        f"{PATH}?code=abc&state={STATE}",
        f"{PATH}?code={'a' * 1025}&tenant=acme&state={STATE}",
        f"{PATH}?code=a%00b&tenant=acme&state={STATE}",
        f"{PATH}?code=a%ffb&tenant=acme&state={STATE}",
        f"{PATH}?code=abc&tenant=%E5%93%81&state={STATE}",
        f"{PATH}?error=denied&state=another",
        GOOD + "&x=1" * 17,
    ],
)
def test_what_was_not_announced_is_not_taken(target: str) -> None:
    assert returned(target, PATH, STATE) is None


def test_nobody_is_expected_before_the_relay_has_named_a_state() -> None:
    assert returned(f"{PATH}?code=abc&tenant=acme&state=", PATH, "") is None


def test_a_sign_in_that_was_cancelled_has_no_code() -> None:
    assert returned(f"{PATH}?error=access_denied&state={STATE}", PATH, STATE) == Returned()


@given(st.binary(max_size=400), st.sampled_from([b"", b"GET ", b"GET / HTTP/1.1\r\n"]))
def test_no_bytes_raise_anything(more: bytes, before: bytes) -> None:
    target = target_of(before + more + b"\r\n\r\n", AUTHORITY)
    assert target is None or returned(target, PATH, STATE) is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128))
def test_every_plain_word_comes_back_as_it_was_sent(word: str) -> None:
    target = f"{PATH}?state={STATE}&code={quote(word, safe='')}&tenant={quote(word, safe='')}"
    whole = head(f"GET {target} HTTP/1.1")
    assert returned(target_of(whole, AUTHORITY) or "", PATH, STATE) == Returned(word, word)


@given(st.text(max_size=200))
def test_no_query_raises_anything(query: str) -> None:
    assert returned(f"{PATH}?{query}", PATH, STATE) is None


def test_nothing_of_a_sign_in_is_shown_by_accident() -> None:
    shown = repr([Started("https://secret", "secret"), Person("secret", "Anna", 1), Returned("secret", "acme")])
    assert "secret" not in shown
    assert "Anna" in shown
