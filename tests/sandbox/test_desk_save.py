"""Saving through a real desk process: what arrives, and each trait that has to do with it."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from support.desk_wire import DeskClient, DeskProcess, until

SUCCESS = {"status": "success"}
FAILED = {"status": "failed"}


def test_a_saved_file_is_in_the_cloud_when_the_result_comes(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    assert client.call("Save", str(part), "false") == 0
    name, info = client.event()
    assert name == "EVENT_SAVE_RESULT"
    assert info == b'{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'
    assert desk.stored(f"/{part.name}") == part.read_bytes()
    with desk.store() as store:
        version = store.version(f"/{part.name}")
    assert version.sha256 == hashlib.sha256(part.read_bytes()).hexdigest()
    assert version.source == str(part)
    assert version.size == part.stat().st_size


@pytest.mark.parametrize("content", [b"", b"x", b"12345"])
def test_tiny_files(desk: DeskProcess, part: Path, content: bytes) -> None:
    part.write_bytes(content)
    assert desk.connect().save(part) == SUCCESS
    assert desk.stored(f"/{part.name}") == content


def test_an_assembly_is_kept_as_a_zip(desk: DeskProcess, assembly: Path) -> None:
    assert desk.connect().save(assembly, assembly=True) == SUCCESS
    with zipfile.ZipFile(BytesIO(desk.stored(f"/{assembly.name}.zip"))) as archive:
        assert archive.testzip() is None
        assert archive.read("Teile äöü/深/轴承.FCStd") == (assembly / "Teile äöü/深/轴承.FCStd").read_bytes()
        assert "empty/" in archive.namelist()


def test_an_unchanged_assembly_gives_the_same_bytes_again(desk: DeskProcess, assembly: Path) -> None:
    client = desk.connect()
    client.save(assembly, assembly=True)
    client.save(assembly, assembly=True)
    path = f"/{assembly.name}.zip"
    assert desk.versions(path) == 2
    assert desk.stored(path, 1) == desk.stored(path, 2)


def test_an_assembly_of_10_000_files(desk: DeskProcess, tmp_path: Path) -> None:
    folder = tmp_path / "grand"
    for number in range(100):
        (folder / f"{number}").mkdir(parents=True)
        for part in range(100):
            (folder / f"{number}" / f"{part}.prt").write_bytes(b"%d/%d" % (number, part))
    (folder / "grand.asm").write_bytes(b"main")
    client = desk.connect()
    assert client.save(folder, assembly=True) == SUCCESS
    assert client.call("OpenCloudFile") == 0
    opened = Path(client.result("EVENT_OPENCLOUDFILE_RESULT")["mainFile"])
    assert sum(1 for path in opened.rglob("*") if path.is_file()) == 10_001
    assert (opened / "99" / "98.prt").read_bytes() == b"99/98"


def test_two_sessions_save_at_the_same_time(desk: DeskProcess, tmp_path: Path) -> None:
    clients = [desk.connect("one"), desk.connect("two")]
    paths = [tmp_path / f"{tmp_path.name}-{n}.txt" for n in range(2)]
    for path, client in zip(paths, clients, strict=True):
        path.write_text(path.name)
        client.send("Save", str(path), "false")
    for path, client in zip(paths, clients, strict=True):
        client.expect("return")
        assert client.result() == SUCCESS
        assert desk.stored(f"/{path.name}") == path.name.encode()


# -- rules


@pytest.fixture(params=["missing", "folder", "relative", "no main", "file as assembly", "missing assembly", "pipe"])
def broken_rule(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    folder = tmp_path / "asm"
    folder.mkdir()
    (folder / "other.FCStd").write_bytes(b"1")
    (folder / "asm.backup.FCStd").write_bytes(b"1")
    os.mkfifo(tmp_path / "pipe")
    return {
        "missing": (str(tmp_path / "nothing"), "false"),
        "folder": (str(folder), "false"),
        "relative": ("part.txt", "false"),
        "no main": (str(folder), "true"),
        "file as assembly": (str(folder / "other.FCStd"), "true"),
        "missing assembly": (str(tmp_path / "nothing"), "true"),
        "pipe": (str(tmp_path / "pipe"), "false"),
    }[request.param]


def test_a_broken_rule_is_a_failed_result(desk: DeskProcess, broken_rule: tuple[str, str]) -> None:
    client = desk.connect()
    before = desk.ask("ls")
    assert client.call("Save", *broken_rule) == 0
    assert client.result() == FAILED
    assert desk.ask("ls") == before


def test_or_a_status_of_the_call_and_no_event(desk: DeskProcess, broken_rule: tuple[str, str], part: Path) -> None:
    desk.set(bad_path="status")
    client = desk.connect()
    assert client.call("Save", *broken_rule) == 1
    assert client.barrier() == []
    assert client.save(part) == SUCCESS


def test_a_link_to_a_folder_inside_fails_without_a_version(desk: DeskProcess, assembly: Path) -> None:
    (assembly / "loop").symlink_to(assembly, target_is_directory=True)
    assert desk.connect().save(assembly, assembly=True) == FAILED
    assert desk.versions(f"/{assembly.name}.zip") == 0


@pytest.mark.parametrize(
    "call",
    [
        ("Save", "/x"),
        ("Save", "/x", "maybe"),
        ("Save", "/x", "true", "more"),
        ("Nothing",),
        ("RegisterEventRecall",),
        ("Init", "x"),
        ("Save", "/" + "x" * 2_000_000, "false"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_and_the_session_goes_on(
    desk: DeskProcess, part: Path, call: tuple[str, ...]
) -> None:
    client = desk.connect()
    assert client.call(*call) == 3
    assert client.save(part) == SUCCESS


# -- identity


def test_identity_path_and_name(desk: DeskProcess, part: Path, tmp_path: Path) -> None:
    client = desk.connect()
    copy = tmp_path / "elsewhere" / part.name
    copy.parent.mkdir()
    copy.write_bytes(b"copy")
    client.save(part)
    desk.set(identity="name")
    client.save(copy)
    assert desk.stored(f"/{part.name}", 2) == b"copy"


def test_identity_path_makes_a_file_of_its_own(desk: DeskProcess, part: Path, tmp_path: Path) -> None:
    client = desk.connect()
    copy = tmp_path / "elsewhere" / part.name
    copy.parent.mkdir()
    copy.write_bytes(b"copy")
    client.save(part)
    client.save(copy)
    assert desk.versions(f"/{part.name}") == 1
    assert desk.stored(f"/2/{part.name}") == b"copy"


# -- when the call returns


def released(desk: DeskProcess, client: DeskClient, path: Path) -> list[list[bytes]]:
    """Frames up to the barrier of a save that was held for a while."""
    desk.set(hold="middle")
    client.send("Save", str(path), "false")
    desk.upload(held="middle")
    seen = client.barrier()
    desk.ask("release")
    desk.idle()
    return [*seen, [b"released"], *client.barrier()]


def test_save_call_returns_at_once(desk: DeskProcess, part: Path) -> None:
    seen = released(desk, desk.connect(), part)
    assert [fields[0] for fields in seen] == [b"return", b"released", b"event"]


def test_save_call_blocks_until_after_the_result(desk: DeskProcess, part: Path) -> None:
    desk.set(save_call="blocks")
    seen = released(desk, desk.connect(), part)
    assert [fields[0] for fields in seen] == [b"released", b"event", b"return"]


def test_save_call_blocks_until_before_the_result(desk: DeskProcess, part: Path) -> None:
    desk.set(save_call="blocks_before_result")
    seen = released(desk, desk.connect(), part)
    assert [fields[0] for fields in seen] == [b"released", b"return", b"event"]


def test_a_blocked_call_returns_even_if_its_result_never_comes(desk: DeskProcess, part: Path) -> None:
    desk.set(save_call="blocks", results="never")
    assert desk.connect().call("Save", str(part), "false") == 0
    assert desk.versions(f"/{part.name}") == 1


# -- during an upload


@pytest.mark.parametrize("place", ["start", "middle", "commit", "result"])
def test_hold_and_release(desk: DeskProcess, part: Path, place: str) -> None:
    client = desk.connect()
    desk.ask("hold", at=place)
    client.call("Save", str(part), "false")
    upload = desk.upload(held=place)
    assert (upload["done"] == 0) == (place == "start")
    assert desk.versions(f"/{part.name}") == (1 if place == "result" else 0)
    assert client.barrier() == []
    desk.ask("release")
    assert client.result() == SUCCESS
    assert desk.versions(f"/{part.name}") == 1


def test_upload_speed_is_a_limit(desk: DeskProcess, part: Path) -> None:
    desk.set(upload_speed=10)
    client = desk.connect()
    client.call("Save", str(part), "false")
    until(lambda: desk.upload(stage="reading")["done"] > 0)
    assert desk.upload(stage="reading")["done"] < part.stat().st_size
    desk.set(upload_speed=0)
    assert client.result() == SUCCESS


def test_a_file_that_is_overwritten_meanwhile_is_torn_in_the_cloud(desk: DeskProcess, part: Path) -> None:
    old, new = b"o" * 100_000, b"n" * 100_000
    part.write_bytes(old)
    desk.set(hold="middle")
    client = desk.connect()
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    with part.open("r+b") as file:
        file.write(new)
    desk.ask("release")
    assert client.result() == SUCCESS
    stored = desk.stored(f"/{part.name}")
    assert stored not in {old, new}
    assert set(stored) == set(b"on")
    assert desk.problems() == []


def test_a_file_that_is_replaced_meanwhile_is_uploaded_as_it_was(desk: DeskProcess, part: Path) -> None:
    old = part.read_bytes()
    desk.set(hold="middle")
    client = desk.connect()
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    (part.parent / "new").write_bytes(b"new")
    (part.parent / "new").replace(part)
    desk.ask("release")
    client.result()
    assert desk.stored(f"/{part.name}") == old


def test_a_part_that_vanishes_meanwhile_fails_the_upload(desk: DeskProcess, assembly: Path) -> None:
    desk.set(hold="middle")
    client = desk.connect()
    client.call("Save", str(assembly), "true")
    desk.upload(held="middle")
    (assembly / "zero").unlink()
    desk.ask("release")
    assert client.result() == FAILED
    assert desk.versions(f"/{assembly.name}.zip") == 0


def test_a_file_that_grows_meanwhile(desk: DeskProcess, part: Path, assembly: Path) -> None:
    desk.set(hold="middle")
    client = desk.connect()
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    with part.open("ab") as file:
        file.write(b"more")
    desk.ask("release")
    assert client.result() == SUCCESS
    assert desk.stored(f"/{part.name}") == part.read_bytes()


# -- failing, check-in


def test_fail_next(desk: DeskProcess, part: Path) -> None:
    desk.set(fail_next=2)
    client = desk.connect()
    assert [client.save(part)["status"] for _ in range(3)] == ["failed", "failed", "success"]
    assert desk.versions(f"/{part.name}") == 1


def test_after_save_keep_and_checkin(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    path = f"/{part.name}"
    assert desk.ask("checkout", path=path)["done"]
    client.save(part)
    with desk.store() as store:
        assert store.item(path).state == "CHECKOUT"
    desk.set(after_save="checkin")
    client.save(part)
    with desk.store() as store:
        assert store.item(path).state == "CHECKIN"


def test_upload_events(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()

    def names() -> list[bytes]:
        client.send("Save", str(part), "false")
        desk.idle()
        return [fields[1] for fields in client.barrier() if fields[0] == b"event"]

    assert names() == [b"EVENT_SAVE_RESULT"]
    desk.set(upload_events="end")
    assert names() == [b"EVENT_UPLOAD_END", b"EVENT_SAVE_RESULT"]
    desk.set(upload_events="start_end")
    assert names() == [b"EVENT_UPLOAD_START", b"EVENT_UPLOAD_END", b"EVENT_SAVE_RESULT"]
    desk.set(fail_next=1)
    assert names() == [b"EVENT_UPLOAD_START", b"EVENT_SAVE_RESULT"], "nothing was uploaded to the end"


def test_come_back(desk: DeskProcess, part: Path) -> None:
    desk.set(come_back="filled")
    client = desk.connect()
    client.call("Save", str(part), "false")
    assert json.loads(client.event()[1])["comeBackParams"] != {}
