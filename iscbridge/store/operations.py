"""The store's calls for licence codes: where each goes, what it sends, how its success is read.

Source: reference, sections 1 to 3. `license_list` as the key of the v2 heartbeat is not documented: it is the v2
activation's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.store.codes import SUCCESS
from iscbridge.store.models import (
    LicenseInfo,
    UnreadableError,
    find_license,
    find_licenses,
    read_code_info,
    read_license,
    usage_failures,
)

ApiVersion = Literal["v1", "v2"]

MOST_CODE_CHARACTERS = 64
MOST_CLIENT_ID_CHARACTERS = 256
_BASE = "/api/mkp-openapi-public/global"

_STATUS_KINDS = {
    "ALIVE": AnswerKind.ALIVE,
    "EXPIRED": AnswerKind.EXPIRED,
    "RELEASED": AnswerKind.RELEASED,
    # Not documented for the heartbeat. FREEZE is the store's own word for it towards merchants (section 7.1).
    "FREEZE": AnswerKind.FROZEN,
    "FROZEN": AnswerKind.FROZEN,
}


@dataclass(frozen=True, slots=True)
class Success:
    """What `92020000` stands for in one operation."""

    kind: AnswerKind
    expires: float | None = None
    error: str | None = None
    """Error code of the bridge, if the success is none for the code that was asked about."""
    told: object = field(default=None, repr=False)
    """What else was told, for whoever made the operation."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call, ready to be signed and sent."""

    name: str
    """For the log."""
    path: str
    body: bytes = field(repr=False)
    read: Callable[[object], Success] = field(repr=False)
    """Reads `part` of a success; raises `UnreadableError`."""
    part: str = "data"
    method: str = "POST"
    query: tuple[tuple[str, str], ...] = ()
    """Names and values, not encoded."""
    content_type: str = "application/json"
    extra_headers: Callable[[float], Mapping[str, str]] | None = field(default=None, repr=False)
    """More headers, of the time at which it is sent. They are no part of the signature."""
    success: str = SUCCESS
    """The code, normalized, that says that it was carried out."""
    account_key: bool = True
    """Whether it is signed with the account's key (AK/SK)."""


def activation(code: str, version: ApiVersion = "v1") -> Operation:
    """Activate a code. Not idempotent: a second one answers 92020003.

    Its success says nothing of the state, and the expiry in it is an estimate (section 1.2): both are for a query. What
    a v1 reply tells besides (`LicenseCodeInfo`) is in `Success.told`.
    """
    body = {"license": code} if version == "v1" else {"license_list": [code]}
    return _operation(
        "activate", version, "license/activate", body, lambda data: Success(AnswerKind.DONE, told=read_code_info(data))
    )


def activation_many(codes: Sequence[str]) -> Operation:
    """Activate up to 100 codes, v2. Its reply tells nothing of any of them (section 1.3): a query has to follow."""
    return _operation("activate", "v2", "license/activate", {"license_list": list(codes)}, lambda _: Success(
        AnswerKind.DONE
    ))  # fmt: skip


def query(code: str, version: ApiVersion = "v1") -> Operation:
    """Ask for a code's state ("heartbeat"). Use is not reported with it: that part of the call is sunset."""
    if version == "v1":
        return _operation(
            "heartbeat", version, "license/heartbeat", {"license": code}, lambda data: _state(read_license(data, code))
        )
    return _operation(
        "heartbeat",
        version,
        "license/heartbeat",
        {"license_list": [code]},
        lambda data: _state(find_license(data, code)),
    )


def query_many(codes: Sequence[str]) -> Operation:
    """Ask for the states of up to 100 codes, v2. `Success.told`: `LicenseInfo` by code, of those that it tells of.

    The form of the reply is not documented: a code that is not in it for certain is left out.
    """
    return _operation("heartbeat", "v2", "license/heartbeat", {"license_list": list(codes)}, lambda data: Success(
        AnswerKind.DONE, told=find_licenses(data, codes)
    ))  # fmt: skip


def state_of(info: LicenseInfo) -> Success | None:
    """What an entry says; None for a status that is not known."""
    kind = _STATUS_KINDS.get(info.status)
    return None if kind is None else Success(kind, info.expires)


def usage(code: str, client_id: str) -> Operation:
    """Report that a client was used today."""
    return usage_many({code: [client_id]})


def usage_many(clients: Mapping[str, Sequence[str]]) -> Operation:
    """Report the clients of up to 100 codes, up to 100 of each. `software_usage_Info` has a capital I (section 3)."""
    entries = [
        {"license": code, "software_usage_Info": [{"id": client} for client in ids]} for code, ids in clients.items()
    ]
    return _operation("usage", "v2", "license/software-usage-info", {"usage_info": entries}, _usage_taken)


def _operation(name: str, version: ApiVersion, path: str, body: object, read: Callable[[object], Success]) -> Operation:
    return Operation(f"{name} {version}", f"{_BASE}/{version}/{path}", msgspec.json.encode(body), read)


def _state(info: LicenseInfo) -> Success:
    success = state_of(info)
    if success is None:
        raise UnreadableError("unknown status")
    return replace(success, told=info)


def _usage_taken(data: object) -> Success:
    if usage_failures(data):
        return Success(AnswerKind.FAILED, error="ISCB-STORE-USE-REFUSED")
    return Success(AnswerKind.DONE)
