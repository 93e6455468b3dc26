"""Licence, upgrade and solver calls of a real desk."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest

from iscbridge.core.errors import LicenseError
from iscbridge.core.licensing.model import Machine
from iscbridge.licensefile.verifier import Verified, inspect, read, verify
from iscbridge.platform.sandbox_clock import write_shift
from support.desk_wire import DeskClient, DeskProcess

DEVICE = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672"
DAY_S = 86_400
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


def verified(desk: DeskProcess, licence: str | bytes, **more: object) -> Verified:
    key = desk.ask("vendorKey")["verifyKey"]
    known = {"product": "sandbox-product", "now": time.time(), **more}
    return verify(licence, key, same_machine=lambda d: Machine.SAME if d == DEVICE else Machine.OTHER, **known)  # type: ignore[arg-type]  # test data


def asked(desk: DeskProcess, device: str = DEVICE, **personality: object) -> str:
    desk.set(**{"license": "signed", **personality})
    client = desk.connect()
    assert client.call("GetLicenseStringRequest", device) == 0
    return str(client.result("EVENT_LICENSE_VERIFY")["LicenseContent"])


def test_a_signed_licence_is_for_the_device_that_asked(desk: DeskProcess) -> None:
    licence = asked(desk, license_days=30)
    found = verified(desk, licence)
    assert found.members["device"] == DEVICE
    assert found.expires is not None
    assert 29 * DAY_S < found.expires - time.time() <= 30 * DAY_S
    assert found.id != verified(desk, asked(desk)).id, "each has a number of its own"


def test_a_signed_licence_as_a_file(desk: DeskProcess) -> None:
    desk.set(license="signed")
    client = desk.connect()
    client.call("GetLicenseFileRequest", "my.lic", DEVICE)
    path = client.result("EVENT_LICENSE_VERIFY")["LicenseFilePath"]
    assert verified(desk, read(path)).members["device"] == DEVICE


def test_a_signed_licence_after_a_trial(desk: DeskProcess) -> None:
    desk.set(license="signed", trial_event="license")
    client = desk.connect()
    client.call("TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", DEVICE, "t.lic")
    path = client.result("EVENT_LICENSE_VERIFY")["LicenseFilePath"]
    assert verified(desk, read(path)).members["device"] == DEVICE


@pytest.mark.parametrize("device", ["", "|||", ",|,||"])
def test_a_signed_licence_without_a_device_or_an_end(desk: DeskProcess, device: str) -> None:
    found = verified(desk, asked(desk, device, license_days=0))
    assert "device" not in found.members
    assert found.expires is None


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("broken", "ISCB-LIC-FILE-SIGNATURE"),
        ("wrong_product", "ISCB-LIC-FILE-PRODUCT"),
        ("wrong_device", "ISCB-LIC-FILE-DEVICE"),
        ("expired", "ISCB-LIC-FILE-EXPIRED"),
    ],
)
def test_a_licence_that_is_not_good(desk: DeskProcess, mode: str, code: str) -> None:
    with pytest.raises(LicenseError) as caught:
        verified(desk, asked(desk, license=mode))
    assert caught.value.code == code


def test_a_licence_for_the_product_that_was_set(desk: DeskProcess) -> None:
    assert verified(desk, asked(desk, license_product="流体 CAD"), product="流体 CAD").id


def test_the_vendor_s_key_outlives_the_desk_and_is_the_owner_s_alone(own_desk: DeskProcess) -> None:
    own_desk.start()
    licence = asked(own_desk)
    path = own_desk.places.vendor_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    own_desk.end()
    own_desk.start()
    assert verified(own_desk, licence).id
    assert path.read_bytes().hex() not in json.dumps(own_desk.ask("vendorKey"))
    assert licence not in own_desk.places.log.read_text()


def test_a_key_that_can_t_be_read_gives_a_failed_event(own_desk: DeskProcess) -> None:
    own_desk.places.vendor_key.parent.mkdir(parents=True)
    own_desk.places.vendor_key.write_bytes(b"short")
    own_desk.start(license="signed")
    client = own_desk.connect()
    client.call("GetLicenseStringRequest", DEVICE)
    assert client.result("EVENT_LICENSE_VERIFY")["Status"] == "failed"


def test_the_sandbox_s_clock_moves_the_term(own_desk: DeskProcess) -> None:
    own_desk.start()
    write_shift(own_desk.home, 400 * DAY_S)
    payload = inspect(asked(own_desk, license_days=10))
    assert payload.expires is not None
    assert 409 * DAY_S < payload.expires - time.time() < 411 * DAY_S


def test_a_licence_that_comes_twice(desk: DeskProcess) -> None:
    desk.set(license="signed", license_sent="doubled")
    client = desk.connect()
    client.call("GetLicenseStringRequest", DEVICE)
    first, second = (client.result("EVENT_LICENSE_VERIFY") for _ in range(2))
    assert first == second
    assert events(client) == []


def test_a_licence_that_comes_late(desk: DeskProcess) -> None:
    desk.set(license="signed", license_sent="late", license_late_ms=50)
    client = desk.connect()
    client.call("GetLicenseStringRequest", DEVICE)
    assert verified(desk, client.result("EVENT_LICENSE_VERIFY")["LicenseContent"]).id


def test_a_late_licence_of_a_session_that_is_gone_is_lost(desk: DeskProcess) -> None:
    desk.set(license_sent="late", license_late_ms=300)
    gone, stays = desk.connect(), desk.connect()
    gone.call("GetLicenseStringRequest", DEVICE)
    gone.close()
    stays.call("GetLicenseStringRequest", DEVICE)
    assert stays.event()[0] == "EVENT_LICENSE_VERIFY"
    assert events(stays) == []


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
