"""References that stand in a text between two fixed ones: found, and written anew."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import AssemblyError
from iscbridge.hosts.host_work import Between, Reference
from iscbridge.hosts.links import Link
from iscbridge.hosts.text_references import TextReferences

LINE = Reference((".slvs",), Between("Group.impFileRel="))
QUOTED = Reference((".slvs",), Between('(file "', '"'), escape="\\")
SIGNS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


def links(data: bytes, *references: Reference, path: str = "/a/x.slvs") -> list[Link]:
    return list(TextReferences(references, rewrite=True).links(io.BytesIO(data), path))


def texts(data: bytes, *references: Reference) -> list[str]:
    return [link.text for link in links(data, *references)]


def rewritten(data: bytes, renamed: dict[str, str], *references: Reference) -> bytes:
    target = io.BytesIO()
    TextReferences(references, rewrite=True).rewrite(io.BytesIO(data), target, renamed, "/a/x.slvs")
    return target.getvalue()


def test_lines():
    data = b"\xb1\xb2\xb3\nGroup.impFileRel=a/\xe9\x9b\xb6.slvs\r\nx Group.impFileRel=no\nGroup.impFileRel=\nGroup.impFileRel=b"
    assert texts(data, LINE) == ["a/零.slvs", "b"]


def test_quotes_and_escapes():
    data = b'(file "a \\"b\\" \\\\ c")(file "")(file "d")(file "no end'
    assert texts(data, QUOTED) == ['a "b" \\ c', "d"]


def test_each_is_told_once():
    assert texts(b"Group.impFileRel=a\nGroup.impFileRel=a\n", LINE) == ["a"]


def test_other_types_have_none():
    assert links(b"Group.impFileRel=a\n", LINE, path="/a/x.stl") == []


def test_a_name_without_a_suffix_is_a_type_too():
    table = Reference((".fp-lib-table",), Between('"', '"'))
    assert [link.text for link in links(b'"a"', table, path="/a/fp-lib-table")] == ["a"]


def test_what_a_reference_may_lead_to():
    parts = Reference((".slvs",), Between("Group.impFileRel="), leads_to=(".slvs", ".emn"))
    assert texts(b"Group.impFileRel=a.SLVS\nGroup.impFileRel=../b.emn\n", parts) == ["a.SLVS", "../b.emn"]
    for name in (b"../../.ssh/id_rsa", b"slvs", b"a.slvs.key"):
        with pytest.raises(AssemblyError) as caught:
            texts(b"Group.impFileRel=" + name, parts)
        assert caught.value.code == "ISCB-ASM-FORMAT"
        assert name.decode() in caught.value.params["detail"]


def test_variables():
    reference = Reference((".slvs",), Between("<", ">"), variables=(("$P", "main"), ("$", "installed")), optional=True)
    assert links(b"<$P/a><$LIB/b><c>", reference) == [
        Link("$P/a", "a", from_main=True, optional=True),
        Link("c", "c", optional=True),
    ]


def test_what_is_not_utf8_is_said():
    with pytest.raises(AssemblyError) as caught:
        texts(b"Group.impFileRel=\xff\n", LINE)
    assert caught.value.code == "ISCB-ASM-FORMAT"


@given(st.dictionaries(SIGNS, SIGNS, max_size=5), st.lists(st.binary(max_size=10), min_size=6, max_size=6))
def test_a_renamed_reference_is_found_again(renamed, noise):
    noise = [part.replace(b"(", b"") for part in noise]
    quote = lambda text: text.replace("\\", "\\\\").replace('"', '\\"')  # noqa: E731  short and used twice
    data = noise[0] + b"".join(
        f'(file "{quote(old)}")'.encode() + part for old, part in zip(renamed, noise[1:], strict=False)
    )
    done = rewritten(data, renamed, QUOTED)
    assert texts(done, QUOTED) == list(dict.fromkeys(renamed.values()))
    assert rewritten(data, {}, QUOTED) == data


@given(st.binary(max_size=300))
def test_anything_is_read_or_refused(data):
    for piece in (data, b"Group.impFileRel=" + data, b'(file "' + data):
        try:
            found = texts(piece, LINE, QUOTED)
        except AssemblyError:
            continue
        assert all(found)
