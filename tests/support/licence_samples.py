"""Licence objects as they stand on the wire, for windows that show them."""

from __future__ import annotations

import datetime as dt
from typing import Any

ALL = {"newSave": True, "openedSave": True, "open": True}
NONE = {"newSave": False, "openedSave": False, "open": False}


def day(days: float) -> str:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def licence(**changes: Any) -> dict[str, Any]:
    """A licence object that is active; a member that is None is left out."""
    made = {
        "product": "AcmeCAD",
        "managed": True,
        "state": "active",
        "allowed": ALL,
        "checking": False,
        "cloud": "sandbox",
        "code": "PL****001",
        "authority": "store",
        "activated": day(-40),
        "checked": day(-9),
        "graceEnds": day(5.5),
        "expires": day(200.5),
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def fresh(**changes: Any) -> dict[str, Any]:
    """A licence object without any code."""
    gone = dict.fromkeys(("code", "activated", "checked", "graceEnds", "expires"))
    return licence(**{**gone, "state": "not_activated", "allowed": NONE, **changes})
