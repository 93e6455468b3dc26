#!/usr/bin/env python3
"""Completes a frozen folder: licence texts, bill of materials, `payload.json`. Standard library only, on any system.

python finish.py FOLDER --packages SITE-PACKAGES --python-licence FILE --python-version X.Y.Z --tools SITE-PACKAGES
                 [--lock requirements.txt] [--debian DOCS]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import inventory
import notices
import parts
import sbom
from frozen_content import HERE, INTERNAL, read
from inventory import Component, Sources, normal

LIST = "payload.json"
TEXTS = "licences"


def main(argv: Sequence[str] | None = None) -> int:
    """Complete the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=Path, required=True, help="site-packages of the frozen Python")
    parser.add_argument("--python-licence", type=Path, required=True)
    parser.add_argument("--python-version", required=True)
    parser.add_argument("--tools", type=Path, required=True, help="site-packages with PyInstaller")
    parser.add_argument("--lock", type=Path, help="requirements file with the hashes of the packages' archives")
    parser.add_argument("--debian", type=Path, default=notices.DOCS,
                        help="copyright files of Debian's packages, each in a folder of the package's name")  # fmt: skip
    options = parser.parse_args(argv)
    hashes = inventory.locked_hashes(options.lock) if options.lock else {}
    sources = Sources(
        options.packages, options.python_licence, options.python_version, options.tools, hashes, options.debian
    )
    components = finish(options.folder, sources)
    lacking = [f"{one.of}: {one.name}" for one in components if one.no_text]
    print(f"{len(components)} components and parts; no text for {len(lacking)} of them: {', '.join(lacking)}")
    return 0


def finish(folder: Path, sources: Sources) -> list[Component]:
    """Write what the folder lacks, anew if it is there; gives its components.

    Raises:
        InventoryError: something in it has no owner, no licence or no text.
    """
    shutil.rmtree(folder / TEXTS, ignore_errors=True)
    whole = inventory.take(folder, sources)
    inner = parts.take(folder, [name for one in whole for name in one.files], whole, sources)
    write_texts(folder, whole, inner)
    components = [*inventory.take(folder, sources), *inner]  # with the texts
    sbom.write(folder, components, build_time())
    write_list(folder, next(one.version for one in components if one.name == "ISCBridge"))
    return components


def write_texts(folder: Path, whole: Sequence[Component], inner: Sequence[Component]) -> None:
    """One folder for each component, in it one for each of its parts, and a page that says which is which."""
    lines = ["What ISCBridge is made of, and under which licences. The texts lie in the folders beside this page.\n"]
    for one in whole:
        place = folder / TEXTS / _place(one.name)
        _write(place, one)
        lines.append(f"{one.name} {one.version}: {one.licence}")
        for part in inner:
            if part.of == one.name:
                _write(place / _place(part.name), part)
                lines.append(f"  in it {part.name} {part.version}".rstrip() + f": {part.licence}")
    lacking = [f"{one.name} (in {one.of}): {one.no_text}" for one in inner if one.no_text]
    lines += ["\nParts whose texts are not here; docs/release.md of the sources says what to do about them:", *lacking]
    lines.append("\n" + (HERE.parent / "licences" / "LGPL-notice.txt").read_text(encoding="utf-8"))
    (folder / TEXTS / "README.txt").write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _place(name: str) -> str:
    return normal(name.replace(" ", "-"))


def _write(place: Path, one: Component) -> None:
    for text in one.texts:
        place.mkdir(parents=True, exist_ok=True)
        if isinstance(text, Path):
            shutil.copyfile(text, place / (text.name if "." in text.name else f"{text.name}.txt"))
        else:
            (place / text.name).write_text(text.content, encoding="utf-8", newline="\n")


def write_list(folder: Path, version: str) -> None:
    """`payload.json`: every file with the part of the installation that it belongs to."""
    content = read(system="windows")  # the rules for the sandbox are the same everywhere
    files = []
    for path in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name == LIST:
            continue
        data = path.read_bytes()
        files.append({"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
                      "component": component(name, content.sandbox_packages, content.core_of_sandbox)})  # fmt: skip
    text = json.dumps({"version": version, "files": files}, indent=1, ensure_ascii=False)
    (folder / LIST).write_text(text + "\n", encoding="utf-8", newline="\n")


def component(name: str, packages: Sequence[str], core: Sequence[str]) -> str:
    """`core`, `hosts` (the CADs' descriptions and add-ins) or `sandbox` (what only the stand-ins for the cloud need)."""
    if not name.startswith(f"{INTERNAL}/"):
        return "core"
    inside = name.removeprefix(f"{INTERNAL}/")
    if inside.startswith("iscbridge_resources/hosts/"):
        return "hosts"
    if inside.removesuffix(".pyc") in core:
        return "core"
    is_ours = inside.startswith("iscbridge/sandbox/") or ("/native_lib/" in inside and "sandbox" in inside)
    top = inside.split("/")[0]
    is_theirs = top in packages or (normal(top.split("-")[0]) in packages and top.endswith(".dist-info"))
    return "sandbox" if is_ours or is_theirs else "core"


def build_time() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, else the last commit's."""
    named = os.environ.get("SOURCE_DATE_EPOCH")
    if named:
        return int(named)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=HERE, capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


if __name__ == "__main__":
    sys.exit(main())
