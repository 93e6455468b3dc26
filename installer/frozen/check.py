#!/usr/bin/env python3
"""Holds a frozen folder against what it may hold: `python check.py FOLDER [--system windows|linux]`. Both ways."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sbom
from finish import LIST
from frozen_content import is_of_qt, matches, read

#: What the folder may weigh on a disk.
MOST_BYTES = 90 * 1024 * 1024


def problems(folder: Path, system: str, most: int = MOST_BYTES) -> list[str]:
    """Everything that is wrong with a finished folder, in words."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    found = [*_against_the_list(files, system), *_hashes(folder, files), *_materials(folder, files)]
    if system == "windows" and size(folder) > most:
        found.append(f"it weighs {size(folder) / 2**20:.1f} MiB; {most / 2**20:.0f} are allowed")
    return found


def size(folder: Path) -> int:
    """Bytes on a disk that gives out room in blocks of 4096."""
    return sum(
        -(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    )


def _against_the_list(files: Sequence[str], system: str) -> Iterator[str]:
    allowed = read(system=system).allowed
    for name in files:
        # On Linux, where nothing is shipped, only Qt is trimmed.
        if (system == "windows" or is_of_qt(name)) and not any(matches(name, line) for line in allowed):
            yield f"{name} is not in allowed/{system}.txt"
    for line in allowed:
        if not any(matches(name, line) for name in files):
            yield f"allowed/{system}.txt has {line}, which is not there"


def _hashes(folder: Path, files: Sequence[str]) -> Iterator[str]:
    """`payload.json` names every file but itself, as it is."""
    listed = {entry["path"]: entry for entry in json.loads((folder / LIST).read_text("utf-8"))["files"]}
    for name in sorted(set(files) ^ {*listed, LIST}):
        yield f"{LIST} and the folder differ in {name}"
    for name, entry in listed.items():
        if name in files and hashlib.sha256((folder / name).read_bytes()).hexdigest() != entry["sha256"]:
            yield f"{name} is not what {LIST} says"


def _materials(folder: Path, files: Sequence[str]) -> Iterator[str]:
    """The bill of materials has each file once, as it is, and everything that is asked of it."""
    bill = json.loads((folder / sbom.NAME).read_text("utf-8"))
    yield from sbom.faults(bill)
    parts = [bill["metadata"]["component"], *bill["components"]]
    named = [file for part in parts for file in part.get("components", ())]
    names = [file["name"] for file in named]
    for name in sorted(set(names) ^ (set(files) - {LIST, sbom.NAME})):
        yield f"{sbom.NAME} and the folder differ in {name}"
    if len(names) != len(set(names)):
        yield f"{sbom.NAME} names a file twice"
    for file in named:
        path = folder / file["name"]
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != file["hashes"][0]["content"]:
            yield f"{file['name']} is not what {sbom.NAME} says"


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--system", choices=("windows", "linux"), default="windows")
    options = parser.parse_args(argv)
    found = problems(options.folder, options.system)
    for line in found:
        print(line)
    print(f"{size(options.folder) / 2**20:.1f} MiB on disk")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
