#!/usr/bin/env python3
"""Puts a release together: one archive, the same bytes for the same content. Standard library only.

    python release.py --installer ISCBridge-0.1.0-setup.exe [--installer ISCBridge-0.1.0.msi] --logo iscbridge.png
                      [--sbom sbom.cdx.json] [--client CLIENT-FOLDER] --output dist

docs/release.md says what is in it, and what of the cloud's platform is not known.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "installer" / "silent"
FORM = 1
#: What the platform takes of a picture.
LOGO_MOST = 2 * 1024 * 1024
#: What an archive may weigh before it has to go another way.
ARCHIVE_MOST = 1024**3
SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"


class ReleaseError(Exception):
    """The release can't be made; the text says why."""


@dataclass(frozen=True)
class Parts:
    """What goes in besides what lies in the tree."""

    installers: Sequence[Path]
    logo: Path
    sbom: Path | None = None
    forced: bool = False
    client: Path | None = None  # made by client_folder.py


def contents(parts: Parts, version: str, made: int) -> dict[str, bytes]:
    """Every file of the archive by its name in it.

    Raises:
        ReleaseError: a part is missing, or is not what it is said to be.
    """
    files: dict[str, bytes] = {}
    for path in (*parts.installers, *((parts.sbom,) if parts.sbom else ())):
        if path.name in files:
            raise ReleaseError(f"two files are called {path.name}")
        files[path.name] = _read(path)
    for path in sorted(SCRIPTS.iterdir()):
        files[path.name] = _read(path).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # as cmd.exe reads them
    files["logo.png"] = _logo(parts.logo)
    files |= _client(parts.client, version) if parts.client else {}
    for name in ("LICENSE", "NOTICE"):
        files[f"{name}.txt"] = _read(ROOT / name)
    files[MANIFEST] = _json(manifest(parts, files, version, made))
    files[SUMS] = "".join(f"{_sha256(data)}  {name}\n" for name, data in sorted(files.items())).encode()
    return files


def manifest(parts: Parts, files: Mapping[str, bytes], version: str, made: int) -> dict[str, object]:
    """What the platform's form asks for, as far as it is known, and how programs install and remove."""
    if not parts.installers:
        raise ReleaseError("a release needs an installer")
    return {
        "form": FORM,
        "name": "ISCBridge",
        "version": version,
        "made": datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "system": "windows-x64",
        "logo": "logo.png",
        "dataInCloud": True,
        "forcedUpgrade": parts.forced,
        "installers": [path.name for path in parts.installers],
        "silent": {
            "install": "install.bat",
            "uninstall": "uninstall.bat",
            "progress": ["status", "progress", "errorMsg"],
        },
        "files": [{"path": name, "size": len(data), "sha256": _sha256(data)} for name, data in sorted(files.items())],
    }


def _client(folder: Path, version: str) -> dict[str, bytes]:
    """What hosts are built with, below `client/`."""
    found = {
        f"client/{path.relative_to(folder).as_posix()}": path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    if f"ISCBridge {version}:".encode() not in _read(folder / "README.txt"):
        raise ReleaseError(f"{folder} was not made for version {version}")
    return {name: _read(path) for name, path in found.items()}


def write(files: Mapping[str, bytes], target: Path, made: int) -> Path:
    """The archive, by its suffix a tar.gz or a zip: sorted, with one time, nobody's name and no other trace of a machine.

    Raises:
        ReleaseError: it is of another kind, or too large.
    """
    folder = target.name.removesuffix(".tar.gz").removesuffix(".zip")
    if target.name.endswith(".tar.gz"):
        data = gzip.compress(_tar(folder, files, made), compresslevel=6, mtime=made)
    elif target.name.endswith(".zip"):
        data = _zip(folder, files, made)
    else:
        raise ReleaseError(f"{target.name}: neither a .tar.gz nor a .zip")
    if len(data) > ARCHIVE_MOST:
        raise ReleaseError(f"{target.name} is larger than {ARCHIVE_MOST} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def _tar(folder: str, files: Mapping[str, bytes], made: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mtime, member.mode = len(data), made, 0o644
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _zip(folder: str, files: Mapping[str, bytes], made: int) -> bytes:
    buffer = io.BytesIO()
    moment = datetime.fromtimestamp(max(made, 315532800), UTC)  # this form knows no time before 1980
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(f"{folder}/{name}", moment.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return buffer.getvalue()


def _logo(path: Path) -> bytes:
    data = _read(path)
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ReleaseError(f"{path} is no PNG")
    if len(data) > LOGO_MOST:
        raise ReleaseError(f"{path} is larger than {LOGO_MOST} bytes, which is what the platform takes")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path} can't be read: {error.strerror}") from None


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def own_version() -> str:
    """The version of the tree."""
    found = re.search(r'^VERSION = "([^"]+)"$', (ROOT / "iscbridge" / "version.py").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise ReleaseError("iscbridge/version.py names no version")
    return found[1]


def build_time() -> int:
    """Seconds since 1970 that everything is dated with: SOURCE_DATE_EPOCH, else the last commit's."""
    named = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not named:
        asked = ["git", "log", "-1", "--format=%ct"]
        named = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    if not named.isdigit():
        raise ReleaseError("neither SOURCE_DATE_EPOCH nor a commit says what time to write")
    return int(named)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the archives, print their hashes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--installer", type=Path, action="append", required=True)
    parser.add_argument("--logo", type=Path, required=True)
    parser.add_argument("--sbom", type=Path)
    parser.add_argument("--client", type=Path, help="folder for makers of CAD applications, by client_folder.py")
    parser.add_argument("--forced-upgrade", action="store_true", help="nobody may go on with an older version")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--kind", choices=("tar.gz", "zip"), default="tar.gz")
    options = parser.parse_args(argv)
    parts = Parts(options.installer, options.logo, options.sbom, options.forced_upgrade, options.client)
    try:
        version, made = own_version(), build_time()
        target = options.output / f"ISCBridge-{version}-windows-x64.{options.kind}"
        write(contents(parts, version, made), target, made)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{_sha256(target.read_bytes())}  {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
