"""What `iscbridge relay admin` reads: codes and records of use, from a file or standard input. Never from arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from iscbridge.core.errors import RelayError

if TYPE_CHECKING:
    from iscbridge.relay.vendor.uses import Use

_LIMIT = 8 * 1024 * 1024
"""Bytes of such a file."""


def read_codes(file: str) -> list[str]:
    """One code a line, each once, in their order.

    Raises:
        RelayError: ISCB-RELAY-REQUEST.
        OSError: the file can't be read.
    """
    from iscbridge.ipc.messages import is_license_code

    lines = _lines(file)
    for number, line in lines:
        if not is_license_code(line):
            raise RelayError("ISCB-RELAY-REQUEST", detail=f"line {number} is no code")
    return list(dict.fromkeys(line for _, line in lines))


def read_uses(file: str) -> list[Use]:
    """One JSON object a line, as the vendor's service would tell it.

    Raises:
        RelayError: ISCB-RELAY-REQUEST.
        OSError: the file can't be read.
    """
    import msgspec

    from iscbridge.relay.vendor.uses import Use

    decoder, found = msgspec.json.Decoder(Use), []
    for number, line in _lines(file):
        try:
            found.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise RelayError("ISCB-RELAY-REQUEST", detail=f"line {number}: {error}"[:200]) from None
    return found


def _lines(file: str) -> list[tuple[int, str]]:
    """The lines that are not empty, with their numbers. `-`: standard input."""
    if file == "-":
        data = sys.stdin.buffer.read(_LIMIT + 1)
    else:
        with Path(file).open("rb") as opened:
            data = opened.read(_LIMIT + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RelayError("ISCB-RELAY-REQUEST", detail="it is not UTF-8") from None
    if len(data) > _LIMIT:
        raise RelayError("ISCB-RELAY-REQUEST", detail=f"it has more than {_LIMIT} bytes")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    found = [(number, line) for number, line in lines if line]
    if not found:
        raise RelayError("ISCB-RELAY-REQUEST", detail="there is nothing in it")
    return found
