"""The language of the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iscbridge.texts.render import Language, choose_language

if TYPE_CHECKING:
    from pathlib import Path

    from iscbridge.platform.folders import Home


def language_of(home: Home, policy: Path | None = None) -> Language:
    """The reader's language: as the settings say, else the system's.

    Args:
        home: of the profile; its settings file is only read if it is there, for this runs at every command.
        policy: the administrator's file; None: where it lies on this machine.
    """
    from iscbridge.platform.machine import machine_policy

    where = machine_policy() if policy is None else policy
    if not os.path.exists(home.config) and not os.path.exists(where):
        return choose_language()
    from iscbridge.core.settings import Settings
    from iscbridge.platform.settings import load_settings

    chosen = load_settings(home.config, policy=where).settings.general_language
    # The variable has had its say. A locked `auto` must not be undone by it.
    rest = {name: value for name, value in os.environ.items() if name != Settings.general_language.variable}
    return choose_language("" if chosen == "auto" else chosen, rest)
