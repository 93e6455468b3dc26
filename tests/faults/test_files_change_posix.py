"""A file changes, goes or is locked at any time between the request and the result.

Times are made to last by gates of the desk, and by a share that does not answer while the bridge wants to read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.faults_shim import Shim
from support.world import World, until

TIMES = {"quiet_s": 0.3, "rest_s": 0.1, "restless_s": 0.3}
SIZE = 60_000


@pytest.fixture(scope="module")
def shim(shim_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Shim:
    return Shim(shim_library, tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shim: Shim) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("files"))
    try:
        made.desk()
        made.bridge(TIMES, **shim.environment)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def promises(world: World) -> Promises:
    return Promises(world)


@pytest.fixture(autouse=True)
def _fresh(world: World, promises: Promises) -> Iterator[None]:
    world.ask_desk("personality", reset=True, set={})
    until(lambda: owed(world) == 0, "owed results to be given up")
    yield
    promises.check()


# What happens to the file. Each gives the bytes that the file holds then; None: it is gone.


def _overwritten(path: Path) -> bytes | None:
    new = content(f"overwritten {path.name}", SIZE)
    with path.open("r+b") as file:  # in place: a reader sees both
        file.write(new)
    return new


def _replaced(path: Path) -> bytes | None:
    new = content(f"replaced {path.name}", SIZE)
    beside = path.with_name(f"{path.name}~")
    beside.write_bytes(new)
    beside.replace(path)
    return new


def _replaced_by_an_older_one(path: Path) -> bytes | None:
    """As long as the one before, with a time long before it: as a backup that is put back."""
    new = content(f"older {path.name}", SIZE)
    beside = path.with_name(f"{path.name}~")
    beside.write_bytes(new)
    os.utime(beside, (1_000_000_000, 1_000_000_000))
    beside.replace(path)
    return new


def _grown(path: Path) -> bytes | None:
    with path.open("ab") as file:
        file.write(b"and more" * 1000)
    return path.read_bytes()


def _cut(path: Path) -> bytes | None:
    os.truncate(path, SIZE // 3)
    return path.read_bytes()


def _deleted(path: Path) -> bytes | None:
    path.unlink()
    return None


def _made_a_folder(path: Path) -> bytes | None:
    path.unlink()
    path.mkdir()
    return None


CHANGES: dict[str, Callable[[Path], bytes | None]] = {
    change.__name__.strip("_"): change
    for change in (_overwritten, _replaced, _replaced_by_an_older_one, _grown, _cut, _deleted, _made_a_folder)
}


@dataclass
class Save:
    """A save that stands still at one of the times."""

    job: str
    go_on: Callable[[], object]


def _requested(world: World, shim: Shim, path: Path) -> Save:
    stack = ExitStack()
    stack.enter_context(shim.dead_share(path.parent))
    job = world.ask().save(str(path))["job"]
    shim.until_blocked()
    return Save(job, stack.close)


def _waiting(world: World, _shim: Shim, path: Path) -> Save:
    other = world.file(f"{path.parent.name}/other.FCStd", content(f"other {path.name}", SIZE))
    world.ask_desk("hold", at="start")
    world.ask().save(str(other))
    world.upload(path=str(other), held="start")
    job = world.ask().save(str(path))["job"]
    world.until_state(job, "waiting")
    return Save(job, lambda: world.ask_desk("release"))


def _at(gate: str) -> Callable[[World, Shim, Path], Save]:
    def stand_still(world: World, _shim: Shim, path: Path) -> Save:
        world.ask_desk("hold", at=gate)
        job = world.ask().save(str(path))["job"]
        world.upload(path=str(path), held=gate)
        return Save(job, lambda: world.ask_desk("release"))

    return stand_still


TIMES_OF_CHANGE: dict[str, Callable[[World, Shim, Path], Save]] = {
    "requested": _requested,
    "waiting": _waiting,
    "handed over": _at("start"),
    "half read": _at("middle"),
    "read": _at("commit"),
    "arrived": _at("result"),
}


def _part(world: World, request: pytest.FixtureRequest) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return world.file(f"{name}/{name}.FCStd", content(name, SIZE))


def _newest_is(world: World, path: Path, bytes_: bytes) -> None:
    assert world.cloud_bytes(f"/{path.name}") == bytes_


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", TIMES_OF_CHANGE)
def test_the_cloud_gets_the_newest_or_it_is_said(
    world: World, shim: Shim, request: pytest.FixtureRequest, when: str, change: str
) -> None:
    path = _part(world, request)
    save = TIMES_OF_CHANGE[when](world, shim, path)
    now = CHANGES[change](path)
    save.go_on()
    job = world.finish(save.job)
    if now is None:
        _gone(when, job)
        return
    assert job["state"] == "done"
    _newest_is(world, path, now)
    if when not in ("requested", "waiting"):
        assert "note.torn" in job["notes"]
    elif when == "waiting":
        assert "note.newer" in job["notes"]


def _gone(when: str, job: dict[str, Any]) -> None:
    code = (job.get("error") or {}).get("code", "")
    if when in ("requested", "waiting"):
        assert job["state"] in ("failed", "refused")
        assert code in ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER")
    elif when == "handed over":
        assert job["state"] in ("failed", "unknown")  # the desk said failed
    else:
        assert (job["state"], code) == ("unknown", "ISCB-FILE-MISSING")


def test_a_file_that_is_another_one_only_while_the_desk_reads(world: World, request: pytest.FixtureRequest) -> None:
    """Before and after it is the captured one to the byte: a backup was put in its place and taken away again."""
    path = _part(world, request)
    before = path.read_bytes()
    save = _at("start")(world, Shim, path)  # type: ignore[arg-type]  # this time needs no shim
    aside = path.with_name("aside")
    path.rename(aside)
    path.write_bytes(content("only meanwhile", SIZE))
    world.ask_desk("hold", at="commit")
    world.upload(path=str(path), held="commit")
    aside.replace(path)
    save.go_on()
    job = world.finish(save.job)
    assert job["state"] == "done"
    assert "note.torn" in job["notes"]
    _newest_is(world, path, before)


def test_a_file_that_is_locked_is_waited_for(world: World, shim: Shim, request: pytest.FixtureRequest) -> None:
    path = _part(world, request)
    with shim.locked(path):
        job = world.ask().save(str(path))["job"]
        shim.until_denied()
        assert world.state_of(job)["state"] == "accepted"
    assert world.finish(job)["state"] == "done"


def test_a_file_that_stays_locked_is_told(world: World, shim: Shim, request: pytest.FixtureRequest) -> None:
    path = _part(world, request)
    with shim.locked(path):
        job = world.finish(world.ask().save(str(path))["job"])
        assert (job["state"], job["error"]["code"]) == ("failed", "ISCB-FILE-LOCKED")
    world.ask().request("job.retry", {"job": job["job"]})
    assert world.finish(job["job"])["state"] == "done"


def test_a_file_that_is_locked_when_its_turn_comes(world: World, shim: Shim, request: pytest.FixtureRequest) -> None:
    path = _part(world, request)
    save = _waiting(world, shim, path)
    with shim.locked(path):
        save.go_on()
        shim.until_denied()
        beside = world.file(f"{path.parent.name}/beside.FCStd", content(f"beside {path.name}", SIZE))
        assert world.finish(world.ask().save(str(beside))["job"])["state"] == "done", "it holds up no other"
        assert world.state_of(save.job)["state"] == "waiting"
    assert world.finish(save.job)["state"] == "done"


def test_a_restless_file_waits_until_it_is_quiet(world: World, request: pytest.FixtureRequest) -> None:
    path = _part(world, request)
    world.ask_desk("hold", at="middle")
    job = world.ask().save(str(path))["job"]
    for round_ in range(4):
        world.upload(path=str(path), held="middle", number=_upload_after(world, round_))
        world.replace(path, content(f"{path.name} {round_}", SIZE))
        if round_ < 3:
            world.ask_desk("hold", at="result")
            world.upload(path=str(path), held="result")
            world.ask_desk("hold", at="middle")
    world.ask_desk("release")
    done = world.finish(job)
    assert done["state"] == "done"
    assert done["notes"].count("note.torn") >= 3
    _newest_is(world, path, path.read_bytes())


def _upload_after(world: World, _round: int) -> int:
    return int(
        until(lambda: [u["number"] for u in world.ask_desk("state")["uploads"] if u["held"] == "middle"], "held")[0]
    )


# assemblies


def _assembly(world: World, request: pytest.FixtureRequest) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    for part in (f"{name}.step", "rotor.step", "sub/seal.step"):
        world.file(f"{name}/{name}/{part}", content(f"{name} {part}", SIZE))
    return world.work / name / name


def _tree(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def _change_part(folder: Path) -> None:
    _replaced(folder / "rotor.step")


def _delete_part(folder: Path) -> None:
    (folder / "sub" / "seal.step").unlink()


def _add_part(folder: Path) -> None:
    (folder / "new.step").write_bytes(b"new part")


@pytest.mark.parametrize("change", [_change_part, _delete_part, _add_part])
@pytest.mark.parametrize("when", ["waiting", "handed over", "half read", "arrived"])
def test_an_assembly_folder_arrives_as_it_is_at_last(
    world: World, request: pytest.FixtureRequest, when: str, change: Callable[[Path], None]
) -> None:
    folder = _assembly(world, request)
    gates = {"waiting": "start", "handed over": "start", "half read": "middle", "arrived": "result"}
    world.ask_desk("hold", at=gates[when])
    if when == "waiting":
        other = world.file(f"{folder.parent.name}/other.FCStd", content(f"other {folder}", SIZE))
        world.ask().save(str(other))
        world.upload(path=str(other), held="start")
        job = world.ask().save(str(folder), assembly=True)["job"]
        world.until_state(job, "waiting")
    else:
        job = world.ask().save(str(folder), assembly=True)["job"]
        world.upload(path=str(folder), held=gates[when])
    change(folder)
    world.ask_desk("release")
    assert world.finish(job)["state"] == "done"
    fetched = world.work / "fetched" / folder.name
    world.ask_desk("get", path=f"/{folder.name}.zip", to=str(fetched), unpacked=True)
    assert _tree(_unpacked(fetched, folder.name)) == _tree(folder)


def _unpacked(fetched: Path, name: str) -> Path:
    inside = fetched / name
    return inside if inside.is_dir() else fetched


def test_an_assembly_folder_that_goes_is_missing(world: World, request: pytest.FixtureRequest) -> None:
    folder = _assembly(world, request)
    world.ask_desk("hold", at="result")
    job = world.ask().save(str(folder), assembly=True)["job"]
    world.upload(path=str(folder), held="result")
    shutil.rmtree(folder)
    world.ask_desk("release")
    gone = world.finish(job)
    assert (gone["state"], gone["error"]["code"]) == ("unknown", "ISCB-FILE-MISSING")
