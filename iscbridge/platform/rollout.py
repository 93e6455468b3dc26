r"""What the administrator's installation left for each user of this computer: where the licence code lies.

`rollout.toml` beside the machine's `policy.toml`:

    license_code_file = '\\server\licences\%COMPUTERNAME%.txt'

A path and nothing else: the code itself is read when a user activates, with that user's own rights.
"""

from __future__ import annotations

import os
import tomllib

from iscbridge.core.errors import SettingsError
from iscbridge.platform.machine import doubt, machine_folder

FILE = "rollout.toml"
_KEY = "license_code_file"
#: Much longer than any path; a larger file is something else.
_MOST_BYTES = 65_536


def license_code_file() -> str | None:
    """The path of the file with this computer's or user's code; None if no installation left one.

    Variables of the environment in it are filled in: one file for each computer, or each user, keeps codes apart.

    Raises:
        SettingsError: ISCB-SET-MACHINE-RIGHTS: others than administrators may have written it.
    """
    path = machine_folder() / FILE
    told = doubt(path)
    if told is not None:
        raise SettingsError(told.code, **told.params)
    try:
        with open(path, "rb") as file:
            found = tomllib.loads(file.read(_MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError):
        return None
    named = found.get(_KEY)
    return os.path.expandvars(named) if isinstance(named, str) and named else None
