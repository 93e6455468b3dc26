"""Where the files lie that come with the program and are no code."""

from __future__ import annotations

from pathlib import Path

import iscbridge


def resources_folder(name: str) -> Path:
    """A folder of `resources/`: in the package where it is installed, beside it in a source checkout.

    It need not be there: a wheel brings the CADs' descriptions and no samples.
    """
    # __file__ and not __path__: in an editable install the first of several paths is that of the built parts.
    package = Path(str(iscbridge.__file__)).parent
    installed = package / "resources" / name
    return installed if installed.is_dir() else package.parent / "resources" / name
