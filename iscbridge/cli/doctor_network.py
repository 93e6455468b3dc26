"""The doctor's look at the way to the store: what the bridge that runs found when it walked it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iscbridge.ipc.client import Client

Step = dict[str, Any]

#: Longer than the bridge lets itself take.
_ANSWER_S = 45.0
#: No question of the network: the bridge is an older one, or its sandbox has no store.
_NOTHING_TO_SAY = ("ISCB-PROTO-UNKNOWN-METHOD", "ISCB-SANDBOX-NOT-RUNNING")


def ask_network(client: Client) -> list[Step]:
    """The steps of `network.test`; none if there is nothing to test.

    A bridge that can't do it gives one step that says why: what else it says must not be lost with it.
    """
    from iscbridge.ipc.client import BridgeError

    try:
        found: list[Step] = client.request("network.test", {}, timeout=_ANSWER_S).get("steps", [])
    except BridgeError as error:
        if error.code in _NOTHING_TO_SAY:
            return []
        told = {"title": error.title, "message": error.message, "remedy": error.remedy, "code": error.code}
        return [{"name": "proxy", "target": "?", "ok": False, "millis": 0, "error": told}]
    return found


def by_address(steps: list[Step]) -> Iterator[tuple[str, list[Step]]]:
    """The steps of one address after the other, with the address; each walk begins with the proxy."""
    walk: list[Step] = []
    for step in steps:
        if step["name"] == "proxy" and walk:
            yield walk[0]["target"], walk
            walk = []
        walk.append(step)
    if walk:
        yield walk[0]["target"], walk
