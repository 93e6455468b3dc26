"""How this bridge is started again, left in the profile for hosts that find none running (`docs/protocol.md`, section 1)."""

from __future__ import annotations

import json
import logging
from contextlib import suppress

from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private
from iscbridge.platform.program import own_command

log = logging.getLogger(__name__)


def leave_start_command(home: Home) -> None:
    """Write `start.json` unless it says so already. A profile that can't be written keeps nobody from starting."""
    command = own_command("tray", "--quiet", windowed=True)
    content = (json.dumps({"form": 1, "command": command}, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    with suppress(OSError):
        if home.start.read_bytes() == content:
            return
    try:
        write_private(str(home.start), content)
    except OSError as error:
        log.warning("start.json can't be written: %s", error)
