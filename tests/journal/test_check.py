"""An assembly before its save: never another verdict than capture's, and every file that stands in the way is named."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from iscbridge.core.changes import Baseline, PartState
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import Snapshot
from iscbridge.journal import check as check_module
from iscbridge.journal.capture import CaptureRequest, Stopped, capture
from iscbridge.journal.check import Checked, Part, check
from iscbridge.journal.snapshots import SnapshotStore
from support.fcstd import write_fcstd

GO = threading.Event()
SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
LONG_AGO = 1_600_000_000

FOLDERS = ["gear", "gear/lib", "gear/sub/lib", "elsewhere"]
NAMES = ["gear.FCStd", "bolt.FCStd", "BOLT.FCStd", "nut.step", "nut.FCStd"]
PLACES = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)).map("/".join)
KINDS = st.sampled_from(["linked", "linked", "linked", "linked", "linked", "damaged", "folder"])
Files = dict[str, tuple[str, list[str]]]


@st.composite
def assemblies(draw: st.DrawFn) -> Files:
    """Files by place, with references that mostly lead to each other."""
    places = ["gear/gear.FCStd", *draw(st.lists(PLACES, max_size=5, unique=True))]
    lost = st.sampled_from(["../gone.FCStd", "bolt.FCStd", "NUT.step"])
    links = st.lists(st.sampled_from(places).map(lambda place: f"ROOT/{place}"), max_size=4)
    found: Files = {}
    for place in places:
        broken = [draw(lost)] if draw(st.integers(0, 19)) == 0 else []
        kind = "linked" if place == places[0] else draw(KINDS)
        found.setdefault(place, (kind, draw(links) + broken))
    return found


def never_saved(_identity: str) -> Baseline:
    return Baseline()


def baseline(snapshot: Snapshot) -> Callable[[str], Baseline]:
    def before(identity: str) -> Baseline:
        return Baseline({file.name: file for file in snapshot.files} if identity == snapshot.identity else {})

    return before


def look(request: CaptureRequest, before: Callable[[str], Baseline] = never_saved) -> Checked:
    return check(request, Path(tempfile.gettempdir()) / "staging", before, GO)


def asked(path: Path, **fields: object) -> CaptureRequest:
    return CaptureRequest(str(path), assembly=True, **fields)  # type: ignore[arg-type]  # its fields


def states(found: Checked) -> dict[str, str]:
    return {part.name: part.state.value for part in found.parts}


def make(root: Path, files: Files) -> None:
    for place, (kind, links) in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            continue  # this system does not tell the two names apart
        if kind == "folder":
            path.mkdir()
        elif kind == "damaged" or path.suffix != ".FCStd":
            path.write_bytes(b"no archive")
        else:
            write_fcstd(path, [link.replace("ROOT", root.as_posix()) for link in links], content=place.encode())
    for path in root.rglob("*"):
        os.utime(path, (LONG_AGO + 0.5, LONG_AGO + 0.5))  # long settled: capture does not wait


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    assemblies(),
    st.sampled_from(["alone", "listed", "folder", "opened"]),
    st.lists(PLACES, min_size=1, max_size=3),
)
def test_it_never_disagrees_with_capture(files, mode, listed):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        make(root, files)
        main = root / "gear" / "gear.FCStd"
        request = {
            "alone": lambda: asked(main),
            "listed": lambda: asked(main, files=tuple(str(root / place) for place in listed)),
            "folder": lambda: asked(root / "gear"),
            "opened": lambda: asked(main, opened_folders=(str(root / "gear"),)),
        }[mode]()
        store = SnapshotStore(root / "home" / "snapshots")
        found = check(request, store.staging, never_saved, GO)
        snapshot, refused = outcome(request, store)
        event(refused or f"{len(found.parts)} files")
        assert (found.error and found.error.code) == refused
        if snapshot is None:
            agrees_on_the_cause(found)
            return
        assert [(part.path, part.name) for part in found.parts] == [(f.source, f.name) for f in snapshot.files]
        assert [part.size for part in found.parts] == [file.size for file in snapshot.files]
        assert found.identity == snapshot.identity
        assert not any(part.blocks for part in found.parts)
        again = check(request, store.staging, baseline(snapshot), GO)
        assert {part.state for part in again.parts} == {PartState.UNCHANGED}


def outcome(request: CaptureRequest, store: SnapshotStore) -> tuple[Snapshot | None, str | None]:
    """What capture takes, or the code with which it refuses."""
    try:
        return capture(request, store, GO, patience=()), None
    except BridgeError as error:
        return None, error.code


def agrees_on_the_cause(found: Checked) -> None:
    """A file that blocks is named where a file is at fault."""
    wanted = {
        "ISCB-ASM-MISSING-PARTS": PartState.MISSING,
        "ISCB-ASM-NAME-COLLISION": PartState.COLLISION,
        "ISCB-ASM-OUTSIDE": PartState.OUTSIDE,
        "ISCB-ASM-FORMAT": PartState.UNREADABLE,
    }.get(found.error.code if found.error else "")
    if wanted is not None:
        assert wanted in {part.state for part in found.parts if part.blocks}


def test_every_fault_is_named_and_not_the_first_one_only(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "gear.FCStd": ("linked", ["a.FCStd", "b.FCStd", "gone.FCStd", "good.FCStd"]),
            "a.FCStd": ("damaged", []),
            "b.FCStd": ("damaged", []),
            "good.FCStd": ("linked", ["gone too.FCStd"]),
        },
    )
    found = look(asked(tmp_path / "gear.FCStd"))
    assert {part.name for part in found.parts if part.blocks} == {
        "a.FCStd",
        "b.FCStd",
        "gone.FCStd",
        "gone too.FCStd",
    }
    assert states(found)["good.FCStd"] == "new"
    assert found.parts[0].name == "gear.FCStd"
    unreadable = next(part for part in found.parts if part.name == "a.FCStd")
    assert unreadable.error is not None
    assert unreadable.error.code == "ISCB-ASM-FORMAT"


def test_names_that_collide(tmp_path: Path) -> None:
    make(tmp_path, {"a/part.step": ("linked", []), "b/part.step": ("linked", []), "gear.asm": ("linked", [])})
    outside = tmp_path.parent / f"{tmp_path.name} outside" / "part.step"
    outside.parent.mkdir()
    outside.write_bytes(b"the same name")
    files = (str(tmp_path / "a" / "part.step"), str(outside))
    found = look(asked(tmp_path / "gear.asm", files=files))
    assert [part.state for part in found.parts] == [PartState.NEW, PartState.NEW, PartState.COLLISION]
    assert found.error is not None
    assert found.error.code == "ISCB-ASM-NAME-COLLISION"


def test_what_lies_outside_of_a_folder_from_the_cloud(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"gear/gear.FCStd": ("linked", ["../lib/bolt.FCStd", "gone.FCStd"]), "lib/bolt.FCStd": ("linked", [])},
    )
    found = look(asked(tmp_path / "gear" / "gear.FCStd", opened_folders=(str(tmp_path / "gear"),)))
    assert states(found) == {"gear.FCStd": "new", "bolt.FCStd": "outside", "gone.FCStd": "missing"}


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    name = "n" * 300 + ".FCStd"
    make(tmp_path, {"gear.FCStd": ("linked", [name])})
    found = look(asked(tmp_path / "gear.FCStd"))
    assert states(found) == {"gear.FCStd": "new", name: "tooLong"}
    assert [part.blocks for part in found.parts] == [False, True]


def test_an_equal_stamp_is_not_read_and_another_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(
        tmp_path,
        {"gear.FCStd": ("linked", ["a.FCStd", "b.FCStd"]), "a.FCStd": ("linked", []), "b.FCStd": ("linked", [])},
    )
    main = tmp_path / "gear.FCStd"
    store = SnapshotStore(tmp_path / "home" / "snapshots")
    before = baseline(capture(asked(main), store, GO))
    os.utime(tmp_path / "b.FCStd")
    read: list[str] = []
    real = check_module.hash_path

    def watched(path: str, stop: threading.Event) -> str:
        read.append(Path(path).name)
        return real(path, stop)

    monkeypatch.setattr(check_module, "hash_path", watched)
    assert set(states(look(asked(main), before)).values()) == {"unchanged"}
    assert read == ["b.FCStd"]
    content = (tmp_path / "a.FCStd").read_bytes()
    (tmp_path / "a.FCStd").write_bytes(content[:-1] + b"!")  # the same size
    assert states(look(asked(main), before))["a.FCStd"] == "changed"


def test_the_samples_are_ready() -> None:
    found = look(asked(SAMPLES / "gearbox" / "gearbox.FCStd"))
    assert (found.error, len(found.parts)) == (None, 7)


def test_nothing_there(tmp_path: Path) -> None:
    found = look(asked(tmp_path / "gear.FCStd"))
    assert (found.parts, found.error and found.error.code) == ((), "ISCB-FILE-MISSING")


def test_it_can_be_called_off(tmp_path: Path) -> None:
    make(tmp_path, {"gear.FCStd": ("linked", ["a.FCStd"]), "a.FCStd": ("linked", [])})
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        check(asked(tmp_path / "gear.FCStd"), tmp_path, never_saved, stop)


@pytest.mark.parametrize("state", PartState)
def test_what_blocks(state: PartState) -> None:
    harmless = {PartState.NEW, PartState.CHANGED, PartState.UNCHANGED}
    assert Part("/a", "a", state).blocks is (state not in harmless)
