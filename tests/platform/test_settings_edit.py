"""Changing one setting in any text: comments, order and all other keys stay, whatever form the file has."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.setting_migrations import LATEST
from iscbridge.core.settings import SETTINGS
from iscbridge.platform.settings_edit import CannotEditError, drop, put

HEAD = f"version = {LATEST}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[secrets]\nstore = "file"\n'),
        ("# only words\n", '# only words\n\n[secrets]\nstore = "file"\n'),
        ("[secrets]", '[secrets]\nstore = "file"\n'),
        ('[secrets]\nstore  =  "auto"   # why\n', '[secrets]\nstore  =  "file"   # why\n'),
        (
            "[secrets]\n  store = 1 # k\n  [secrets.x]\n  a=1\n",
            '[secrets]\n  store = "file" # k\n  [secrets.x]\n  a=1\n',
        ),
        (
            "[secrets] # h\nother = 1 # c\n# trail\n\n\n# about the network\n[network]\n",
            '[secrets] # h\nother = 1 # c\nstore = "file"\n# trail\n\n\n# about the network\n[network]\n',
        ),
        ("[secrets]\n\n[network]\n", '[secrets]\nstore = "file"\n\n[network]\n'),
        ("secrets.other = 1\nx = 2\n", 'secrets.other = 1\nsecrets.store = "file"\nx = 2\n'),
        ("secrets.store = 1 # why\n# b\nc=1", 'secrets.store = "file" # why\n# b\nc=1\n'),
        ("secrets = {a=1, store=2} # c\nx = 2\n", 'secrets = {a=1, store="file"} # c\nx = 2\n'),
        ("secrets = {}\n", 'secrets = {store = "file"}\n'),
        ("[secrets.sub]\na=1\n[x]\n", '[secrets.sub]\na=1\n[x]\n\n[secrets]\nstore = "file"\n'),
        ("[secrets.s]\na=1\n[x]\n[secrets] # h\nb=1\n", '[secrets.s]\na=1\n[x]\n[secrets] # h\nb=1\nstore = "file"\n'),
        ("['secrets']\n'store' = 3\n", "['secrets']\n'store' = \"file\"\n"),
        ('[secrets]\nstore = """a\nb""" # c\nd=1\n', '[secrets]\nstore = "file" # c\nd=1\n'),
        ("[secrets]\nx = [ # a\n 1, # b\n]\n# d\n", '[secrets]\nx = [ # a\n 1, # b\n]\nstore = "file"\n# d\n'),
    ],
)
def test_a_setting_is_put_where_a_person_would(before: str, after: str) -> None:
    changed = put(HEAD + before, "secrets.store", "file")
    assert changed.removeprefix(HEAD).lstrip("\n") == after
    assert put(changed, "secrets.store", "file") == changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[secrets]\nstore = 1\n", "[secrets]\n"),
        ("[secrets]\n# a\nstore = 1 # why\n# b\nc=1\n", "[secrets]\n# a\n# why\n# b\nc=1\n"),
        ("secrets.a=1\nx=1\nsecrets.store=2 # k\n[y]\n", "secrets.a=1\nx=1\n# k\n[y]\n"),
        ("[secrets.s]\na=1\n[x]\n[secrets] # h\nstore=1 #c\n", "[secrets.s]\na=1\n[x]\n[secrets] # h\n#c\n"),
        ("secrets = {a=1, store=2, b=3} # c\n", "secrets = {a=1,  b=3} # c\n"),
    ],
)
def test_a_setting_is_dropped_and_its_comment_stays(before: str, after: str) -> None:
    assert drop(HEAD + before, "secrets.store") == HEAD + after


@pytest.mark.parametrize("text", ["", "[secrets]", "secrets = 5", "[[secrets]]\na = 1", "# x", "[other]\r\n"])
def test_dropping_what_is_not_there_changes_nothing(text: str) -> None:
    assert drop(text, "secrets.store") == text


@pytest.mark.parametrize("text", ["secrets = 5\n", "[[secrets]]\na = 1\n", "secrets = [1]\n"])
def test_what_stands_where_the_table_belongs_is_not_overwritten(text: str) -> None:
    with pytest.raises(CannotEditError):
        put(text, "secrets.store", "file")


def test_a_file_of_before_is_brought_to_the_newest_form_by_the_first_change() -> None:
    before = '# mine\n\n[secrets]\nstore = "auto" # c\n'
    after = put(before, "secrets.store", "file")
    assert after == f'version = {LATEST}\n\n# mine\n\n[secrets]\nstore = "file" # c\n'
    assert drop(before, "secrets.store") == f"version = {LATEST}\n\n# mine\n\n[secrets]\n# c\n"
    named = put("# a\nversion = 0 # b\n", "secrets.store", "file")
    assert named == f'# a\nversion = {LATEST} # b\n\n[secrets]\nstore = "file"\n'


def test_a_newer_form_keeps_its_number() -> None:
    assert put("version = 99\n", "secrets.store", "file").startswith("version = 99\n")


# whole files, made of lines as people write them
comments = st.integers(0, 999).map(lambda number: f"# note {number}")
blanks = st.sampled_from(["", "  ", "\t"])
values = st.sampled_from(
    [
        "1",
        "true",
        '"text"',
        "'#no comment'",
        "[1, 2]",
        "2026-01-01",
        "0x1F",
        "1.5e3",
        "nan",
        '"""a"""',
        "{ p = 1 }",
        '"\\u00e9 中"',
    ]
)
TABLES = ("secrets", "network", "files", "advanced", "general", "tray", "later.deep", "network.sub")


@st.composite
def files(draw: Any) -> str:
    """A valid file: keys before tables, no table twice, comments anywhere."""
    lines: list[str] = []

    def chatter() -> None:
        lines.extend(draw(st.lists(comments | blanks, max_size=2)))

    def keys(names: list[str], known: tuple[str, ...] = ()) -> None:
        for name in draw(st.lists(st.sampled_from([*names, *known]), unique=True, max_size=3)):
            chatter()
            indent = draw(st.sampled_from(["", "  "]))
            tail = draw(st.sampled_from(["", f" {draw(comments)}"]))
            lines.append(f"{indent}{name} = {draw(values)}{tail}")

    if draw(st.booleans()):
        lines.append(draw(st.sampled_from(["version = 1", "version = 0 # form"])))
    keys(["top", "other"])
    dotted = draw(st.sampled_from(["", "files", "general"]))
    if dotted:
        lines.append(f"{dotted}.later = {draw(values)} {draw(comments)}")
        if draw(st.booleans()):
            lines.append("top2 = 1")
        if dotted == "files" and draw(st.booleans()):
            lines.append(f"files.snapshot_days = 3 {draw(comments)}")
    for table in draw(st.lists(st.sampled_from(TABLES), unique=True)):
        if table == dotted:
            continue
        chatter()
        lines.append(f"[{table}]{draw(st.sampled_from(['', ' # head']))}")
        own = tuple(s.key.partition(".")[2] for s in SETTINGS if s.key.partition(".")[0] == table)
        keys(["a", "b-c", '"q r"'], own)
    chatter()
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


EXAMPLES: dict[str, Any] = {
    "choice": ["auto"],
    "switch": [True, False],
    "number": [1, 14, 365],
    "address": ["none", "http://proxy:3128"],
    "path": ["", "/opt/a b/lib.so", "C:\\sdk\\shim.dll", "/o\"dd/#na'me"],
}
changes = st.lists(
    st.sampled_from(SETTINGS).flatmap(
        lambda setting: st.tuples(st.just(setting.key), st.none() | st.sampled_from(EXAMPLES[setting.kind.name]))
    ),
    min_size=1,
    max_size=8,
)


def comments_of(text: str) -> list[str]:
    return re.findall(r"# (?:note \d+|head|form)", text)


def flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every value by its path; as text, for nan is not nan."""
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{prefix}{name}\n"))
        else:
            found[f"{prefix}{name}"] = repr(value)
    return found


