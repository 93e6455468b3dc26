"""One tray per profile: who comes second asks the first to show a window."""

from __future__ import annotations

import time

from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock, holder
from iscbridge.version import VERSION

#: The first one may just be starting: its bridge listens some seconds later on a slow disk.
PATIENCE_S = 20.0
_PAUSE_S = 0.1
#: The first one is there and can't be asked yet.
_LATER = frozenset(
    {
        "ISCB-BRIDGE-NOT-RUNNING",
        "ISCB-BRIDGE-NO-TRAY",
        "ISCB-BRIDGE-TIMEOUT",
        "ISCB-PROTO-CLOSED",
        "ISCB-BRIDGE-CLOSING",
    }
)


def tray_lock(home: Home) -> ProfileLock:
    """The lock that the one tray of a profile holds, whether the bridge is its own or a headless one's."""
    return ProfileLock(home.root / "tray.lock")


def show_running(home: Home, window: str, patience_s: float = PATIENCE_S) -> None:
    """Ask the tray that runs to show a window.

    Raises:
        BridgeRunError: ISCB-BRIDGE-SECOND: it runs and can't be asked, for example in another session of this user.
        BlockingIOError: it has ended meanwhile: start in its place.
    """
    # Here, and not above: whoever is first needs neither, and its icon would wait for them.
    from iscbridge.core.errors import BridgeRunError
    from iscbridge.ipc.client import BridgeError as ClientError

    deadline = time.monotonic() + patience_s
    while True:
        try:
            _ask(home, window)
        except ClientError as error:
            if error.code not in _LATER:
                raise BridgeRunError("ISCB-BRIDGE-SECOND", pid=str(holder_of_tray(home))) from error
        else:
            return
        other = holder_of_tray(home)
        if other is None:
            raise BlockingIOError
        if time.monotonic() > deadline:
            raise BridgeRunError("ISCB-BRIDGE-SECOND", pid=str(other))
        time.sleep(_PAUSE_S)


def holder_of_tray(home: Home) -> int | None:
    """Process id of the tray that runs; None if none does."""
    return holder(home.root / "tray.lock")


def _ask(home: Home, window: str) -> None:
    from iscbridge.ipc.client import Client

    client = Client("iscbridge-tray", address=home.bridge_address(), timeout=5.0, hostVersion=VERSION, events=[])
    try:
        client.connect()
        client.request("tray.show", {"window": window} if window else {})
    finally:
        client.close()
