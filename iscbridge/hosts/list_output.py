"""What a listing program wrote: the files of an assembly, in one of three forms. Bounded by what is read of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from iscbridge.core.paths import printable
from iscbridge.hosts.host_work import Between, Gives

MOST_BYTES = 16 * 1024 * 1024
MOST_FILES = 100_000
_LONGEST_PATH = 32_768
#: In a dependency file a backslash takes a blank, a hash or the end of the line as it is; before others it is itself.
_MAKE_WORD = re.compile(r"(?:\\[ #\t]|\\(?![ #\t\r\n])|[^\s\\])+")
_MAKE_ESCAPE = re.compile(r"\\([ #\t])")
_MAKE_TARGET = re.compile(r":(?=[ \t\r\n]|\\[\r\n]|\Z)")


class OutputError(ValueError):
    """It is not in the form that the description says; the words are for people."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the program said. Paths as they stand there."""

    files: tuple[str, ...]
    missing: tuple[str, ...] = ()
    absolute: tuple[str, ...] = ()
    """Files that are referred to by an absolute path."""


def read_output(data: bytes, gives: Gives) -> Told:
    """The files in a program's output.

    Raises:
        OutputError: it is in another form, or there is too much of it.
    """
    if len(data) > MOST_BYTES:
        raise OutputError(f"more than {MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OutputError("not UTF-8") from error
    if gives is Gives.MAKE:
        return Told(_paths(_make(text)))
    if gives is Gives.LINES:
        return Told(_paths(line for line in text.splitlines() if line.strip()))
    return _json(text)


def named_in(messages: str, places: Iterable[Between]) -> tuple[str, ...]:
    """What stands in a program's messages between two texts, each once."""
    found: dict[str, None] = {}
    for place in places:
        at = 0
        while (start := messages.find(place.before, at)) >= 0 and len(found) < MOST_FILES:
            start += len(place.before)
            end = messages.find(place.after, start, start + _LONGEST_PATH)
            line = messages.find("\n", start, start + _LONGEST_PATH)
            if end >= 0 and not 0 <= line < end and end > start:
                found[messages[start:end]] = None
            at = start
    return tuple(found)


def _make(text: str) -> list[str]:
    head = _MAKE_TARGET.search(text)
    if head is None:
        raise OutputError("no dependencies of a target")
    return [_MAKE_ESCAPE.sub(r"\1", word) for word in _MAKE_WORD.findall(text[head.end() :])]


def _json(text: str) -> Told:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OutputError("no JSON") from error
    if not isinstance(found, dict) or "files" not in found:
        raise OutputError('no object with a list "files"')
    lists = [found.get(name, []) for name in ("files", "missing", "absolute")]
    for one in lists:
        if not isinstance(one, list) or not all(isinstance(path, str) for path in one):
            raise OutputError("a list holds something that is no path")
    return Told(*(_paths(one) for one in lists))


def _paths(found: Iterable[str]) -> tuple[str, ...]:
    paths = tuple(dict.fromkeys(found))
    if len(paths) > MOST_FILES:
        raise OutputError(f"more than {MOST_FILES} files")
    for path in paths:
        if not path or "\0" in path or len(path) > _LONGEST_PATH or any(0xD800 <= ord(sign) <= 0xDFFF for sign in path):
            raise OutputError(f"no path: {printable(path, 60)}")
    return paths
