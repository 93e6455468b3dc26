"""Open and save-as through a real desk: scripted dialogs, delivery, check-out, cancelling."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from iscbridge.core.errors import SandboxError
from support.desk_wire import DeskClient, DeskProcess, until

OPEN = "EVENT_OPENCLOUDFILE_RESULT"


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def opened(desk: DeskProcess, client: DeskClient, **answer: object) -> dict[str, str]:
    desk.ask("script", answers=[{"action": "open", **answer}])
    assert client.call("OpenCloudFile") == 0
    return client.result(OPEN)


def test_open_delivers_a_single_file(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    assert client.call("OpenCloudFile") == 0
    name, info = client.event()
    assert name == OPEN
    assert list(json.loads(info)["params"]) == ["mainFile", "openType", "workState", "assembly"]
    params = json.loads(info)["params"]
    assert info.decode() == (
        f'{{"operate":"OpenFile","params":{{"mainFile":"{params["mainFile"]}","openType":"OpenOnly",'
        '"workState":"CHECKIN","assembly":"false"},"comeBackParams":{}}'
    )
    assert Path(params["mainFile"]).name == part.name
    assert Path(params["mainFile"]).read_bytes() == part.read_bytes()


def test_an_assembly_comes_back_byte_for_byte_in_a_folder_of_its_name(desk: DeskProcess, assembly: Path) -> None:
    client = desk.connect()
    client.save(assembly, assembly=True)
    params = opened(desk, client, path=f"/{assembly.name}.zip")
    folder = Path(params["mainFile"])
    assert params["assembly"] == "true"
    assert folder.name == assembly.name
    assert tree(folder) == tree(assembly)


def test_opening_twice_gives_two_folders(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    paths = {opened(desk, client)["mainFile"] for _ in range(2)}
    assert len(paths) == 2


def test_an_older_version(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    old = part.read_bytes()
    client.save(part)
    part.write_bytes(b"new")
    client.save(part)
    path = opened(desk, client, path=f"/{part.name}", version=1)["mainFile"]
    assert Path(path).read_bytes() == old


def test_open_only_can_not_be_saved_and_checked_out_can(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    read_only = opened(desk, client)
    assert (read_only["openType"], read_only["workState"]) == ("OpenOnly", "CHECKIN")
    assert client.save(Path(read_only["mainFile"])) == {"status": "failed"}
    checked_out = opened(desk, client, checkout=True)
    assert (checked_out["openType"], checked_out["workState"]) == ("OpenAndCheckout", "CHECKOUT")
    Path(checked_out["mainFile"]).write_bytes(b"edited")
    assert client.save(Path(checked_out["mainFile"])) == {"status": "success"}
    assert desk.stored(f"/{part.name}", 2) == b"edited"


def test_what_somebody_else_has_checked_out_is_opened_only(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    desk.ask("checkout", path=f"/{part.name}", by="somebody")
    params = opened(desk, client, checkout=True)
    assert (params["openType"], params["workState"]) == ("OpenOnly", "CHECKOUT")
    assert client.save(Path(params["mainFile"])) == {"status": "failed"}
    desk.ask("checkin", path=f"/{part.name}")


def test_open_call_blocks(desk: DeskProcess, part: Path) -> None:
    desk.set(open_call="blocks")
    client = desk.connect()
    client.save(part)
    desk.ask("script", answers=[{"action": "wait"}])
    client.send("OpenCloudFile")
    until(lambda: desk.state()["dialogs"])
    assert client.barrier() == []
    desk.ask("answer", answer={"action": "open"})
    assert client.expect("event")[1] == OPEN.encode()
    assert client.expect("return")[2] == b"0"


def test_the_printed_doubled_backslashes(desk: DeskProcess, tmp_path: Path) -> None:
    part = tmp_path / "back\\slash.txt"
    part.write_bytes(b"1")
    client = desk.connect()
    client.save(part)
    assert opened(desk, client)["mainFile"].endswith("back\\\\slash.txt")
    desk.set(open_path="plain")
    assert opened(desk, client)["mainFile"].endswith("back\\slash.txt")
    assert "\\\\" not in opened(desk, client)["mainFile"]


@pytest.mark.parametrize("mode", ["failed", "nothing"])
def test_open_download(desk: DeskProcess, part: Path, mode: str) -> None:
    client = desk.connect()
    client.save(part)
    desk.set(open_download=mode, open_call="blocks")
    client.send("OpenCloudFile")
    if mode == "failed":
        assert client.result(OPEN)["mainFile"] == ""
    client.expect("return")


def test_a_damaged_archive_is_not_delivered(desk: DeskProcess, tmp_path: Path) -> None:
    evil = tmp_path / f"{tmp_path.name}.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../escaped", b"!")
    client = desk.connect()
    client.save(evil)
    before = tree(desk.places.root)
    assert opened(desk, client)["mainFile"] == ""
    new = {path for path in tree(desk.places.root) if path not in before and "-wal" not in path}
    assert all(path.startswith("working") for path in new), new
    assert not any("escaped" in path for path in tree(desk.places.root))


# -- cancelling


def test_picker_cancel_nothing(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    desk.ask("script", answers=[{"action": "cancel"}, {"action": "cancel"}])
    client.call("OpenCloudFile")
    client.call("SelectSaveAsPath", str(part), "false")
    until(lambda: not desk.state()["dialogs"])
    assert client.barrier() == []


def test_picker_cancel_failed(desk: DeskProcess, part: Path) -> None:
    desk.set(picker_cancel="failed")
    client = desk.connect()
    desk.ask("script", answers=[{"action": "cancel"}, {"action": "cancel"}])
    client.call("OpenCloudFile")
    assert client.result(OPEN)["mainFile"] == ""
    client.call("SelectSaveAsPath", str(part), "false")
    assert client.result() == {"status": "failed"}


def test_picker_cancel_late(desk: DeskProcess, part: Path) -> None:
    desk.set(picker_cancel="late", late_ms=2000)
    client = desk.connect()
    desk.ask("script", answers=[{"action": "cancel"}])
    client.call("SelectSaveAsPath", str(part), "false")
    until(lambda: not desk.state()["dialogs"])
    assert client.save(part) == {"status": "success"}, "the save's own result comes first"
    assert client.result() == {"status": "failed"}


def test_an_answer_that_does_not_fit_the_dialog_cancels_it(desk: DeskProcess) -> None:
    desk.set(picker_cancel="failed")
    client = desk.connect()
    desk.ask("script", answers=[{"action": "save"}])
    client.call("OpenCloudFile")
    assert client.result(OPEN)["mainFile"] == ""


def test_open_without_anything_in_the_cloud(own_desk: DeskProcess) -> None:
    client = own_desk.start().connect()
    client.call("OpenCloudFile")
    assert client.result(OPEN)["mainFile"] == ""


def test_a_dialog_stands_open_while_another_session_saves(desk: DeskProcess, part: Path) -> None:
    interactive, transfer = desk.connect("interactive"), desk.connect("transfer")
    desk.ask("script", answers=[{"action": "wait"}])
    interactive.call("OpenCloudFile")
    assert transfer.save(part) == {"status": "success"}
    (dialog,) = desk.state()["dialogs"]
    assert dialog["kind"] == "open"
    desk.ask("answer", dialog=dialog["number"], answer={"action": "open", "path": f"/{part.name}"})
    assert Path(interactive.result(OPEN)["mainFile"]).name == part.name


def test_a_delayed_answer(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.save(part)
    desk.ask("script", answers=[{"action": "open", "after_ms": 1500}])
    client.call("OpenCloudFile")
    assert len(desk.state()["dialogs"]) == 1
    client.result(OPEN)


# -- save-as


def test_save_as_under_its_own_name(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    assert client.call("SelectSaveAsPath", str(part), "false") == 0
    assert client.result() == {"status": "success"}
    assert desk.stored(f"/{part.name}") == part.read_bytes()


def test_save_as_elsewhere(desk: DeskProcess, assembly: Path) -> None:
    client = desk.connect()
    desk.ask("script", answers=[{"action": "save", "name": "Neu 新", "folder": "/ordner/unter"}])
    client.call("SelectSaveAsPath", str(assembly), "true")
    assert client.result() == {"status": "success"}
    assert desk.versions("/ordner/unter/Neu 新.zip") == 1
    assert "/ordner/unter" in desk.ask("ls")["folders"]
    folder = Path(opened(desk, client, path="/ordner/unter/Neu 新.zip")["mainFile"])
    assert (folder / f"{folder.name}.FCStd").exists(), "the main file has to be found by the folder's name"


def test_save_as_result_may_name_the_path(desk: DeskProcess, part: Path) -> None:
    desk.set(save_as_result="path")
    client = desk.connect()
    client.call("SelectSaveAsPath", str(part), "false")
    assert client.result() == {"status": "success", "savePath": f"/{part.name}"}
    assert client.save(part) == {"status": "success"}, "only save-as"


def test_save_as_blocks_until_the_upload_ended(desk: DeskProcess, part: Path) -> None:
    desk.set(save_call="blocks")
    client = desk.connect()
    desk.ask("script", answers=[{"action": "wait"}])
    client.send("SelectSaveAsPath", str(part), "false")
    until(lambda: desk.state()["dialogs"])
    assert client.barrier() == []
    desk.ask("answer", answer={"action": "save"})
    assert client.result() == {"status": "success"}
    client.expect("return")


# -- the script


@pytest.mark.parametrize(
    "answers",
    [
        ["cancel"],
        [{}],
        [{"action": "sing"}],
        [{"action": "open", "path": 1}],
        [{"action": "open", "version": True}],
        [{"action": "open", "after_ms": -1}],
        [{"action": "open", "what": 1}],
        [{"action": "open"}, None],
        "cancel",
    ],
)
def test_a_script_that_makes_no_sense_changes_nothing(desk: DeskProcess, answers: object) -> None:
    with pytest.raises(SandboxError) as caught:
        desk.ask("script", answers=answers)
    assert caught.value.code == "ISCB-SANDBOX-REQUEST"
    assert desk.state()["script"] == 0


@pytest.mark.parametrize("answer", [{"action": "wait"}, {"action": "save"}, {"action": "open", "path": 3}, None])
def test_an_open_dialog_takes_only_answers_that_fit(desk: DeskProcess, answer: object) -> None:
    client = desk.connect()
    desk.ask("script", answers=[{"action": "wait"}])
    client.call("OpenCloudFile")
    with pytest.raises(SandboxError):
        desk.ask("answer", answer=answer)
    assert len(desk.state()["dialogs"]) == 1
