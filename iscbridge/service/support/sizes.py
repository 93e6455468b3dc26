"""Sizes in words."""

from __future__ import annotations

from iscbridge.texts.render import Language, text

_KIB = 1024


def size_text(size: int, language: Language) -> str:
    """A number of bytes as a person reads it: `812 bytes`, `14 KB`, `1.9 MB`."""
    if size < _KIB:
        return text("bundle.size.bytes", language, count=size)
    if size < _KIB * _KIB:
        return text("bundle.size.kib", language, count=round(size / _KIB))
    return text("bundle.size.mib", language, count=f"{size / _KIB / _KIB:.1f}")
