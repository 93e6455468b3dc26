"""Settings files of older versions are read as this one writes them.

A file says by `version = N` at its top which form it has. One step leads from each form to the next; a step changes
the document in place and works on plain dictionaries (reading) and on documents that keep their comments (writing).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

Document = MutableMapping[str, Any]
Step = Callable[[Document], None]


def _say_the_version(document: Document) -> None:
    """0 to 1: files of before said no version. Their settings mean the same."""
    document.setdefault("version", 0)


#: The step at index N makes N + 1 of N.
STEPS: tuple[Step, ...] = (_say_the_version,)
#: What this version of ISCBridge writes.
LATEST = len(STEPS)


def is_version(value: object) -> bool:
    """Whether the value is a version's number, known or not."""
    return type(value) is int and value >= 0


def version_of(document: Document) -> int:
    """The document's form; 0 for one that says none, or nothing that could be one."""
    value = document.get("version", 0)
    return int(value) if is_version(_plain(value)) else 0


def migrate(document: Document, steps: Sequence[Step] = STEPS) -> bool:
    """Bring a document to the newest form, in place. One of a newer form than we know stays as it is.

    Returns:
        Whether anything was done.
    """
    if "version" in document and not is_version(_plain(document["version"])):
        return False  # it is told where the file is read; guessing which steps it needs could spoil it
    before = version_of(document)
    for step in steps[before:]:
        step(document)
    if before >= len(steps):
        return False
    document["version"] = len(steps)
    return True


def _plain(value: object) -> object:
    """The value itself, where a document that keeps comments wraps it."""
    unwrap = getattr(value, "unwrap", None)
    return value if unwrap is None else unwrap()
