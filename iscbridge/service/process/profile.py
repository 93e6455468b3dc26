"""The start of a process that has a profile to itself: its folders, its lock, its log file.

Loads little: the tray does this before its icon is there.
"""

from __future__ import annotations

import logging

from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock

_LOG_BYTES = 2_000_000
_LOG_FILES = 5


def take_profile(home: Home, *, verbose: bool = False) -> ProfileLock:
    """Make the profile's folders, take its lock, and begin to log into its file.

    Raises:
        BridgeError: ISCB-BRIDGE-SECOND: another bridge has the profile; or its folder can't be used.
    """
    lock = lock_profile(home)
    start_logging(home, verbose=verbose)
    return lock


def lock_profile(home: Home) -> ProfileLock:
    """The same without the log."""
    lock = ProfileLock(home.lock)
    try:
        home.ensure()
        lock.acquire()
    except OSError as error:
        from iscbridge.platform.faults import store_error

        raise store_error(error, str(home.root)) from error
    return lock


def start_logging(home: Home, name: str = "bridge.log", *, verbose: bool = False) -> None:
    """One file that only this process writes, of bounded size; owner-only like all of the profile.

    Raises:
        BridgeError: its folder can't be made.
    """
    try:
        home.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        from iscbridge.platform.faults import store_error

        raise store_error(error, str(home.root)) from error
    from iscbridge.service.process.log_file import LogFile

    logging.raiseExceptions = False  # a log that can't be written (the disk is full) is no news for standard error
    handlers: list[logging.Handler] = [LogFile(home.logs / name, _LOG_BYTES, _LOG_FILES)]
    if verbose:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
