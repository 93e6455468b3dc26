"""What a scripted link answers to the questions of the shell: a bridge at rest, and how it is changed."""

from __future__ import annotations

from typing import Any

STATUS: dict[str, Any] = {
    "version": "9.9",
    "protocol": 1,
    "cloud": "sandbox",
    "pid": 1,
    "socket": "/s",
    "home": "/h",
    "started": "2026-01-01T00:00:00.000Z",
    "closing": False,
    "clients": 1,
    "jobs": {},
    "sessions": [],
    "warnings": [],
    "paused": False,
    "hosts": [],
    "tray": True,
}


def job(number: int, state: str = "done", kind: str = "save", **members: Any) -> dict[str, Any]:
    """A job as it stands on the wire; a later number is a later job."""
    return {
        "job": f"j{number}",
        "kind": kind,
        "state": state,
        "path": f"/cad/part{number}.FCStd",
        "assembly": False,
        "cloud": "sandbox",
        "created": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "updated": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.500Z",
        "notes": [],
        **members,
    }


def script(listed: list[dict[str, Any]] | None = None, **status: Any) -> dict[str, Any]:
    """Answers for the keeper of the facts; `status` are members of `bridge.status`."""
    return {
        "bridge.status": {**STATUS, **status},
        "license.status": {"licenses": []},
        "job.list": {"jobs": list(reversed(listed or []))},
        "workfile.list": {"files": [], "counts": {}, "watching": True},
        "job.cancel": job(1, "cancelled"),
        "cloud.open": job(2, "accepted", "open"),
        "bridge.reconnect": {},
        "bridge.pause": {},
        "bridge.resume": {},
    }
