"""An assembly that is a folder: everything in it that is not left out."""

from __future__ import annotations

import os
import threading

from iscbridge.core.errors import AssemblyError
from iscbridge.core.paths import printable
from iscbridge.hosts.closure import MAX_FILES, Stopped
from iscbridge.hosts.collect import shown
from iscbridge.hosts.name_patterns import NamePatterns
from iscbridge.platform.faults import file_error
from iscbridge.platform.longpaths import extended


def list_folder(main: str, take: NamePatterns, leave_out: NamePatterns, stop: threading.Event) -> tuple[str, ...]:
    """Absolute paths of the files that belong to the project of a main file, which is not among them.

    Folders are entered, links to folders are not. A folder that holds too much is no project, whatever lies in it.
    A link to a file elsewhere is refused: in a stranger's project it could lead to anything that this user may read.

    Raises:
        FileError: a folder can't be read.
        AssemblyError: ISCB-ASM-TOO-LARGE, ISCB-ASM-SCATTERED.
        Stopped: `stop` was set.
    """
    folder = os.path.dirname(main)
    found: list[str] = []
    seen = 0

    def fail(error: OSError) -> None:
        raise file_error(error, error.filename or folder) from error

    top = extended(folder)
    for parent, folders, names in os.walk(top, onerror=fail):
        if stop.is_set():
            raise Stopped
        place = os.path.relpath(parent, top).replace(os.sep, "/")
        prefix = "" if place == "." else f"{place}/"
        folders[:] = sorted(name for name in folders if not leave_out.folder(f"{prefix}{name}"))
        seen += len(names)
        if seen > MAX_FILES:
            raise AssemblyError("ISCB-ASM-TOO-LARGE", path=printable(main), limit=str(MAX_FILES))
        for name in sorted(names):
            path = os.path.join(folder, *prefix.split("/")[:-1], name)
            below = f"{prefix}{name}"
            if path != main and not leave_out.file(below) and (take.empty or take.file(below)):
                found.append(path)
    _check_links(main, found)
    return tuple(found)


def _check_links(main: str, found: list[str]) -> None:
    home = os.path.join(os.path.realpath(os.path.dirname(main)), "")
    strange = [path for path in found if os.path.islink(path) and not os.path.realpath(path).startswith(home)]
    if strange:
        raise AssemblyError(
            "ISCB-ASM-SCATTERED", path=printable(main), names=shown([printable(path) for path in strange])
        )
