"""Texts of working files, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-REQ-NOT-WATCHED": (
        "The file is not a working file",
        "“{path}” was neither opened from the cloud nor saved to it on this computer, or it is watched no more. The file itself was not touched.",
        "Check the path. A file becomes a working file when it is saved to the cloud or opened from it.",
    ),
}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
