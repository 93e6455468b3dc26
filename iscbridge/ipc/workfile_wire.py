"""Objects of the local protocol that tell of working files."""

from __future__ import annotations

from iscbridge.core.workfile_model import FileState, Policy
from iscbridge.ipc.wire import Time, Wire


class WorkfileObject(Wire, frozen=True):
    """A working file as clients see it."""

    path: str
    state: FileState
    locked: bool = False
    """What is to happen to it waits for its CAD to close it."""
    policy: Policy | None = None
    """Its own; None: it follows the common one."""
    saved: Time | None = None
    """When the cloud took it last; None: it came from there and was not saved since."""
    size: int | None = None
    """Of the content that the cloud has; None: not known yet."""
    main: str | None = None
    """The assembly that it is saved with."""
    host: str | None = None


class WorkfileListResult(Wire, frozen=True):
    files: list[WorkfileObject]
    counts: dict[str, int]
    """How many of all files are in each state."""
    watching: bool
    """False: the settings say that no file is watched."""
    next: str | None = None
    """Value for `after` of the next page; absent on the last page."""


class WorkfileChangedParams(Wire, frozen=True):
    files: list[WorkfileObject]
    gone: list[str]
    """Files that are watched no more."""
    counts: dict[str, int]
    more: bool = False
    """Too many to list: ask for the list."""


class WorkfileAskParams(Wire, frozen=True):
    paths: list[str]
    count: int
    """Of all; `paths` holds the first ones."""
