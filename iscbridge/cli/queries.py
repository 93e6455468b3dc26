"""jobs, job, cancel, retry, resolve, file, shutdown: one request, one answer."""

from __future__ import annotations

from typing import Any

from iscbridge.cli import exit_codes
from iscbridge.cli.output import Output, summary
from iscbridge.cli.work import Wish, follow, refused
from iscbridge.ipc.client import BridgeError, Client


def jobs(client: Client, output: Output, params: dict[str, Any]) -> int:
    """The last jobs, newest first."""
    answer = client.request("job.list", params)
    for job in answer["jobs"]:
        if output.as_json:
            output.record(summary(job))
        else:
            output.listed(job)
    if not answer["jobs"]:
        output.sentence("no-jobs")
    return exit_codes.DONE


def job(client: Client, output: Output, job_id: str) -> int:
    """One job, whole."""
    try:
        found = client.request("job.get", {"job": job_id})
    except BridgeError as error:
        return refused(output, error, "")
    if output.as_json:
        output.record(found)
    else:
        output.outcome(found)
        output.details(found)
    return exit_codes.OF_STATE.get(found["state"], exit_codes.DONE)


def act(client: Client, output: Output, method: str, params: dict[str, Any], wish: Wish) -> int:
    """cancel, retry or resolve; with `wait` the job is followed to its end."""
    try:
        changed = client.request(method, params)
    except BridgeError as error:
        return refused(output, error, "")
    if wish.wait and changed["state"] not in exit_codes.OF_STATE:
        return exit_codes.most_serious(follow(client, output, {changed["job"]: changed}, wish))
    output.outcome(changed)
    return exit_codes.DONE


def file_status(client: Client, output: Output, path: str) -> int:
    """What the bridge knows of a file."""
    import os

    try:
        found = client.request("file.status", {"path": os.path.abspath(path)})
    except BridgeError as error:
        return refused(output, error, path)
    if output.as_json:
        output.record(found)
    elif found.get("job"):
        output.outcome(found["job"])
    else:
        output.sentence("never-saved", path=found["path"])
    return exit_codes.DONE
