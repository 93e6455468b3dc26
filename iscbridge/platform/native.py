"""Where the native libraries are."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

NATIVE_DIR = "ISCBRIDGE_NATIVE_DIR"
"""Environment variable: folder of the native libraries, in place of the packaged one (development)."""


def library_name(stem: str) -> str:
    """The file name that a library of ours has on this system."""
    return f"{stem}.dll" if sys.platform == "win32" else f"lib{stem}.so"


def native_library(stem: str, environment: Mapping[str, str]) -> Path:
    """Where one of our libraries lies; it need not exist.

    Found as a resource, because an editable install keeps the libraries apart from the sources.
    """
    name = library_name(stem)
    override = environment.get(NATIVE_DIR)
    if override:
        return Path(override).absolute() / name
    return Path(str(files("iscbridge").joinpath("native_lib", name)))
