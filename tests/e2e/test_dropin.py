"""A CAD host that was written for the SDK, recompiled with the drop-in headers: real bridge, SDK process, desk, cloud."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support import dropin
from support.c_client import cmake, run
from support.dropin import GuideHost, calls
from support.world import World, until

pytestmark = pytest.mark.timeout(600)  # the first test builds the library

SUCCESS = '{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'
FAILED = '{"operate":"SaveResult","params":{"status":"failed"},"comeBackParams":{}}'


class Built(NamedTuple):
    """What was compiled for these tests."""

    prefix: Path
    host: Path
    sandbox_host: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dropin")
    prefix = dropin.installed(folder / "prefix")
    host = dropin.compiled(prefix, folder / "guide_host")
    return Built(prefix, host, dropin.compiled_for_sandbox(folder / "guide_host_sandbox"))


@pytest.fixture
def hosts() -> Iterator[list[GuideHost]]:
    started: list[GuideHost] = []
    yield started
    for host in started:
        host.kill()


def begin(hosts: list[GuideHost], built: Built, world: World, **env: str) -> GuideHost:
    """Start the host; it has made Init when this returns."""
    path = str(dropin.library_folder(built.prefix))
    host = GuideHost(built.host, world, LD_LIBRARY_PATH=path, **env)
    hosts.append(host)
    assert host.hear("init") == "0"
    return host


def saved(host: GuideHost, line: str) -> str:
    return host.do(line, "saved")


def test_every_call_of_data_in_the_cloud(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk()
    world.bridge()
    host = begin(hosts, built, world)
    part = world.file("Gehäuse 壳体.prt", b"one part")
    assert saved(host, f"save {part}") == SUCCESS
    assert world.cloud_bytes("/Gehäuse 壳体.prt") == b"one part"
    for name in ("泵", "转子"):
        world.file(f"泵/{name}.prt", name.encode())
    assert saved(host, f"save-assembly {world.work / '泵'}") == SUCCESS
    with world.cloud() as store:
        assert {item.path for item in store.items()} == {"/Gehäuse 壳体.prt", "/泵.zip"}
    world.ask_desk("script", answers=[{"action": "save", "name": "copy.prt", "folder": "/"}])
    assert saved(host, f"save-as {part}") == SUCCESS
    assert world.cloud_bytes("/copy.prt") == b"one part"
    host.tell(f"solve {part}")
    assert until(lambda: calls(world, "GetSolution"), "the solver to be called") == [[str(part)]]
    assert host.end() == 0
    assert host.seen[-1] == "end 0"


def test_files_are_opened_as_the_guide_says(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk(picker_cancel="failed")
    world.bridge()
    host = begin(hosts, built, world)
    assert saved(host, f"save {world.file('壳.prt', b'shell')}") == SUCCESS
    for name in ("pump", "rotor"):
        world.file(f"pump/{name}.prt", name.encode())
    assert saved(host, f"save-assembly {world.work / 'pump'}") == SUCCESS
    script = [{"action": "open", "path": "/壳.prt", "checkout": True}, {"action": "cancel"}, {"action": "open"}]
    world.ask_desk("script", answers=script)
    single = json.loads(host.do("open", "opened"))
    assert list(single) == ["operate", "params", "comeBackParams"]
    assert list(single["params"]) == ["mainFile", "openType", "workState", "assembly"]
    assert single["comeBackParams"] == {}
    assert single["params"]["openType"] == "OpenAndCheckout"
    assert single["params"]["assembly"] == "false"
    assert Path(single["params"]["mainFile"]).read_bytes() == b"shell"
    host.tell("open")  # closed without a choice: the guide has no event for it, and the next one comes
    cancelled = {"limit": 10, "states": ["cancelled"]}
    until(lambda: world.ask().request("job.list", cancelled)["jobs"], "the second dialog to be closed")
    whole = json.loads(host.do("open", "opened"))["params"]
    assert whole["assembly"] == "true"
    folder = Path(whole["mainFile"])
    assert (folder / f"{folder.name}.prt").read_bytes() == b"pump"
    assert host.end() == 0


def test_one_source_for_two_sdks_hears_the_same(world: World, built: Built, hosts: list[GuideHost]) -> None:
    """Recompiled and nothing else: call for call the same events as from the SDK that speaks to the desk itself."""
    world.desk(update="offered", login="in")
    world.bridge()
    part = world.file("one.prt", b"the same")

    def day(host: GuideHost) -> list[str]:
        heard = [saved(host, f"save {part}")]
        world.ask_desk(
            "script", answers=[{"action": "save", "name": "two.prt"}, {"action": "open", "path": "/one.prt"}]
        )
        heard.append(saved(host, f"save-as {part}"))
        opened = json.loads(host.do("open", "opened"))
        opened["params"]["mainFile"] = os.path.basename(opened["params"]["mainFile"])
        heard.append(json.dumps(opened))
        heard.append(host.do("licence-string", "licence"))
        host.tell("licence-good")
        heard.append(host.do("check", "notice"))
        heard.append(host.hear("update"))
        host.tell("upgrade no")
        assert host.end() == 0
        return heard

    vendor = dropin.sandbox_host(built.sandbox_host, world)
    hosts.append(vendor)
    assert vendor.hear("init") == "0"
    expected = [json.loads(text) for text in day(vendor)]
    assert [json.loads(text) for text in day(begin(hosts, built, world))] == expected
    assert len(expected) == 6


@pytest.mark.parametrize("form", ["string", "file"])
def test_a_licence_right_after_the_start(world: World, built: Built, hosts: list[GuideHost], form: str) -> None:
    """The host asks before the bridge has reached ISCDesk: as a host that was written for the SDK does."""
    world.desk(license="success")
    world.bridge()
    host = begin(hosts, built, world)
    told = json.loads(host.do(f"licence-{form} license.lic", "licence"))
    where = "LicenseContent" if form == "string" else "LicenseFilePath"
    assert list(told["params"]) == ["Status", where, "LicenseType"]
    assert (told["operate"], told["params"]["Status"], told["params"]["LicenseType"]) == (
        "LicenseVerify",
        "success",
        form,
    )
    if form == "string":
        assert told["params"][where].startswith("0078369f54")
    else:
        assert Path(told["params"][where]).is_file()
    host.tell("licence-bad 已过期")
    assert until(lambda: calls(world, "LicenseVerifyNotify"), "the host's verdict") == [["false", "已过期"]]
    world.desk(license="failed")
    assert json.loads(host.do(f"licence-{form} license.lic", "licence"))["params"]["Status"] == "failed"
    host.tell("trial")
    assert until(lambda: calls(world, "TrialExpirationAndGetLicense"), "the trial's end at the desk") == [
        ["LICENSE_TYPE_FILE", "devInfo", "fileName"]
    ]


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_upgrades(world: World, built: Built, hosts: list[GuideHost], answer: str) -> None:
    world.desk(update="offered")
    world.bridge()
    host = begin(hosts, built, world)
    assert host.do("check", "notice") == '{"operate":"UpgradeNotice","params":{"available":"true"},"comeBackParams":{}}'
    assert host.hear("update") == '{"operate":"Update","params":{"fromForceWin":"false"},"comeBackParams":{}}'
    host.tell(f"upgrade {answer}")
    assert host.end() == 0  # right after the answer: it reaches ISCDesk all the same
    expected = [["true" if answer == "yes" else "false"]]
    assert until(lambda: calls(world, "UpgradeNotify"), "the answer at the desk") == expected


def test_a_forced_upgrade_and_none(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk(update="none")
    world.bridge({"upgrade_grace_s": 0.5, "upgrade_wait_s": 60.0})
    host = begin(hosts, built, world)
    assert json.loads(host.do("check", "notice"))["params"] == {"available": "false"}
    world.desk(update="forced")
    host.tell("check")
    assert json.loads(host.hear("update"))["params"] == {"fromForceWin": "true"}
    assert host.end() == 0
    assert world.wait_bridge() == 0


def test_a_desk_that_fails(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk(fail_next=1, picker_cancel="failed")
    world.bridge()
    host = begin(hosts, built, world)
    part = world.file("part.prt")
    assert saved(host, f"save {part}") == FAILED
    assert saved(host, f"save {part}") == SUCCESS
    assert saved(host, f"save {world.work / 'not there.prt'}") == FAILED
    assert saved(host, "save relative.prt") == FAILED
    world.ask_desk("script", answers=[{"action": "cancel"}])
    assert saved(host, f"save-as {part}") == FAILED


def test_a_dialog_without_an_answer_holds_up_no_save(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk(picker_cancel="nothing")
    world.bridge()
    host = begin(hosts, built, world)
    part = world.file("part.prt")
    world.ask_desk("script", answers=[{"action": "cancel"}])
    host.tell(f"save-as {part}")
    assert saved(host, f"save {part}") == SUCCESS


def test_what_nobody_knows_is_neither_success_nor_failure(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk(hold="middle")
    world.bridge()
    host = begin(hosts, built, world)
    host.tell(f"save {world.file('part.prt')}")
    world.upload(held="middle")
    job = world.ask().request("job.list", {})["jobs"][0]["job"]
    world.ask().request("job.cancel", {"job": job})
    assert world.finish(job)["state"] == "unknown"
    world.desk(hold="none")
    world.ask_desk("release")
    assert saved(host, f"save {world.file('other.prt')}") == SUCCESS
    assert host.end() == 0
    assert [line for line in host.seen if line.startswith("saved ")] == [f"saved {SUCCESS}"]


def test_killed_bridges_lose_no_save_and_no_result(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk()
    world.bridge()
    host = begin(hosts, built, world)
    for number in range(4):
        part = world.file(f"part{number}.prt", b"part %d" % number)
        host.tell(f"save {part}")
        host.hear("save")
        world.kill_bridge()
        world.bridge()
        assert host.hear("saved") == SUCCESS
        assert world.cloud_bytes(f"/{part.name}") == part.read_bytes()


def test_a_bridge_that_ran_before_is_started_by_init(world: World, built: Built, hosts: list[GuideHost]) -> None:
    world.desk()
    world.bridge()
    until(world.home.start.exists, "how the bridge is started again")
    assert world.stop_bridge() == 0
    host = begin(hosts, built, world, QT_QPA_PLATFORM="offscreen")
    assert saved(host, f"save {world.file('part.prt', b'started')}") == SUCCESS
    assert world.cloud_bytes("/part.prt") == b"started"
    world.client().request("bridge.shutdown")


def test_without_a_bridge_the_host_goes_on(world: World, built: Built, hosts: list[GuideHost]) -> None:
    host = GuideHost(built.host, world, LD_LIBRARY_PATH=str(dropin.library_folder(built.prefix)))
    hosts.append(host)
    assert host.hear("init") == "4"  # RESULT_NO_BRIDGE
    assert saved(host, f"save {world.file('part.prt')}") == FAILED
    world.desk()
    world.bridge()
    assert saved(host, f"save {world.file('part.prt')}") == SUCCESS


def test_a_cmake_project_finds_it(world: World, built: Built, hosts: list[GuideHost], tmp_path: Path) -> None:
    source = dropin.ROOT / "native" / "examples"
    run(cmake(), "-G", "Ninja", "-S", source, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={built.prefix}")
    run(cmake(), "--build", tmp_path, "--target", "guide_host")
    world.desk()
    world.bridge()
    host = GuideHost(tmp_path / "guide_host", world)
    hosts.append(host)
    assert host.hear("init") == "0"
    assert saved(host, f"save {world.file('part.prt')}") == SUCCESS


def test_the_folders_are_the_guide_s(built: Built) -> None:
    root = built.prefix / "IscdeskSdk" / "SdkApi"
    for header in ("interface/SdkInvoker.h", "sdk/IscdeskSdkIdl.h"):
        assert (root / "include" / header).is_file()
        assert (root / "paths" / "IscdeskApi" / "Sdk" / "Include" / header).is_file()
    assert sys.platform == "win32" or not list(root.rglob("*.dll"))
