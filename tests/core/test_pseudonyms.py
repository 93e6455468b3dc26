"""Paths under pseudonyms: stable, one to one, and nothing of a name is left."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iscbridge.core.pseudonyms import PathText, Pseudonyms

NAMES = st.text(
    st.characters(exclude_characters='/\\:\n"“”<>|', exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
ROOTS = st.sampled_from(["/", "C:\\", "\\\\", "D:/", ""])


@st.composite
def paths(draw: st.DrawFn) -> str:
    root = draw(ROOTS)
    names = draw(st.lists(NAMES, min_size=1, max_size=6))
    return root + ("/" if root in ("/", "D:/", "") else "\\").join(names)


@given(st.lists(paths(), max_size=30))
def test_different_paths_stay_different_and_the_same_stay_the_same(found: list[str]) -> None:
    names = Pseudonyms()
    first = [names.path(path) for path in found]
    assert [names.path(path) for path in found] == first
    assert len(set(first)) == len(set(found))


@given(paths())
@example("C:\\Users\\Anna\\arm.FCStd")
@example("/a.b.c/.hidden")
def test_depth_and_ending_stay_and_no_name_does(path: str) -> None:
    short = Pseudonyms().path(path)
    assert [c for c in short if c in "/\\"] == [c for c in path if c in "/\\"]
    drive = re.match(r"[A-Za-z]:(?=[/\\])", path)
    parts = re.split(r"[/\\]+", short[2:] if drive else short)
    assert all(re.fullmatch(r"n\d+(\.[A-Za-z][A-Za-z0-9]{0,7})?", part) for part in parts if part)
    ending = re.search(r"(?<=[^/\\])\.[A-Za-z][A-Za-z0-9]{0,7}$", path)
    if ending:
        assert short.endswith(ending[0])


@pytest.mark.parametrize(
    "text",
    [
        "capture of /home/anna/Secret Crane/arm one.FCStd failed: no such file",
        "can't read 'C:\\\\Users\\\\Anna\\\\Secret Crane\\\\arm one.FCStd'",
        "can't read C:\\Users\\Anna\\Secret Crane\\arm one.FCStd, trying again",
        "“\\\\server\\anna\\Secret Crane\\arm one.FCStd” is locked",
        '{"path": "/home/anna/Secret Crane/arm one.FCStd"}',
        "ARM ONE.fcstd is missing; Secret Crane too",
    ],
)
def test_names_go_from_running_text(text: str) -> None:
    names = Pseudonyms()
    names.learn(["/home/anna/Secret Crane/arm one.FCStd"])
    shown = names.text(text)
    assert not re.search("anna|secret|crane|arm", shown, re.IGNORECASE)
    assert re.search(r"\.fcstd", shown, re.IGNORECASE)


def test_what_is_no_path_stays() -> None:
    names = Pseudonyms()
    for text in ("2026-11-22 08:00:00,123 INFO iscbridge.service.bridge: closing: asked", "and/or", "5 / 7", "a: b"):
        assert names.text(text) == text


def test_the_same_file_has_the_same_pseudonym_in_text_and_document() -> None:
    names = Pseudonyms()
    path = PathText("/cad/arm.step")
    document = names.document({"path": path, "said": f"lost {path} today", "n": 3, "more": [path]})
    assert document == {"path": "/n1/n2.step", "said": "lost /n1/n2.step today", "n": 3, "more": ["/n1/n2.step"]}


@given(st.text(max_size=400))
def test_any_text_is_taken(text: str) -> None:
    names = Pseudonyms()
    names.learn([text])
    names.text(text)


def test_a_long_line_takes_no_long_time() -> None:
    names = Pseudonyms()
    for text in ("/a" * 8000, "a/" * 8000, "/" * 16000, "/" + "a " * 8000, "\\\\" * 8000, '"/' * 8000):
        names.text(text)
