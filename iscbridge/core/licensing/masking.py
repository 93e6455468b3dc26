"""The form in which a licence code is shown. The code itself is shown only in the field where it is typed."""

from __future__ import annotations

_SHORTEST = 8
_HIDDEN = "****"


def mask(code: str) -> str:
    """First two and last three characters with `****` between (`PL****001`); of a code shorter than 8 nothing."""
    return _HIDDEN if len(code) < _SHORTEST else f"{code[:2]}{_HIDDEN}{code[-3:]}"
