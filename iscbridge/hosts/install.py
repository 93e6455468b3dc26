r"""Puts an add-in into a CAD's folder, and takes it out again: whole or not at all, and never over files of others.

What is new is laid out beside the place first, in `<place>/.iscbridge/`: on the same disk, and one level deeper than
a CAD looks for add-ins. Then two renames put it there: the old folder to `<name>.old`, the new one to its place. What a
crash leaves is settled by the next action. As long as the new folder is not at its place the old one goes back to it;
then what is left over goes. A mark says that an add-in is being taken out: then nothing goes back.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from iscbridge.core.errors import HostError
from iscbridge.core.paths import printable
from iscbridge.hosts.addin_files import (
    LIST_NAME,
    Content,
    Source,
    hash_of,
    list_bytes,
    read_content,
    read_source,
)
from iscbridge.hosts.host_file import is_older
from iscbridge.platform import durable
from iscbridge.platform.faults import detail
from iscbridge.platform.locks import waiting_lock
from iscbridge.platform.longpaths import extended

_BESIDE = ".iscbridge"
_PATIENCE_S = 10.0
_MOST_NAMED = 3
#: Access denied and sharing violation: somebody has a file of the folder open.
_HELD_WINERRORS = (5, 32, 33)

#: Told before each thing that is done; a test that ends the process there sees what a crash leaves.
Step = Callable[[str], None]


class AddinState(StrEnum):
    """How an add-in stands at its place."""

    NO_ADDIN = "no_addin"
    """This version brings none for this CAD, and none is there."""
    NOT_INSTALLED = "not_installed"
    INSTALLED = "installed"
    OLDER = "older"
    """Put there by an older ISCBridge: it can be brought up to date."""
    NEWER = "newer"
    """Put there by a newer ISCBridge."""
    CHANGED = "changed"
    """Files of it were changed or removed by hand."""
    UNFINISHED = "unfinished"
    """An installation was interrupted; the next action settles it."""
    FOREIGN = "foreign"
    """Something is there that ISCBridge did not put there."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an add-in goes, and by whose lock."""

    place: str
    """The folder that holds add-ins; made if it is not there."""
    name: str
    """The add-in's own folder in it."""
    lock: str
    """A file of the profile: one action at a time."""

    @property
    def folder(self) -> str:
        """The add-in's folder."""
        return os.path.join(self.place, self.name)

    @property
    def _beside(self) -> str:
        return os.path.join(self.place, _BESIDE)

    @property
    def fresh(self) -> str:
        """What is being laid out."""
        return os.path.join(self._beside, f"{self.name}.new")

    @property
    def old(self) -> str:
        """What was there before."""
        return os.path.join(self._beside, f"{self.name}.old")

    @property
    def mark(self) -> str:
        """Is there while an add-in is being taken out."""
        return os.path.join(self._beside, f"{self.name}.mark")

    @property
    def beside(self) -> str:
        """The folder of all three."""
        return self._beside


@dataclass(frozen=True, slots=True)
class Look:
    """An add-in at its place."""

    state: AddinState
    version: str = ""
    changed: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What an action left behind."""

    kept: tuple[str, ...] = ()
    """Files of others, and changed ones, that were left there; paths below the add-in's folder."""


def look(target: Target, source: str | None, version: str = "", client: str = "") -> Look:
    """How the add-in stands. Changes nothing; blocks while files are read; raises nothing.

    Args:
        target: where it would be.
        source: the folder of the add-in that this version brings; None: it brings none.
        version: of that one.
        client: as in `install`.
    """
    try:
        if os.path.lexists(extended(target.old)) or os.path.lexists(extended(target.mark)):
            return Look(AddinState.UNFINISHED)
        content = _content(target)
        if content is None:
            return Look(AddinState.NO_ADDIN if source is None else AddinState.NOT_INSTALLED)
        wanted = None if source is None else read_source(source, client)
    except (OSError, HostError):
        return Look(AddinState.UNREADABLE)
    if content.installed is None:
        return Look(AddinState.FOREIGN, extras=content.extras)
    found = content.installed
    state = AddinState.INSTALLED
    if content.changed:
        state = AddinState.CHANGED
    elif wanted is not None and dict(wanted.files) != dict(found.files):
        state = AddinState.NEWER if is_older(version, found.version) else AddinState.OLDER
    return Look(state, found.version, content.changed, content.extras)


