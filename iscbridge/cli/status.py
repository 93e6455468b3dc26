"""`iscbridge status`. With `--json` as the only option it is answered on a path that loads almost nothing."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing costs this command half of its start-up time
if TYPE_CHECKING:
    from typing import Any

    from iscbridge.cli.output import Output

_NOT_RUNNING = 3
_HELLO = b'{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":{"protocol":1,"host":"iscbridge-cli","instance":"cli-status"}}\n'
_STATUS = b'{"jsonrpc":"2.0","id":2,"method":"bridge.status","params":{}}\n'
_RESULT = b'"result":'


def run_fast(arguments: list[str]) -> int | None:
    """Answer `status --json`; None when the full command line has to do it.

    The bridge's own answer is printed as it came: it is one JSON object on one line already.
    """
    if arguments != ["--json"] or sys.platform == "win32":
        return None
    import socket

    from iscbridge.platform.folders import Home

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        try:
            connection.connect(Home.from_environment().bridge_address())
            connection.sendall(_HELLO + _STATUS)
            reader = connection.makefile("rb")
            reader.readline()
            answer = reader.readline()
        except OSError:
            return None
    start = answer.find(_RESULT)
    if start < 0 or not answer.endswith(b"}\n"):
        return None
    sys.stdout.buffer.write(answer[start + len(_RESULT) : -2] + b"\n")
    sys.stdout.buffer.flush()
    return 0


def show(output: Output, status: dict[str, Any]) -> int:
    """Print the bridge's status."""
    if output.as_json:
        output.record(status)
        return 0
    if status.get("closing"):
        output.sentence("closing")
    output.sentence("running", pid=status["pid"], cloud=status["cloud"])
    output.sentence("socket", socket=status["socket"])
    for session in status["sessions"]:
        output.sentence("session", session=session["session"], state=session["state"])
        if session.get("error"):
            output.sentence("warning", title=session["error"]["title"], message=session["error"]["message"])
    counts = status.get("jobs", {})
    from iscbridge.cli.texts import say

    shown = ", ".join(f"{state}: {count}" for state, count in counts.items() if count)
    output.sentence("under-way", jobs=shown or say("nothing", output.language))
    for warning in status.get("warnings", ()):
        output.sentence("warning", title=warning["title"], message=warning["message"])
    return 0
