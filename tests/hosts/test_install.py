"""Putting an add-in into a CAD: whole or not at all, nothing of others touched, whatever interrupts it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import HostError
from iscbridge.hosts import addin_files, install
from iscbridge.hosts.install import AddinState, look
from iscbridge.platform.resources import client_file
from support.checkout import ROOT
from support.sample_host import ADDIN, SampleHost

CHILD = ROOT / "tests" / "support" / "host_child.py"


@pytest.fixture
def sample(tmp_path: Path) -> SampleHost:
    return SampleHost(tmp_path)


def put(sample: SampleHost, *, repair: bool = False, version: str = "1.1"):
    return install.install(sample.target, sample.source, host="samplecad", version=version, repair=repair)


def state(sample: SampleHost, version: str = "1.1") -> AddinState:
    return look(sample.target, sample.source, version).state


def change(sample: SampleHost, name: str, content: bytes) -> Path:
    path = Path(sample.target.folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def attempt(action) -> str:
    """Do it; the code of what stands against it, or nothing."""
    try:
        action()
    except HostError as error:
        return error.code
    return ""


def nothing_beside(sample: SampleHost) -> bool:
    place = Path(sample.target.place)
    return not place.exists() or {path.name for path in place.iterdir()} <= {"CloudAddin"}


def test_it_is_all_there_with_its_list(sample):
    assert state(sample) is AddinState.NOT_INSTALLED
    assert put(sample).kept == ()
    assert sample.there() == ADDIN
    assert state(sample) is AddinState.INSTALLED
    assert nothing_beside(sample)
    listed = json.loads((Path(sample.target.folder) / addin_files.LIST_NAME).read_text())
    assert set(listed["files"]) == set(ADDIN)
    assert listed["host"] == "samplecad"


def put_with_client(sample: SampleHost, client: str = "lib/client.py"):
    return install.install(sample.target, sample.source, host="samplecad", client=client, command=("/opt/x", "tray"))


def test_the_client_comes_from_this_program_and_the_command_stands_in_the_list(sample, monkeypatch, tmp_path):
    put_with_client(sample)
    copied = Path(sample.target.folder) / "lib" / "client.py"
    assert copied.read_bytes() == client_file().read_bytes()
    assert json.loads((Path(sample.target.folder) / addin_files.LIST_NAME).read_text())["command"] == ["/opt/x", "tray"]
    assert look(sample.target, sample.source, client="lib/client.py").state is AddinState.INSTALLED
    newer = tmp_path / "client.py"
    newer.write_bytes(b"PROTOCOL = 2\n")
    monkeypatch.setattr(addin_files, "client_file", lambda: newer)
    assert look(sample.target, sample.source, client="lib/client.py").state is AddinState.OLDER
    put_with_client(sample)
    assert copied.read_bytes() == newer.read_bytes()
    copied.write_bytes(b"changed by hand")
    assert look(sample.target, sample.source, client="lib/client.py").changed == ("lib/client.py",)


def test_a_second_source_of_the_client_is_refused(sample):
    with pytest.raises(HostError, match="ISCB-HOST-SOURCE"):
        put_with_client(sample, client="lib/cloud.py")
    assert state(sample) is AddinState.NOT_INSTALLED


def test_again_changes_nothing(sample):
    put(sample)
    put(sample)
    assert sample.there() == ADDIN


def test_a_new_version_replaces_what_the_old_one_put_there(sample):
    put(sample, version="1.0")
    (sample.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")
    (sample.vendor / "addin" / "lib" / "cloud.py").unlink()
    assert state(sample) is AddinState.OLDER
    put(sample)
    assert sample.there() == {**{k: v for k, v in ADDIN.items() if k != "lib/cloud.py"}, "Init.py": b"# newer\n"}
    assert state(sample) is AddinState.INSTALLED


def test_a_newer_one_is_told_apart(sample):
    put(sample, version="1.2")
    (sample.vendor / "addin" / "Init.py").write_bytes(b"# older\n")
    assert state(sample) is AddinState.NEWER


def test_files_of_others_stay_through_everything(sample):
    put(sample)
    change(sample, "notes/my notes.txt", b"mine")
    (sample.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")
    assert put(sample).kept == ("notes/my notes.txt",)
    assert sample.there()["notes/my notes.txt"] == b"mine"
    assert install.remove(sample.target).kept == ("notes/my notes.txt",)
    assert sample.there() == {"notes/my notes.txt": b"mine"}
    assert state(sample) is AddinState.FOREIGN
    assert nothing_beside(sample)


def test_a_folder_of_somebody_else_is_never_overwritten(sample):
    change(sample, "Init.py", b"of somebody else")
    assert state(sample) is AddinState.FOREIGN
    for action in (lambda: put(sample), lambda: put(sample, repair=True), lambda: install.remove(sample.target)):
        with pytest.raises(HostError, match="ISCB-HOST-FOREIGN"):
            action()
    assert sample.there() == {"Init.py": b"of somebody else"}
    assert nothing_beside(sample)


def test_an_empty_folder_is_nobody_s(sample):
    Path(sample.target.folder).mkdir(parents=True)
    put(sample)
    assert sample.there() == ADDIN


def test_a_link_in_its_place_is_not_followed(sample, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Path(sample.target.place).mkdir(parents=True)
    Path(sample.target.folder).symlink_to(elsewhere)
    assert state(sample) is AddinState.FOREIGN
    with pytest.raises(HostError, match="ISCB-HOST-FOREIGN"):
        put(sample)
    assert list(elsewhere.iterdir()) == []


def test_a_file_of_another_that_a_new_version_would_overwrite(sample):
    put(sample)
    change(sample, "extra.py", b"of another")
    (sample.vendor / "addin" / "extra.py").write_bytes(b"ours")
    with pytest.raises(HostError, match=r"ISCB-HOST-FOREIGN.*extra\.py"):
        put(sample)
    assert sample.there() == {**ADDIN, "extra.py": b"of another"}


def test_what_was_changed_by_hand_is_kept_beside(sample):
    put(sample)
    change(sample, "Init.py", b"by hand")
    (Path(sample.target.folder) / "icons" / "save.svg").unlink()
    seen = look(sample.target, sample.source, "1.1")
    assert (seen.state, seen.changed) == (AddinState.CHANGED, ("Init.py", "icons/save.svg"))
    with pytest.raises(HostError, match="ISCB-HOST-CHANGED"):
        put(sample)
    assert put(sample, repair=True).kept == ("Init.py.changed",)
    assert sample.there() == {**ADDIN, "Init.py.changed": b"by hand"}
    assert state(sample) is AddinState.INSTALLED


def test_removing_leaves_what_was_changed(sample):
    put(sample)
    change(sample, "Init.py", b"by hand")
    assert install.remove(sample.target).kept == ("Init.py",)
    assert sample.there() == {"Init.py": b"by hand"}


def test_bytecode_goes_with_its_file_and_that_of_others_stays(sample):
    put(sample)
    change(sample, "__pycache__/Init.cpython-311.pyc", b"made of ours")
    change(sample, "lib/__pycache__/cloud.cpython-311.opt-1.pyc", b"made of ours")
    assert state(sample) is AddinState.INSTALLED
    change(sample, "__pycache__/theirs.cpython-311.pyc", b"made of theirs")
    assert install.remove(sample.target).kept == ("__pycache__/theirs.cpython-311.pyc",)
    assert sample.there() == {"__pycache__/theirs.cpython-311.pyc": b"made of theirs"}


def test_removing_what_is_not_there_does_nothing(sample):
    assert install.remove(sample.target).kept == ()
    assert not Path(sample.target.place).exists()


@pytest.mark.parametrize(
    "damage",
    [b"", b"no json", b"[]", b'{"form":2,"files":{}}', b'{"form":1,"host":"x","version":"","files":{"../../x":"00"}}'],
)
def test_a_list_that_can_not_be_believed_makes_it_foreign(sample, damage):
    put(sample)
    change(sample, addin_files.LIST_NAME, damage)
    assert state(sample) is AddinState.FOREIGN
    with pytest.raises(HostError, match="ISCB-HOST-FOREIGN"):
        install.remove(sample.target)
    assert set(sample.there()) == set(ADDIN)


@pytest.mark.parametrize("make", ["link", "empty", "name"])
def test_an_addin_that_can_not_be_used_changes_nothing(sample, make):
    source = sample.vendor / "addin"
    if make == "link":
        (source / "link").symlink_to("/etc/passwd")
    elif make == "name":
        (source / "a:b").write_bytes(b"")
    else:
        source = sample.vendor / "nothing"
        source.mkdir()
    with pytest.raises(HostError, match="ISCB-HOST-SOURCE"):
        install.install(sample.target, str(source), host="samplecad")
    assert not Path(sample.target.folder).exists()


def test_a_cad_that_holds_files_is_said_and_nothing_changed(sample, monkeypatch):
    put(sample)
    (sample.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")
    real = install.durable.replace

    def held(source: str, target: str) -> None:
        if source == sample.target.folder:
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = 32
            raise error
        real(source, target)

    monkeypatch.setattr(install.durable, "replace", held)
    for action in (lambda: put(sample), lambda: install.remove(sample.target)):
        with pytest.raises(HostError, match="ISCB-HOST-BUSY"):
            action()
        assert sample.there() == ADDIN
        assert nothing_beside(sample)


def test_a_full_disk_changes_nothing(sample, monkeypatch):
    put(sample)
    (sample.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")

    def full(path: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(install, "_write", full)
    with pytest.raises(HostError, match="ISCB-HOST-WRITE"):
        put(sample)
    assert sample.there() == ADDIN
    assert nothing_beside(sample)


def test_a_file_that_changes_while_it_is_put_aside_keeps_the_change(sample):
    put(sample)
    mine = change(sample, "mine.txt", b"first")

    def step(name: str) -> None:
        if name == "put aside":
            mine.write_bytes(b"second, and longer")

    install.install(sample.target, sample.source, host="samplecad", version="1.1", step=step)
    assert sample.there()["mine.txt"] == b"second, and longer"


def child(sample: SampleHost, action: str, deadly: int) -> subprocess.CompletedProcess[str]:
    arguments = [action, sample.target.place, sample.source, sample.target.lock, str(deadly)]
    return subprocess.run(
        [sys.executable, str(CHILD), *arguments], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )


def empty(sample: SampleHost) -> None:
    folder = Path(sample.target.place)
    for path in sorted(folder.rglob("*"), reverse=True) if folder.exists() else ():
        path.rmdir() if path.is_dir() else path.unlink()
    (sample.vendor / "addin" / "Init.py").write_bytes(ADDIN["Init.py"])


def deaths(sample: SampleHost, action: str, prepare, check) -> None:
    """Run the action again and again, and end its process before each of its steps in turn."""
    for deadly in range(20):
        empty(sample)
        prepare()
        crashed = child(sample, action, deadly).returncode != 0
        check()
        assert nothing_beside(sample)
        if not crashed:
            assert deadly >= 3, "there were steps to die at"
            return
    raise AssertionError("it never got through")


posix = pytest.mark.skipif(sys.platform == "win32", reason="ends the process by a signal")


@posix
@pytest.mark.parametrize("case", ["fresh", "update", "repair"])
def test_an_installation_that_is_killed_is_finished_by_the_next(sample, case):
    kept = {"update": {"mine.txt": b"mine"}, "repair": {"lib/cloud.py.changed": b"by hand"}}.get(case, {})

    def prepare() -> None:
        if case != "fresh":
            put(sample)
        if case == "update":
            change(sample, "mine.txt", b"mine")
        if case == "repair":
            change(sample, "lib/cloud.py", b"by hand")
        (sample.vendor / "addin" / "Init.py").write_bytes(b"# newer\n")

    def check() -> None:
        put(sample, repair=True)
        assert sample.there() == {**ADDIN, "Init.py": b"# newer\n", **kept}
        assert state(sample) is AddinState.INSTALLED

    deaths(sample, "repair", prepare, check)


@posix
@pytest.mark.parametrize("mine", [{}, {"mine.txt": b"mine"}])
def test_a_removal_that_is_killed_is_finished_by_the_next(sample, mine):
    def prepare() -> None:
        put(sample)
        for name, content in mine.items():
            change(sample, name, content)

    def check() -> None:
        assert attempt(lambda: install.remove(sample.target)) in ("", "ISCB-HOST-FOREIGN"), "all left is of others"
        there = sample.there() if Path(sample.target.folder).exists() else {}
        assert there == mine

    deaths(sample, "remove", prepare, check)


ACTIONS = {
    "put": put,
    "repair": lambda sample: put(sample, repair=True),
    "remove": lambda sample: install.remove(sample.target),
}
NAMES = st.sampled_from(
    ["Init.py", "lib/cloud.py", "mine.txt", "icons/mine.svg", "deep/er/x", "__pycache__/Init.c.pyc"]
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["put", "repair", "remove", "write", "delete"]), NAMES), max_size=8))
def test_no_byte_that_a_person_wrote_is_ever_lost(deeds):
    with tempfile.TemporaryDirectory() as folder:
        sample = SampleHost(Path(folder))
        written: set[bytes] = set()
        for number, (deed, name) in enumerate(deeds):
            path = Path(sample.target.folder) / name
            if deed == "write" and not addin_files.is_bytecode(name):
                old = path.read_bytes() if path.is_file() else b""
                written.discard(old)
                change(sample, name, b"person %d" % number)
                written.add(b"person %d" % number)
            elif deed == "delete" and path.is_file():
                written.discard(path.read_bytes())
                path.unlink()
            elif deed in ACTIONS:
                assert attempt(partial(ACTIONS[deed], sample)) in ("", "ISCB-HOST-FOREIGN", "ISCB-HOST-CHANGED")
            there = set(sample.there().values()) if os.path.isdir(sample.target.folder) else set()
            assert written <= there
            assert nothing_beside(sample)
