"""Small files that are on the disk when a function returns, and never half there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from iscbridge.platform.durable import flush_file, flush_folder, replace


def write_file(path: Path, data: bytes) -> None:
    """Write a small file as a whole: readers see the old content or the new one.

    Raises:
        OSError: the disk is full or the folder can't be written; the old content stays.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            flush_file(file.fileno())
        replace(os.fspath(temporary), os.fspath(path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(os.fspath(path.parent))
