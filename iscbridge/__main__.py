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
    if arguments and arguments[0] == "tray":
        # The icon before everything else, the parser included.
        _end_at_once_if_asked()
        from iscbridge.cli.tray import run_fast as run_tray

        code = run_tray(arguments[1:])
        if code is not None:
            return code
    if arguments and arguments[0] in _PROCESSES:
        return _run_process(arguments)
    from iscbridge.cli.main import main as full

    return full(arguments)


def _end_at_once_if_asked() -> None:
    """Until the tray listens itself, nothing has begun that would need an orderly end.

    Ctrl+C would raise in the middle of Qt's own Python, which drops it: the tray would go on as if nobody had asked.
    """
    import os
    import signal

    def end(_number: int, _frame: object) -> None:
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


#: First arguments by which a frozen program, which has no Python to run a module with, becomes one of our processes.
_PROCESSES = ("sdk-host", "sandbox-desk", "sandbox-store")


def _run_process(arguments: list[str]) -> int:
    if arguments[0] == "sdk-host":
        from iscbridge.sdk.host import run

        run(arguments[1:])  # ends the process itself
        return 0
    if arguments[0] == "sandbox-store":
        from iscbridge.sandbox.store.__main__ import main as store

        return store(arguments[1:])
    from iscbridge.sandbox.desk import main as desk

    return desk(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
