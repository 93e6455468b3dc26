"""The disk is full: at each write of a save, at the start, and for real on a small file system."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.ipc.client import FINAL_STATES, BridgeError, Client
from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.faults_shim import Shim
from support.world import World, until

TIMES = {"quiet_s": 0.5, "rest_s": 0.1}
SIZE = 50_000
FULL = "ISCB-JOURNAL-DISK-FULL"
#: SQLite does not pass on why a flush failed.
NO_ROOM = (FULL, "ISCB-JOURNAL-IO")


# at each write


@pytest.fixture(scope="module")
def shim(shim_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Shim:
    return Shim(shim_library, tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def full_world(tmp_path_factory: pytest.TempPathFactory, shim: Shim) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("full"))
    try:
        made.desk()
        made.bridge(TIMES, **shim.environment)
        yield made
    finally:
        made.close()


@pytest.mark.timeout(600)  # many restarts; each wait among them has its own, shorter end
@pytest.mark.parametrize("what", ["file", "assembly"])
def test_at_each_write_of_a_save(full_world: World, shim: Shim, what: str) -> None:
    """No room from the n-th write on, for every n that a save has; then there is room again."""
    world = full_world
    promises = Promises(world)
    client = world.ask()
    answered_with_an_error = accepted = 0
    for n in range(1, 200):
        until(lambda: owed(world) == 0, "owed results to be given up")
        tag = f"{what}-{n}"
        part = world.file(f"{tag}/{tag}.step", content(tag, SIZE))
        options = {}
        if what == "assembly":
            options = {"assembly": True, "files": [str(world.file(f"{tag}/rotor.step", content(f"{tag} rotor", SIZE)))]}
        with shim.full_disk(world.home.root, first=n):
            try:
                job = client.save(str(part), requestId=tag, **options)["job"]
            except BridgeError as error:
                assert error.code in NO_ROOM  # noqa: PT017  either way is right: with no room it is not accepted
                job = ""
                answered_with_an_error += 1
            else:
                accepted += 1
                until(
                    lambda job=job: shim.refused or client.request("job.get", {"job": job})["state"] in FINAL_STATES,
                    "no room",
                )
            met = shim.refused
        job = job or client.save(str(part), requestId=tag, **options)["job"]
        _goes_on(client, world, job)
        promises.check()
        if not met:
            break
    else:
        raise AssertionError("a save has no end of writes")
    assert answered_with_an_error
    assert accepted > 3, "the disk was full in the middle, too"
    assert client.request("bridge.status")["warnings"] == []


def _goes_on(client: Client, world: World, job: str) -> None:
    """With room again a job ends well by itself, or says that there was no room and does it when asked again."""
    ended = world.finish(job)
    if ended["state"] == "failed":
        assert ended["error"]["code"] in NO_ROOM
        client.request("job.retry", {"job": job})
        ended = world.finish(job)
    assert ended["state"] == "done"


@pytest.mark.timeout(600)  # many restarts; each wait among them has its own, shorter end
def test_at_each_write_of_a_start(world: World, shim: Shim) -> None:
    """It comes up, or it says that the disk is full; what was there stays."""
    world.bridge()
    part = world.file("part.FCStd", content("start", SIZE))
    job = world.ask().save(str(part))["job"]
    world.until_state(job, "waiting", "captured")
    world.kill_bridge()
    failed = 0
    for n in (1, 2, 3, 5, 8, 13, 22, 40, 90, 200):
        with shim.full_disk(world.home.root, first=n):
            world.bridge(wait=False, **shim.environment)
            up = until(lambda: _is_up_or_gone(world), "the bridge to come up or to end")
            met = shim.refused
        if up == "gone":
            failed += 1
            assert world.wait_bridge() == 1
        else:
            world.kill_bridge()
        if not met:
            break
    assert failed
    assert FULL in world.said()
    assert "Traceback" not in world.said()
    world.desk()
    world.bridge()
    assert world.finish(job)["state"] == "done"
    Promises(world).check()


def _is_up_or_gone(world: World) -> str:
    if not world.bridge_pid:
        return "gone"
    client = Client("probe", address=world.home.bridge_address(), timeout=5.0)
    try:
        client.connect()
    except BridgeError:
        return ""
    finally:
        client.close()
    return "up"


# for real


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A file system of 100 MB of its own; None without the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100m,mode=0700", "iscbridge-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Leave no room at all."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1024 * 1024
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return ballast


def test_on_a_small_file_system(tmp_path: Path, small_disk: Path | None) -> None:
    if small_disk is None:
        return  # the test below does with a quota what it can
    world = World(small_disk)
    world.work = tmp_path / "work"
    world.work.mkdir()
    # The cloud has room.
    world.home.root.mkdir()
    (tmp_path / "sandbox").mkdir()
    world.home.sandbox.symlink_to(tmp_path / "sandbox")
    try:
        world.desk(hold="result")
        world.bridge(TIMES)
        client = world.ask()
        first = world.file("first.FCStd", content("first", SIZE))
        under_way = client.save(str(first))["job"]
        world.upload(path=str(first), held="result")
        waiting = client.save(str(world.file("second.FCStd", content("second", SIZE))))["job"]
        world.until_state(waiting, "waiting")
        ballast = _fill(small_disk)
        # Nothing new is taken, and that is said at once; everything can be asked.
        third = world.file("third.FCStd", content("third", SIZE))
        code, lines = world.cli_json("save", str(third), "--wait")
        assert code in (1, 5), "not captured, or not even accepted"
        assert lines[-1]["error"] == FULL
        assert len(client.request("job.list", {})["jobs"]) >= 2
        # The result comes; it counts, whether it can be written now or only when there is room.
        world.ask_desk("release")
        until(lambda: not world.ask_desk("state")["uploads"], "the result to be sent")
        assert client.request("job.get", {"job": under_way})["state"] in ("submitted", "done")
        ballast.unlink()
        assert world.finish(under_way)["state"] == "done"
        _goes_on(client, world, waiting)
        assert world.finish(client.save(str(third))["job"])["state"] == "done"
        assert client.request("bridge.status")["warnings"] == []
        Promises(world).check()
        # What is larger than the disk is refused by a code, and nothing of it stays behind.
        big = world.file("big.FCStd", content("big", 1000))
        os.truncate(big, 200 * 1024 * 1024)
        code, lines = world.cli_json("save", str(big), "--wait")
        assert (code, lines[-1]["error"]) == (1, FULL)
        assert shutil.disk_usage(small_disk).free > 50 * 1024 * 1024
        Promises(world).check()
    finally:
        world.close()


def test_on_a_quota(world: World, promises: Promises) -> None:
    """RLIMIT_FSIZE: no file may be written beyond a kilobyte, the journal's log included."""
    world.desk()
    pid = world.bridge(TIMES)
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000, hard))
    code, lines = world.cli_json("save", str(world.file("part.FCStd", content("part", SIZE))))
    assert code == 5
    assert lines[-1]["error"] in NO_ROOM
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert world.cli("save", str(world.file("part.FCStd")), "--wait").returncode == 0
    promises.check()
