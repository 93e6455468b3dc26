"""Licence, upgrade and solver calls of a real desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.desk_wire import DeskClient, DeskProcess

CONTENT = "0078369f54-a3ce-4dc7-8a62-904555416f9000"


def events(client: DeskClient) -> list[tuple[str, str]]:
    return [(fields[1].decode(), fields[2].decode()) for fields in client.barrier()]


def test_licence_file(desk: DeskProcess) -> None:
    client = desk.connect()
    assert client.call("GetLicenseFileRequest", "许可.lic", "AA|BB||CC") == 0
    name, info = client.event()
    path = json.loads(info)["params"]["LicenseFilePath"]
    assert name == "EVENT_LICENSE_VERIFY"
    assert info.decode() == (
        f'{{"operate":"LicenseVerify","params":{{"Status":"success","LicenseFilePath":"{path}",'
        '"LicenseType":"file"},"comeBackParams":{}}'
    )
    assert Path(path).name == "许可.lic"
    assert Path(path).read_text() == CONTENT


def test_licence_string(desk: DeskProcess) -> None:
    client = desk.connect()
    assert client.call("GetLicenseStringRequest", "") == 0
    assert client.event()[1].decode() == (
        f'{{"operate":"LicenseVerify","params":{{"Status":"success","LicenseContent":"{CONTENT}",'
        '"LicenseType":"string"},"comeBackParams":{}}'
    )
    desk.set(license_content="another")
    client.call("GetLicenseStringRequest", "")
    assert client.result("EVENT_LICENSE_VERIFY")["LicenseContent"] == "another"


@pytest.mark.parametrize("name", ["", "..", ".", "../../evil", "C:\\x\\evil.lic", "a:b", "x" * 300])
def test_a_licence_file_never_leaves_its_folder(desk: DeskProcess, name: str) -> None:
    client = desk.connect()
    client.call("GetLicenseFileRequest", name, "")
    params = client.result("EVENT_LICENSE_VERIFY")
    if params["Status"] == "success":
        assert Path(params["LicenseFilePath"]).parent == desk.places.licenses
    else:
        assert name in {"..", ".", "x" * 300}


def test_licence_failed_and_never(desk: DeskProcess) -> None:
    client = desk.connect()
    desk.set(license="failed")
    client.call("GetLicenseFileRequest", "a", "b")
    assert client.result("EVENT_LICENSE_VERIFY") == {"Status": "failed", "LicenseType": "file"}
    client.call("GetLicenseStringRequest", "b")
    assert client.result("EVENT_LICENSE_VERIFY") == {"Status": "failed", "LicenseType": "string"}
    desk.set(license="never")
    client.call("GetLicenseStringRequest", "b")
    assert events(client) == []


def test_noted_calls(desk: DeskProcess) -> None:
    client = desk.connect()
    calls = [
        ("LicenseVerifyNotify", "false", "signature wrong 签名"),
        ("TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "dev", "a.lic"),
        ("UpgradeNotify", "true"),
        ("GetSolution", "/w/model.inp"),
    ]
    for call in calls:
        assert client.call(*call) == 0
    assert events(client) == [], "none of them is followed by an event in the guide"
    noted = desk.ask("calls")["calls"][-4:]
    assert [(call["function"], *call["arguments"]) for call in noted] == calls


def test_trial_event(desk: DeskProcess) -> None:
    desk.set(trial_event="license")
    client = desk.connect()
    client.call("TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "", "t.lic")
    assert client.result("EVENT_LICENSE_VERIFY")["LicenseFilePath"].endswith("t.lic")


def test_solution(desk: DeskProcess) -> None:
    client = desk.connect()
    assert client.call("GetSolution", "/x") == 0
    desk.set(solution="fails")
    assert client.call("GetSolution", "/x") == 1
    assert events(client) == []


def notice(available: str) -> tuple[str, str]:
    return (
        "EVENT_UPGRADENOTICE",
        f'{{"operate":"UpgradeNotice","params":{{"available":{available}}},"comeBackParams":{{}}}}',
    )


def update(forced: str) -> tuple[str, str]:
    return "EVENT_UPDATE", f'{{"operate":"Update","params":{{"fromForceWin":"{forced}"}},"comeBackParams":{{}}}}'


@pytest.mark.parametrize(
    ("personality", "expected"),
    [
        ({"update": "none"}, [notice('"false"')]),
        ({"update": "none", "available_json": "unquoted"}, [notice("false")]),
        ({"update": "offered"}, [notice('"true"'), update("false")]),
        ({"update": "offered", "available_json": "unquoted"}, [notice("true"), update("false")]),
        ({"update": "declined"}, [notice('"true"')]),
        ({"update": "forced"}, [notice('"true"'), update("true")]),
        ({"update": "old"}, [update("false")]),
        ({"update": "silent"}, []),
    ],
)
def test_check_new_versions(desk: DeskProcess, personality: dict[str, str], expected: list[tuple[str, str]]) -> None:
    desk.set(**personality)
    client = desk.connect()
    assert client.call("CheckNewVersions") == 0
    assert events(client) == expected


def test_an_announced_update_reaches_every_session(desk: DeskProcess) -> None:
    clients = [desk.connect(), desk.connect()]
    desk.ask("announce", forced=True)
    assert [events(client) for client in clients] == [[update("true")]] * 2
