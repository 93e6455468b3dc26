"""What the SDK process says, as its parent reads it. `iscbridge.sdk.host` shows each line and says when it comes.

Unknown members are ignored, so that an older parent reads a newer child. The child does not import this module: it
writes few shapes, and starts faster without msgspec.
"""

from __future__ import annotations

import msgspec


class Loaded(msgspec.Struct, tag_field="m", tag="loaded", rename="camel", frozen=True):
    """The libraries are loaded. `functions` has bit n set if function n of `isc_function` is there."""

    abi: int
    cloud: str
    dialect: str
    failure_is_final: bool
    functions: int


class Returned(msgspec.Struct, tag_field="m", tag="returned", frozen=True):
    """A call came back. `status` is the shim's number, `vendor` the SDK's own."""

    call: int
    ok: bool
    status: int
    vendor: int
    text: str


class Event(msgspec.Struct, tag_field="m", tag="event", frozen=True):
    """One event of the SDK, as `events.decode` read it."""

    seq: int
    type: int
    operate: str
    params: dict[str, str]
    raw: str


class Lost(msgspec.Struct, tag_field="m", tag="lost", frozen=True):
    """Events were dropped here: nobody fetched them in time."""


class Pong(msgspec.Struct, tag_field="m", tag="pong", frozen=True):
    """Answer to a ping."""

    n: int


class Fatal(msgspec.Struct, tag_field="m", tag="fatal", frozen=True):
    """The process can't do its work and ends; `code` is one of `iscbridge.core.errors`."""

    code: str
    params: dict[str, str]


Message = Loaded | Returned | Event | Lost | Pong | Fatal

_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Loaded | Returned | Event | Lost | Pong | Fatal)
_START = b'{"m":'


def read(line: bytes) -> Message | None:
    """One line of the SDK process; None if it is none of ours.

    Something that got in front of a line on its way (a library that writes to standard output) is skipped.
    """
    start = line.find(_START)
    if start < 0:
        return None
    try:
        return _decoder.decode(line[start:] if start else line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
