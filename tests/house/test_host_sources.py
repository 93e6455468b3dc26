"""What makers of CAD applications compile or import, as far as no test can run it."""

from __future__ import annotations

import re

import pytest

from support.checkout import ROOT, tracked_files

FOLDER = ROOT / "native" / "bindings" / "vba"
HEADER = (FOLDER / "iscbridge_vba.h").read_text(encoding="utf-8")
CLIENT_HEADER = (ROOT / "native" / "include" / "iscbridge_client.h").read_text(encoding="utf-8")
MODULE = (FOLDER / "IscBridge.bas").read_text(encoding="utf-8")

#: Read by compilers, and by the editor of VBA, that take a file without a mark for the code page of the machine: in the
#: Chinese one a sign of ours at the end of a comment may swallow the line break, and with it the next line.
IN_ANY_CODE_PAGE = ("native/include", "native/dropin", "native/bindings", "native/examples")

#: What the module leaves to those who declare it themselves: docs/hosts.md says so.
RARE = {"iscb_vba_request"}


def prototypes() -> dict[str, list[str]]:
    """Each function's parameters: `pointer` or `number`."""
    found = re.findall(r"int32_t ISCB_VBA_CALL (\w+)\(([^)]*)\);", HEADER)
    return {
        name: ["pointer" if "*" in each else "number" for each in " ".join(parameters.split()).split(",")]
        for name, parameters in found
    }


def declarations(block: str, pointer: str) -> dict[str, list[str]]:
    """The same of the module's declarations, whose pointers have this type."""
    found = re.findall(r"Function (iscb_vba_\w+) Lib \"iscbridge_vba\.dll\" \(([^)]*)\) As Long", block)
    kinds = {pointer: "pointer", "Long": "number"}
    return {
        name: [kinds[re.fullmatch(r"ByVal \w+ As (\w+)", each.strip())[1]] for each in parameters.split(",")]
        for name, parameters in found
    }


def test_every_declaration_is_that_of_the_header():
    new, old = MODULE.split("#If VBA7 Then")[1].split("#End If")[0].split("#Else")
    expected = {name: kinds for name, kinds in prototypes().items() if name not in RARE}
    assert len(expected) > 10
    assert declarations(new, "LongPtr") == expected
    assert "PtrSafe" not in old
    assert "LongPtr" not in old
    numbers = {name: ["number"] * len(kinds) for name, kinds in expected.items()}  # one type for both in 32 bit
    assert declarations(old, "-") == numbers
    assert new.count("Declare ") == new.count("Declare PtrSafe ") == old.count("Declare ")


def test_the_library_exports_what_the_header_declares():
    exports = (FOLDER / "iscbridge_vba.def").read_text(encoding="utf-8").split("EXPORTS")[1].split()
    assert set(exports) == set(prototypes())


def test_every_number_is_that_of_the_header():
    constants = {name: int(value) for name, value in re.findall(r"Const (\w+) As Long = (\d+)", MODULE)}
    states = {
        f"IscJob{name.capitalize()}": int(value)
        for name, value in re.findall(r"ISCB_JOB_(\w+) = (\d+)", CLIENT_HEADER)
        if name != "OTHER"
    }
    assert {name: constants[name] for name in states} == states
    texts = dict(re.findall(r"ISCB_VBA_(\w+) = (\d+)", HEADER))
    permissions = dict(re.findall(r"#define ISCB_VBA_MAY_(\w+) (\d+)", HEADER))
    for name, value in constants.items():
        words = "_".join(re.findall(r"[A-Z][a-z]*", name)).upper()
        if name.startswith("Text"):
            assert value == int(texts[words.removeprefix("TEXT_")]), name
        elif name.startswith("IscMay"):
            assert value == int(permissions[words.removeprefix("ISC_MAY_")]), name
        else:
            assert name in states or name == "TimeoutMs"


@pytest.mark.parametrize("folder", IN_ANY_CODE_PAGE)
def test_sources_for_hosts_are_ascii(folder):
    files = [path for path in tracked_files() if path.is_relative_to(ROOT / folder)]
    assert files
    assert [path.name for path in files if not path.read_bytes().isascii()] == []