def install(
    target: Target,
    source: str,
    *,
    host: str,
    version: str = "",
    client: str = "",
    command: Sequence[str] = (),
    repair: bool = False,
    step: Step = lambda _: None,
) -> Done:
    """Put the add-in there, or bring the one that is there up to date.

    Files of others in its folder stay. With `repair` files of ours that were changed by hand are kept beside the right
    ones, as `<name>.changed`. `client` names the file that is to be a copy of the protocol's client; `command` starts
    this program.

    Raises:
        HostError: ISCB-HOST-FOREIGN, -CHANGED, -SOURCE, -BUSY, -WRITE. Then what was there is there.
    """
    with _alone(target):
        _settle(target)
        wanted = read_source(source, client)
        content = _content(target)
        carried: dict[str, str] = {}
        if content is not None:
            if content.installed is None:
                raise _foreign(target, content.extras)
            clash = tuple(name for name in content.extras if name in wanted.files)
            if clash:
                raise _foreign(target, clash)
            if content.changed and not repair:
                raise HostError("ISCB-HOST-CHANGED", path=printable(target.folder), files=_few(content.changed))
            carried = {name: name for name in content.extras}
            changed = [name for name in content.changed if name not in content.missing]
            carried |= {name: _free(f"{name}.changed", {*wanted.files, *carried.values()}) for name in changed}
        _lay_out(target, wanted, carried, list_bytes(host, version, wanted.files, command), step)
        _swap(target, carried, step)
        return Done(tuple(sorted(carried.values())))


def remove(target: Target, *, step: Step = lambda _: None) -> Done:
    """Take out what was put there and is unchanged; everything else stays.

    Raises:
        HostError: ISCB-HOST-FOREIGN: it was not put there by ISCBridge; ISCB-HOST-BUSY, -WRITE.
    """
    with _alone(target):
        _settle(target)
        content = _content(target)
        if content is None:
            return Done()
        if content.installed is None:
            raise _foreign(target, content.extras)
        kept = [*content.extras, *(name for name in content.changed if name not in content.missing)]
        carried = {name: name for name in kept}
        if carried:
            _lay_out(target, None, carried, None, step)
            _swap(target, carried, step)
        else:
            _take_away(target, step)
        return Done(tuple(sorted(carried)))


# -- the steps


def _lay_out(target: Target, wanted: Source | None, carried: dict[str, str], listing: bytes | None, step: Step) -> None:
    """Make the whole new folder beside the place, on the disk."""
    step("lay out")
    os.makedirs(extended(target.beside), exist_ok=True)
    if wanted is not None:
        for number, (name, digest) in enumerate(wanted.files.items()):
            copied = os.path.join(target.fresh, *name.split("/"))
            _copy(wanted.path(name), copied)
            if hash_of(copied) != digest:
                raise HostError("ISCB-HOST-SOURCE", path=printable(wanted.folder), detail="it changes while it is read")
            if number == 0:
                step("one file")
    for name, new_name in carried.items():
        _copy(os.path.join(target.folder, *name.split("/")), os.path.join(target.fresh, *new_name.split("/")))
    if listing is not None:
        _write(os.path.join(target.fresh, LIST_NAME), listing)
    for folder, _, _ in os.walk(extended(target.fresh)):
        durable.flush_folder(folder)


def _swap(target: Target, carried: dict[str, str], step: Step) -> None:
    """Two renames: the old folder away, the new one to its place."""
    step("put aside")
    if os.path.lexists(extended(target.folder)):
        before = {name: _stamp(os.path.join(target.folder, *name.split("/"))) for name in carried}
        _rename(target.folder, target.old, target)
        _catch_up(target, carried, before)
    step("put there")
    try:
        durable.replace(target.fresh, target.folder)
    except OSError:
        if os.path.lexists(extended(target.old)):
            durable.replace(target.old, target.folder)
        raise
    durable.flush_folder(target.place)
    step("clear up")
    _clear_up(target)


def _catch_up(target: Target, carried: dict[str, str], before: dict[str, tuple[int, int]]) -> None:
    """What others changed between the copy and the rename is copied again: it is theirs."""
    for name, new_name in carried.items():
        moved = os.path.join(target.old, *name.split("/"))
        copied = os.path.join(target.fresh, *new_name.split("/"))
        if _stamp(moved) != before[name] or _stamp(moved) != _stamp(copied):
            _copy(moved, copied)


