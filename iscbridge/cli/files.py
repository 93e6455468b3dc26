"""files: the working files, and what can be done with one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.work import Wish, follow, refused
from iscbridge.ipc.client import BridgeError
from iscbridge.texts.render import text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from iscbridge.cli.output import Output
    from iscbridge.ipc.client import Client

_PAGE = 500
#: What `--changed` shows: the cloud does not have it as it is.
_NOT_SAVED = ("changed", "changing")


def run_files(options: argparse.Namespace, client: Client, output: Output) -> int:
    """Do what stands behind `files`; returns the exit code."""
    if options.action == "save":
        return _save(client, output, options.paths, Wish(options.wait, options.timeout))
    if options.action == "forget":
        return _each(output, options.paths, lambda path: _forget(client, output, path))
    if options.action == "policy":
        return _each(output, [options.path], lambda path: _policy(client, output, path, options.policy))
    return _list(client, output, changed=options.changed, part=options.text)


def _list(client: Client, output: Output, *, changed: bool, part: str | None) -> int:
    params: dict[str, Any] = {"limit": _PAGE}
    if changed:
        params["states"] = list(_NOT_SAVED)
    if part is not None:
        params["text"] = part
    count = 0
    while True:
        answer = client.request("workfile.list", params)
        for file in answer["files"]:
            count += 1
            _show(output, file)
        if "next" not in answer:
            break
        params["after"] = answer["next"]
    if not answer["watching"]:
        output.sentence("files-off")
    elif count == 0:
        output.sentence("no-files")
    return exit_codes.DONE


def _show(output: Output, file: dict[str, Any]) -> None:
    if output.as_json:
        output.record(file)
        return
    state = "locked" if file.get("locked") and file["state"] == "changed" else file["state"]
    policy = file.get("policy")
    detail = "" if policy is None else " (" + text(f"workfiles.policy.{policy}", output.language) + ")"
    shown = text(f"workfiles.state.{state}", output.language)
    output.sentence("file-line", path=file["path"], state=shown, detail=detail)


def _save(client: Client, output: Output, paths: list[str], wish: Wish) -> int:
    codes: list[int] = []
    jobs: dict[str, dict[str, Any]] = {}
    for given in paths:
        path = os.path.abspath(given)
        try:
            job = client.request("workfile.save", {"path": path})
        except BridgeError as error:
            codes.append(refused(output, error, path))
        else:
            jobs[job["job"]] = job
    codes += follow(client, output, jobs, wish)
    return exit_codes.most_serious(codes) or max(codes, default=exit_codes.DONE)


def _each(output: Output, paths: list[str], act: Callable[[str], None]) -> int:
    codes = []
    for given in paths:
        path = os.path.abspath(given)
        try:
            act(path)
        except BridgeError as error:
            codes.append(refused(output, error, path))
    return max(codes, default=exit_codes.DONE)


def _forget(client: Client, output: Output, path: str) -> None:
    client.request("workfile.forget", {"path": path})
    if output.as_json:
        output.record({"path": path, "watched": False})
    else:
        output.sentence("file-forgotten", path=path)


def _policy(client: Client, output: Output, path: str, policy: str) -> None:
    own = {} if policy == "common" else {"policy": policy}
    client.request("workfile.policy", {"path": path, **own})
    if output.as_json:
        output.record({"path": path, "policy": policy})
    else:
        output.sentence("file-policy", path=path, policy=text(f"workfiles.policy.{policy}", output.language))
