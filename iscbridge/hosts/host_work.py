"""What a CAD's description says of work with files: its documents, how an assembly's are listed, how one is opened.

The form stands in `docs/hosts.md`.

No expression that a description holds is evaluated: patterns know `*` and `?` alone, a reference is what stands
between two fixed texts. So nothing in a description can make a search take for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from iscbridge.hosts.host_fields import LONGEST_PATH, only, path_of, refuse, table_of, tables_of, text_of

_SUFFIX = re.compile(r"[A-Za-z0-9_+-]{1,24}")
_TEMPLATE = re.compile(r"[^/\\{}]{0,40}(?:\{(?:name|stem)\}[^/\\{}]{0,40})?")
_PATTERN = re.compile(r"[^\\\0]{1,120}")
_MOST_WORDS, _MOST_REFERENCES, _MOST_ARGUMENTS = 64, 32, 32
_LONGEST_ARGUMENT = 2000
_SHORTEST_S, _LONGEST_S, _USUAL_S = 1, 120, 20
#: What may stand in an argument. A file's name is an argument of its own: never a part of a script or an option.
_WHOLE = ("{file}", "{output}", "{scratch}")
_BELOW_SCRATCH = re.compile(r"\{scratch\}/[A-Za-z0-9._-]{1,40}")


class How(StrEnum):
    """How an assembly's files are listed."""

    NATIVE = "native"
    """By a reader of ISCBridge's own for this format."""
    FOLDER = "folder"
    """Everything in the main file's folder."""
    COMMAND = "command"
    """By the CAD's program."""
    REFERENCES = "references"
    """From the text of the files."""


class Gives(StrEnum):
    """What a listing program writes."""

    MAKE = "make"
    """The dependencies of one target, as for `make`."""
    LINES = "lines"
    """One file a line."""
    JSON = "json"
    """`{"files": [...]}`, and `missing` and `absolute` in the same way if there are such."""


@dataclass(frozen=True, slots=True)
class Documents:
    """`[files]`. Suffixes are in small letters, with their full stop."""

    types: tuple[str, ...]
    assembly: tuple[str, ...] = ()
    """Suffixes of main files: those that stand for all the files that belong to them."""
    lock: tuple[str, ...] = ()
    """Names of files that lie beside a document while it is open; `{name}` and `{stem}` of the document."""
    leave_out: tuple[str, ...] = ()
    """Patterns of what never belongs to an upload; with a closing `/` of folders."""
    installed: tuple[str, ...] = ()
    """Folders of the installation, from a root on: what lies there is at every place, and not sent."""


@dataclass(frozen=True, slots=True)
class Between:
    """A text between two fixed ones."""

    before: str
    after: str = "\n"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where files of some types name other files."""

    types: tuple[str, ...]
    between: Between
    escape: str = ""
    """The sign that takes the next one as it is."""
    from_main: bool = False
    """Whether a relative one begins at the main file's folder; else at that of the file in which it stands."""
    optional: bool = False
    """Whether it may lead nowhere."""
    leads_to: tuple[str, ...] = ()
    """Suffixes of what it may lead to; empty: any. One to another file makes the file that holds it unusable."""
    variables: tuple[tuple[str, str], ...] = ()
    """What a reference may begin with, and what that stands for: `main`, or `installed` for what is not sent."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`[list]`."""

    how: How
    take: tuple[str, ...] = ()
    """FOLDER: patterns of what belongs to an assembly; empty: all but what is left out."""
    arguments: tuple[str, ...] = ()
    gives: Gives = Gives.LINES
    seconds: int = _USUAL_S
    missing: tuple[Between, ...] = ()
    """Where the program's messages name a file that it did not find."""
    references: tuple[Reference, ...] = ()
    rewrite: bool = False
    """Whether a reference may be written anew, so that files can lie flat in the cloud's folder."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`[open]`: how the program opens a file."""

    arguments: tuple[str, ...]


def read_documents(document: dict[str, Any], roots: tuple[str, ...]) -> Documents | None:
    """The table `[files]`; None if there is none."""
    if "files" not in document:
        return None
    table = table_of(document, "files")
    only(table, "[files]", {"types", "assembly", "lock", "leave_out", "installed"})
    types = _suffixes(table, "types")
    assembly = _suffixes(table, "assembly", optional=True)
    if not set(assembly) <= set(types):
        refuse("assembly names a suffix that types does not")
    lock = _words(table, "lock", _TEMPLATE)
    if any(not name.strip(" .") for name in lock):
        refuse("lock names no file")
    installed = tuple(path_of({"installed": path}, "installed", roots) for path in _words(table, "installed", None))
    return Documents(types, assembly, lock, _patterns(table, "leave_out"), installed)


def read_listing(document: dict[str, Any]) -> Listing | None:
    """The table `[list]`; None if there is none."""
    if "list" not in document:
        return None
    table = table_of(document, "list")
    known = {"how", "take", "arguments", "gives", "seconds", "missing", "reference", "rewrite"}
    only(table, "[list]", known)
    how = How(_one_of(table, "how", How))
    _check_parts(table, how)
    return Listing(
        how,
        take=_patterns(table, "take"),
        arguments=_arguments(table, needs="{file}") if how is How.COMMAND else (),
        gives=Gives(_one_of(table, "gives", Gives)) if how is How.COMMAND else Gives.LINES,
        seconds=_seconds(table),
        missing=tuple(_message(one) for one in tables_of(table, "missing", _MOST_REFERENCES)),
        references=tuple(_reference(one) for one in tables_of(table, "reference", _MOST_REFERENCES)),
        rewrite=_switch(table, "rewrite"),
    )


