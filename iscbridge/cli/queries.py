"""jobs, job, cancel, retry, resolve, file, pause, resume, reconnect, stop: one request, one answer."""

from __future__ import annotations

from typing import Any

from iscbridge.cli import exit_codes
from iscbridge.cli.output import Output, summary
from iscbridge.cli.work import Wish, follow, refused
from iscbridge.ipc.client import BridgeError, Client

#: Copying takes as long as the drive takes; a person waits for it and can interrupt.
_RECOVER_S = 24 * 3600.0


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


def recover(client: Client, output: Output, job_id: str, folder: str) -> int:
    """Write the captured copy of a job's files where a person wants them."""
    import os

    params = {"job": job_id, "folder": os.path.abspath(folder)}
    try:
        found = client.request("job.recover", params, timeout=_RECOVER_S)
    except BridgeError as error:
        return refused(output, error, folder)
    if output.as_json:
        output.record(found)
    output.sentence("recovered", count=found["files"], path=found["path"])
    return exit_codes.DONE


def pause(client: Client, output: Output, minutes: int | None) -> int:
    """Hand nothing new over for now."""
    try:
        client.request("bridge.pause", {} if minutes is None else {"minutes": minutes})
    except BridgeError as error:
        return refused(output, error, "")
    _said(output, "paused" if minutes is None else "paused-for", minutes=minutes or 0)
    return exit_codes.DONE


def tell_bridge(client: Client, output: Output, method: str, message_id: str) -> int:
    """A request that is about the bridge itself, and a sentence on what comes of it."""
    client.request(method, {})
    _said(output, message_id)
    return exit_codes.DONE


def _said(output: Output, message_id: str, **params: object) -> None:
    if output.as_json:
        output.record({"error": None, "message": output.text(message_id, **params)})
    output.sentence(message_id, **params)
