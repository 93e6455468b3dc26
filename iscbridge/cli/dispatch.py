"""The commands that talk to a running bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iscbridge.cli import assemblies, exit_codes, queries, status, work
from iscbridge.cli.link import connect
from iscbridge.cli.work import Wish
from iscbridge.ipc.client import BridgeError, ConnectionLostError, NotRunningError

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.ipc.client import Client
    from iscbridge.platform.folders import Home


def run_client_command(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Connect, run the command, say in words what went wrong with the connection."""
    try:
        client = connect(home, output, start=options.start)
    except NotRunningError as error:
        return _unreachable(output, error.code, "not-running")
    try:
        return _run(options, home, client, output)
    except ConnectionLostError as error:
        return _unreachable(output, error.code, "lost-bridge")
    except BridgeError as error:
        return work.refused(output, error, "")
    finally:
        client.close()


def _unreachable(output: Output, code: str, message_id: str) -> int:
    """No bridge answers, or no longer."""
    words = output.text(message_id)
    if output.as_json:
        record = {"job": None, "state": None, "path": "", "cloud": None, "error": code, "message": words}
        output.record(record)
    else:
        output.complain(words)
    return exit_codes.NOT_RUNNING


def _run(options: argparse.Namespace, home: Home, client: Client, output: Output) -> int:
    command = options.command
    wish = Wish(getattr(options, "wait", False), getattr(options, "timeout", None))
    if command in ("save", "save-as"):
        method = "cloud.save" if command == "save" else "cloud.saveAs"
        return work.save(client, output, options.paths, method, _save_options(options), wish)
    if command == "solve":
        return work.save(client, output, options.paths, "cloud.solve", {}, wish)
    if command == "open":
        if options.host:
            return _open_with(options.host, home, client, output, wish)
        return work.open_from_cloud(client, output, wish)[0]
    if command == "jobs":
        params = {"limit": options.limit, "states": options.states, "text": options.text}
        return queries.jobs(client, output, {k: v for k, v in params.items() if v is not None})
    if command == "job":
        return queries.job(client, output, options.job)
    if command == "resolve":
        return queries.act(client, output, "job.resolve", {"job": options.job, "answer": options.answer}, wish)
    if command in ("cancel", "retry"):
        return queries.act(client, output, f"job.{command}", {"job": options.job}, wish)
    if command == "status":
        return status.show(output, client.request("bridge.status", {}))
    if command == "files":
        from iscbridge.cli.files import run_files

        return run_files(options, client, output)
    if command == "file":
        return queries.file_status(client, output, options.path)
    if command == "check":
        return assemblies.check(client, output, _check_options(options))
    if command == "recover":
        return queries.recover(client, output, options.job, options.folder)
    if command == "pause":
        return queries.pause(client, output, options.minutes)
    if command == "resume":
        return queries.tell_bridge(client, output, "bridge.resume", "resumed")
    if command == "reconnect":
        return queries.tell_bridge(client, output, "bridge.reconnect", "reconnecting")
    return queries.tell_bridge(client, output, "bridge.shutdown", "stopping")


def _open_with(host: str, home: Home, client: Client, output: Output, wish: Wish) -> int:
    from iscbridge.cli.hosts_open import open_with
    from iscbridge.core.errors import BridgeError as OwnError

    code, job = work.open_from_cloud(client, output, Wish(wait=True, timeout=wish.timeout))
    path = client.request("job.get", {"job": job}).get("resultPath") if job and code == exit_codes.DONE else None
    if not path:
        return code
    try:
        return open_with(host, path, home, output)
    except OwnError as error:
        from iscbridge.cli.main import complain

        return complain(error, output)


def _check_options(options: argparse.Namespace) -> dict[str, Any]:
    import os

    found: dict[str, Any] = {"path": os.path.abspath(options.path)}
    if options.files:
        found["files"] = [os.path.abspath(path) for path in options.files]
    if options.manifest:
        found["manifest"] = os.path.abspath(options.manifest)
    return found


def _save_options(options: argparse.Namespace) -> dict[str, Any]:
    import os

    found: dict[str, Any] = {}
    if options.assembly:
        found["assembly"] = True
    if options.files:
        found["files"] = [os.path.abspath(path) for path in options.files]
    if options.manifest:
        found["manifest"] = os.path.abspath(options.manifest)
    if options.force:
        found["force"] = True
    if options.request_id:
        found["requestId"] = options.request_id
    return found
