"""Whose each file of the frozen folder is: the packages by their RECORD, everything else by components.toml."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path

import notices
from frozen_content import HERE, INTERNAL, matches
from notices import Text

LICENCES = HERE.parent / "licences"
PROJECT = HERE.parent.parent

#: What packages declare in words older than SPDX, which the bill of materials must not guess.
_SAME_LICENCE = {"Apache 2.0": "Apache-2.0", "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only": "LGPL-3.0-only"}
_BY_CLASSIFIER = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
}
_TEXT_NAMES = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
#: A package that is always taken along, and has the MIT licence in its usual words.
_MIT_EXAMPLE = "h11"
#: Names a licence that nobody here has.
_NOT_OURS = "LicenseRef-Qt-Commercial.txt"


class InventoryError(Exception):
    """Something in the folder has no owner or no licence; the text says what."""


@dataclass(frozen=True)
class Sources:
    """Where the things come from that were frozen."""

    packages: Path  # site-packages of the frozen Python
    python_licence: Path
    python_version: str
    tools: Path  # site-packages with PyInstaller
    hashes: Mapping[str, str] = field(default_factory=dict)  # of the packages' archives, by normal name
    debian: Path = notices.DOCS  # copyright files of Debian's packages


@dataclass(frozen=True)
class Component:
    """One thing that somebody made, with what of it lies in the folder.

    A part of another one has `of`, that one's name, and no file of its own; its version may not be known.
    """

    name: str
    version: str
    licence: str
    purl: str
    texts: Sequence[Path | Text]
    files: Sequence[str]
    archive_hash: str = ""
    of: str = ""
    no_text: str = ""  # why a text that the licence asks for is not there


def normal(name: str) -> str:
    """The name of a package as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_hashes(requirements: Path) -> dict[str, str]:
    """Normal name and SHA-256 of each line of a requirements file with hashes."""
    found = re.findall(
        r"^([A-Za-z0-9_.-]+)==\S+ --hash=sha256:([0-9a-f]{64})", requirements.read_text("utf-8"), re.MULTILINE
    )
    return {normal(name): digest for name, digest in found}


def take(folder: Path, sources: Sources) -> list[Component]:
    """Every component of the folder, each file in exactly one.

    Raises:
        InventoryError: a file has no owner, or a component no licence or text.
    """
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    made = {"payload.json", "sbom.cdx.json"}
    left = [name for name in files if name not in made]
    shipped = _shipped(left, sources)
    components = []
    with (HERE / "components.toml").open("rb") as file:
        described = tomllib.load(file)["component"]
    for entry in described:
        own = [name for name in left if any(matches(name, line) for line in entry["files"])]
        left = [name for name in left if name not in set(own)]
        if own or not entry["files"]:  # what is in the programs themselves has no file of its own
            components.append(_described(folder, entry, own, sources))
    owners = _owners(shipped)
    by_package: dict[str, list[str]] = {name: [] for name in shipped if name != "iscbridge"}
    for name in left:
        owner = owners.get(name.removeprefix(f"{INTERNAL}/"))
        if owner is None:
            raise InventoryError(
                f"{name} belongs to no component that installer/frozen/components.toml or a package names"
            )
        by_package[owner].append(name)
    components += [_package(shipped[name], own, sources) for name, own in by_package.items()]
    return sorted(components, key=lambda one: one.name.lower())


def _shipped(files: Sequence[str], sources: Sources) -> dict[str, Distribution]:
    """The packages whose metadata lies in the folder: the spec puts it there for what it takes along."""
    wanted = {
        name.split("/")[1]
        for name in files
        if name.startswith(f"{INTERNAL}/") and name.split("/")[1].endswith(".dist-info")
    }
    there = MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[str(sources.packages)]))
    found = {normal(one.metadata["Name"]): one for one in there if Path(str(one.locate_file(""))).is_dir()}
    by_folder = {f"{_folder_name(one)}": name for name, one in found.items()}
    if missing := wanted - set(by_folder):
        raise InventoryError(f"{sources.packages} lacks {', '.join(sorted(missing))}")
    return {by_folder[folder]: found[by_folder[folder]] for folder in sorted(wanted)}


def _folder_name(one: Distribution) -> str:
    return next((file.parts[0] for file in one.files or () if file.parts[0].endswith(".dist-info")), "")


