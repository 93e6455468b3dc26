"""Where each file of an assembly goes in the one folder that the cloud wants, and which references follow.

The main file keeps its name and lies at the top. If everything lies under its folder the sub-folders are kept,
and usually no file changes at all; else the others lie flat beside it. No two names differ only in case or
composition; a second `bolt.FCStd` becomes `bolt_2.FCStd`, and the copies' references say so.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
from dataclasses import dataclass

from iscbridge.core.errors import AssemblyError, FileError
from iscbridge.core.paths import check_member_name, is_inside, name_key, printable
from iscbridge.hosts.closure import Member, Way

_WINDOWS = os.sep == "\\"
_SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class Placed:
    """One file's place in the folder."""

    member: Member
    name: str
    """Below the folder, '/' between parts."""
    renamed: dict[str, str]
    """References to write anew in the copy (old text to new); empty: the copy has the source's bytes."""


def place(members: tuple[Member, ...], main: str, way: Way | None = None) -> tuple[Placed, ...]:
    """A place for every member; `members[0]` is the main file and stays first.

    Where references can't be written anew (`way.movable`), every file keeps its place, or the whole is refused.

    Raises:
        FileError: ISCB-FILE-PATH-NOT-EXPRESSIBLE: a name that not every system can have (a backslash in it).
        AssemblyError: ISCB-ASM-NAME-COLLISION: two names collide, and the references to them can't be rewritten.
    """
    way = way or Way()
    if not way.movable:
        _check_places(members, way, main)
    wanted = wanted_names(members)
    for member, name in zip(members, wanted, strict=True):
        if not check_member_name(name):
            raise FileError("ISCB-FILE-PATH-NOT-EXPRESSIBLE", path=printable(member.path))
    names = _unique(wanted)
    lost = _lost(members, wanted, names, way)
    if lost:
        raise AssemblyError(
            "ISCB-ASM-NAME-COLLISION", path=printable(main), names=shown([printable(member.path) for member in lost])
        )
    by_member = {id(member): name for member, name in zip(members, names, strict=True)}
    placed = []
    for member, name in zip(members, names, strict=True):
        renamed = {
            link: new
            for link, target in (member.links.items() if way.movable else ())
            if (new := _new_link(link, name, by_member[id(target)])) is not None
        }
        placed.append(Placed(member, name, renamed))
    return tuple(placed)


def wanted_names(members: tuple[Member, ...]) -> list[str]:
    """The name that each member would have if it were alone."""
    folder = os.path.dirname(members[0].path)
    nested = all(is_inside(member.path, folder, windows=_WINDOWS) for member in members)
    return [
        os.path.relpath(member.path, folder).replace(os.sep, "/") if nested else os.path.basename(member.path)
        for member in members
    ]


def colliding(members: tuple[Member, ...], way: Way | None = None) -> list[Member]:
    """The members whose name another one has, and which can't be given another name."""
    wanted = wanted_names(members)
    return _lost(members, wanted, _unique(wanted), way or Way())


def scattered(members: tuple[Member, ...]) -> list[Member]:
    """The members that lie outside the main file's folder."""
    folder = os.path.dirname(members[0].path)
    return [member for member in members if not is_inside(member.path, folder, windows=_WINDOWS)]


def _check_places(members: tuple[Member, ...], way: Way, main: str) -> None:
    outside = scattered(members)
    if outside:
        names = [printable(member.path) for member in outside]
        raise AssemblyError("ISCB-ASM-SCATTERED", path=printable(main), names=shown(names))
    fixed = [printable(path) for path in way.absolute]
    fixed += [printable(link) for member in members for link in member.links if _is_absolute(link)]
    if fixed:
        raise AssemblyError("ISCB-ASM-ABSOLUTE", path=printable(main), names=shown(fixed))


def shown(names: list[str]) -> str:
    """A list of names for a text: the first ones, and how many more there are."""
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f", … (+{more})" if more > 0 else "")


def _unique(wanted: list[str]) -> list[str]:
    """The names, later ones numbered where an earlier one (or a folder) has the name already."""
    folders = {name_key(part) for name in wanted for part in _folders(name)}
    first: dict[str, int] = {}
    for index, name in enumerate(wanted):
        if name_key(name) not in folders:
            first.setdefault(name_key(name), index)
    taken = folders | set(first)
    names: list[str] = []
    following: dict[str, int] = {}
    for index, name in enumerate(wanted):
        if first.get(name_key(name)) == index:
            names.append(name)
            continue
        stem, suffix = posixpath.splitext(name)
        number = following.get(name_key(name), 2)
        while name_key(f"{stem}_{number}{suffix}") in taken:
            number += 1
        following[name_key(name)] = number + 1
        taken.add(name_key(f"{stem}_{number}{suffix}"))
        names.append(f"{stem}_{number}{suffix}")
    return names


def _folders(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _lost(members: tuple[Member, ...], wanted: list[str], names: list[str], way: Way) -> list[Member]:
    """Members that need a new name and would not be found again.

    Somebody has to refer to a renamed file, and everything that could refer to it has to be of a known format.
    """
    changed = [index for index, name in enumerate(names) if name != wanted[index]]
    known = way.movable and all(way.form_of(member.path) is not None for member in members)
    referred = {id(target) for member in members for target in member.links.values()}
    if known and all(id(members[index]) in referred for index in changed):
        return []
    return [members[index] for index in changed]


def _new_link(link: str, owner: str, target: str) -> str | None:
    """The reference from `owner` to `target` in the folder; None if the old text already leads there."""
    folder = posixpath.dirname(owner)
    plain = link.replace("\\", "/") if _WINDOWS else link
    if not _is_absolute(plain) and posixpath.normpath(posixpath.join(folder, plain)) == target:
        return None
    return posixpath.relpath(target, folder or ".")


def _is_absolute(link: str) -> bool:
    return posixpath.isabs(link) or bool(ntpath.splitdrive(link)[0])
