"""save, save-as, open: ask for jobs and follow them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from iscbridge.cli import exit_codes
from iscbridge.cli.output import Job, Output
from iscbridge.ipc.client import BridgeError, Client, ConnectionLostError
from iscbridge.texts.render import text

_FINAL = frozenset({"done", "failed", "refused", "cancelled", "replaced", "unknown"})
_SAFE = frozenset({"captured", "waiting", "submitted"})
#: Notifications tell of every change; this is only how often a lost one would be noticed.
_LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How long to stay with the jobs. Without `wait` a save is left once its bytes are safe, an open once it is accepted."""

    wait: bool
    timeout: float | None


def save(client: Client, output: Output, paths: list[str], method: str, options: dict[str, Any], wish: Wish) -> int:
    """Ask for one job per path; returns the exit code."""
    codes: list[int] = []
    jobs: dict[str, Job] = {}
    for given in paths:
        path = os.path.abspath(given) if given else given
        try:
            job = client.request(method, {"path": path, **options})
        except BridgeError as error:
            codes.append(refused(output, error, path))
            continue
        jobs[job["job"]] = job
    return exit_codes.most_serious(codes + follow(client, output, jobs, wish)) or _usage(codes)


def _usage(codes: list[int]) -> int:
    return exit_codes.USAGE if exit_codes.USAGE in codes else exit_codes.DONE


def open_from_cloud(client: Client, output: Output, wish: Wish) -> tuple[int, str]:
    """Ask for the dialog of the desk; returns the exit code, and the job (empty: there is none)."""
    try:
        job = client.request("cloud.open", {})
    except BridgeError as error:
        return refused(output, error, ""), ""
    return exit_codes.most_serious(follow(client, output, {job["job"]: job}, wish)), job["job"]


def refused(output: Output, error: BridgeError, path: str) -> int:
    """A request that did not become a job."""
    if output.as_json:
        record = {
            "job": None,
            "state": "refused",
            "path": path,
            "cloud": None,
            "error": error.code,
            "message": error.message,
            "remedy": error.remedy,
        }
        output.record(record)
    else:
        output.complain(f"{path}: {error.title} ({error.code})" if path else f"{error.title} ({error.code})")
        output.complain("  " + error.message)
        if error.remedy:
            output.complain("  " + error.remedy)
    return exit_codes.USAGE if error.code.startswith("ISCB-REQ-") else exit_codes.REFUSED


def follow(client: Client, output: Output, jobs: dict[str, Job], wish: Wish) -> list[int]:
    """Stay with the jobs as long as wished; gives their exit codes."""
    codes: list[int] = []
    deadline = None if wish.timeout is None else time.monotonic() + wish.timeout
    for job in list(jobs.values()):
        _settle(output, jobs, job, wish, codes)
    while jobs:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            return codes + [_give_up(output, job, wish) for job in jobs.values()]
        for job in _news(client, jobs, _LOOK_S if left is None else min(left, _LOOK_S)):
            if job["job"] in jobs and job != jobs[job["job"]]:
                jobs[job["job"]] = job
                _settle(output, jobs, job, wish, codes)
    return codes


def _news(client: Client, jobs: dict[str, Job], wait_s: float) -> list[Job]:
    """Jobs that changed; after a silence all of them, in case a notification was lost."""
    news = client.poll(wait_s)
    if not news:
        return [client.request("job.get", {"job": job_id}) for job_id in list(jobs)]
    if any(topic == "bridge.closing" for topic, _ in news):
        raise ConnectionLostError
    return [params for topic, params in news if topic == "job.changed"]


def _settle(output: Output, jobs: dict[str, Job], job: Job, wish: Wish, codes: list[int]) -> None:
    state = job["state"]
    if state in _FINAL:
        codes.append(exit_codes.OF_STATE[state])
    elif not wish.wait and (state in _SAFE or job["kind"] == "open"):
        codes.append(exit_codes.DONE)
    else:
        output.progress(job)
        return
    output.outcome(job)
    del jobs[job["job"]]


def _give_up(output: Output, job: Job, wish: Wish) -> int:
    output.outcome(job)
    state = text(f"state.{job['state']}", output.language)
    seconds = f"{wish.timeout:g}"
    output.sentence("timed-out", name=output.name_of(job), state=state, seconds=seconds, job=job["job"])
    return exit_codes.TIMEOUT
