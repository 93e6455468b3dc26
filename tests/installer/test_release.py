"""The release archive: complete, the same bytes each time, and nothing in it that is not what it says."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import tarfile
import zipfile

import pytest

from support.checkout import ROOT

MADE = 1_790_000_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("iscbridge_release", ROOT / "installer" / "release.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def parts(release, tmp_path):
    (tmp_path / "ISCBridge-1.2.3-setup.exe").write_bytes(b"MZ" * 1000)
    (tmp_path / "ISCBridge-1.2.3.msi").write_bytes(b"\xd0\xcf" * 1000)
    (tmp_path / "logo.png").write_bytes(PNG)
    return release.Parts(sorted(tmp_path.glob("ISCBridge*")), tmp_path / "logo.png")


def members(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers()}


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_it_holds_everything_with_its_sums(release, parts, tmp_path, kind):
    files = release.contents(parts, "1.2.3", MADE)
    target = release.write(files, tmp_path / f"out/ISCBridge-1.2.3.{kind}", MADE)
    held = {name.removeprefix("ISCBridge-1.2.3/"): data for name, data in members(target).items()}
    assert held == files
    assert {"ISCBridge-1.2.3-setup.exe", "ISCBridge-1.2.3.msi", "install.bat", "uninstall.bat", "logo.png",
            "LICENSE.txt", "NOTICE.txt", "manifest.json", "SHA256SUMS"} == set(held)  # fmt: skip
    sums = dict(line.split("  ")[::-1] for line in held["SHA256SUMS"].decode().splitlines())
    assert sums == {n: hashlib.sha256(data).hexdigest() for n, data in held.items() if n != "SHA256SUMS"}
    manifest = json.loads(held["manifest.json"])
    assert {entry["path"] for entry in manifest["files"]} == set(held) - {"manifest.json", "SHA256SUMS"}
    assert manifest["version"] == "1.2.3"
    for script in manifest["silent"]["install"], manifest["silent"]["uninstall"]:
        assert b"\r\n" in held[script]
        assert b"\n" not in held[script].replace(b"\r\n", b"")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_the_same_content_gives_the_same_bytes(release, parts, tmp_path, kind):
    files = release.contents(parts, "1.2.3", MADE)
    once = release.write(files, tmp_path / f"a/x.{kind}", MADE).read_bytes()
    turned = dict(reversed(files.items()))
    assert release.write(turned, tmp_path / f"b/x.{kind}", MADE).read_bytes() == once
    assert release.write(files, tmp_path / f"c/x.{kind}", MADE + 60).read_bytes() != once


@pytest.mark.parametrize("logo", [b"GIF89a", PNG + bytes(2 * 1024 * 1024)])
def test_a_logo_that_the_platform_does_not_take_is_refused(release, parts, logo):
    parts.logo.write_bytes(logo)
    with pytest.raises(release.ReleaseError, match=r"logo\.png"):
        release.contents(parts, "1.2.3", MADE)


def test_what_is_missing_is_named(release, parts, tmp_path):
    (tmp_path / "ISCBridge-1.2.3.msi").unlink()
    with pytest.raises(release.ReleaseError, match=r"1\.2\.3\.msi"):
        release.contents(parts, "1.2.3", MADE)
    with pytest.raises(release.ReleaseError, match="installer"):
        release.contents(release.Parts([], parts.logo), "1.2.3", MADE)
    with pytest.raises(release.ReleaseError, match="neither"):
        release.write({}, tmp_path / "x.rar", MADE)


def test_the_command_makes_the_archive_of_this_version(release, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MADE))
    named = [word for path in parts.installers for word in ("--installer", str(path))]
    assert release.main([*named, "--logo", str(parts.logo), "--output", str(tmp_path / "dist")]) == 0
    [made] = (tmp_path / "dist").iterdir()
    assert made.name == f"ISCBridge-{release.own_version()}-windows-x64.tar.gz"
    assert hashlib.sha256(made.read_bytes()).hexdigest() in capsys.readouterr().out
