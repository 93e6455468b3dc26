"""Tries out a shim library in a process of its own: one that crashes must not take anybody with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from iscbridge.core.errors import CODES, SdkError
from iscbridge.sdk.messages import Fatal, Loaded, read
from iscbridge.service.sdk.launch import launch_host

_LOAD_S = 30


def check_library(path: Path, sdk: str | None = None) -> str:
    """Load the library, and let it go again; gives the cloud that it leads to. Blocks, 30 s at most.

    Raises:
        SdkError: ISCB-SDK-LOAD, ISCB-SDK-ABI ...: why it can't be used.
    """
    launch = launch_host(str(path), sdk)
    try:
        found = subprocess.run(
            [launch.program, *launch.command],
            input=b"",
            capture_output=True,
            timeout=_LOAD_S,
            check=False,
            env={**os.environ, **launch.environment},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SdkError("ISCB-SDK-LOAD", path=str(path), detail=str(error)) from error
    for line in found.stdout.splitlines():
        message = read(line)
        if isinstance(message, Loaded):
            return message.cloud
        if isinstance(message, Fatal):
            raise SdkError(message.code if message.code in CODES else "ISCB-SDK-LOAD", **message.params)
    detail = found.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {found.returncode}"]
    raise SdkError("ISCB-SDK-LOAD", path=str(path), detail=detail[0])
