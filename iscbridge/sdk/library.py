"""Where the shim library is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from iscbridge.core.errors import SdkError
from iscbridge.platform.native import NATIVE_DIR, library_name, native_library

__all__ = ["NATIVE_DIR", "SANDBOX_SHIM", "find_library", "native_folder"]

_STEM = "iscbridge_shim_sandbox"
SANDBOX_SHIM = library_name(_STEM)
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
    """The folder of the native libraries; it need not exist."""
    return native_library(_STEM, environment).parent
