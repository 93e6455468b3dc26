"""Manifests: file lists that are too long for a frame. Blocking: read them on a worker thread."""

from __future__ import annotations

import msgspec

from iscbridge.core.errors import FileError, RequestError
from iscbridge.ipc.limits import MAX_FILES, MAX_MANIFEST
from iscbridge.ipc.paths import check_path, shown
from iscbridge.platform.files import open_shared


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    files: list[str]


def read_manifest(path: str) -> tuple[str, ...]:
    """The files that a manifest names: UTF-8 JSON, `{"files": ["<absolute path>", ...]}`.

    Raises:
        RequestError: ISCB-REQ-MANIFEST (params `path`, `detail`): missing, unreadable, too large or of another form;
            ISCB-REQ-PATH-*: a path in it can't be one.
    """
    try:
        fd, _ = open_shared(path)  # never waits for the other end of a pipe
        with open(fd, "rb") as file:
            text = file.read(MAX_MANIFEST + 1)
    except OSError as error:
        raise RequestError("ISCB-REQ-MANIFEST", path=shown(path), detail=error.strerror or "?") from error
    except FileError as error:
        reason = getattr(error.__cause__, "strerror", None) or error.code
        raise RequestError("ISCB-REQ-MANIFEST", path=shown(path), detail=reason) from error
    if len(text) > MAX_MANIFEST:
        raise RequestError("ISCB-REQ-MANIFEST", path=shown(path), detail=f"larger than {MAX_MANIFEST} bytes")
    try:
        files = msgspec.json.decode(text, type=_Manifest).files
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError("ISCB-REQ-MANIFEST", path=shown(path), detail=str(error)) from None
    if not 1 <= len(files) <= MAX_FILES:
        raise RequestError("ISCB-REQ-MANIFEST", path=shown(path), detail=f"{len(files)} files; 1 to {MAX_FILES} fit")
    for name in files:
        check_path(name)
    return tuple(files)
