"""How a working file is put into words."""

from __future__ import annotations

import os
from datetime import datetime

from iscbridge.core.workfile_model import FileState, Policy
from iscbridge.ipc.workfile_wire import WorkfileObject
from iscbridge.tray.words import Words

NOT_SAVED = (FileState.CHANGED, FileState.CHANGING)
TROUBLE = (FileState.MISSING, FileState.UNREADABLE)
#: What a person can say of one file; None: as set for all.
POLICIES: tuple[Policy | None, ...] = (None, Policy.OFF, Policy.ASK, Policy.AUTOMATIC)


def name_of(file: WorkfileObject) -> str:
    """Its name without the folder."""
    return os.path.basename(file.path)


def folder_of(file: WorkfileObject) -> str:
    """Where it lies."""
    return os.path.dirname(file.path)


def state_text(file: WorkfileObject, words: Words) -> str:
    """Its state in a few words."""
    return words(f"workfiles.state.{_state_word(file)}")


def about_text(file: WorkfileObject, words: Words) -> str:
    """What the state means for the work, and with what the file is saved."""
    lines = [file.path, words(f"workfiles.about.{_state_word(file)}")]
    if file.main is not None:
        lines.append(words("workfiles.assembly", path=file.main))
    return "\n".join(lines)


def saved_text(file: WorkfileObject, words: Words) -> str:
    """When the cloud took it, and from whom."""
    if file.saved is None:
        return words("workfiles.saved.never")
    at = f"{datetime.fromisoformat(file.saved).astimezone():%Y-%m-%d %H:%M}"
    return words("workfiles.saved.at", time=at, host=file.host) if file.host else at


def policy_text(policy: Policy | None, words: Words) -> str:
    """What happens when it stays changed."""
    return words("workfiles.policy.common" if policy is None else f"workfiles.policy.{policy.value}")


def _state_word(file: WorkfileObject) -> str:
    return "locked" if file.locked and file.state is FileState.CHANGED else file.state.value
