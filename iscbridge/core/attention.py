"""What the tray icon says: one state from what is known, and the words for it, the most important first.

The icon tells the truth at a glance. So it is `saved` only if nothing else holds, and a job whose outcome nobody
knows shows whatever else may be going on. The table stands in `docs/tray.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.attention_state import Attention

#: A tooltip of Windows holds 127 UTF-16 units and a closing NUL (NOTIFYICONDATAW.szTip).
TOOLTIP_UNITS = 127


class Contact(StrEnum):
    """How the windows stand to the bridge."""

    STARTING = "starting"
    CONNECTED = "connected"
    LOST = "lost"
    """There was a bridge, and it does not answer any more."""
    FAILED = "failed"
    """The bridge can't start."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the icon depends on. After a lost connection: as it was last known."""

    contact: Contact = Contact.STARTING
    known: bool = False
    """Whether the bridge has told how it is."""
    sandbox: bool = False
    active: int = 0
    """Jobs that are not final."""
    dialogs: int = 0
    """Those of them for which a dialog of ISCDesk stands open."""
    unknown: int = 0
    """Jobs whose outcome nobody knows and nobody has looked at."""
    failed: int = 0
    """Files whose latest job failed or was refused, and nobody has looked at that."""
    left: int = 0
    """Files whose latest save failed or was refused, and somebody has looked at that: they are not in the cloud."""
    changed: int = 0
    """Watched files that changed since their last save to the cloud."""
    unchecked: int = 0
    """Watched files of which nobody knows whether they changed: not looked at yet, or not to be read."""
    watching: bool = True
    """Whether files are watched at all."""
    paused: bool = False
    paused_until: str = ""
    """The time of day, as people write it; empty: until somebody resumes."""
    desk: str = ""
    """Why ISCDesk can't be reached, as an error's title; empty: it can, or nobody has tried."""
    problems: tuple[str, ...] = ()
    """Titles of what a person has to repair."""
    licenses: tuple[tuple[str, str], ...] = ()
    """Product and error title, where new cloud work is not allowed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the tooltip: an id of `iscbridge.texts` and its parameters."""

    id: str
    params: dict[str, object] = field(default_factory=dict)


def attention(facts: Facts) -> Attention:
    """The state of the icon: the first that holds."""
    if facts.contact is Contact.FAILED or facts.unknown or facts.failed or facts.problems:
        return Attention.NEEDS_YOU
    if facts.licenses:
        return Attention.LICENSE
    if facts.contact is Contact.LOST or facts.desk:
        return Attention.OFFLINE
    if facts.contact is Contact.STARTING or not facts.known:
        return Attention.STARTING
    if facts.paused:
        return Attention.PAUSED
    if facts.active:
        return Attention.WORKING
    return Attention.CHANGED if facts.changed or facts.left or facts.unchecked else Attention.SAVED


def lines(facts: Facts) -> list[Line]:
    """The words for it: first whose word it is, then all that holds, the most important first."""
    name = "tray.tip.sandbox" if facts.sandbox else "tray.tip.name"
    return [Line(name), *_sentences(facts)]


def _sentences(facts: Facts) -> Iterator[Line]:
    state = attention(facts)
    yield from (Line("tray.tip.unknown", {"count": facts.unknown}) for _ in range(facts.unknown > 0))
    failed = facts.failed + facts.left
    yield from (Line("tray.tip.failed", {"count": failed}) for _ in range(failed > 0))
    yield from (Line("tray.tip.problem", {"title": title}) for title in facts.problems)
    yield from (Line("tray.tip.dialog") for _ in range(facts.dialogs > 0))
    yield from (Line("tray.tip.license", {"product": name, "title": title}) for name, title in facts.licenses)
    if facts.contact is Contact.LOST:
        yield Line("tray.tip.lost")
    elif facts.contact is not Contact.FAILED and state is Attention.STARTING:
        yield Line("tray.tip.starting")
    if facts.desk:
        yield Line("tray.tip.problem", {"title": facts.desk})
    if facts.paused and facts.paused_until:
        yield Line("tray.tip.pausedUntil", {"time": facts.paused_until})
    elif facts.paused:
        yield Line("tray.tip.paused")
    yield from (Line("tray.tip.active", {"count": facts.active}) for _ in range(facts.active > 0))
    yield from (Line("tray.tip.changed", {"count": facts.changed}) for _ in range(facts.changed > 0))
    yield from (Line("tray.tip.unchecked", {"count": facts.unchecked}) for _ in range(facts.unchecked > 0))
    if state is Attention.SAVED:
        yield Line("tray.tip.saved" if facts.watching else "tray.tip.savedJobs")


def fit(sentences: Sequence[str], most: int = TOOLTIP_UNITS) -> str:
    """As many of the sentences as fit, a line each; the first that does not fit whole ends with an ellipsis.

    Units are those of UTF-16, and no character is cut in two.
    """
    text = ""
    for sentence in sentences:
        candidate = f"{text}\n{sentence}" if text else sentence
        if _units(candidate) <= most:
            text = candidate
            continue
        shortened = _cut(candidate, most)
        # A word or two of a sentence help nobody.
        return shortened if _units(shortened) - _units(text) >= _LEAST_UNITS or not text else text
    return text


_LEAST_UNITS = 16


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, most: int) -> str:
    while _units(text) >= most:
        text = text[:-1]
    return f"{text.rstrip()}…"
