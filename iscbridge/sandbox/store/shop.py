"""The shop of the sandbox store: what a buyer or the store's own staff do, and what the merchant is told of it.

A thing that was bought is a code (License 2.0) or an instance (the on-line licence route); both are named the same
way in every request. What happens to a code is done to the store's own book first, and then told.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.store.clock import utc
from iscbridge.sandbox.store.codes import DAY_S, MOST_DAYS, CodeBook
from iscbridge.sandbox.store.merchant import MerchantBook
from iscbridge.sandbox.store.production import Production

Json = dict[str, Any]
PRODUCT = "SANDBOX-PRODUCT"
MOST_SEATS = 10_000
_ORDERED = ("newInstance", "refreshInstance", "refreshLicenseCode")
"""Calls with an order that says how many seats there are."""
_NAMES = ("license", "instanceId", "businessId")
RELEASE_INSTANCE = "releaseInstance"
"""Not printed in the documentation at hand: a name of the sandbox, and of the relay's settings by default."""


class Shop:
    """Belongs to the loop's thread."""

    def __init__(self, codes: CodeBook, book: MerchantBook, production: Production, now: Callable[[], float]) -> None:
        self._codes, self._book, self._production, self._now = codes, book, production, now
        self.handlers: dict[str, Callable[[Json], Json]] = {
            "shop.merchant": self._merchant,
            "shop.buy": self._buy,
            "shop.renew": self._renew,
            "shop.expire": self._expire,
            "shop.freeze": lambda message: self._status(message, "FREEZE"),
            "shop.unfreeze": lambda message: self._status(message, "UNFREEZE"),
            "shop.release": self._release,
            "shop.apply": self._apply,
            "shop.messages": self._messages,
            "shop.again": self._again,
        }

    def _merchant(self, message: Json) -> Json:
        """Name the merchant's server, or say who was named."""
        if url := _text(message, "url"):
            self._production.name_merchant(url, _text(message, "ca"))
        found = self._production.merchant()
        return {"merchant": None if found is None else {"url": found.url}}

    def _buy(self, message: Json) -> Json:
        days, amount = _number(message, "days", 365), _number(message, "amount", 1)
        if not 1 <= amount <= MOST_SEATS:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"1 to {MOST_SEATS} seats")
        if message.get("instance"):
            order, business = _order(), secrets.token_hex(16)
            self._ordered(order, amount, self._now() + days * DAY_S)
            told = self._production.tell("newInstance", businessId=business, **order)
            return {"instance": business, "message": told, **order}
        code = self._codes.new(
            self._now(), days=days, collected=True, code=_text(message, "code") or None, amount=amount
        )
        order = {"orderId": code.order, "orderLineId": f"{code.order}-000001"}
        self._ordered(order, amount, None)
        return {"code": code.code, "message": self._production.tell("orderNotify", **order), **order}

    def _ordered(self, order: dict[str, str], amount: int, expires: float | None, kind: str = "NEW") -> None:
        """What order/query tells of it."""
        self._book.order({"order": order["orderId"], "line": order["orderLineId"], "kind": kind, "charging": "PERIOD",
                          "product": PRODUCT, "amount": amount, "created": self._now(), "expires": expires})  # fmt: skip

    def _renew(self, message: Json) -> Json:
        code, instance = self._which(message)
        days = _number(message, "days", 365)
        scene = "RENEWAL" if days > 0 else "UNSUBSCRIBE_RENEWAL_PERIOD"
        if code:
            self._codes.renew(code, self._now(), days)
            found = self._codes.require(code)
            expires, bought = found.expires or self._now(), found.amount
        else:
            expires, bought = self._now() + days * DAY_S, 1
        order, amount = _order(), _number(message, "amount", self._amount(code or instance, bought))
        if not 1 <= amount <= MOST_SEATS:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"1 to {MOST_SEATS} seats")
        self._ordered(order, amount, expires, "RENEW" if days > 0 else "UNSUBSCRIBE")
        if code:
            return self._told("refreshLicenseCode", license=code, scene=scene, expireTime=_stamp(expires), **order)
        return self._told("refreshInstance", instanceId=instance, scene=scene, expireTime=_stamp(expires), **order)

    def _amount(self, name: str, bought: int) -> int:
        """Seats of a code or an instance, as the newest of its orders has them; `bought`: nobody was told of one."""
        for one in reversed(self._production.messages()):
            if one.activity in _ORDERED and name in (one.instance, *(_member(one.body, key) for key in _NAMES)):
                return int(self._book.lines(_member(one.body, "orderId"))[0]["amount"])
        return bought

    def _expire(self, message: Json) -> Json:
        """Its term ends now. The store calls nobody for that: a merchant has to ask."""
        code, _ = self._which(message)
        if not code:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="an instance ends when it is frozen or released")
        self._codes.expire(code, self._now())
        return {"message": None}

    def _status(self, message: Json, status: str) -> Json:
        code, instance = self._which(message)
        if code:
            self._codes.freeze(code, frozen=status == "FREEZE")
            return self._told("updateLicenseCodeStatus", license=code, status=status)
        return self._told("updateInstanceStatus", instanceId=instance, status=status)

    def _release(self, message: Json) -> Json:
        code, instance = self._which(message)
        if code:
            self._codes.release(code)
            return self._told("releaseLicenseCode", license=code, **_order())
        return self._told(RELEASE_INSTANCE, instanceId=instance, **_order())

    def _apply(self, message: Json) -> Json:
        _, instance = self._which(message)
        if not instance:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="a licence is applied for an instance, not for a code")
        now = self._now()
        members = {
            "instanceId": instance,
            "eventId": _text(message, "event") or secrets.token_hex(16),
            "deviceFingerprint": _text(message, "fingerprint"),
            "effectiveTime": _spaced(now),
            "expireTime": _spaced(now + _number(message, "days", 365) * DAY_S),
        }
        return {**self._told("getLicenseAsync", **members), "event": members["eventId"]}

    def _messages(self, _: Json) -> Json:
        return {"messages": [asdict(one) for one in self._production.messages()]}

    def _again(self, message: Json) -> Json:
        number = message.get("message")
        self._production.again(number if isinstance(number, int) else 0)
        return {"message": number}

    def _which(self, message: Json) -> tuple[str, str]:
        """The code, or the instance, that a request names. An instance goes by the name that the merchant gave it."""
        name = _text(message, "what")
        if self._codes.get(name) is not None:
            return name, ""
        if any(one.activity == "newInstance" and name in (one.instance, _member(one.body, "businessId")) for one in
               self._production.messages()):  # fmt: skip
            return "", name
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason="nothing of that name was bought")

    def _told(self, activity: str, **members: str) -> Json:
        return {"message": self._production.tell(activity, **members)}


def _member(body: str, key: str) -> str:
    return str(json.loads(body).get(key, ""))


def _order() -> dict[str, str]:
    order = "CSSBX" + "".join(secrets.choice("0123456789") for _ in range(10))
    return {"orderId": order, "orderLineId": f"{order}-000001"}


def _stamp(seconds: float) -> str:
    return utc(seconds).strftime("%Y%m%d%H%M%S")


def _spaced(seconds: float) -> str:
    """As the samples of getLicenseAsync show it."""
    return utc(seconds).strftime("%Y-%m-%d %H:%M:%S z")


def _number(message: Json, key: str, usual: int) -> int:
    value = message.get(key, usual)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_DAYS:
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"{key} is no number, or too large")
    return value


def _text(message: Json, key: str) -> str:
    value = message.get(key, "")
    if not isinstance(value, str) or not value.isprintable():
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"{key} is no text")
    return value
