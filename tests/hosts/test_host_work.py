"""What a description says of files: what is read, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.hosts.host_fields import HostFileError
from iscbridge.hosts.host_file import parse_host_file
from iscbridge.hosts.host_work import Gives, How
from iscbridge.hosts.name_patterns import NamePatterns

HEAD = """
form = 1
[host]
name = "othercad"
product = "OtherCAD"
title = { en = "Other CAD", zh = "另一 CAD" }
"""
WORK = """
[files]
types = ["oasm", "OPRT"]
assembly = ["oasm"]
lock = ["~{name}.lck"]
leave_out = ["*.bak", "cache/"]
installed = ["{share}/othercad"]

[list]
how = "command"
arguments = ["--list", "{output}", "--temp", "{scratch}/x", "{file}"]
gives = "lines"
seconds = 5

[[list.missing]]
before = "not found: "

[[list.reference]]
in = ["oprt"]
before = "use <"
after = ">"
optional = true

[open]
arguments = ["{file}"]
"""


def parsed(text: str):
    return parse_host_file((HEAD + text).encode())


def test_the_sample_is_read_whole():
    host = parsed(WORK)
    assert host.documents is not None
    assert (host.documents.types, host.documents.assembly) == ((".oasm", ".oprt"), (".oasm",))
    assert (host.documents.lock, host.documents.leave_out) == (("~{name}.lck",), ("*.bak", "cache/"))
    assert host.listing is not None
    assert (host.listing.how, host.listing.gives, host.listing.seconds) == (How.COMMAND, Gives.LINES, 5)
    assert host.listing.missing[0].after == "\n"
    assert host.opening is not None
    assert host.opening.arguments == ("{file}",)


def test_a_description_without_these_tables_is_as_before():
    host = parsed("")
    assert (host.documents, host.listing, host.opening) == (None, None, None)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("[files]", "[files]\nrun = 'x'", "member"),
        ("[list]", "[list]\nprogram = '/bin/sh'", "member"),
        ("[list]", "[list]\nrewrite = true", "belong"),
        ("[open]", "[open]\nprogram = '/bin/sh'", "member"),
        ('types = ["oasm", "OPRT"]', "types = []", "types"),
        ('types = ["oasm", "OPRT"]', 'types = ["a/b"]', "types"),
        ('types = ["oasm", "OPRT"]', 'types = "oasm"', "types"),
        ('assembly = ["oasm"]', 'assembly = ["other"]', "assembly"),
        ('lock = ["~{name}.lck"]', 'lock = ["../{name}"]', "lock"),
        ('lock = ["~{name}.lck"]', 'lock = ["{name}{stem}"]', "lock"),
        ('lock = ["~{name}.lck"]', 'lock = ["{file}"]', "lock"),
        ('leave_out = ["*.bak", "cache/"]', 'leave_out = ["../*"]', "leave_out"),
        ('leave_out = ["*.bak", "cache/"]', 'leave_out = ["*a*b*c"]', "leave_out"),
        ('leave_out = ["*.bak", "cache/"]', 'leave_out = ["/x"]', "leave_out"),
        ('installed = ["{share}/othercad"]', 'installed = ["/usr"]', "installed"),
        ('how = "command"', 'how = "shell"', "how"),
        ('how = "command"', 'how = "references"', "belong"),
        ('how = "command"', 'how = "native"', "belong"),
        ('"{scratch}/x"', '"{scratch}/../x"', "braces"),
        ('"{scratch}/x"', '"{scratch}/a/b"', "braces"),
        ('"{scratch}/x"', '"--out={output}"', "braces"),
        ('"{scratch}/x"', "\"open('{file}')\"", "braces"),
        ('"{scratch}/x"', '""', "empty"),
        ('"{scratch}/x", "{file}"', '"x"', "{file}"),
        ('arguments = ["--list"', 'arguments = [5, "--list"', "texts"),
        ('gives = "lines"', 'gives = "xml"', "gives"),
        ("seconds = 5", "seconds = 0", "seconds"),
        ("seconds = 5", "seconds = 600", "seconds"),
        ("seconds = 5", "seconds = true", "seconds"),
        ('before = "not found: "', 'before = ""', "before"),
        ('before = "not found: "', 'before = "a\\nb"', "before"),
        ("optional = true", "optional = 1", "optional"),
        ("optional = true", 'escape = "ab"', "escape"),
        ("optional = true", 'relative_to = "home"', "relative_to"),
        ("optional = true", 'variables = { "$X" = "/etc" }', "variables"),
        ('[open]\narguments = ["{file}"]', '[open]\narguments = ["{scratch}", "{file}"]', "alone"),
        ('[open]\narguments = ["{file}"]', '[open]\narguments = ["x"]', "{file}"),
    ],
)
def test_what_is_no_description_is_said(before, after, word):
    assert before in WORK
    with pytest.raises(HostFileError) as caught:
        parsed(WORK.replace(before, after, 1))
    assert word in str(caught.value)


def test_references_belong_to_a_listing_by_references():
    with pytest.raises(HostFileError):
        parsed('[files]\ntypes = ["a"]\n[list]\nhow = "references"\n')


@given(st.text(max_size=200))
def test_whatever_stands_there_is_read_or_refused(text):
    for at in ("types = [", "before = ", "arguments = "):
        try:
            parsed(WORK.replace(at, at + text, 1))
        except HostFileError:
            continue


class TestNamePatterns:
    @pytest.mark.parametrize(
        ("pattern", "place"),
        [("*.bak", "a/B.BAK"), ("~*", "x/y/~z"), ("a?c", "abc"), ("sub/*.tmp", "sub/x.tmp"), ("straße*", "STRASSE 1")],
    )
    def test_a_file_is_meant(self, pattern, place):
        assert NamePatterns([pattern]).file(place)

    @pytest.mark.parametrize(
        ("pattern", "place"),
        [("*.bak", "a.bak/b"), ("sub/*.tmp", "sub/deep/x.tmp"), ("cache/", "cache"), ("a?c", "ac")],
    )
    def test_a_file_is_not_meant(self, pattern, place):
        assert not NamePatterns([pattern]).file(place)

    def test_folders_have_patterns_of_their_own(self):
        patterns = NamePatterns(["*-backups/", "build/cache/"])
        assert patterns.folder("x/Gear-Backups")
        assert patterns.folder("build/cache")
        assert not patterns.folder("cache")
        assert not patterns.file("gear-backups")
