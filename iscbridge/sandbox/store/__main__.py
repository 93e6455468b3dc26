"""The sandbox store: stand-in for the licence interfaces of the store's Open API, a process of its own.

    python -m iscbridge.sandbox.store --home HOME [--log FILE]

HTTPS on loopback only; it talks to nobody by itself. Needs the packages of the extra `sandbox`. Exit codes: 1 it
can't run, 3 another store runs on this profile, 4 packages are missing.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import sys
from collections.abc import Sequence

from iscbridge.core.errors import SandboxError
from iscbridge.platform.folders import Home
from iscbridge.sandbox.store.extra import check_extra

NO_EXTRA = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a store until it is told to stop. Returns the process's exit code."""
    options = _parse(arguments)
    if options.log:
        _write_to(options.log)
    try:
        check_extra()
    except SandboxError as error:
        from iscbridge.texts.render import choose_language, render

        shown = render(error.info, choose_language())
        sys.stderr.write(f"{shown.title} ({error.code})\n  {shown.message}\n  {shown.remedy}\n")
        return NO_EXTRA
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from iscbridge.sandbox.store.process import run

    return run(Home(options.home))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="iscbridge.sandbox.store", description="The sandbox store.")
    parser.add_argument("--home", required=True, help="folder of the profile")
    parser.add_argument("--log", help="file that gets what would be printed")
    return parser.parse_args(arguments)


def _write_to(path: str) -> None:
    """Append everything printed from here on to a file, also by a crash (as the desk does it, and why)."""
    with open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    faulthandler.enable()


if __name__ == "__main__":
    sys.exit(main())