def read_opening(document: dict[str, Any]) -> Opening | None:
    """The table `[open]`; None if there is none."""
    if "open" not in document:
        return None
    table = table_of(document, "open")
    only(table, "[open]", {"arguments"})
    arguments = _arguments(table, needs="{file}")
    if any(word != "{file}" and "{" in word for word in arguments):
        refuse("[open] knows {file} alone")
    return Opening(arguments)


def _check_parts(table: dict[str, Any], how: How) -> None:
    """Members that say nothing of this way of listing were meant for another one."""
    fitting = {
        How.NATIVE: {"how"},
        How.FOLDER: {"how", "take", "reference"},
        How.COMMAND: {"how", "arguments", "gives", "seconds", "missing", "reference"},
        How.REFERENCES: {"how", "reference", "rewrite"},
    }
    if set(table) - fitting[how]:
        refuse(f"[list] has a member that does not belong to how = {how.value}")
    if how is How.REFERENCES and not table.get("reference"):
        refuse("[[list.reference]] is missing")


def _reference(table: dict[str, Any]) -> Reference:
    known = {"in", "before", "after", "escape", "relative_to", "optional", "leads_to", "variables"}
    only(table, "[[list.reference]]", known)
    escape = _plain_text(table, "escape") if "escape" in table else ""
    if len(escape) > 1:
        refuse("escape is one sign")
    relative_to = _one_of(table, "relative_to", ("file", "main")) if "relative_to" in table else "file"
    variables = table_of(table, "variables") if "variables" in table else {}
    if len(variables) > _MOST_WORDS or any(value not in ("main", "installed") for value in variables.values()):
        refuse("variables stand for main or installed")
    return Reference(
        _suffixes(table, "in"),
        _between(table),
        escape,
        from_main=relative_to == "main",
        optional=_switch(table, "optional"),
        leads_to=_suffixes(table, "leads_to", optional=True),
        variables=tuple(variables.items()),
    )


def _message(table: dict[str, Any]) -> Between:
    only(table, "[[list.missing]]", {"before", "after"})
    return _between(table)


def _between(table: dict[str, Any]) -> Between:
    return Between(_plain_text(table, "before"), _plain_text(table, "after") if "after" in table else "\n")


def _plain_text(table: dict[str, Any], key: str) -> str:
    """A text that is looked for as it stands: blanks count."""
    value = table.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATH or not (value == "\n" or value.isprintable()):
        refuse(f"{key} must be a printable text")
    return value


def _arguments(table: dict[str, Any], *, needs: str) -> tuple[str, ...]:
    words = table.get("arguments")
    if not isinstance(words, list) or not 0 < len(words) <= _MOST_ARGUMENTS:
        refuse(f"arguments must be 1 to {_MOST_ARGUMENTS} texts")
    for word in words:
        if not isinstance(word, str) or "\0" in word or not 0 < len(word) <= _LONGEST_ARGUMENT:
            refuse("arguments must be texts that are not empty")
        if word not in _WHOLE and not _BELOW_SCRATCH.fullmatch(word) and any(name in word for name in _WHOLE):
            refuse("a name in braces must be an argument of its own")
    if needs not in words:
        refuse(f"arguments must hold {needs}")
    return tuple(words)


def _seconds(table: dict[str, Any]) -> int:
    value = table.get("seconds", _USUAL_S)
    if type(value) is not int or not _SHORTEST_S <= value <= _LONGEST_S:
        refuse(f"seconds must be a number from {_SHORTEST_S} to {_LONGEST_S}")
    return value


def _switch(table: dict[str, Any], key: str) -> bool:
    value = table.get(key, False)
    return value if isinstance(value, bool) else refuse(f"{key} must be true or false")


def _one_of(table: dict[str, Any], key: str, allowed: Any) -> str:
    value = text_of(table, key)
    names = [str(name) for name in allowed]
    return value if value in names else refuse(f"{key} must be one of {', '.join(names)}")


def _suffixes(table: dict[str, Any], key: str, *, optional: bool = False) -> tuple[str, ...]:
    found = _words(table, key, _SUFFIX)
    if not found and not optional:
        refuse(f"{key} is missing")
    return tuple(f".{suffix.lower()}" for suffix in found)


def _patterns(table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = _words(table, key, _PATTERN)
    for pattern in found:
        parts = pattern.removesuffix("/").split("/")
        if any(part in ("", ".", "..") or part.count("*") > 2 or "**" in part for part in parts):
            refuse(f"a part of {key} is empty, leads upwards, or has too many patterns")
    return found


def _words(table: dict[str, Any], key: str, form: re.Pattern[str] | None) -> tuple[str, ...]:
    words = table.get(key, [])
    if not isinstance(words, list) or len(words) > _MOST_WORDS:
        refuse(f"{key} must be at most {_MOST_WORDS} texts")
    return tuple(text_of({key: word}, key, form, longest=LONGEST_PATH) for word in words)
