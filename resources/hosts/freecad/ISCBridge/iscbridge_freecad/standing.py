"""How a document stands with the cloud."""

from __future__ import annotations


def state_of(status, watched, changed):
    """How a document stands: what `file.status` says, whether it is a working file, whether it is changed."""
    job = status.get("job") or {}
    if status.get("busy"):
        return "saving"
    if job.get("state") == "unknown" and "note.dismissed" not in job.get("notes", ()):
        return "unsure"
    if (status.get("opened") or {}).get("readOnly"):
        return "read_only"
    if not watched and "opened" not in status and job.get("state") != "done":
        return "failed" if job.get("state") == "failed" else "absent"
    if changed:
        return "changed"
    return "failed" if job.get("state") in ("failed", "refused") else "saved"
