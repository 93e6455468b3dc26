"""What the builders of installers make of a payload, and that the installer speaks both languages alike."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installer"))

import build_msi  # noqa: E402  in the folder of the installers
import build_setup  # noqa: E402  in the folder of the installers
import payload_list  # noqa: E402  in the folder of the installers

CONTENT = {"ISCBridgeTray.exe": b"tray", "_internal/a b.txt": b"text", "_internal/sandbox.dll": b"sand"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = []
    for name, data in CONTENT.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        component = "sandbox" if "sandbox" in name else "hosts" if "a b" in name else "core"
        files.append(
            {"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "component": component}
        )
    (tmp_path / "payload.json").write_text(json.dumps({"version": "1.2.3", "files": files}), encoding="utf-8")
    return tmp_path


def test_every_file_is_unpacked_once_and_the_sandbox_s_apart(folder):
    script = build_setup.payload_script(payload_list.read_payload(folder))
    core, sandbox = script.split("!macro PayloadSandbox")
    named = {match[1] for match in re.finditer(r'File "/oname=([^"]+)"', core)}
    assert named == {"ISCBridgeTray.exe", "a b.txt", "payload.json"}
    assert re.findall(r'File "/oname=([^"]+)"', sandbox) == ["sandbox.dll"]
    assert 'SetOutPath "$INSTDIR\\app.new\\_internal"' in core
    reached = [int(match[1]) for match in re.finditer(r'Advance "" (\d+)', script)]
    assert reached == sorted(reached)
    assert 60 < reached[-1] <= 70


@pytest.mark.parametrize("harm", ["changed", "missing", "unlisted", "outside"])
def test_a_payload_that_is_not_its_list_is_refused(folder, harm):
    if harm == "changed":
        (folder / "ISCBridgeTray.exe").write_bytes(b"evil")
    elif harm == "missing":
        (folder / "ISCBridgeTray.exe").unlink()
    elif harm == "unlisted":
        (folder / "more.dll").write_bytes(b"")
    else:
        found = json.loads((folder / "payload.json").read_text(encoding="utf-8"))
        found["files"][0]["path"] = "../ISCBridgeTray.exe"
        (folder / "payload.json").write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(payload_list.PayloadError):
        payload_list.read_payload(folder)


@pytest.mark.parametrize(("version", "four"), [("1.2.3", "1.2.3.0"), ("0.1.0-rc.2", "0.1.0.2"), ("7", "7.0.0.0")])
def test_a_version_as_windows_has_it(version, four):
    assert build_setup.four_numbers(version) == four


def test_the_package_has_every_file_once_and_the_same_component_in_every_version(folder):
    payload = payload_list.read_payload(folder)
    one, other = (build_msi.description(payload, version) for version in ("1.0.0", "2.0.0"))
    sources = [file.get("Source") for file in one.iter("File")]
    assert sorted(sources) == sorted(f"payload/{item.path}" for item in payload.items)
    guids = [[part.get("Guid") for part in root.iter("Component")] for root in (one, other)]
    assert guids[0] == guids[1]
    assert len(set(guids[0])) == len(guids[0])
    [sandbox] = [feature for feature in one.iter("Feature") if feature.get("Id") == "Sandbox"]
    assert len(list(sandbox)) == 1


def test_what_the_package_looks_up_gets_to_its_work(folder):
    """Windows Installer hands only public properties on that are listed, where it asks before it is elevated."""
    product = build_msi.description(payload_list.read_payload(folder), "1.0.0")
    looked_up = {one.get("Id") for one in product.iter("Property") if one.find("RegistrySearch") is not None}
    [secure] = re.findall(
        r"Value` = '([^']+)' WHERE `Property` = 'SecureCustomProperties'", "\n".join(build_msi.tweaks())
    )
    assert looked_up == {"AUTOSTARTFOUND", "SETUPFOUND"}
    assert looked_up | {"POLICYFILE", "LICENSECODEFILE", "AUTOSTART"} <= set(secure.split(";"))


TEXTS = re.findall(
    r'^!insertmacro Text (\w+) "(.*)" "(.*)"$', (ROOT / "installer/nsis/texts.nsh").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("text_id", "english", "chinese"), TEXTS)
def test_both_languages_say_the_same(text_id, english, chinese):
    variable = re.compile(r"\$\{?\w+\}?|/[A-Z]\w+")
    assert sorted(variable.findall(english)) == sorted(variable.findall(chinese)), text_id


def test_every_switch_and_exit_code_is_documented():
    page = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "installer/nsis").glob("*.ns[hi]"))
    for known in re.findall(r'UnknownOption\(w "([^"]+)"', scripts):
        for switch in known.split():
            assert f"`/{switch}" in page, switch
    codes = set(re.findall(r'!insertmacro Fail "[^"]*" (\d+)', scripts)) | set(
        re.findall(r"SetErrorLevel (\d+)", scripts)
    )
    assert codes == {"0", "1", "3", "4", "5", "6", "7", "8", "9", "10"}
    for code in codes:
        assert f"\n| {code} | " in page, code
