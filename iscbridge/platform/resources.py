"""Where the files lie that come with the program and are no code."""

from __future__ import annotations

import sys
from pathlib import Path

import iscbridge
from iscbridge.platform.program import is_frozen


def resources_folder(name: str) -> Path:
    """A folder of `resources/`, which lies beside the package: as `iscbridge_resources` where that is installed.

    It need not be there: a wheel brings the CADs' descriptions and no samples. It is no part of the package, since
    add-ins are programs for other interpreters.
    """
    # __file__ and not __path__: in an editable install the first of several paths is that of the built parts.
    beside = Path(str(iscbridge.__file__)).parents[1]
    installed = beside / "iscbridge_resources" / name
    return installed if installed.is_dir() else beside / "resources" / name


def licences_page() -> Path | None:
    """The page that names the licences of everything in the frozen product, whose texts lie beside it.

    None: this is no frozen product; Python's packages bring their texts along by themselves.
    """
    page = Path(sys.executable).parent / "licences" / "README.txt"
    return page if is_frozen() and page.is_file() else None


def client_file() -> Path:
    """The protocol's client: one file that add-ins carry a copy of."""
    return Path(str(iscbridge.__file__)).parent / "ipc" / "client.py"
