"""What a scripted link answers about jobs: a list that a test changes, searched and paged as the bridge does it."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import error_to_wire
from iscbridge.tray.link import LinkState
from support.scripted_link import ScriptedLink


def wire_job(number: int, state: str = "done", **members: Any) -> dict[str, Any]:
    """A job as it stands on the wire; the number tells its age: the higher, the newer."""
    code = members.pop("code", None)
    if code is not None:
        members["error"] = msgspec.to_builtins(error_to_wire(ErrorInfo(code, {}), "en"))
    at = f"2026-11-22T{9 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
    job = {
        "job": f"j{number:06}",
        "kind": "save",
        "state": state,
        "path": os.path.join(os.path.abspath(os.sep), "work", f"part-{number}.FCStd"),
        "assembly": False,
        "cloud": "sandbox",
        "created": at,
        "updated": at,
        "notes": [],
        "host": "FreeCAD",
    }
    return {**job, **members}


class JobServer:
    """The bridge's side."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.histories: dict[str, dict[str, Any]] = {}
        self.page = 500
        self.link = ScriptedLink(
            {
                "job.list": self.list,
                "job.get": self.get,
                "job.history": self.history,
                **{f"job.{verb}": self.get for verb in ("cancel", "retry", "resolve")},
                "bridge.reconnect": {},
            }
        )

    def put(self, *jobs: dict[str, Any]) -> None:
        """Jobs that the bridge has, without telling of them."""
        self.jobs.update({job["job"]: job for job in jobs})

    def tell(self, job: dict[str, Any]) -> None:
        """A job changes, and the bridge tells it. What was asked before is answered before, as the job was then."""
        while self.link._open:
            self.link._answer()
        self.put(job)
        self.link.tell("job.changed", **job)

    def lose(self) -> None:
        """The connection ends: what was asked fails, as with the real link."""
        self.link.set_state(LinkState.LOST)
        waiting, self.link._open = self.link._open, {}
        for reply, _ in waiting.values():
            reply.failed.emit(error_to_wire(ErrorInfo("ISCB-PROTO-CLOSED"), "en"))

    def get(self, params: Any) -> Any:
        return self.jobs.get(params["job"]) or ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": params["job"]})

    def history(self, params: Any) -> Any:
        if params["job"] not in self.jobs:
            return ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": params["job"]})
        return {"job": self.jobs[params["job"]], "steps": [], "files": [], **self.histories.get(params["job"], {})}

    def list(self, params: Any) -> Any:
        states, text = params.get("states"), params.get("text", "").casefold()
        found = [
            job
            for job in sorted(self.jobs.values(), key=lambda job: (job["created"], job["job"]), reverse=True)
            if (states is None or job["state"] in states)
            and text in f"{job['path']}\n{job['job']}\n{job.get('host', '')}".casefold()
        ]
        if "before" in params:
            edge = self.jobs[params["before"]]
            found = [job for job in found if (job["created"], job["job"]) < (edge["created"], edge["job"])]
        page = found[: min(self.page, params["limit"])]
        return {"jobs": page, **({"next": page[-1]["job"]} if len(found) > len(page) else {})}
