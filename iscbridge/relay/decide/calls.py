"""What the store calls for: read from its JSON, and what makes two calls the same one. Pure.

Reference: cloud-store-api.md, sections 6.4 and 7. Names that are not printed there are settings (`config.Store`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """Result codes that a merchant answers with (section 6.4)."""

    OK = "000000"
    AUTH = "000001"
    PARAMETER = "000002"
    NOT_FOUND = "000003"
    IN_PROGRESS = "000004"
    OTHER = "000005"
    NO_RESOURCE = "000100"
    QUOTA = "000900"
    OUTSIDE_ORDER = "000901"
    EXPIRY_NEEDED = "000902"
    FINGERPRINT_NEEDED = "000903"


#: English words for each; nothing of the inside ever stands in one.
WORDS: dict[Result, str] = {
    Result.OK: "success.",
    Result.AUTH: "authentication failed.",
    Result.PARAMETER: "a parameter is missing or not valid.",
    Result.NOT_FOUND: "the instance or license does not exist.",
    Result.IN_PROGRESS: "in progress.",
    Result.OTHER: "internal error, call again later.",
    Result.NO_RESOURCE: "no instance resource is available.",
    Result.QUOTA: "the license quota of the order is used up.",
    Result.OUTSIDE_ORDER: "outside the valid dates of the order.",
    Result.EXPIRY_NEEDED: "a period license needs an expiry date.",
    Result.FINGERPRINT_NEEDED: "a device fingerprint is required.",
}


class Activity(StrEnum):
    """What is called for. The values are names of ours; those of the store are in `activities`."""

    REFRESH_CODE = "refresh_code"
    CODE_STATUS = "code_status"
    RELEASE_CODE = "release_code"
    NEW_INSTANCE = "new_instance"
    REFRESH_INSTANCE = "refresh_instance"
    INSTANCE_STATUS = "instance_status"
    QUERY_INSTANCE = "query_instance"
    RELEASE_INSTANCE = "release_instance"
    UPGRADE = "upgrade"
    GET_LICENSE = "get_license"
    ORDER_NOTIFY = "order_notify"


def activities(release_instance: str, upgrade: str) -> dict[str, Activity]:
    """The store's names; two of them are not printed in the documentation at hand and come from the settings."""
    return {
        "refreshLicenseCode": Activity.REFRESH_CODE,
        "updateLicenseCodeStatus": Activity.CODE_STATUS,
        "releaseLicenseCode": Activity.RELEASE_CODE,
        "newInstance": Activity.NEW_INSTANCE,
        "refreshInstance": Activity.REFRESH_INSTANCE,
        "updateInstanceStatus": Activity.INSTANCE_STATUS,
        "queryInstance": Activity.QUERY_INSTANCE,
        release_instance: Activity.RELEASE_INSTANCE,
        upgrade: Activity.UPGRADE,
        "getLicenseAsync": Activity.GET_LICENSE,
        "orderNotify": Activity.ORDER_NOTIFY,
    }


@dataclass(frozen=True, slots=True)
class Call:
    """One call, read. Members that an activity has not are empty. Times are seconds since the epoch."""

    activity: Activity
    test: bool
    license: str = ""
    instance: str = ""
    order: str = ""
    order_line: str = ""
    business: str = ""
    store_product: str = ""
    scene: str = ""
    status: str = ""
    event: str = ""
    fingerprint: str = ""
    effective: int | None = None
    expires: int | None = None


