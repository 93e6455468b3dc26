"""Where the shim library is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from iscbridge.core.errors import SdkError

NATIVE_DIR = "ISCBRIDGE_NATIVE_DIR"
"""Environment variable: folder of the native libraries, in place of the packaged one (development)."""

SANDBOX_SHIM = "iscbridge_shim_sandbox.dll" if sys.platform == "win32" else "libiscbridge_shim_sandbox.so"
"""The shim that is built against our own stand-in for the SDK."""


def find_library(explicit: str | None, environment: Mapping[str, str]) -> Path:
    """The shim to load: the one that was named, else the packaged sandbox shim.

    Raises:
        SdkError: ISCB-SDK-LOAD if the named one is no file, ISCB-SDK-NOT-CONFIGURED if there is none.
    """
    if explicit:
        path = Path(explicit).absolute()
        if not path.is_file():
            raise SdkError("ISCB-SDK-LOAD", path=str(path), detail="there is no such file")
        return path
    path = native_folder(environment) / SANDBOX_SHIM
    if not path.is_file():
        raise SdkError("ISCB-SDK-NOT-CONFIGURED", path=str(path))
    return path


def native_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the native libraries; it need not exist.

    Found as a resource, because an editable install keeps it apart from the sources.
    """
    override = environment.get(NATIVE_DIR)
    if override:
        return Path(override).absolute()
    return Path(str(files("iscbridge").joinpath("native_lib", SANDBOX_SHIM))).parent
