"""What completes and checks a frozen folder, on folders made up here. The lane `windows` does it to the real one."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest

from support.checkout import ROOT

FROZEN = ROOT / "installer" / "frozen"


@pytest.fixture(scope="module", autouse=True)
def modules():
    sys.path.insert(0, str(FROZEN))
    yield
    sys.path.remove(str(FROZEN))


@pytest.fixture
def folder(tmp_path):
    """A folder that holds exactly what the list for Windows names, finished."""
    import finish
    import frozen_content
    import sbom
    from inventory import Component

    for line in frozen_content.read(system="windows").allowed:
        name = line.replace("/**", "/file").replace("*", "1").replace("?", "1")
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    made = {"payload.json", "sbom.cdx.json"}
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    files = [name for name in files if name not in made]
    of_qt = [name for name in files if "/PySide6/" in name]
    components = [
        Component("ISCBridge", "1.2.3", "Apache-2.0", "pkg:pypi/iscbridge@1.2.3", [], sorted(set(files) - set(of_qt))),
        Component("Qt", "6.8.3", "LGPL-3.0-only", "pkg:generic/qt@6.8.3", [], of_qt, "ab" * 32),
        Component("h11", "1", "MIT OR Apache-2.0", "pkg:pypi/h11@1", [], []),
    ]
    sbom.write(tmp_path, components, 1_790_000_000)
    finish.write_list(tmp_path, "1.2.3")
    return tmp_path


def problems(folder: Path, **options) -> list[str]:
    import check

    return check.problems(folder, "windows", **options)


def test_a_folder_as_it_should_be(folder):
    assert problems(folder) == []


def test_a_file_too_many_and_a_file_too_few_are_both_found(folder):
    (folder / "_internal/PySide6/Qt6Quick.dll").touch()
    (folder / "_internal/PySide6/Qt6Gui.dll").unlink()
    found = "\n".join(problems(folder))
    assert "Qt6Quick.dll is not in allowed/windows.txt" in found
    assert "has _internal/PySide6/Qt6Gui.dll, which is not there" in found
    assert "payload.json and the folder differ in _internal/PySide6/Qt6Gui.dll" in found
    assert "sbom.cdx.json and the folder differ in _internal/PySide6/Qt6Gui.dll" in found


def test_a_changed_file_is_found_by_both_lists(folder):
    (folder / "iscbridge.exe").write_bytes(b"another")
    assert problems(folder) == [
        "iscbridge.exe is not what payload.json says",
        "iscbridge.exe is not what sbom.cdx.json says",
    ]


def test_a_folder_that_weighs_too_much(folder):
    assert any("weighs" in line for line in problems(folder, most=1000))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda bill: bill.update(specVersion="1.0"), "what it is"),
        (lambda bill: bill.update(serialNumber="1"), "serial"),
        (lambda bill: bill["components"][0].pop("version"), "version"),
        (lambda bill: bill["components"][0].pop("licenses"), "licence"),
        (lambda bill: bill["components"][0].update(purl="qt"), "package URL"),
        (lambda bill: bill["components"][0]["hashes"][0].update(content="00"), "hash"),
        (lambda bill: bill["components"].append(bill["components"][0]), "twice"),
        (lambda bill: bill["dependencies"][0]["dependsOn"].append("pkg:pypi/gone@1"), "refers"),
    ],
)
def test_a_bill_of_materials_with_a_fault(folder, damage, word):
    path = folder / "sbom.cdx.json"
    bill = json.loads(path.read_text("utf-8"))
    damage(bill)
    path.write_text(json.dumps(bill))
    assert any(word in line for line in problems(folder))


def test_the_bill_of_materials_says_what_it_is(folder):
    before = (folder / "sbom.cdx.json").read_bytes()
    bill = json.loads(before)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["timestamp"] == "2026-09-21T14:13:20Z"
    assert [part["licenses"] for part in bill["components"]] == [
        [{"license": {"id": "LGPL-3.0-only"}}],
        [{"expression": "MIT OR Apache-2.0"}],
    ]


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("ISCBridgeTray.exe", "core"),
        ("_internal/PySide6/Qt6Core.dll", "core"),
        ("_internal/iscbridge/native_lib/iscbridge_device.dll", "core"),
        ("_internal/iscbridge/native_lib/iscbridge_sandbox_sdk.dll", "sandbox"),
        ("_internal/iscbridge/native_lib/iscbridge_shim_sandbox.dll", "sandbox"),
        ("_internal/iscbridge/sandbox/control.pyc", "sandbox"),
        ("_internal/iscbridge/sandbox/store/app.pyc", "sandbox"),
        ("_internal/iscbridge/sandbox/__init__.pyc", "core"),
        ("_internal/iscbridge/sandbox/store/places.pyc", "core"),
        ("_internal/uvicorn/main.pyc", "sandbox"),
        ("_internal/uvicorn-0.54.0.dist-info/METADATA", "sandbox"),
        ("_internal/h11-0.16.0.dist-info/METADATA", "core"),
        ("_internal/iscbridge_resources/hosts/freecad/host.toml", "hosts"),
    ],
)
def test_components(name, component):
    import finish
    import frozen_content

    content = frozen_content.read(system="windows")
    assert finish.component(name, content.sandbox_packages, content.core_of_sandbox) == component


def test_lines_of_the_list():
    from frozen_content import matches

    assert matches("a/b-1.2.dist-info/METADATA", "a/b-*.dist-info/METADATA")
    assert matches("a/b/c/d", "a/**")
    assert not matches("a", "a/**")
    assert not matches("a/b/c", "a/*")
    assert not matches("ab/c", "a/**")


def test_the_version_resource():
    from version_resource import PROGRAMS, numbers, text

    assert numbers("1.2.3") == (1, 2, 3, 0)
    assert numbers("0.1.0rc1") == (0, 1, 0, 0)
    with pytest.raises(ValueError, match="no version"):
        numbers("next")
    for program, what in PROGRAMS.items():
        words = text(program, what, "1.2.3")
        assert f"'{program}.exe'" in words
        assert "filevers=(1, 2, 3, 0)" in words


def test_the_icon_holds_every_size(tmp_path, qapp):
    import icon

    icon.write(tmp_path / "a.ico", tmp_path / "logo.png")
    data = (tmp_path / "a.ico").read_bytes()
    reserved, kind, count = struct.unpack_from("<HHH", data)
    assert (reserved, kind, count) == (0, 1, len(icon.SIZES))
    end = 6 + 16 * count
    for index, size in enumerate(icon.SIZES):
        width, height, _, _, planes, bits, length, offset = struct.unpack_from("<BBBBHHII", data, 6 + 16 * index)
        assert (width, height, planes, bits, offset) == (size % 256, size % 256, 1, 32, end)
        picture = data[offset : offset + length]
        assert picture.startswith(b"\x89PNG") or struct.unpack_from("<Iii", picture) == (40, size, 2 * size)
        end += length
    assert end == len(data)
    assert (tmp_path / "logo.png").stat().st_size < 2 * 1024 * 1024


def test_texts_of_licences_are_those_that_were_read(tmp_path, monkeypatch):
    import inventory

    kept = [path.name for path in inventory.LICENCES.glob("*-[0-9]*.txt")]
    assert sorted(kept) == ["GPL-3.0.txt", "LGPL-3.0.txt"]
    for name in kept:
        assert inventory.checked_text(name).is_file()
    for name in (*kept, "ORIGIN.toml"):
        (tmp_path / name).write_bytes((inventory.LICENCES / name).read_bytes() + b"\n")
    monkeypatch.setattr(inventory, "LICENCES", tmp_path)
    with pytest.raises(inventory.InventoryError, match=r"LGPL-3\.0"):
        inventory.checked_text("LGPL-3.0.txt")


def test_every_module_of_ours_is_taken_along_but_what_builds_the_wheel_and_the_relay():
    import frozen_content

    names = frozen_content.own_modules()
    assert {"iscbridge.__main__", "iscbridge.tray.about", "iscbridge.texts.zh_tray", "iscbridge.sandbox.desk"} <= set(
        names
    )
    assert "iscbridge.sdk.build_cffi" not in names
    assert {"iscbridge.cli.relay", "iscbridge.lease.wire"} <= set(names)
    assert not [name for name in names if name.startswith("iscbridge.relay")]
    assert "iscbridge.relay" in frozen_content.read(system="windows").left_out
    assert all(
        (ROOT / name.replace(".", "/")).with_suffix(".py").is_file()
        or (ROOT / name.replace(".", "/")).is_dir()
        or name.endswith("_cffi")
        for name in names
    )
