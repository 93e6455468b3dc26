"""The frozen product as installers take it: the files of a folder, by the list `payload.json` in it.

    {"version": "0.1.0", "files": [{"path": "iscbridge.exe", "size": 1, "sha256": "...", "component": "core"}]}

`component` is `core`, or `sandbox`: what is installed only if it is asked for. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LIST = "payload.json"
CORE, SANDBOX = "core", "sandbox"


class PayloadError(Exception):
    """The folder is not what its list says; the text says why."""


@dataclass(frozen=True)
class Item:
    """One file; `path` with slashes, below the folder."""

    path: str
    size: int
    component: str


@dataclass(frozen=True)
class Payload:
    """All files that are installed, `payload.json` itself among them."""

    folder: Path
    version: str
    items: Sequence[Item]

    def of(self, *components: str) -> list[Item]:
        """The files of these components, in the order of their paths."""
        return sorted((item for item in self.items if item.component in components), key=lambda item: item.path)

    def size(self, *components: str) -> int:
        """Their bytes."""
        return sum(item.size for item in self.of(*components))


def read_payload(folder: Path) -> Payload:
    """The payload in this folder, each file checked against the list.

    Raises:
        PayloadError: a file is missing, changed or not on the list, or the list itself can't be used.
    """
    try:
        found = json.loads((folder / LIST).read_text(encoding="utf-8"))
        items = [_item(folder, entry) for entry in found["files"] if entry["path"] != LIST]
        version = str(found["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PayloadError(f"{folder / LIST} can't be used: {error!r}") from None
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {LIST}
    listed = {item.path for item in items}
    if there != listed:
        raise PayloadError(f"{folder} and its list differ in {sorted(there ^ listed)[:10]}")
    items.append(Item(LIST, (folder / LIST).stat().st_size, CORE))
    return Payload(folder, version, items)


def _item(folder: Path, entry: dict[str, object]) -> Item:
    path = str(entry["path"])
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or "$" in path or '"' in path:
        raise PayloadError(f"no name for a file of the payload: {path}")
    component = str(entry.get("component", CORE))
    data = (folder / path).read_bytes()
    if len(data) != entry["size"] or hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise PayloadError(f"{path} is not the file that the list names")
    return Item(path, len(data), component if component == SANDBOX else CORE)
