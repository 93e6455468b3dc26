"""Opening a delivered file in a CAD: `iscbridge hosts open`, and `iscbridge open --with`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.hosts.opening import open_in

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home


def open_with(host: str, path: str, home: Home, output: Output) -> int:
    """Start the CAD with the file; returns the exit code.

    Raises:
        BridgeError: what kept it from being opened.
    """
    opened = open_in(home, host, path)
    if output.as_json:
        output.record({"host": host, "program": opened.program, "path": opened.path})
    output.sentence("hosts-opened", program=opened.program, path=opened.path)
    return exit_codes.DONE
