"""Entry point of the command line, and of every process that the bridge starts in a frozen product."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit codes stand in `iscbridge.cli.exit_codes`."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] == "status":
        # Asked often, by scripts and hosts: answered without loading the parser of all commands.
        from iscbridge.cli.status import run_fast

        code = run_fast(arguments[1:])
        if code is not None:
            return code
    from iscbridge.cli.main import main as full

    return full(arguments)


if __name__ == "__main__":
    sys.exit(main())
