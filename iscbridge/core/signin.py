"""A person's sign-in on this device, and what a browser brings back from it.

That is one request to a loopback address, which any page and program may send too. So nothing is taken from it but what was announced: the way there was drawn for this one sign-in, and the state is the
relay's. The rest is looked at only as far as it has to be, and bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs

HEAD_LIMIT = 8 * 1024
"""Bytes of a request's line and headers."""

_MOST_HEADERS = 64
_MOST_MEMBERS = 16
_LONGEST_CODE = 1024
_LONGEST_TENANT = 128
_REQUEST = re.compile(r"GET (/[!-~]*) HTTP/1\.[01]", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that the relay waits for."""

    url: str = field(repr=False)
    """Where the browser goes: an https page."""
    state: str = field(repr=False)
    """What the browser brings back."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in on this device."""

    session: str = field(repr=False)
    """What the relay knows the sign-in by."""
    user: str = ""
    """What the person is called; may be empty."""
    until: int = 0
    """When the session ends if it is not refreshed before, by the relay's clock."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The browser came back."""

    code: str = field(default="", repr=False)
    """What the relay exchanges; empty: the sign-in was not completed."""
    tenant: str = ""


def target_of(head: bytes, authority: str) -> str | None:
    """The target of a request that a browser may have sent to this very address; None: it is something else.

    Args:
        head: the request's line and headers, with the empty line.
        authority: `host:port` at which it came in. A page of another name that leads here names the other one.
    """
    if len(head) > HEAD_LIMIT:
        return None
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    line = _REQUEST.fullmatch(first)
    found = [_HEADER.fullmatch(each) for each in lines]
    if line is None or len(found) > _MOST_HEADERS:
        return None
    headers: dict[str, list[str]] = {}
    for each in found:
        if each is None:
            return None
        headers.setdefault(each[1].lower(), []).append(each[2])
    if headers.get("host") != [authority] or headers.get("content-length", ["0"]) != ["0"]:
        return None
    # A person who goes somewhere, and no picture, script or frame of a page that a person looks at.
    person = headers.get("sec-fetch-mode", ["navigate"]) == ["navigate"]
    person = person and headers.get("sec-fetch-dest", ["document"]) == ["document"]
    return line[1] if person and "transfer-encoding" not in headers else None


def returned(target: str, path: str, state: str) -> Returned | None:
    """What came back; None: it is not what was announced, and says nothing.

    Args:
        target: of the request.
        path: drawn for this sign-in.
        state: the relay's, of this sign-in.
    """
    way, _, query = target.partition("?")
    if not state or not _same(way, path):
        return None
    try:
        members = parse_qs(query, keep_blank_values=True, strict_parsing=True, errors="strict",
                           max_num_fields=_MOST_MEMBERS)  # fmt: skip
    except ValueError:  # UnicodeDecodeError is one
        return None
    if any(len(values) != 1 for values in members.values()) or not _same(members.get("state", [""])[0], state):
        return None
    if "error" in members:
        return Returned()
    code, tenant = members.get("code", [""])[0], members.get("tenant", [""])[0]
    if not _is_word(code, _LONGEST_CODE) or not _is_word(tenant, _LONGEST_TENANT):
        return None
    return Returned(code, tenant)


def _same(one: str, other: str) -> bool:
    import hmac

    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _is_word(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and text.isascii()
