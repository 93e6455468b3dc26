"""One change in the text of a settings file; every other character stays, so comments, order and foreign keys do.

The text is taken apart by tomlkit and put together again. Both times the standard library's parser has the last word:
a result that says anything else than was asked for is not used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from iscbridge.core.setting_migrations import migrate

if TYPE_CHECKING:
    from tomlkit.items import Item
    from tomlkit.toml_document import TOMLDocument

_VERSION_LINE = "version = 0\n"


class CannotEditError(Exception):
    """The text is valid, but the change can't be made in it without touching something else."""


def put(text: str, key: str, value: object) -> str:
    """The text with the setting `key` (`table.name`) at this value.

    Args:
        text: valid TOML with bare line feeds, without a byte order mark.
        key: of a declared setting.
        value: text, number or switch.

    Raises:
        CannotEditError: see there.
    """
    table, _, name = key.partition(".")
    prepared = _migrated(text)
    wanted = tomllib.loads(prepared)
    if not isinstance(wanted.setdefault(table, {}), dict):
        raise CannotEditError
    wanted[table][name] = value
    return _checked(prepared, lambda document: _put(document, table, name, value), wanted)


def drop(text: str, key: str) -> str:
    """The text without the setting `key`; the same text if it is not there. A comment behind it stays on its line.

    Raises:
        CannotEditError: see there.
    """
    table, _, name = key.partition(".")
    found = tomllib.loads(text).get(table)
    if not isinstance(found, dict) or name not in found:
        return text
    prepared = _migrated(text)
    wanted = tomllib.loads(prepared)
    del wanted[table][name]
    return _checked(prepared, lambda document: _drop(document, table, name), wanted)


def _migrated(text: str) -> str:
    """The text in the newest form, with a line break at its end."""
    whole = text if not text or text.endswith("\n") else f"{text}\n"
    plain = tomllib.loads(whole)
    if not migrate(dict(plain)):
        return whole
    if "version" not in plain:
        whole = f"{_VERSION_LINE}\n{whole}" if whole.strip() else _VERSION_LINE

    def change(document: TOMLDocument) -> str:
        migrate(document)
        return document.as_string()

    migrate(plain)
    return _checked(whole, change, plain)


def _checked(before: str, change: Callable[[TOMLDocument], str], wanted: dict[str, Any]) -> str:
    """The changed text, if the parser gives back what it was given, and the result says what is wanted."""
    import tomlkit

    try:
        document = tomlkit.parse(before)
        faithful = document.as_string() == before
        after = change(document)
        good = faithful and _comparable(tomllib.loads(after)) == _comparable(wanted)
    except Exception as error:  # of a foreign parser, which knows a dozen; none of them may cost the file
        raise CannotEditError from error
    if not good:
        raise CannotEditError
    return after


def _comparable(value: object) -> object:
    """Equal for documents that say the same: nan equals nan, 1 is not true, an empty table is as good as none."""
    if isinstance(value, dict):
        return {name: _comparable(part) for name, part in value.items() if part != {}}
    if isinstance(value, list):
        return [_comparable(part) for part in value]
    return type(value).__name__, repr(value)


def _put(document: TOMLDocument, table: str, name: str, value: object) -> str:
    import tomlkit
    from tomlkit.items import InlineTable

    item = tomlkit.item(value)
    for body, index in _places(document, table, name):
        old = body[index][1]
        item.trivia.indent, item.trivia.comment_ws = old.trivia.indent, old.trivia.comment_ws
        item.trivia.comment, item.trivia.trail = old.trivia.comment, old.trivia.trail
        body[index] = (body[index][0], item)
        return document.as_string()
    found = document.get(table)
    if isinstance(found, InlineTable):
        found[name] = value
        return document.as_string()
    for body in _own_bodies(document, table):
        # Behind the last value and not at the end: what follows there may be a comment on the next table.
        last = max((index for index, (key, part) in enumerate(body) if key is not None and _is_value(part)), default=-1)
        body.insert(last + 1, (tomlkit.key(name), item))
        item.trivia.trail = "\n"
        return document.as_string()
    if found is not None and not _has_header_below(document, table):
        document[table][name] = value  # written with dots: `table.other = 1`
        return document.as_string()
    text = document.as_string()
    gap = "\n" if text and not text.endswith("\n\n") else ""
    return f"{text}{gap}[{table}]\n{name} = {item.as_string()}\n"


def _drop(document: TOMLDocument, table: str, name: str) -> str:
    import tomlkit
    from tomlkit.items import InlineTable

    found = document.get(table)
    if isinstance(found, InlineTable):
        del found[name]
        return document.as_string()
    for body, index in list(_places(document, table, name)):
        trivia = body[index][1].trivia
        if trivia.comment:
            comment = tomlkit.comment(trivia.comment.lstrip("#").strip())
            comment.trivia.comment = trivia.comment
            comment.trivia.indent, comment.trivia.trail = trivia.indent, trivia.trail
            body[index] = (None, comment)
        else:
            del body[index]
    return document.as_string()


def _bodies(document: TOMLDocument, table: str) -> Iterator[tuple[Any, list[Any]]]:
    """Each part of the text that adds to the table: the part itself, and its lines as (key, item)."""
    from tomlkit.items import Table

    for key, item in document.body:
        if key is not None and key.key == table and isinstance(item, Table):
            yield item, item.value.body


def _places(document: TOMLDocument, table: str, name: str) -> Iterator[tuple[list[Any], int]]:
    """Where the setting stands in a table that is no inline one."""
    for _, body in _bodies(document, table):
        for index in range(len(body) - 1, -1, -1):
            key = body[index][0]
            if key is not None and key.key == name:
                yield body, index


def _own_bodies(document: TOMLDocument, table: str) -> Iterator[list[Any]]:
    """Those that begin with a header `[table]` of their own."""
    for part, body in _bodies(document, table):
        if not part.is_super_table() and not _is_dotted(document, part):
            yield body


def _has_header_below(document: TOMLDocument, table: str) -> bool:
    """Whether the table is there only because of `[table.something]`."""
    return any(part.is_super_table() and not _is_dotted(document, part) for part, _ in _bodies(document, table))


def _is_dotted(document: TOMLDocument, part: Any) -> bool:
    return any(key is not None and item is part and key.is_dotted() for key, item in document.body)


def _is_value(item: Item) -> bool:
    from tomlkit.items import AoT, Table

    return not isinstance(item, (Table, AoT))
