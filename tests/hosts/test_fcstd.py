from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import AssemblyError
from iscbridge.hosts import fcstd
from iscbridge.hosts.fcstd import FcStd
from support.fcstd import document_xml, write_fcstd

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
FORM = FcStd()
#: What XML 1.0 can hold in an attribute without being changed on the way.
xml_text = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1)


def packed(xml: bytes | str, **others: bytes) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Document.xml", xml)
        for name, content in others.items():
            archive.writestr(name, content)
    return made


def links_of(path: Path) -> tuple[str, ...]:
    with open(path, "rb") as file:
        return FORM.links(file, str(path))


def detail_of(file: io.BytesIO) -> str:
    with pytest.raises(AssemblyError) as caught:
        FORM.links(file, "/x.FCStd")
    assert caught.value.code == "ISCB-ASM-FORMAT"
    assert caught.value.params["path"] == "/x.FCStd"
    return caught.value.params["detail"]


def test_a_real_part_refers_to_nothing() -> None:
    assert links_of(SAMPLES / "bracket.FCStd") == ()


def test_a_real_assembly_names_links_arrays_binders_and_expressions_once() -> None:
    assert set(links_of(SAMPLES / "gearbox" / "gearbox.FCStd")) == {
        "housing/Gehäuse & Deckel.FCStd",
        "drive/drive.FCStd",
        "shaft.FCStd",
        "fasteners/bolt.FCStd",
        "../library/bolt.FCStd",
    }


def test_only_expressions_also_count(tmp_path: Path) -> None:
    extra = '<XLinks count="1" docs="1"><DocMap name="b" label="b" index="0"/><XLink file="b.FCStd" name="B"/></XLinks>'
    assert links_of(write_fcstd(tmp_path / "a.FCStd", extra=extra)) == ("b.FCStd",)


def test_look_alikes_in_comments_text_and_other_attributes_are_no_references(tmp_path: Path) -> None:
    extra = (
        '<!-- <XLink file="comment.FCStd"/> --><S v="&lt;XLink file=&quot;text.FCStd&quot;/>"/>'
        '<![CDATA[<XLink file="cdata.FCStd"/>]]><XLinkSub file="other.FCStd"/>'
    )
    assert links_of(write_fcstd(tmp_path / "a.FCStd", ["real.FCStd"], extra=extra)) == ("real.FCStd",)


@given(st.lists(xml_text, max_size=5), st.lists(xml_text, min_size=5, max_size=5))
def test_rewriting_changes_the_named_references_and_nothing_else(links: list[str], new: list[str]) -> None:
    links = list(dict.fromkeys(links))
    source = packed(document_xml(links), Shape=b"\0" * 1000)
    renamed = dict(zip(links[::2], new, strict=False))
    target = io.BytesIO()
    FORM.rewrite(source, target, renamed, "/x")
    expected = list(dict.fromkeys(renamed.get(link, link) for link in links))
    assert list(FORM.links(target, "/x")) == expected
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target) as after:
        assert after.testzip() is None
        assert before.read("Shape") == after.read("Shape")
    again = io.BytesIO()
    source.seek(0)
    FORM.rewrite(source, again, renamed, "/x")
    assert again.getvalue() == target.getvalue()


def test_rewriting_a_real_assembly_keeps_every_other_byte(tmp_path: Path) -> None:
    path = SAMPLES / "gearbox" / "gearbox.FCStd"
    renamed = {"../library/bolt.FCStd": 'bolt <2> & "x".FCStd'}
    target = io.BytesIO()
    with open(path, "rb") as source:
        FORM.rewrite(source, target, renamed, str(path))
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(target) as after:
        assert [i.filename for i in before.infolist()] == [i.filename for i in after.infolist()]
        assert [i.date_time for i in before.infolist()] == [i.date_time for i in after.infolist()]
        for info in before.infolist()[1:]:
            assert before.read(info) == after.read(info.filename)
        old, new = before.read("Document.xml").decode(), after.read("Document.xml").decode()
    assert old.count("../library/bolt.FCStd") > 0
    assert new == old.replace('"../library/bolt.FCStd"', '"bolt &lt;2&gt; &amp; &quot;x&quot;.FCStd"')


def test_a_value_that_looks_like_the_attribute_is_left_alone() -> None:
    xml = """<Document><XLink name=' file="no.FCStd"' other = "1"\n  file = 'a.FCStd' sub=">"/></Document>"""
    target = io.BytesIO()
    FORM.rewrite(packed(xml), target, {"a.FCStd": "b.FCStd"}, "/x")
    with zipfile.ZipFile(target) as archive:
        assert archive.read("Document.xml").decode() == xml.replace("'a.FCStd'", '"b.FCStd"')


def test_another_encoding_can_be_read_and_not_rewritten() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><Document><XLink file="a.FCStd"/></Document>'
    source = packed(text.encode("utf-16"))
    assert FORM.links(source, "/x") == ("a.FCStd",)
    with pytest.raises(AssemblyError):
        FORM.rewrite(source, io.BytesIO(), {"a.FCStd": "b"}, "/x")


def test_damaged_files_say_what_is_wrong(tmp_path: Path) -> None:
    whole = (SAMPLES / "gearbox" / "gearbox.FCStd").read_bytes()
    assert detail_of(io.BytesIO(b""))
    assert detail_of(io.BytesIO(b"no zip at all"))
    assert detail_of(io.BytesIO(whole[: len(whole) // 2]))
    broken = bytearray(whole)
    broken[200:400] = os.urandom(200)
    assert detail_of(io.BytesIO(bytes(broken)))
    assert "Document.xml" in detail_of(packed("<Document><XLink file='a'></Document>"))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("other.xml", "x")
    assert detail_of(other) == "no Document.xml"


@given(st.integers(0), st.binary(min_size=1, max_size=40))
def test_any_damage_is_an_answer_and_not_a_crash(at: int, noise: bytes) -> None:
    whole = bytearray((SAMPLES / "gearbox" / "gearbox.FCStd").read_bytes())
    at %= len(whole)
    whole[at : at + len(noise)] = noise
    file = io.BytesIO(bytes(whole))
    for work in (
        lambda: FORM.links(file, "/x"),
        lambda: FORM.rewrite(file, io.BytesIO(), {"shaft.FCStd": "x"}, "/x"),
    ):
        try:
            work()
        except AssemblyError as error:
            assert error.code in ("ISCB-ASM-FORMAT", "ISCB-ASM-TOO-LARGE")  # noqa: PT017  not every damage is noticed


def test_entities_are_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d><XLink file="&b;"/></d>'
    assert "document type" in detail_of(packed(bomb))


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcstd, "MAX_XML", 1000)
    assert "too large" in detail_of(packed(b" " * 5000))


def test_a_size_that_lies_reads_no_more_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bytearray(packed(b" " * 5000).getvalue())
    central = made.index(b"PK\1\2")
    made[central + 24 : central + 28] = (10).to_bytes(4, "little")
    assert detail_of(io.BytesIO(bytes(made)))


def test_too_many_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcstd, "MAX_LINKS", 3)
    with pytest.raises(AssemblyError) as caught:
        FORM.links(packed(document_xml(["a", "b", "c", "d"])), "/x")
    assert caught.value.code == "ISCB-ASM-TOO-LARGE"


def test_two_documents_in_one_file_are_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("Document.xml", "<Document/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("Document.xml", "<Document/>")
    assert "more than one" in detail_of(made)
