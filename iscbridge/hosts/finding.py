"""Finding installations of a CAD by its description. Looks at names and small files only; starts nothing.

Bounded: a description that matches half a disk finds the first few, and costs no more.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from iscbridge.hosts.host_file import HostFile, Place, Spot, is_older, version_numbers
from iscbridge.hosts.roots import Roots

_MOST_FOUND = 32
_MOST_NAMES = 4096
_MOST_SUBKEYS = 1024
_VERSION_BYTES = 65_536
_NUMBER = r"\d{1,6}(?:\.\d{1,6}){0,3}"


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of a CAD on this machine."""

    program: str
    folder: str
    """Where it lies: for a place `{installation}`."""
    version: str = ""
    """Empty: not known."""
    supported: bool = True
    """Whether the add-in is made for it; one of an unknown version counts as such."""


def find_installations(host: HostFile, roots: Roots) -> list[Installation]:
    """The installations on this machine, each once. Blocks on local disks; raises nothing."""
    found: dict[str, Installation] = {}
    for spot in host.spots:
        if spot.platform != roots.platform:
            continue
        for program, folder, version in _look(spot, roots):
            key = os.path.normcase(os.path.realpath(program))
            if key in found or len(found) >= _MOST_FOUND:
                continue
            known = version or _version_from_file(spot, roots)
            found[key] = Installation(program, folder, known, not is_older(known, host.oldest))
    return sorted(found.values(), key=lambda one: one.program)


def newest(found: list[Installation]) -> Installation:
    """The installation that can read what any of them wrote: of the highest version, 10 after 9."""
    return max(found, key=lambda one: (version_numbers(one.version), one.program))


def place_of(host: HostFile, installation: Installation, roots: Roots) -> str | None:
    """The folder that the add-in's own folder goes into; None if this machine has none for it."""
    for place in host.places:
        if place.platform == roots.platform:
            path = _place(place, installation, roots)
            if path is not None:
                return path
    return None


def _place(place: Place, installation: Installation, roots: Roots) -> str | None:
    if place.if_exists:
        needed = roots.expand(place.if_exists, installation=installation.folder, version=installation.version)
        if needed is None or not os.path.isdir(needed):
            return None
    return roots.expand(place.path, installation=installation.folder, version=installation.version)


def _look(spot: Spot, roots: Roots) -> Iterator[tuple[str, str, str]]:
    """Programs that a spot leads to, as (program, folder, version)."""
    if spot.path:
        first, _, rest = spot.path.partition("/")
        root = roots.folders.get(first.strip("{}"))
        if root is not None:
            for program, version in _matches(root, rest.split("/"), ""):
                yield program, os.path.dirname(program), version
    elif sys.platform == "win32":
        yield from _by_registry(spot, roots)


def _matches(folder: str, segments: list[str], version: str) -> Iterator[tuple[str, str]]:
    """Regular files below `folder` that the segments lead to, with the version that their path names."""
    segment, rest = segments[0], segments[1:]
    if "*" not in segment and "{version}" not in segment:
        candidates: Iterator[tuple[str, str]] = iter([(os.path.join(folder, segment), version)])
    else:
        candidates = _by_pattern(folder, segment, version)
    for path, known in candidates:
        if not rest:
            if os.path.isfile(path):
                yield path, known
        elif os.path.isdir(path):
            yield from _matches(path, rest, known)


def _by_pattern(folder: str, segment: str, version: str) -> Iterator[tuple[str, str]]:
    pattern = _pattern(segment)
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for _, entry in zip(range(_MOST_NAMES), entries, strict=False))
    except OSError:
        return
    hits = ((name, pattern.fullmatch(name)) for name in names)
    for name, hit in [(name, hit) for name, hit in hits if hit is not None][:_MOST_FOUND]:
        yield os.path.join(folder, name), hit.groupdict().get("version") or version


def _pattern(segment: str) -> re.Pattern[str]:
    text = re.escape(segment).replace(r"\*", ".*?").replace(re.escape("{version}"), f"(?P<version>{_NUMBER})")
    return re.compile(text, re.IGNORECASE if sys.platform == "win32" else 0)


def _version_from_file(spot: Spot, roots: Roots) -> str:
    path = roots.expand(spot.version_file) if spot.version_file else None
    if path is None:
        return ""
    try:
        if not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            data = file.read(_VERSION_BYTES)
        if path.endswith(".gz"):
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _VERSION_BYTES)
    except (OSError, zlib.error):
        return ""
    text = data.decode("utf-8", "replace")
    hit = re.search(re.escape(spot.version_after) + f"({_NUMBER})", text)
    return hit[1] if hit else ""


if sys.platform == "win32":
    import winreg

    _HIVES = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
    _VIEWS = (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY)

    def _by_registry(spot: Spot, roots: Roots) -> Iterator[tuple[str, str, str]]:
        hive, _, path = spot.registry.partition("\\")
        for view in _VIEWS:
            for key in _keys(_HIVES[hive], path, view):
                named = _value(_HIVES[hive], key, spot.value, view)
                program = os.path.join(named, *spot.program.split("/")) if named and spot.program else named
                # what a registry says is no more trusted than the description
                if program and roots.is_program_place(program) and os.path.isfile(program):
                    version = _value(_HIVES[hive], key, spot.version_value, view) if spot.version_value else ""
                    hit = re.match(_NUMBER, version)
                    yield program, named if spot.program else os.path.dirname(program), hit[0] if hit else ""

    def _keys(hive: int, path: str, view: int) -> Iterator[str]:
        if not path.endswith("\\*"):
            yield path
            return
        parent = path[:-2]
        try:
            with winreg.OpenKey(hive, parent, 0, winreg.KEY_READ | view) as key:
                for number in range(_MOST_SUBKEYS):
                    yield f"{parent}\\{winreg.EnumKey(key, number)}"
        except OSError:
            return  # not there, or no further subkey

    def _value(hive: int, path: str, name: str, view: int) -> str:
        try:
            with winreg.OpenKey(hive, path, 0, winreg.KEY_READ | view) as key:
                found, kind = winreg.QueryValueEx(key, name)
        except OSError:
            return ""
        return found.strip().strip('"') if kind == winreg.REG_SZ and isinstance(found, str) else ""

else:

    def _by_registry(spot: Spot, roots: Roots) -> Iterator[tuple[str, str, str]]:
        del spot, roots
        return iter(())
