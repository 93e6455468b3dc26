"""The start of a process that has a profile to itself: its folders, its lock, its log file.

Loads little: the tray does this before its icon is there.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from iscbridge.platform.faults import store_error
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock

_LOG_BYTES = 2_000_000
_LOG_FILES = 5


def take_profile(home: Home, *, verbose: bool = False) -> ProfileLock:
    """Make the profile's folders, take its lock, and begin to log into its file.

    Raises:
        BridgeError: ISCB-BRIDGE-SECOND: another bridge has the profile; or its folder can't be used.
    """
    lock = ProfileLock(home.lock)
    try:
        home.ensure()
        lock.acquire()
        start_logging(home.logs / "bridge.log", verbose=verbose)
    except OSError as error:
        lock.release()
        raise store_error(error, str(home.root)) from error
    return lock


def start_logging(path: Path, *, verbose: bool = False) -> None:
    """One file that only this process writes, of bounded size; owner-only like all of the profile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.raiseExceptions = False  # a log that can't be written (the disk is full) is no news for standard error
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
    )
    handlers: list[logging.Handler] = [handler]
    if verbose:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
