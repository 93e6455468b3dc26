"""The description of a CAD: what is read, what is refused, and that no path of it leads out of its root."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.hosts.host_fields import HostFileError
from iscbridge.hosts.host_file import ROOTS, is_older, parse_host_file, version_numbers
from iscbridge.hosts.roots import Roots
from support.checkout import ROOT
from support.sample_host import DESCRIPTION


def parsed(text: str):
    return parse_host_file(text.encode())


def test_the_sample_is_read_whole():
    host = parsed(DESCRIPTION)
    assert (host.name, host.product, host.oldest) == ("samplecad", "SampleCAD", "2.0")
    assert (host.named("en"), host.named("zh")) == ("Sample CAD", "示例 CAD")
    assert host.addin is not None
    assert (host.addin.folder, host.addin.name, host.addin.version) == ("addin", "CloudAddin", "1.1")
    assert [spot.path for spot in host.spots] == ["{opt}/SampleCAD {version}/bin/samplecad"]
    assert [place.if_exists for place in host.places] == ["{data}/SampleCAD/v{major}-{minor}", ""]


def test_a_byte_order_mark_does_no_harm():
    assert parse_host_file(b"\xef\xbb\xbf" + DESCRIPTION.encode()) == parsed(DESCRIPTION)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "resources" / "hosts").glob("*/host.toml")), ids=lambda p: p.parent.name
)
def test_what_ships_is_good(path):
    host = parse_host_file(path.read_bytes())
    assert host.name == path.parent.name
    assert {spot.platform for spot in host.spots} >= {"linux", "windows"}
    assert host.addin is None or {place.platform for place in host.places} >= {"linux", "windows"}
    assert host.documents is not None
    assert host.documents.assembly
    assert host.listing is not None
    assert host.opening is not None


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("form = 1", "form = 2", "form"),
        ("form = 1", "form = true", "form"),
        ("form = 1", "", "form"),
        ('name = "samplecad"', 'name = "Sample CAD"', "name"),
        ('name = "samplecad"', 'name = "../x"', "name"),
        ('name = "samplecad"', "name = 5", "name"),
        ('product = "SampleCAD"', 'product = "a/b"', "product"),
        ('product = "SampleCAD"', "", "product"),
        ('en = "Sample CAD", ', "", "en"),
        ('en = "Sample CAD"', 'en = "a\\u001bb"', "en"),
        ('en = "Sample CAD"', 'en = "a\\u202eb"', "en"),
        ('oldest = "2.0"', 'oldest = "two"', "oldest"),
        ('folder = "addin"', 'folder = "../addin"', "folder"),
        ('folder = "addin"', 'folder = "."', "folder"),
        ('folder = "addin"', 'folder = "/etc"', "folder"),
        ('folder = "addin"', 'folder = "nul"', "folder"),
        ('name = "CloudAddin"', 'name = ".hidden"', "name"),
        ('name = "CloudAddin"', 'name = "a\\\\b"', "name"),
        ('name = "CloudAddin"', 'name = "CON.x"', "name"),
        ("[addin]", "[addin]\nrun = 'x'", "member"),
        ("[addin]", "[addin]\nclient = '../client.py'", "client"),
        ("[addin]", "[addin]\nclient = '/client.py'", "client"),
        ("[host]", "[host]\nrun = 'x'", "member"),
        ("form = 1", "form = 1\nrun = 'x'", "member"),
        ('platform = "linux"\npath = "{opt}', 'platform = "beos"\npath = "{opt}', "platform"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "/usr/bin/samplecad", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}/../etc/passwd", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}/a/./b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}//b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}/**/b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}/{other}/b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{nowhere}/b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{installation}/b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}/c:/b", "path"),
        ("{opt}/SampleCAD {version}/bin/samplecad", "{opt}" + "/a" * 17, "path"),
        ("{data}/SampleCAD/Mod", "{data}/*/Mod", "path"),
        ("{data}/SampleCAD/Mod", "{data}/{version}/Mod", "path"),
        ("{data}/SampleCAD/Mod", "{data}/.. /Mod", "path"),
        ("{data}/SampleCAD/Mod", "{data}/aux/Mod", "path"),
    ],
)
def test_what_is_wrong_is_refused_and_named(before, after, word):
    assert before in DESCRIPTION
    with pytest.raises(HostFileError, match=word):
        parsed(DESCRIPTION.replace(before, after, 1))


REGISTRY = """
[[find]]
platform = "windows"
registry = 'HKLM\\SOFTWARE\\Acme\\CAD\\*'
value = "InstallLocation"
program = "bin/acme.exe"
version_value = "Version"
"""


def test_a_registry_key_is_read():
    spot = parsed(DESCRIPTION + REGISTRY).spots[1]
    assert (spot.registry, spot.program) == ("HKLM\\SOFTWARE\\Acme\\CAD\\*", "bin/acme.exe")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("HKLM", "HKCR"),
        ("HKLM\\SOFTWARE\\Acme\\CAD\\*", "HKLM"),
        ("bin/acme.exe", "../acme.exe"),
        ("bin/acme.exe", "C:/acme.exe"),
        ('"windows"', '"linux"'),
        ('value = "InstallLocation"', 'value = "InstallLocation"\npath = "{opt}/x"'),
    ],
)
def test_a_registry_key_has_its_form(before, after):
    with pytest.raises(HostFileError):
        parsed(DESCRIPTION + REGISTRY.replace(before, after, 1))


def test_there_are_limits():
    with pytest.raises(HostFileError, match="bytes"):
        parse_host_file(b"#" * 70_000)
    with pytest.raises(HostFileError, match="more than"):
        parsed(DESCRIPTION + '[[find]]\nplatform = "linux"\npath = "{opt}/x"\n' * 70)
    with pytest.raises(HostFileError, match="TOML"):
        parsed("a = " + "[" * 20_000)
    with pytest.raises(HostFileError, match="UTF-8"):
        parse_host_file(b"\xff\xfe")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(data):
    with pytest.raises(HostFileError):
        parse_host_file(data)


@given(st.data())
def test_a_description_with_any_change_is_read_or_refused(data):
    at = data.draw(st.integers(0, len(DESCRIPTION)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(alphabet='{}[]"=/\\.*\n\x00 aé', max_size=8))
    try:
        host = parsed(DESCRIPTION[:at] + put + DESCRIPTION[at + cut :])
    except HostFileError:
        return
    assert host.name


SEGMENT = st.text(alphabet="ab.*{}vmajorin/\\: ~$%", min_size=1, max_size=12) | st.sampled_from(
    ["..", ".", "{major}", "~"]
)


@given(st.sampled_from([*ROOTS, "installation", "etc"]), st.lists(SEGMENT, max_size=5))
def test_no_place_leads_out_of_its_root(root, segments):
    path = "/".join(["{" + root + "}", *segments])
    if '"' in path:
        return
    text = DESCRIPTION.replace("{data}/SampleCAD/Mod", path.replace("\\", "\\\\"), 1)
    try:
        host = parsed(text)
    except HostFileError:
        return
    top = os.path.join(os.sep, "top")
    roots = Roots("linux", dict.fromkeys(ROOTS, top))
    expanded = roots.expand(host.places[1].path, installation=top, version="3.4")
    assert expanded is not None
    assert os.path.normpath(expanded) == expanded
    assert expanded.startswith(top + os.sep)


def test_versions_are_compared_as_numbers():
    assert version_numbers("0.20.2") == (0, 20, 2)
    assert version_numbers("1.x") == ()
    assert is_older("0.9", "0.20")
    assert not is_older("1.0", "0.20")
    assert not is_older("", "0.20"), "what is not known is not older"
