"""Hosts whose format is not known here: the host itself lists an assembly's files, in the request or in a manifest.

A manifest is a JSON object in UTF-8: `{"main": "/cad/gear.asm", "files": ["/cad/gear.asm", "bolt.prt", ...]}`.
Paths are absolute or relative to the manifest's folder; `main` may be left out and must be the file that is
saved if it is there. Unknown keys are left alone, so that newer hosts work with older bridges.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from iscbridge.core.errors import BridgeError, RequestError
from iscbridge.core.paths import check_path, printable
from iscbridge.platform.files import open_shared
from iscbridge.platform.identity import identity_key

MAX_MANIFEST = 64 * 1024 * 1024
MAX_FILES = 100_000
_WINDOWS = sys.platform == "win32"


def read_manifest(path: str, main: str) -> tuple[str, ...]:
    """The absolute paths that a manifest lists, each once, in its order. Reads a file: not for a thread that must not wait.

    Args:
        path: the manifest.
        main: the file that is to be saved.

    Raises:
        RequestError: ISCB-REQ-MANIFEST says what is wrong with it; ISCB-REQ-PATH-* for a path in it.
        BridgeError: ISCB-FILE-* if it can't be read.
    """
    check_path(path, windows=_WINDOWS)
    fd, stamp = open_shared(path)
    with open(fd, "rb") as file:
        if stamp.size > MAX_MANIFEST:
            raise _bad(path, f"larger than {MAX_MANIFEST} bytes")
        raw = file.read(MAX_MANIFEST + 1)
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _bad(path, str(error)) from error
    return _files(found, path, main)


def _files(found: Any, path: str, main: str) -> tuple[str, ...]:
    if not isinstance(found, dict) or not isinstance(found.get("files"), list):
        raise _bad(path, 'no object with a list "files"')
    listed = found["files"]
    if not all(isinstance(name, str) and name for name in listed):
        raise _bad(path, '"files" holds something that is no path')
    if len(listed) > MAX_FILES:
        raise _bad(path, f"more than {MAX_FILES} files")
    folder = os.path.dirname(os.path.abspath(path))
    named = found.get("main")
    if named is not None:
        if not isinstance(named, str) or not named:
            raise _bad(path, '"main" is no path')
        if identity_key(_absolute(named, folder)) != identity_key(main):
            raise _bad(path, '"main" is not the file that is to be saved')
    files = tuple(dict.fromkeys(_absolute(name, folder) for name in listed))
    for name in files:
        try:
            check_path(name, windows=_WINDOWS)
        except BridgeError as error:
            raise _bad(path, f"{printable(name)}: {error.code}") from error
    return files


def _absolute(name: str, folder: str) -> str:
    return os.path.join(folder, name)


def _bad(path: str, detail: str) -> RequestError:
    return RequestError("ISCB-REQ-MANIFEST", path=printable(path), detail=printable(detail))