def _take_away(target: Target, step: Step) -> None:
    """All of it is ours: one rename, and the rest has time."""
    os.makedirs(extended(target.beside), exist_ok=True)
    step("mark")
    _write(target.mark, b"")
    durable.flush_folder(target.beside)
    step("put aside")
    _rename(target.folder, target.old, target)
    durable.flush_folder(target.place)
    step("clear up")
    _clear_up(target)


def _settle(target: Target) -> None:
    """Finish or undo what an action that was interrupted left. See the module."""
    if not os.path.lexists(extended(target.beside)):
        return
    there = os.path.lexists(extended(target.folder))
    if os.path.lexists(extended(target.old)) and not there and not os.path.lexists(extended(target.mark)):
        durable.replace(target.old, target.folder)
    _clear_up(target)


def _clear_up(target: Target) -> None:
    """Take away what an action needed. The mark goes after `.old`, which would go back without it."""
    _remove_tree(target.old)
    durable.remove(target.mark)
    _remove_tree(target.fresh)
    try:
        os.rmdir(extended(target.beside))
    except OSError:
        return  # another add-in's action needs it


# -- files


def _content(target: Target) -> Content | None:
    """What is at the place; None if nothing is.

    Raises:
        OSError: it can't be read.
    """
    try:
        found = os.lstat(extended(target.folder))
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISDIR(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0)):
        return Content(None, extras=(target.name,))
    content = read_content(target.folder)
    empty = content.installed is None and not content.extras
    return None if empty else content


def _copy(source: str, target: str) -> None:
    """Copy one file with its times, on the disk; a link as the link that it is."""
    os.makedirs(extended(os.path.dirname(target)), exist_ok=True)
    if os.path.lexists(extended(target)):
        durable.remove(target)
    if os.path.islink(extended(source)):
        os.symlink(os.readlink(extended(source)), extended(target))
        return
    found = os.stat(extended(source))
    with open(extended(source), "rb") as original, open(extended(target), "wb") as copy:
        shutil.copyfileobj(original, copy)
        copy.flush()
        durable.flush_file(copy.fileno())
    os.utime(extended(target), ns=(found.st_atime_ns, found.st_mtime_ns))
    if sys.platform != "win32":
        os.chmod(target, stat.S_IMODE(found.st_mode) | stat.S_IWUSR)


def _write(path: str, data: bytes) -> None:
    with open(extended(path), "wb") as file:
        file.write(data)
        file.flush()
        durable.flush_file(file.fileno())


def _stamp(path: str) -> tuple[int, int]:
    found = os.lstat(extended(path))
    return found.st_size, found.st_mtime_ns


def _rename(source: str, target_path: str, target: Target) -> None:
    try:
        durable.replace(source, target_path)
    except OSError as error:
        if getattr(error, "winerror", None) in _HELD_WINERRORS:
            raise HostError("ISCB-HOST-BUSY", path=printable(target.folder)) from error
        raise


def _remove_tree(folder: str) -> None:
    if not os.path.lexists(extended(folder)):
        return
    shutil.rmtree(extended(folder))


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """One action at a time; what the system says becomes a coded error, and what was begun is undone."""
    try:
        os.makedirs(os.path.dirname(target.lock), exist_ok=True)
        with waiting_lock(target.lock, _PATIENCE_S):
            try:
                yield
            except BaseException:
                _undo(target)
                raise
    except TimeoutError as error:
        raise HostError("ISCB-HOST-BUSY", path=printable(target.folder)) from error
    except OSError as error:
        raise HostError("ISCB-HOST-WRITE", path=printable(target.folder), detail=detail(error)) from error


def _undo(target: Target) -> None:
    try:
        _settle(target)
    except OSError:
        return  # the error that is on its way says why; the next action tries again


def _foreign(target: Target, files: tuple[str, ...]) -> HostError:
    return HostError("ISCB-HOST-FOREIGN", path=printable(target.folder), files=_few(files))


def _few(files: tuple[str, ...]) -> str:
    """Some names, and that there are more."""
    shown = ", ".join(printable(name, 80) for name in files[:_MOST_NAMED])
    return f"{shown} …" if len(files) > _MOST_NAMED else shown


def _free(name: str, taken: set[str]) -> str:
    """The name, or one like it that is free."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found
