"""What is listed of parts inside other parts, and whose texts: on folders and copyright files made up here."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from support.checkout import ROOT

FROZEN = ROOT / "installer" / "frozen"
DEP5 = """Format: 1.0

Files: *
Copyright: 2001 Somebody
License: Expat

Files: src/inner/*
       src/other.c
Copyright: 2002 Somebody else
License: BSD-2-clause or Expat

Files: own/*
Copyright: 2003 A third one
License: Own
 Do as you please
 .
 with it.

Files: lost/*
Copyright: nobody
License: Gone

License: Expat
 Permission is granted.

License: BSD-2-clause
 Redistribution is permitted.
"""


@pytest.fixture(scope="module", autouse=True)
def modules():
    sys.path.insert(0, str(FROZEN))
    yield
    sys.path.remove(str(FROZEN))


@pytest.fixture
def sources(tmp_path):
    from inventory import Sources

    for entry in described()["part"]:
        for source in entry["texts"]:
            kind, _, rest = source.partition(":")
            if kind == "debian":
                package, _, files = rest.partition(":")
                path = tmp_path / "doc" / package / "copyright"
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(
                        f"Format: 1.0\n\nFiles: {files or '*'}\nCopyright: {package}\nLicense: Own\n Words of {package}\n\n"
                    )
    mit = tmp_path / "site" / "h11-1.dist-info"
    mit.mkdir(parents=True)
    (mit / "METADATA").write_text("Name: h11\nVersion: 1\n", encoding="utf-8")
    (mit / "RECORD").write_text("h11-1.dist-info/METADATA,,\nh11-1.dist-info/LICENSE.txt,,\n", encoding="utf-8")
    (mit / "LICENSE.txt").write_text(
        "The MIT License\n\nCopyright (c) 2016 Them\n\nPermission is hereby granted, free.\n\n"
        'THE SOFTWARE IS PROVIDED "AS IS".\n', encoding="utf-8"
    )  # fmt: skip
    (tmp_path / "LICENSE.txt").write_text("Python's", encoding="utf-8")
    return Sources(tmp_path / "site", tmp_path / "LICENSE.txt", "3.11.9", tmp_path, debian=tmp_path / "doc")


def described():
    return tomllib.loads((FROZEN / "parts.toml").read_text("utf-8"))


def whole(**versions: str):
    from inventory import Component

    known = {"ISCBridge": "1", "Qt": "6.8.3", "Python": "3.11.9", "cryptography": "50", "cffi": "2",
             "PyInstaller bootloader": "6"} | versions  # fmt: skip
    return [Component(name, version, "MIT", f"pkg:generic/{name}@{version}", [], []) for name, version in known.items()]


def filled(folder: Path, **others: bytes) -> list[str]:
    """A folder with Qt's files, each with what it must show."""
    shows = {
        "Qt6Core.dll": b"1.3.1 (Qt)\x0010.45 2025-02-05\x00Blake2b_160\x00RealSha3_224\x00Sha384\x00",
        "Qt6Gui.dll": b"1.6.47\x00truetype\x00harfbuzz \x00D3D12MA\x00International Color Consortium, 2015\x00WinterNeva",
    } | others
    names = []
    for name, data in shows.items():
        path = folder / "_internal/PySide6" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        names.append(f"_internal/PySide6/{name}")
    return names


def test_parts_are_listed_with_the_versions_that_the_files_show(tmp_path, sources):
    import parts

    found = {(one.of, one.name): one for one in parts.take(tmp_path, filled(tmp_path), whole(), sources)}
    assert {of for of, _ in found} == {"Qt"}
    assert found["Qt", "zlib"].version == "1.3.1"
    assert found["Qt", "PCRE2"].purl == "pkg:generic/pcre2@10.45"
    assert found["Qt", "HarfBuzz"].version == ""
    assert found["Qt", "TinyCBOR"].texts[0].content.endswith("Words of libqt5core5a\n")
    assert "Copyright (c) Advanced Micro" in found["Qt", "D3D12 Memory Allocator"].texts[0].content
    assert "Them" not in found["Qt", "D3D12 Memory Allocator"].texts[0].content
    assert found["Qt", "Adobe glyph list"].no_text


def test_a_part_that_no_file_shows_any_more_is_an_error(tmp_path, sources):
    import parts
    from inventory import InventoryError

    names = filled(tmp_path, **{"Qt6Core.dll": b"nothing"})
    with pytest.raises(InventoryError, match=r"Qt6Core\.dll: nothing shows zlib"):
        parts.take(tmp_path, names, whole(), sources)


@pytest.mark.parametrize(("name", "version"), [("Qt", "6.80.1"), ("Qt", "6.9.0"), ("Python", "3.12.1")])
def test_another_version_needs_somebody_to_read_its_list(tmp_path, sources, name, version):
    import parts
    from inventory import InventoryError

    with pytest.raises(InventoryError, match=rf"{name} is {version}"):
        parts.take(tmp_path, filled(tmp_path), whole(**{name: version}), sources)


def test_our_own_libraries_have_parts_of_the_compiler_that_built_them(tmp_path, sources):
    import parts

    library = tmp_path / "_internal/iscbridge/native_lib/a.dll"
    library.parent.mkdir(parents=True)
    names = ["_internal/iscbridge/native_lib/a.dll"]
    library.write_bytes(b"built by another compiler")
    assert parts.take(tmp_path, names, whole(), sources) == []
    library.write_bytes(b"GCC: (GNU) 12-posix\x00Mingw-w64 runtime failure:\x00/winpthreads/src")
    found = {one.name: one.version for one in parts.take(tmp_path, names, whole(), sources)}
    assert found == {"GCC runtime libraries": "12", "MinGW-w64 runtime": "", "winpthreads": ""}


def test_a_wheel_tells_what_is_in_it(tmp_path, sources):
    import parts

    def crate(name: str, licence: str, **more: str):
        return {
            "name": name,
            "version": "1.0",
            "purl": f"pkg:cargo/{name}@1.0?x=y",
            "licenses": [{"expression": licence}],
        } | more

    bill = tmp_path / "_internal/cryptography-50.dist-info/sboms/rust.json"
    bill.parent.mkdir(parents=True)
    crates = [crate("asn1", "BSD-3-Clause"), crate("cc", "MIT", scope="excluded"), crate("cryptography-x509", "MIT"),
              crate("libc", "MIT OR Apache-2.0"), {"name": "openssl", "purl": "pkg:generic/openssl@4"}]  # fmt: skip
    bill.write_text(json.dumps({"components": crates}), encoding="utf-8")
    found = parts.take(tmp_path, [bill.relative_to(tmp_path).as_posix()], whole(), sources)
    assert [(one.of, one.purl, bool(one.no_text)) for one in found] == [
        ("cryptography", "pkg:cargo/asn1@1.0", True),
        ("cryptography", "pkg:cargo/libc@1.0", False),
    ]


def test_the_bill_of_materials_has_a_part_once_for_each_component_that_it_is_in(tmp_path):
    import sbom
    from inventory import Component

    components = [
        *whole(),
        Component("zlib", "1.3.1", "Zlib", "pkg:generic/zlib@1.3.1", [], [], of="Qt"),
        Component("zlib", "1.3.1", "Zlib", "pkg:generic/zlib@1.3.1", [], [], of="Python"),
        Component("winpthreads", "", "MIT", "pkg:generic/winpthreads", [], [], of="ISCBridge"),
    ]
    bill = sbom.document(tmp_path, components, 0)
    edges = {edge["ref"]: edge["dependsOn"] for edge in bill["dependencies"]}
    assert edges["pkg:generic/Qt@6.8.3"] == ["pkg:generic/zlib@1.3.1#in-qt"]
    assert edges["pkg:generic/Python@3.11.9"] == ["pkg:generic/zlib@1.3.1#in-python"]
    assert "pkg:generic/winpthreads#in-iscbridge" in edges["pkg:generic/ISCBridge@1"]
    assert not any(reference.startswith("pkg:generic/zlib") for reference in edges["pkg:generic/ISCBridge@1"])
    [unknown] = [part for part in bill["components"] if part["name"] == "winpthreads"]
    assert "version" not in unknown


def test_texts_of_debian(tmp_path):
    import notices

    (tmp_path / "some").mkdir()
    (tmp_path / "some/copyright").write_text(DEP5, encoding="utf-8")
    assert notices.of_package(tmp_path, "some").content.endswith(DEP5)
    inner = notices.of_package(tmp_path, "some", "src/inner/*")
    assert inner.name == "some-src-inner.txt"
    for words in ("2002 Somebody else", "Redistribution is permitted", "Permission is granted"):
        assert words in inner.content
    assert "2001" not in inner.content
    assert "Do as you please" in notices.of_package(tmp_path, "some", "own/*").content
    for files, word in (("src/inner", "nothing of src/inner"), ("lost/*", "no text for Gone")):
        with pytest.raises(notices.NoticeError, match=word):
            notices.of_package(tmp_path, "some", files)
    with pytest.raises(notices.NoticeError, match="install Debian's package other"):
        notices.of_package(tmp_path, "other")


def test_a_text_that_is_not_the_mit_licence_is_no_example():
    import notices

    with pytest.raises(notices.NoticeError):
        notices.mit("Permission is hereby granted to nobody.", "Copyright (c) Us")


def test_every_listed_part_can_be_listed():
    owners = {one.name for one in whole()}
    for entry in described()["part"]:
        assert entry["of"] in owners
        free = entry["licence"].startswith(("CC0", "LicenseRef-Public-Domain"))
        assert bool(entry["texts"]) != bool(entry.get("no-text")) or (free and not entry["texts"]), entry["name"]
        assert entry["in"]
    needs = {
        source.split(":")[1] for entry in described()["part"] for source in entry["texts"] if source[:7] == "debian:"
    }
    step = (ROOT / "tests/windows/step_frozen.py").read_text("utf-8")
    assert [package for package in sorted(needs) if f'"{package}"' not in step] == []


def test_what_a_person_reads_names_each_part_and_each_text_that_is_not_there(tmp_path):
    import finish
    import notices
    from inventory import Component

    qt = Component("Qt", "6.8.3", "LGPL-3.0-only", "pkg:generic/qt@6.8.3", [], [])
    parts = [
        Component("Some part", "1.2", "MIT", "pkg:generic/some@1.2", [notices.Text("a.txt", "words")], [], of="Qt"),
        Component("Other", "", "MIT", "pkg:generic/other", [], [], of="Qt", no_text="it has none"),
    ]
    finish.write_texts(tmp_path, [qt], parts)
    said = (tmp_path / "licences/README.txt").read_text("utf-8")
    assert "Qt 6.8.3: LGPL-3.0-only\n  in it Some part 1.2: MIT\n  in it Other: MIT\n" in said
    assert "Other (in Qt): it has none" in said
    assert (tmp_path / "licences/qt/some-part/a.txt").read_text("utf-8") == "words"
