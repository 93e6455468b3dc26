"""The three licence interfaces behind the gateway, as the reference prints them (cloud-store-api.md, sections 1 to 3).

What no page prints is a trait of `iscbridge.sandbox.store.behaviour`, or says here that it is the sandbox's own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iscbridge.sandbox.store.behaviour import Behaviour
from iscbridge.sandbox.store.clock import utc
from iscbridge.sandbox.store.codes import Code, CodeBook, CodeState

Json = dict[str, Any]

_BASE = "/api/mkp-openapi-public/global"
#: Path of each call; it may end with a slash.
PATHS: dict[str, str] = {
    f"{_BASE}/v1/license/activate": "activate",
    f"{_BASE}/v2/license/activate": "activate_batch",
    f"{_BASE}/v1/license/heartbeat": "heartbeat",
    f"{_BASE}/v2/license/heartbeat": "heartbeat_batch",
    f"{_BASE}/v2/license/software-usage-info": "usage",
}

OK = "92020000"
INTERNAL = "92020001"
INVALID = "92020002"
ILLEGAL_STATE = "92020003"
NOT_RECEIVED = "92020004"
UNKNOWN_CODE = "92020005"
NOT_ACTIVATED = "92020011"
BAD_IN_BATCH = "92020020"
BAD_PARAM = "95000001"
BAD_METHOD = "95000002"
BAD_TYPE = "95000003"
UNREADABLE = "95000004"

#: Code: (HTTP status, error_msg), reference section 1.4.
ERRORS: dict[str, tuple[int, str]] = {
    INTERNAL: (200, "internal error"),
    INVALID: (200, "invalid param"),
    ILLEGAL_STATE: (200, "illegal state"),
    NOT_RECEIVED: (200, "can not active before user received."),
    UNKNOWN_CODE: (200, "license code notexist"),
    NOT_ACTIVATED: (200, "license code has been not activated."),
    BAD_IN_BATCH: (200, "Invalid license code exists."),
    BAD_PARAM: (400, "req param is invalid"),
    BAD_METHOD: (405, "Request method not supported"),
    BAD_TYPE: (415, "Content type not supported"),
    UNREADABLE: (400, "req message is not readable"),
}

_MOST_CODES = 100
_MOST_ENTRIES = 100
_MOST_ACTIVE = 999_999_999
_CHINA_S = 8 * 3600


class Refused(Exception):  # noqa: N818  a documented answer
    """The call is answered with one of `ERRORS`; `str()` is the code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The documented answer to a call."""

    status: int
    body: Json
    code: str


class Calls:
    """Carries the calls out. Not for several threads."""

    def __init__(self, codes: CodeBook, behaviour: Behaviour) -> None:
        self._codes = codes
        self._behaviour = behaviour
        self._handlers: dict[str, Callable[[Json, float], Any]] = {
            "activate": self._activate,
            "activate_batch": self._activate_batch,
            "heartbeat": self._heartbeat,
            "heartbeat_batch": self._heartbeat_batch,
            "usage": self._usage,
        }

    def carry_out(self, call: str, *, method: str, content_type: str, body: bytes, now: float) -> Outcome:
        """Answer an authenticated request. `call`: a value of `PATHS`; `now`: the store's clock."""
        try:
            if method != "POST":
                raise Refused(BAD_METHOD)
            if content_type.partition(";")[0].strip().lower() != "application/json":
                raise Refused(BAD_TYPE)
            data = self._handlers[call](_parsed(body), now)
        except Refused as refusal:
            return self.refusal(str(refusal))
        answer: Json = {"error_code": OK, "error_msg": self._behaviour.text("success_text")}
        if data is not None:
            answer["data"] = data
        return Outcome(200, self._with_extras(answer), OK)

    def refusal(self, code: str) -> Outcome:
        """The answer with one of `ERRORS`. Those that are no business have a `request_id` (printed for gateways only)."""
        status, words = ERRORS[code]
        body: Json = {"error_code": code, "error_msg": words}
        if status != 200:
            body["request_id"] = secrets.token_hex(16)
        return Outcome(status, self._with_extras(body), code)

    # -- activation

    def _activate(self, message: Json, now: float) -> Json:
        code = _license(message.get("license"))
        effect = _effect(message, now)
        with self._codes:
            found = self._activatable(code, now, effect)
            self._codes.activate(code, effect)
        return {"license_code_info": json.dumps(self._estimate(found, effect), separators=(",", ":"))}

    def _activate_batch(self, message: Json, now: float) -> None:
        codes = _license_list(message)
        effect = _effect(message, now)
        bad = False
        with self._codes:
            good: list[str] = []
            for code in dict.fromkeys(codes):
                try:
                    self._activatable(code, now, effect)
                except Refused:
                    bad = True
                else:
                    good.append(code)
            if not bad or self._behaviour.text("batch_bad_code") == "others":
                for code in good:
                    self._codes.activate(code, effect)
        if bad:
            raise Refused(BAD_IN_BATCH)

    def _activatable(self, code: str, now: float, effect: float) -> Code:
        found = self._codes.get(code)
        if found is None:
            raise Refused(UNKNOWN_CODE)
        state = found.state(now)
        if state is CodeState.NEW:
            raise Refused(NOT_RECEIVED)
        if state is not CodeState.RECEIVED:
            raise Refused(ILLEGAL_STATE)
        if effect < int(found.created):  # times in requests have whole seconds
            raise Refused(INVALID)
        return found

    def _estimate(self, code: Code, effect: float) -> Json:
        expires = effect + code.days * 86_400 + self._behaviour.number("estimate_off_s")
        return {
            "status": "ALIVE",
            "expire_time": self._time(expires),
            "product_id": code.product,
            "amount": code.amount,
            "order_id": code.order,
        }

    # -- heartbeat

    def _heartbeat(self, message: Json, now: float) -> Json:
        code = _license(message.get("license"))
        client = _heartbeat_client(message.get("heartbeatInfo"))
        with self._codes:
            found = self._activated(code)
            self._codes.detect(code, now)
            if client is not None:
                self._codes.used_by(code, now, client)
        return self._info(found, now)

    def _heartbeat_batch(self, message: Json, now: float) -> Json:
        """The shape is the sandbox's own: the page is cut off before it. Codes that fail carry their error."""
        entries: list[Json] = []
        with self._codes:
            for code in _license_list(message):
                try:
                    found = self._activated(code)
                except Refused as refusal:
                    entries.append({"license_code": code, "error_code": str(refusal), "error_msg": _words(refusal)})
                else:
                    self._codes.detect(code, now)
                    entries.append(self._info(found, now))
        return {"license_list": entries}

    def _activated(self, code: str) -> Code:
        found = self._codes.get(code)
        if found is None:
            raise Refused(UNKNOWN_CODE)
        if found.activated is None:  # presumably this one (reference section 2.3): not spelled out
            raise Refused(NOT_ACTIVATED)
        return found

    def _info(self, code: Code, now: float) -> Json:
        state = code.state(now)
        info: Json = {
            "license_code": code.code,
            "status": self._behaviour.text("frozen_status") if state is CodeState.FROZEN else state.value,
            "activate_time": self._time(code.activated or 0.0),
        }
        key = self._behaviour.text("expire_key")
        if key != "absent":
            info[key] = self._time(code.expires or 0.0)
        if self._behaviour.text("heartbeat_order") == "told":
            info.update(product_id=code.product, order_id=code.order, amount=code.amount)
        return info

    # -- use

    def _usage(self, message: Json, now: float) -> Json | None:
        reports = [_usage_of(entry) for entry in _list(message.get("usage_info"), _MOST_CODES)]
        added = self._behaviour.text("usage_repeat") == "sum"
        failed: list[Json] = []
        with self._codes:
            for code, uses in reports:
                try:
                    self._reportable(code, now)
                except Refused as refusal:
                    if self._behaviour.text("usage_failures") == "refused":
                        raise Refused(BAD_IN_BATCH) from refusal  # the transaction is undone
                    failed.append({"license": code, "error_code": str(refusal), "error_msg": _words(refusal)})
                    continue
                for use in uses:
                    if isinstance(use, str):
                        self._codes.used_by(code, now, use)
                    else:
                        self._codes.used_in_total(code, now, use, added=added)
        return {"check_fail_list": failed} if failed else None

    def _reportable(self, code: str, now: float) -> None:
        if self._activated(code).state(now) is CodeState.RELEASED:
            raise Refused(ILLEGAL_STATE)

    # -- forms

    def _time(self, when: float) -> str:
        if self._behaviour.text("time_zone") == "china":
            when += _CHINA_S
        moment = utc(when)
        text = f"{moment.year:04d}{moment:%m%d%H%M%S}"
        return text + f"{moment.microsecond // 1000:03d}" if self._behaviour.text("time_digits") == "17" else text

    def _with_extras(self, answer: Json) -> Json:
        if self._behaviour.text("extra_fields") == "no":
            return answer
        extras: Json = {"trace": {"id": "sandbox", "hops": [1, 2]}, "announced": None}
        if isinstance(answer.get("data"), dict):
            answer["data"] = {**answer["data"], "licenseLevel": "sandbox", "quota": [{"left": 3}]}
        return {**extras, **answer}


