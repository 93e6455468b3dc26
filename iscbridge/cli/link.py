"""The command line's connection to the bridge, and starting one that is not there."""

from __future__ import annotations

import os
import subprocess
import time

from iscbridge.cli.output import Output
from iscbridge.ipc.client import Client, NotRunningError
from iscbridge.platform.elevation import refuse_elevated
from iscbridge.platform.folders import Home
from iscbridge.platform.processes import DETACHED
from iscbridge.platform.program import own_command
from iscbridge.version import VERSION

_START_S = 30.0
_POLL_S = 0.05
#: Every answer comes from memory or the journal; a bridge that takes longer has a disk that hangs.
_ANSWER_S = 60.0


def connect(home: Home, output: Output, *, start: bool = False, follow_all: bool = False) -> Client:
    """A connection that has said hello.

    Raises:
        NotRunningError: nobody listens (and none was to be started, or it did not come up).
        BridgeRunError: ISCB-BRIDGE-ELEVATED: none runs, and none is started from here.
    """
    try:
        return _connect(home, output, follow_all)
    except NotRunningError:
        if not start:
            raise
    start_bridge(home)
    deadline = time.monotonic() + _START_S
    while True:
        try:
            return _connect(home, output, follow_all)
        except NotRunningError:
            if time.monotonic() > deadline:
                log = os.path.join(home.root, "logs", "bridge.log")
                output.complain(output.text("start-failed", seconds=int(_START_S), path=log))
                raise
            time.sleep(_POLL_S)


def _connect(home: Home, output: Output, follow_all: bool) -> Client:
    client = Client(
        "iscbridge-cli",
        address=home.bridge_address(),
        timeout=_ANSWER_S,
        hostVersion=VERSION,
        language=output.language,
        all=follow_all,
    )
    client.connect()
    return client


def start_bridge(home: Home) -> None:
    """Start `iscbridge serve` as a process of its own that outlives this one.

    Raises:
        BridgeRunError: ISCB-BRIDGE-ELEVATED: it would have this process's rights.
    """
    refuse_elevated()
    environment = dict(os.environ, ISCBRIDGE_HOME=str(home.root))
    command = own_command("serve", "--quiet")
    subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=DETACHED,
        close_fds=True,
    )
