"""What a listing program writes: three forms, and whatever else it may write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.hosts.host_work import Between, Gives
from iscbridge.hosts.list_output import OutputError, named_in, read_output

NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")) | st.just(" "), min_size=1, max_size=20
)


def test_a_dependency_file_as_openscad_writes_it():
    data = "/tmp/o.csg: \\\n\t/a/sp\\ ace/q\\ #1$x.scad \\\n\t/a/零件.scad \\\n\tmain.scad\n".encode()
    assert read_output(data, Gives.MAKE).files == ("/a/sp ace/q #1$x.scad", "/a/零件.scad", "main.scad")


def test_backslashes_of_windows_paths_stay():
    found = read_output(b"C:\\t\\o.csg: \\\r\n\tC:\\a\\b.scad \\\r\n\tC:\\a\\c.scad\r\n", Gives.MAKE).files
    assert found == ("C:\\a\\b.scad", "C:\\a\\c.scad")


@given(st.lists(NAMES.filter(lambda name: not name.startswith(" ") and "\\" not in name), unique=True))
def test_each_name_comes_through_a_dependency_file(names):
    escaped = [name.replace(" ", "\\ ").replace("#", "\\#") for name in names]
    data = "x.out: \\\n\t" + " \\\n\t".join(escaped) + "\n"
    assert read_output(data.encode(), Gives.MAKE).files == tuple(names)


def test_lines_and_json():
    assert read_output("a b\r\n\n零\n".encode(), Gives.LINES).files == ("a b", "零")
    told = read_output(json.dumps({"files": ["a", "a", "b"], "missing": ["c"], "new": 1}).encode(), Gives.JSON)
    assert (told.files, told.missing, told.absolute) == (("a", "b"), ("c",), ())


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"files": 1}', b'{"files": [1]}', b'{"files": [""]}', b'{"files": ["a\\u0000"]}',
     b'{"files": ["\\ud800"]}', b"[" * 100_000, b"\xff", b'{"files": [], "missing": {}}'],
)  # fmt: skip
def test_what_is_no_answer_is_said(data):
    with pytest.raises(OutputError):
        read_output(data, Gives.JSON)


@pytest.mark.parametrize("data", [b"", b"no target", b"\xfe\xff", b"a:b"])
def test_what_is_no_dependency_file_is_said(data):
    with pytest.raises(OutputError):
        read_output(data, Gives.MAKE)


@given(st.binary(max_size=400), st.sampled_from(Gives))
def test_garbage_is_read_or_refused(data, gives):
    try:
        told = read_output(data, gives)
    except OutputError:
        return
    assert all(path and "\0" not in path for path in told.files)


def test_missing_files_are_taken_from_messages():
    said = "WARNING: Can't open library 'a b.scad'.\nCan't open library 'no end\nCan't open library 'a b.scad'.\n"
    assert named_in(said, (Between("Can't open library '", "'"),)) == ("a b.scad",)


@given(st.text(alphabet="ab<>\n", max_size=60))
def test_messages_of_any_kind(said):
    for found in named_in(said, (Between("<", ">"), Between("a"))):
        assert "\n" not in found