@given(files(), changes)
def test_any_changes_keep_comments_order_and_all_other_keys(text: str, steps: list[tuple[str, Any]]) -> None:
    expected = flat(tomllib.loads(text))
    current = text
    for key, value in steps:
        changed = drop(current, key) if value is None else put(current, key, value)
        place = key.replace(".", "\n")
        if value is None:
            expected.pop(place, None)
        else:
            expected = {name: kept for name, kept in expected.items() if not name.startswith(f"{place}\n")}
            expected[place] = repr(value)
        if changed != current:
            expected["version"] = str(LATEST)
        # Behind an inline table or a string of our own nothing may look like a comment that was not one.
        assert comments_of(changed) == comments_of(current)
        found = tomllib.loads(changed)
        if value is None and isinstance(tomllib.loads(current).get(place.partition("\n")[0]), dict):
            expected = {name: kept for name, kept in expected.items() if not name.startswith(f"{place}\n")}
        assert flat(found) == expected
        before, after = current.splitlines(), changed.splitlines()
        # A comment that stays where its setting went may look like another one elsewhere: then neither tells its place.
        untouched = [line for line in before if line.strip() and after.count(line) == before.count(line)]
        positions = [after.index(line) for line in dict.fromkeys(untouched)]
        firsts = [before.index(line) for line in dict.fromkeys(untouched)]
        assert [p for _, p in sorted(zip(firsts, positions, strict=True))] == sorted(positions)
        current = changed


@given(files(), changes)
def test_what_was_put_can_be_taken_out_again(text: str, steps: list[tuple[str, Any]]) -> None:
    for key, value in steps:
        without = drop(text, key)
        if without == text and value is not None:
            assert flat(tomllib.loads(drop(put(text, key, value), key))) == {
                **flat(tomllib.loads(text)),
                "version": str(LATEST),
            }


@given(st.text("[]\"'=.#\n\tabsecrtoy12,{} ", max_size=80))
def test_odd_files_are_changed_rightly_or_not_at_all(text: str) -> None:
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        after = tomllib.loads(put(text, "secrets.store", "file"))
    except CannotEditError:
        return
    assert after["secrets"]["store"] == "file"
    before.setdefault("secrets", {})["store"] = "file"
    assert flat(after) == {**flat(before), **({} if "version" in before else {"version": str(LATEST)})}