class CallError(ValueError):
    """A call that can't be carried out; `result` is the answer."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.value)
        self.result = result


#: Required members of each activity: (the store's name, ours, longest). Section 7.
_REQUIRED: dict[Activity, tuple[tuple[str, str, int], ...]] = {
    Activity.REFRESH_CODE: (("license", "license", 64), ("scene", "scene", 64), ("orderId", "order", 64),
                            ("orderLineId", "order_line", 64)),
    Activity.CODE_STATUS: (("license", "license", 64), ("status", "status", 32)),
    Activity.RELEASE_CODE: (("license", "license", 64),),
    Activity.NEW_INSTANCE: (("orderId", "order", 64), ("orderLineId", "order_line", 64), ("businessId", "business", 64)),
    Activity.REFRESH_INSTANCE: (("instanceId", "instance", 64), ("scene", "scene", 64), ("orderId", "order", 64),
                                ("orderLineId", "order_line", 64)),
    Activity.INSTANCE_STATUS: (("instanceId", "instance", 64), ("status", "status", 32)),
    Activity.QUERY_INSTANCE: (("instanceId", "instance", 64),),
    Activity.RELEASE_INSTANCE: (("instanceId", "instance", 64),),
    Activity.UPGRADE: (("instanceId", "instance", 64), ("orderId", "order", 64), ("orderLineId", "order_line", 64)),
    Activity.GET_LICENSE: (("instanceId", "instance", 64), ("eventId", "event", 64)),
    Activity.ORDER_NOTIFY: (("orderId", "order", 64), ("orderLineId", "order_line", 64)),
}  # fmt: skip
_OPTIONAL = (("orderId", "order", 64), ("orderLineId", "order_line", 64), ("productId", "store_product", 64),
             ("deviceFingerprint", "fingerprint", 1024))  # fmt: skip
_NEEDS_EXPIRY = {Activity.REFRESH_CODE, Activity.REFRESH_INSTANCE}
_STATUSES = {"FREEZE", "UNFREEZE"}
_COMPACT = re.compile(r"(\d{14})(?:\d{3})?", re.ASCII)  # one sample carries three more digits
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: ?[zZ])?", re.ASCII)
_TEXT = re.compile(r"[\x20-\x7e]*", re.ASCII)


def read_call(body: bytes, names: Mapping[str, Activity]) -> Call:
    """The call that a body makes.

    Raises:
        CallError: PARAMETER, also for an activity that is not known.
    """
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise CallError(Result.PARAMETER) from None
    if not isinstance(document, dict):
        raise CallError(Result.PARAMETER)
    activity = names.get(_text(document, "activity", 64) or "")
    if activity is None:
        raise CallError(Result.PARAMETER)
    values: dict[str, Any] = {}
    for key, name, longest in _OPTIONAL:
        values[name] = _text(document, key, longest) or ""
    for key, name, longest in _REQUIRED[activity]:
        value = _text(document, key, longest)
        if not value:
            raise CallError(Result.PARAMETER)
        values[name] = value
    values["expires"] = _time(document, "expireTime")
    values["effective"] = _time(document, "effectiveTime")
    if activity in _NEEDS_EXPIRY and values["expires"] is None:
        raise CallError(Result.PARAMETER)
    if values.get("status") and values["status"] not in _STATUSES:
        raise CallError(Result.PARAMETER)
    return Call(activity, _text(document, "testFlag", 2) == "1", **values)


def identity(call: Call, license_digest: str, fingerprint_digest: str, signed_ms: int) -> str:
    """What makes two calls the same one: then the second gets the first one's answer, and does nothing.

    Calls that set a state (freeze, unfreeze) look alike each time, so each is one of its own: setting a state twice
    does no harm, and the older of two is left out by the time at which it was signed.
    """
    subject = license_digest or call.instance
    match call.activity:
        case Activity.NEW_INSTANCE:
            parts = [call.order, call.order_line]
        case Activity.REFRESH_CODE | Activity.REFRESH_INSTANCE | Activity.UPGRADE:
            parts = [subject, call.order, call.order_line, call.scene, str(call.expires)]
        case Activity.GET_LICENSE:
            parts = [call.event, fingerprint_digest]
        case Activity.RELEASE_CODE | Activity.RELEASE_INSTANCE:
            parts = [subject, call.order, call.order_line]
        case _:
            parts = [subject, call.order, call.order_line, call.status, str(signed_ms)]
    return "|".join(parts)


def _text(document: Mapping[str, Any], key: str, longest: int) -> str | None:
    """A text of printable ASCII, or None if there is none. Numbers are taken for their digits: samples vary."""
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if not isinstance(value, str) or len(value) > longest or not _TEXT.fullmatch(value):
        raise CallError(Result.PARAMETER)
    return value


def _time(document: Mapping[str, Any], key: str) -> int | None:
    """A time in one of the forms that the samples show, taken as UTC (section 10)."""
    text = _text(document, key, 32)
    if not text:
        return None
    compact, spaced = _COMPACT.fullmatch(text), _SPACED.fullmatch(text)
    try:
        if compact:
            return int(datetime.strptime(compact[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
        if spaced:
            return int(datetime.strptime(spaced[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        pass
    raise CallError(Result.PARAMETER)
