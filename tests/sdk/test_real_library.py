"""The sandbox's own library, as it is built and shipped, over a socket. Without the library these tests fail."""

from __future__ import annotations

import os

import pytest

from iscbridge.core.errors import SdkError
from iscbridge.sdk.host import EXIT_OK
from iscbridge.sdk.library import NATIVE_DIR, find_library
from support.fake_shim import ROOT, SdkChild, wait_until
from support.mini_desk import MiniDesk

SUCCESS = b'{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'


@pytest.fixture(scope="module")
def library():
    """The installed one, else the one of the native build tree."""
    try:
        return find_library(None, os.environ)
    except SdkError:
        return find_library(None, {NATIVE_DIR: str(ROOT / "build" / "native" / "lib")})


@pytest.fixture
def desk(tmp_path):
    desk = MiniDesk(tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def connect(library):
    """connect(desk) starts an SDK process that talks to this desk."""
    children = []

    def connect(address: str) -> SdkChild:
        children.append(SdkChild(library, ISCBRIDGE_SANDBOX_DESK=address))
        return children[-1]

    yield connect
    for child in children:
        child.finish()


@pytest.fixture
def child(connect, desk):
    """An SDK process whose Init has succeeded."""
    child = connect(desk.address)
    child.call(0, "Init")
    assert child.until("returned")[-1]["ok"]
    return child


def test_it_says_what_it_is(connect):
    loaded = connect("/nowhere").line()
    assert loaded is not None
    assert (loaded["m"], loaded["abi"], loaded["cloud"], loaded["failureIsFinal"]) == ("loaded", 1, "sandbox", True)
    assert loaded["functions"] == sum(1 << n for n in range(1, 13))
    assert loaded["dialect"]


def test_a_save_reaches_the_desk_and_its_result_comes_back(child, desk):
    def save(desk, arguments):
        desk.event("EVENT_SAVE_RESULT", SUCCESS)
        return 0

    desk.answers["Save"] = save
    child.call(1, "Save", "/目录/a b.FCStd", True)
    event, returned = child.until("returned")
    assert (event["operate"], event["params"], event["raw"]) == ("SaveResult", {"status": "success"}, SUCCESS.decode())
    assert (returned["call"], returned["ok"]) == (1, True)
    assert desk.calls == [["Init"], ["Save", "/目录/a b.FCStd", "true"]]


def test_every_call_reaches_the_desk(child, desk):
    child.call(1, "GetLicenseFileRequest", "name", "dev")
    child.call(2, "GetLicenseStringRequest", "dev")
    child.call(3, "LicenseVerifyNotify", False, "why")
    child.call(4, "TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "dev", "name")
    child.call(5, "CheckNewVersions")
    child.call(6, "UpgradeNotify", True)
    child.call(7, "OpenCloudFile")
    child.call(8, "Save", "/a", False)
    child.call(9, "SelectSaveAsPath", "/b", True)
    child.call(10, "GetSolution", "/c")
    returned = [child.line() for _ in range(10)]
    assert [(line["call"], line["ok"]) for line in returned] == [(n, True) for n in range(1, 11)]
    assert desk.calls[1:] == [
        ["GetLicenseFileRequest", "name", "dev"],
        ["GetLicenseStringRequest", "dev"],
        ["LicenseVerifyNotify", "false", "why"],
        ["TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "dev", "name"],
        ["CheckNewVersions"],
        ["UpgradeNotify", "true"],
        ["OpenCloudFile"],
        ["Save", "/a", "false"],
        ["SelectSaveAsPath", "/b", "true"],
        ["GetSolution", "/c"],
    ]


@pytest.mark.parametrize(
    ("info", "operate"),
    [
        (b'{"operate":"UpgradeNotice","params":{"available":false},"comeBackParams":{}}', "UpgradeNotice"),
        (b'{"operate":"SaveResult","par', ""),
        (b"", ""),
        (b'{"operate":"SaveResult","params":{"m":"' + b"\xb2\xbb\xff" + b'"}}', ""),
    ],
)
def test_information_strings_come_as_they_were_sent(child, desk, info, operate):
    desk.event("EVENT_SAVE_RESULT", info)
    (event,) = child.until("event")
    assert event["operate"] == operate
    assert event["raw"] == info.decode("utf-8", "backslashreplace")


def test_a_call_that_the_desk_refuses(child, desk):
    desk.answers["Save"] = lambda desk, arguments: 7
    child.call(1, "Save", "/a", False)
    line = child.line()
    assert (line["ok"], line["status"]) == (False, 0)
    assert line["vendor"] != 0


def test_a_desk_that_refuses_the_session(connect, tmp_path):
    desk = MiniDesk(tmp_path, ("refuse", "logged out"))
    child = connect(desk.address)
    child.call(0, "Init")
    line = child.until("returned")[-1]
    assert (line["ok"], line["status"]) == (False, 0)
    child.end_input()
    assert child.wait() == EXIT_OK
    desk.close()
    assert desk.calls == []


def test_no_desk_at_all(connect, tmp_path):
    child = connect(str(tmp_path / "nobody.sock"))
    child.call(0, "Init")
    assert child.until("returned")[-1]["ok"] is False


def test_a_broken_connection_is_told_as_an_event(child, desk):
    desk.drop()
    (event,) = child.until("event")
    assert event["operate"] == "ClientClosed"


def test_close_says_goodbye(child, desk):
    child.send(m="close", grace=30_000)
    assert child.wait() == EXIT_OK
    wait_until(lambda: desk.goodbyes == 1)
    assert desk.calls == [["Init"], ["ShutOut"]]
    assert child.errors == b""


def test_the_end_of_the_parent_says_goodbye(child, desk):
    child.end_input()
    assert child.wait() == EXIT_OK
    wait_until(lambda: desk.goodbyes == 1)


def test_a_burst_of_100000_events_arrives_whole_and_in_order(child, desk):
    def burst(desk, arguments):
        for n in range(1, 100_001):
            desk.event("EVENT_HEARTBEAT", b'{"operate":"HeartBeat","params":{"n":"%d"},"comeBackParams":{}}' % n)
        return 0

    desk.answers["CheckNewVersions"] = burst
    child.call(1, "CheckNewVersions")
    *events, _ = child.until("returned")
    assert [int(event["params"]["n"]) for event in events] == list(range(1, 100_001))
