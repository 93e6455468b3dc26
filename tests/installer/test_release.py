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


@pytest.fixture
def client_folder(release):
    sys.path.insert(0, str(ROOT / "installer"))
    spec = importlib.util.spec_from_file_location("iscbridge_client_folder", ROOT / "installer" / "client_folder.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "installer"))


@pytest.fixture
def installed(tmp_path):
    """What CMake installs for both kinds of hosts, in outline."""
    for kind, dll in (("x64", "x64/Release/IscdeskApi64.dll"), ("x86", "win32/Release/IscdeskApi.dll")):
        for name in ("bin/iscbridge_client.dll", "include/iscbridge_client.h", "lib/iscbridge_client.def",
                     "lib/libiscbridge_client.dll.a", "bin/example.exe", f"IscdeskSdk/SdkApi/bin/{dll}"):  # fmt: skip
            path = tmp_path / kind / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{kind} {path.name}")
    return {kind: tmp_path / kind for kind in ("x64", "x86")}


def test_a_release_has_the_client_library_for_both_kinds_of_hosts(release, client_folder, parts, installed, tmp_path):
    folder = client_folder.assemble(tmp_path / "client", installed, "1.2.3", tmp_path)
    held = release.contents(release.Parts(parts.installers, parts.logo, client=folder), "1.2.3", MADE)
    for kind, dll in (("x64", "x64/Release/IscdeskApi64.dll"), ("x86", "win32/Release/IscdeskApi.dll")):
        library = f"{kind} iscbridge_client.dll".encode()
        assert held[f"client/{kind}/bin/iscbridge_client.dll"] == library
        assert held[f"client/IscdeskSdk/SdkApi/bin/{dll}"] == library
        assert f"client/{kind}/lib/libiscbridge_client.dll.a" in held
    assert b"class Client" in held["client/python/client.py"]
    assert b"1.2.3" in held["client/README.txt"]
    assert not [name for name in held if name.endswith("example.exe")]
    assert "client/licences/GPL-3.0.txt" not in held
    sums = held["SHA256SUMS"].decode()
    assert hashlib.sha256(held["client/csharp/IscBridge.cs"]).hexdigest() in sums


def test_libraries_of_mingw_bring_its_texts(client_folder, installed, tmp_path):
    (installed["x86"] / "bin/iscbridge_client.dll").write_bytes(b"GCC: (GNU) 12-win32")
    with pytest.raises(client_folder.ClientError, match="install Debian's package gcc-mingw"):
        client_folder.assemble(tmp_path / "client", installed, "1.2.3", tmp_path)
    for package in ("gcc-mingw-w64-x86-64-posix-runtime", "mingw-w64-x86-64-dev"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "copyright").write_text("words")
    made = client_folder.assemble(tmp_path / "client", installed, "1.2.3", tmp_path) / "licences"
    assert {path.name for path in made.iterdir()} == {
        "LICENSE.txt", "NOTICE.txt", "GPL-3.0.txt", "gcc-mingw-w64-x86-64-posix-runtime.txt", "mingw-w64-x86-64-dev.txt",
    }  # fmt: skip


def test_a_client_folder_that_lacks_something_or_is_of_another_version_is_refused(
    release, client_folder, parts, installed, tmp_path
):
    folder = client_folder.assemble(tmp_path / "client", installed, "1.2.2", tmp_path)
    with pytest.raises(release.ReleaseError, match=r"not made for version 1\.2\.3"):
        release.contents(release.Parts(parts.installers, parts.logo, client=folder), "1.2.3", MADE)
    (installed["x86"] / "lib/libiscbridge_client.dll.a").unlink()
    (installed["x64"] / "include/iscbridge_client.h").unlink()
    with pytest.raises(client_folder.ClientError, match=r"x64/include/iscbridge_client\.h, x86/lib/lib"):
        client_folder.assemble(tmp_path / "client", installed, "1.2.3", tmp_path)


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