def _words(refusal: Refused) -> str:
    return ERRORS[str(refusal)][1]


def _parsed(body: bytes) -> Json:
    try:
        message = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(UNREADABLE) from error
    if not isinstance(message, dict):
        raise Refused(UNREADABLE)
    return message


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _string(value: object, most: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise Refused(BAD_PARAM)
    try:
        value.encode()
    except UnicodeEncodeError as error:  # half a surrogate pair
        raise Refused(BAD_PARAM) from error
    return value


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise Refused(BAD_PARAM)
    return value


def _license(value: object) -> str:
    return _string(value, 64)


def _license_list(message: Json) -> list[str]:
    """`license_list`: printed for the activation, presumed for the heartbeat."""
    return [_license(code) for code in _list(message.get("license_list"), _MOST_CODES)]


def _effect(message: Json, now: float) -> float:
    value = message.get("real_effect_time")
    if value is None:
        return now
    text = _string(value, 16)
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise Refused(BAD_PARAM)
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Refused(BAD_PARAM) from error


def _heartbeat_client(info: object) -> str | None:
    """`heartbeatInfo.thirdPartyAccount`: sunset, but those who send it may go on (reference section 2.1)."""
    if info is None:
        return None
    if not isinstance(info, dict):
        raise Refused(BAD_PARAM)
    if info.get("ip") is not None:
        _string(info["ip"], 32)
    return _string(info.get("thirdPartyAccount"), 256)


def _usage_of(entry: object) -> tuple[str, list[str | int]]:
    if not isinstance(entry, dict):
        raise Refused(BAD_PARAM)
    code = _license(entry.get("license"))
    return code, [_use(use) for use in _list(entry.get("software_usage_Info"), _MOST_ENTRIES)]


def _use(use: object) -> str | int:
    """The client's id, or the number of active clients: exactly one of them."""
    if not isinstance(use, dict) or (use.get("id") is None) == (use.get("active_num") is None):
        raise Refused(BAD_PARAM)
    if use.get("id") is not None:
        return _string(use["id"], 256)
    number = use["active_num"]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_ACTIVE:
        raise Refused(BAD_PARAM)
    return number
