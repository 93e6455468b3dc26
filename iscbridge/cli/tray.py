"""`iscbridge tray`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home


def run_tray(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run the tray until it is quit; if one runs already, ask it to show the window."""
    from iscbridge.tray.app import TrayOptions
    from iscbridge.tray.app import run_tray as run

    try:
        timings = tuple((name, float(value)) for name, value in (item.split("=", 1) for item in options.timing))
    except ValueError:
        output.complain("--timing NAME=SECONDS")
        return exit_codes.USAGE
    wanted = TrayOptions(options.window or "", options.quiet, options.library, options.sdk, timings, options.verbose)
    return run(home, output.language, wanted)
