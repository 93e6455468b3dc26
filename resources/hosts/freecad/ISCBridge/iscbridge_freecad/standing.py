"""How a document stands with the cloud."""

from __future__ import annotations

import os


def state_of(status, watched, modified):
    """How a document stands.

    Args:
        status: what `file.status` says of its file.
        watched: the state of the working file that it is; empty: it is none.
        modified: whether FreeCAD has changes of it that are not on the disk.
    """
    job = status.get("job") or {}
    if status.get("busy"):
        return "saving"
    if job.get("state") == "unknown" and "note.dismissed" not in job.get("notes", ()):
        return "unsure"
    if (status.get("opened") or {}).get("readOnly"):
        return "read_only"
    if not watched and "opened" not in status and job.get("state") != "done":
        return "failed" if job.get("state") == "failed" else "absent"
    if modified or watched in ("changed", "changing"):
        return "changed"
    if job.get("state") in ("failed", "refused"):
        return "failed"
    # Nobody looks at a file that is not watched, or can't be: what it holds by now is not known.
    return "saved" if watched in ("saved", "missing") else "unknown"


def watched_as(path, files):
    """The state of the working file at this path; empty if there is none. Of another spelling only the name counts here."""
    return next((one["state"] for one in files if os.path.normcase(one["path"]) == os.path.normcase(path)), "")


def watched_elsewhere(path, files):
    """The same by the file that each spelling means; asks the disk, so it is not for FreeCAD's main thread."""
    real = os.path.normcase(os.path.realpath(path))
    return next((one["state"] for one in files if os.path.normcase(os.path.realpath(one["path"])) == real), "")
