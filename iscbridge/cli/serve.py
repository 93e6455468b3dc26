"""`iscbridge serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.texts.render import render
from iscbridge.version import VERSION

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home
    from iscbridge.service.bridge import Bridge


def run_serve(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run the bridge until it is asked to close."""
    import os

    from iscbridge.service.process.serve import serve
    from iscbridge.service.process.setup import ServeOptions

    try:
        timings = tuple((name, float(value)) for name, value in (item.split("=", 1) for item in options.timing))
    except ValueError:
        output.complain("--timing NAME=SECONDS")
        return exit_codes.USAGE

    def ready(bridge: Bridge) -> None:
        if options.quiet:
            return
        output.sentence("serving", version=VERSION, pid=os.getpid(), cloud=bridge.config.engine.cloud)
        if bridge.damaged is not None:
            output.sentence("set-aside", path=bridge.damaged)
        for problem in bridge.config.settings.told if bridge.config.settings else ():
            shown = render(problem, output.language)
            output.complain(f"{shown.title} ({problem.code})\n  {shown.message}\n  {shown.remedy}")

    return serve(home, ServeOptions(options.library, options.sdk, timings, options.verbose), ready)
