"""CAD files that are text and name other files between two fixed texts; see `iscbridge.hosts.links.Format`.

Bytes are looked at and never decoded as a whole, so what else stands in a file does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from iscbridge.core.errors import AssemblyError
from iscbridge.core.paths import printable
from iscbridge.hosts.host_work import Reference
from iscbridge.hosts.links import Link, format_error

MAX_TEXT = 512 * 1024 * 1024
MAX_LINKS = 100_000
_LONGEST_LINK = 32_768
_MAIN = "main"


class TextReferences:
    """The references of one description, for the files of one assembly."""

    def __init__(self, references: Iterable[Reference], *, rewrite: bool) -> None:
        self._by_suffix: dict[str, list[Reference]] = {}
        self._rewrite = rewrite
        for reference in references:
            for suffix in reference.types:
                self._by_suffix.setdefault(suffix, []).append(reference)

    def knows(self, path: str) -> bool:
        """Whether files of this type refer to others."""
        return _suffix(path) in self._by_suffix

    def links(self, file: IO[bytes], path: str) -> tuple[Link, ...]:
        """References to other files; see `Format.links`."""
        if not self.knows(path):
            return ()
        data = _read(file, path)
        found: dict[Link, None] = {}
        for reference in self._by_suffix.get(_suffix(path), ()):
            for _, _, text in _spans(data, reference, path):
                link = _link(text, reference)
                if link is not None:
                    _check_kind(link, reference, path)
                    found[link] = None
                if len(found) > MAX_LINKS:
                    raise AssemblyError("ISCB-ASM-TOO-LARGE", path=printable(path), limit=str(MAX_LINKS))
        return tuple(found)

    def rewrite(self, source: IO[bytes], target: IO[bytes], renamed: Mapping[str, str], path: str) -> None:
        """Copy with references replaced; see `Format.rewrite`."""
        if not self._rewrite:
            raise format_error(path, "references of this format can't be redirected")
        data = _read(source, path)
        places = [
            (start, end, _escaped(renamed[text], reference))
            for reference in self._by_suffix.get(_suffix(path), ())
            for start, end, text in _spans(data, reference, path)
            if text in renamed
        ]
        done = 0
        for start, end, new in sorted(places):
            if start < done:
                continue  # two descriptions of the same place
            target.write(data[done:start])
            target.write(new)
            done = end
        target.write(data[done:])


def _read(file: IO[bytes], path: str) -> bytes:
    file.seek(0)
    data = file.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise format_error(path, f"more than {MAX_TEXT} bytes")
    return data


def _spans(data: bytes, reference: Reference, path: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and text of each reference. One that is too long, or that never ends, is none."""
    before, after = reference.between.before.encode(), reference.between.after.encode()
    escape = reference.escape.encode()
    # What begins a line does not stand in the middle of another one.
    at_line = reference.between.after == "\n"
    at = 0
    while (start := data.find(before, at)) >= 0:
        begin = start + len(before)
        at = begin
        if at_line and start > 0 and data[start - 1 : start] != b"\n":
            continue
        end = _end(data, begin, after, escape)
        if end is None:
            continue
        at = end + len(after)
        raw = data[begin:end]
        if at_line and raw.endswith(b"\r"):
            raw, end = raw[:-1], end - 1
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise format_error(path, "a reference is not UTF-8") from error
        text = _unescaped(text, reference.escape)
        if text:
            yield begin, end, text


def _end(data: bytes, begin: int, after: bytes, escape: bytes) -> int | None:
    limit = begin + _LONGEST_LINK
    at = begin
    while (end := data.find(after, at, limit)) >= 0:
        if not escape or _escapes_before(data, begin, end, escape) % 2 == 0:
            return end
        at = end + 1
    # the file's last line may have no end
    return len(data) if after == b"\n" and len(data) <= limit else None


def _escapes_before(data: bytes, begin: int, end: int, escape: bytes) -> int:
    count = 0
    while end - (count + 1) * len(escape) >= begin and data.startswith(escape, end - (count + 1) * len(escape)):
        count += 1
    return count


def _unescaped(text: str, escape: str) -> str:
    if not escape or escape not in text:
        return text
    signs = iter(text)
    return "".join(next(signs, "") if sign == escape else sign for sign in signs)


def _escaped(text: str, reference: Reference) -> bytes:
    escape = reference.escape
    if escape:
        text = text.replace(escape, escape * 2).replace(reference.between.after, escape + reference.between.after)
    return text.encode()


def _link(text: str, reference: Reference) -> Link | None:
    """What a reference means; None for one into the installation, which is at every place."""
    for variable, meaning in reference.variables:
        if text.startswith(variable):
            if meaning != _MAIN:
                return None
            return Link(text, text[len(variable) :].lstrip("/\\"), from_main=True, optional=reference.optional)
    return Link(text, text, from_main=reference.from_main, optional=reference.optional)


def _check_kind(link: Link, reference: Reference, path: str) -> None:
    """A stranger's file must not make a save take along whatever this user may read."""
    if reference.leads_to and not link.path.lower().endswith(reference.leads_to):
        raise format_error(path, f"it refers to {link.path}, which is no file of that kind")


def _suffix(path: str) -> str:
    """The suffix; for a file that has none its name, as if that were one."""
    stem, suffix = os.path.splitext(os.path.basename(path))
    return (suffix or f".{stem}").lower()
