"""What is linked into the files of the frozen folder and is somebody else's: parts.toml, and what wheels tell of themselves."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from frozen_content import HERE, INTERNAL, matches
from inventory import Component, InventoryError, Sources, licence_text, normal

#: An own bill of materials, where a package's wheel has one.
_BILLS = f"{INTERNAL}/*.dist-info/sboms/*.json"
_NO_TEXT = "the wheel names it, its version and its licence, and carries no text of its own"


def take(folder: Path, files: Sequence[str], whole: Sequence[Component], sources: Sources) -> list[Component]:
    """Every part of every component in the folder.

    Raises:
        InventoryError: a component is of a version whose list nobody has read, or a file does not show what it should.
    """
    with (HERE / "parts.toml").open("rb") as file:
        described = tomllib.load(file)
    there = {one.name: one for one in whole}
    _reviewed(described["reviewed"], there)
    found = [*_listed(folder, files, described["part"], there, sources), *_told(folder, files, there)]
    return sorted(found, key=lambda one: (one.of.lower(), one.name.lower()))


def _reviewed(versions: Mapping[str, str], there: Mapping[str, Component]) -> None:
    for name, read in versions.items():
        if name in there and not f"{there[name].version}.".startswith(f"{read}."):
            raise InventoryError(
                f"{name} is {there[name].version}, and installer/frozen/parts.toml lists what others have made of {read}"
            )


def _listed(
    folder: Path,
    files: Sequence[str],
    described: Sequence[Mapping[str, object]],
    there: Mapping[str, Component],
    sources: Sources,
) -> Iterator[Component]:
    for entry in described:
        holders = [name for name in files if any(matches(name, line) for line in _strings(entry["in"]))]
        shown, version = _shown(folder, holders, str(entry.get("shows", "")))
        if not holders or (not shown and entry.get("only-if-shown")):
            continue
        name, owner = str(entry["name"]), str(entry["of"])
        if not shown:
            raise InventoryError(f"{', '.join(holders)}: nothing shows {name}, which parts.toml says is in it")
        texts = [licence_text(source, sources) for source in _strings(entry["texts"])]
        yield Component(name, version, str(entry["licence"]), _purl("generic", name, version),
                        [text for some in texts for text in some], [], of=there[owner].name,
                        no_text=str(entry.get("no-text", "")))  # fmt: skip


def _shown(folder: Path, holders: Sequence[str], pattern: str) -> tuple[bool, str]:
    """Whether one of the files shows the part, and the version that it shows."""
    if not pattern:
        return True, ""
    for name in holders:
        if found := re.search(pattern.encode(), (folder / name).read_bytes()):
            return True, found[1].decode("ascii") if found.re.groups else ""
    return False, ""


def _told(folder: Path, files: Sequence[str], there: Mapping[str, Component]) -> Iterator[Component]:
    """The crates that a wheel's own bill of materials names as a part of its library."""
    by_name = {normal(one.name): one for one in there.values()}
    for name in files:
        if not matches(name, _BILLS):
            continue
        owner = by_name[normal(name.split("/")[1].split("-")[0])]
        for part in json.loads((folder / name).read_text("utf-8"))["components"]:
            purl = str(part.get("purl", "")).split("?")[0]
            own = part["name"].startswith(f"{normal(owner.name)}-")
            if not purl.startswith("pkg:cargo/") or own or part.get("scope") == "excluded":
                continue
            licence = part["licenses"][0]["expression"]
            # Who may choose takes the licence whose text the package has.
            no_text = "" if "Apache-2.0" in licence and " AND " not in licence else _NO_TEXT
            yield Component(part["name"], part["version"], licence, purl, [], [], of=owner.name, no_text=no_text)


def _purl(kind: str, name: str, version: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"pkg:{kind}/{plain}@{version}" if version else f"pkg:{kind}/{plain}"


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
