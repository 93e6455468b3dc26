"""`iscbridge status`. With `--json` as the only option it is answered on a path that loads almost nothing."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing costs this command half of its start-up time
if TYPE_CHECKING:
    from typing import Any

    from iscbridge.cli.output import Output
    from iscbridge.texts.render import Language


def run_fast(arguments: list[str]) -> int | None:
    """Answer `status --json`; None when the full command line has to do it, or has to say what is wrong.

    The bridge's own answer is printed as it came: it is one JSON object on one line already.
    """
    if arguments != ["--json"]:
        return None
    from iscbridge.ipc.client import BridgeError, find_address
    from iscbridge.ipc.quick import ask

    try:
        answer = ask("bridge.status", find_address(), host="iscbridge-cli")
    except BridgeError:
        return None
    sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.buffer.flush()
    return 0


def session_words(session: dict[str, Any], language: Language) -> str:
    """What a connection to ISCDesk is for, and how it stands. Names of a newer bridge are given as they came."""
    from iscbridge.texts.render import text

    names = "settings.cloud.state.", "settings.cloud.session."
    state = text(names[0] + session["state"], language).removeprefix(names[0])
    line = text(names[1] + session["session"], language, state=state)
    return f"{session['session']}: {state}" if line.startswith(names[1]) else line


def _state_words(state: str, output: Output) -> str:
    from iscbridge.texts.render import text

    return text(f"state.{state}", output.language)


def show(output: Output, status: dict[str, Any]) -> int:
    """Print the bridge's status."""
    if output.as_json:
        output.record(status)
        return 0
    if status.get("closing"):
        output.sentence("closing")
    output.sentence("running", pid=status["pid"], cloud=status["cloud"])
    output.sentence("socket", socket=status["socket"])
    if status.get("paused"):
        from iscbridge.cli.output import local_time

        until = status.get("pausedUntil")
        output.sentence("paused-now" if until is None else "paused-until", time=until and local_time(until))
    for session in status["sessions"]:
        output.sentence("session", session=session_words(session, output.language))
        if session.get("error"):
            output.sentence("warning", title=session["error"]["title"], message=session["error"]["message"])
    counts = status.get("jobs", {})
    shown = [output.text("count", state=_state_words(state, output), count=n) for state, n in counts.items() if n]
    output.sentence("under-way", jobs=", ".join(shown) or output.text("nothing"))
    for warning in status.get("warnings", ()):
        output.sentence("warning", title=warning["title"], message=warning["message"])
    return 0
