"""`iscbridge check`: an assembly before its save, file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.work import refused
from iscbridge.ipc.client import BridgeError

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.ipc.client import Client


#: A state of a newer bridge is shown as it came.
_STATES = {
    "new": "part.new",
    "changed": "part.changed",
    "unchanged": "part.unchanged",
    "missing": "part.missing",
    "tooLong": "part.tooLong",
    "collision": "part.collision",
    "unreadable": "part.unreadable",
    "outside": "part.outside",
}


def check(client: Client, output: Output, params: dict[str, Any]) -> int:
    """Look, print each file and the verdict; exit code 5 if a save would be refused."""
    try:
        found = client.request("assembly.check", params)
    except BridgeError as error:
        return refused(output, error, params["path"])
    if output.as_json:
        output.record(found)
    else:
        _show(output, found)
    return exit_codes.DONE if found["ready"] else exit_codes.REFUSED


def _show(output: Output, found: dict[str, Any]) -> None:
    for part in found["files"]:
        word = _STATES.get(part["state"])
        output.sentence("check-line", state=output.text(word) if word else part["state"], path=part["path"])
        if part.get("error"):
            output.sentence("check-why", message=part["error"]["message"])
    if found.get("more"):
        output.sentence("check-more", count=found["more"])
    error = found.get("error")
    if error is None:
        output.sentence("check-ready")
    else:
        output.complain(f"{error['title']} ({error['code']})")
        output.complain("  " + error["message"])
        output.complain("  " + error["remedy"])