def _owners(shipped: Mapping[str, Distribution]) -> dict[str, str]:
    """The package of each path below site-packages; modules lie in the folder compiled."""
    found: dict[str, str] = {}
    for name, one in shipped.items():
        for file in one.files or ():
            path = file.as_posix()
            found[path] = name
            if path.endswith(".py"):
                found[path + "c"] = name
    return found


def _described(folder: Path, entry: Mapping[str, object], own: Sequence[str], sources: Sources) -> Component:
    version = _version(folder, str(entry["version"]), own, sources)
    texts = [text for source in _strings(entry["texts"]) for text in licence_text(source, sources)]
    purl = str(entry["purl"]).format(version=version)
    return Component(str(entry["name"]), version, str(entry["licence"]), purl, texts, own)


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _version(folder: Path, how: str, own: Sequence[str], sources: Sources) -> str:
    if how.startswith("="):
        return how[1:]
    if how == "resource":  # UTF-16, of letters that need but one byte
        data = (folder / own[0]).read_bytes().replace(b"\0", b"")
        return _version_in(data, r"FileVersion([0-9]+\.[0-9]+\.[0-9]+)", own[0])
    if how == "python":
        return sources.python_version
    if how == "tool":
        return _find(sources.tools, "pyinstaller").version
    if "(" not in how:
        return _find(sources.packages, how).version
    return _version_in((folder / own[0]).read_bytes(), how, own[0])


def _version_in(data: bytes, pattern: str, name: str) -> str:
    found = re.search(pattern.encode(), data)
    if found is None:
        raise InventoryError(f"{name} does not tell its version: {pattern}")
    return found[1].decode("ascii")


def licence_text(source: str, sources: Sources) -> Sequence[Path | Text]:
    """The texts that a description names.

    Raises:
        InventoryError: one of them can't be had.
    """
    try:
        return _text(source, sources)
    except notices.NoticeError as error:
        raise InventoryError(str(error)) from None


def _text(source: str, sources: Sources) -> Sequence[Path | Text]:
    kind, _, name = source.partition(":")
    if kind == "debian":
        package, _, files = name.partition(":")
        return [notices.of_package(sources.debian, package, files)]
    if kind == "mit":
        [example] = _own_texts(_find(sources.packages, _MIT_EXAMPLE))
        return [Text("LICENSE.txt", notices.mit(example.read_text("utf-8"), name))]
    if kind == "python":
        return [sources.python_licence]
    if kind == "project":
        return [PROJECT / name]
    if kind == "tool":
        return _own_texts(_find(sources.tools, name))
    return [checked_text(name)]


def checked_text(name: str) -> Path:
    """A text of installer/licences, held to its hash.

    Raises:
        InventoryError: it is not the text that was read when it was added.
    """
    with (LICENCES / "ORIGIN.toml").open("rb") as file:
        origin = tomllib.load(file)[name]
    path = LICENCES / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != origin["sha256"]:
        raise InventoryError(f"installer/licences/{name} is not the text that ORIGIN.toml names")
    return path


def _package(one: Distribution, files: Sequence[str], sources: Sources) -> Component:
    name = one.metadata["Name"]
    licence = licence_of(one)
    texts = _own_texts(one) or [checked_text(f"{licence.removesuffix('-only')}.txt")]
    return Component(name, one.version, licence, f"pkg:pypi/{normal(name)}@{one.version}", texts, files,
                     sources.hashes.get(normal(name), ""))  # fmt: skip


def licence_of(one: Distribution) -> str:
    """The SPDX expression of a package.

    Raises:
        InventoryError: it names none that is understood.
    """
    told = one.metadata
    said = next((told[name] for name in ("License-Expression", "License") if told.get_all(name)), "")
    if said and "\n" not in said:
        return _SAME_LICENCE.get(said, said)
    for line in one.metadata.get_all("Classifier") or ():
        if line in _BY_CLASSIFIER:
            return _BY_CLASSIFIER[line]
    raise InventoryError(f"{one.metadata['Name']} names no licence")


def _own_texts(one: Distribution) -> list[Path]:
    """The licence texts in a package's metadata folder."""
    found = [file for file in one.files or () if file.parts[0].endswith(".dist-info") and _TEXT_NAMES.search(file.name)]
    return sorted(Path(str(one.locate_file(file))) for file in found if file.name != _NOT_OURS)


def _find(folder: Path, name: str) -> Distribution:
    for one in MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[str(folder)])):
        if normal(one.metadata["Name"]) == normal(name):
            return one
    raise InventoryError(f"{name} is not in {folder}")
