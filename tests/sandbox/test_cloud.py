from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from iscbridge.core.errors import SandboxError
from iscbridge.platform.folders import Home
from iscbridge.sandbox import cloud
from iscbridge.sandbox.archive import ArchiveError
from iscbridge.sandbox.cloud import CHECKIN, CHECKOUT, OPEN_ONLY, CloudStore, cloud_path
from iscbridge.sandbox.listing import list_cloud
from iscbridge.sandbox.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of(Home(tmp_path / "home"))


@pytest.fixture
def store(places: Places):
    with CloudStore(places) as store:
        yield store


def put(store: CloudStore, local: str, content: bytes, *, identity: str = "path", target: str | None = None) -> str:
    with store.writer() as writer:
        writer.file.write(content)
        blob = writer.seal()
    return store.save(local, blob, name=local.rpartition("/")[2], identity=identity, target=target).path


def content(store: CloudStore, path: str, number: int | None = None) -> bytes:
    return store.blobs.path(store.version(path, number).sha256).read_bytes()


def test_each_save_adds_a_version(store: CloudStore) -> None:
    assert put(store, "/w/a.txt", b"1") == put(store, "/w/a.txt", b"2") == "/a.txt"
    versions = store.versions("/a.txt")
    assert [v.number for v in versions] == [1, 2]
    assert [content(store, "/a.txt", n) for n in (1, 2)] == [b"1", b"2"]
    assert versions[0].source == "/w/a.txt"
    assert versions[0].created <= versions[1].created
    assert store.item("/a.txt").latest == versions[1]


def test_known_by_path_equal_names_are_two_files(store: CloudStore) -> None:
    first = put(store, "/w/a.txt", b"1")
    second = put(store, "/other/a.txt", b"2")
    assert first != second
    assert store.item(second).name == "a.txt", "the name means something to assemblies"
    put(store, "/other/a.txt", b"3")
    assert content(store, second) == b"3"
    assert content(store, first) == b"1"


def test_known_by_name_equal_names_are_one_file(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1", identity="name")
    assert put(store, "/other/a.txt", b"2", identity="name") == "/a.txt"
    assert len(store.versions("/a.txt")) == 2


def test_save_as_goes_where_it_was_told_and_the_path_follows(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1")
    assert put(store, "/w/a.txt", b"2", target="/folder/b.txt") == "/folder/b.txt"
    assert put(store, "/w/a.txt", b"3") == "/folder/b.txt"
    assert content(store, "/a.txt") == b"1"
    assert store.folders() == ["/folder"]


def test_a_delivered_file_goes_back_to_where_it_came_from(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1")
    store.opened("/a.txt", "/working/x/a.txt", "OpenAndCheckout")
    assert put(store, "/working/x/a.txt", b"2") == "/a.txt"


def test_read_only_rule(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1")
    store.opened("/a.txt", "/working/x/a.txt", OPEN_ONLY)
    rule = {"name": "a.txt", "identity": "path"}
    assert not store.may_save("/working/x/a.txt", **rule)
    assert store.may_save("/w/a.txt", **rule), "never opened read-only"
    assert store.may_save("/working/x/a.txt", **rule, target="/new.txt"), "save-as is the way out"
    assert store.check_out("/a.txt")
    assert store.may_save("/working/x/a.txt", **rule)
    put(store, "/working/x/a.txt", b"2")
    store.check_in("/a.txt")
    assert not store.may_save("/working/x/a.txt", **rule), "a save does not make it writable"


def test_checked_out_by_somebody_else(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1")
    assert store.check_out("/a.txt", "someone")
    assert not store.check_out("/a.txt")
    assert (store.item("/a.txt").state, store.item("/a.txt").holder) == (CHECKOUT, "someone")
    assert not store.may_save("/w/a.txt", name="a.txt", identity="path")
    store.check_in("/a.txt")
    assert (store.item("/a.txt").state, store.item("/a.txt").holder) == (CHECKIN, "")
    assert store.may_save("/w/a.txt", name="a.txt", identity="path")


def test_fetch_writes_what_the_cloud_holds(store: CloudStore, tmp_path: Path) -> None:
    put(store, "/w/a.txt", b"1")
    put(store, "/w/a.txt", b"2")
    assert store.fetch("/a.txt", tmp_path).read_bytes() == b"2"
    assert store.fetch("/a.txt", tmp_path / "first", 1).read_bytes() == b"1"
    for wrong in (0, 3):
        with pytest.raises(SandboxError, match="NO-SUCH-FILE"):
            store.fetch("/a.txt", tmp_path, wrong)
    with pytest.raises(SandboxError, match="NO-SUCH-FILE"):
        store.fetch("/b.txt", tmp_path)


def test_a_zip_that_is_none_can_be_fetched_but_not_unpacked(store: CloudStore, tmp_path: Path) -> None:
    put(store, "/w/a.zip", b"no zip")
    assert store.fetch("/a.zip", tmp_path).read_bytes() == b"no zip"
    with pytest.raises(ArchiveError):
        store.fetch("/a.zip", tmp_path / "out", unpacked=True)


def test_a_writer_that_is_left_without_seal_leaves_nothing(store: CloudStore, places: Places) -> None:
    with store.writer() as writer:
        writer.file.write(b"half")
    assert [path for path in places.blobs.rglob("*") if path.is_file()] == []


def test_equal_bytes_are_kept_once(store: CloudStore, places: Places) -> None:
    put(store, "/w/a.txt", b"same")
    put(store, "/w/b.txt", b"same")
    assert len([path for path in places.blobs.rglob("*") if path.is_file()]) == 1


def test_sweep_keeps_what_versions_need(store: CloudStore, places: Places) -> None:
    put(store, "/w/a.txt", b"wanted")
    with store.writer() as writer:
        writer.file.write(b"sealed and never committed")
        writer.seal()
    (places.blobs / "tmp" / "left").write_bytes(b"cut off")
    store.sweep()
    assert [p.read_bytes() for p in places.blobs.rglob("*") if p.is_file()] == [b"wanted"]
    assert store.problems() == []


@pytest.mark.parametrize("harm", [lambda p: p.unlink(), lambda p: p.write_bytes(b"other")])
def test_problems_names_missing_and_changed_bytes(store: CloudStore, harm) -> None:
    put(store, "/w/a.txt", b"bytes")
    harm(store.blobs.path(store.version("/a.txt").sha256))
    assert len(store.problems()) == 1


def test_two_openers_see_each_other(store: CloudStore, places: Places) -> None:
    with CloudStore(places, create=False) as other:
        put(store, "/w/a.txt", b"1")
        assert [entry["path"] for entry in list_cloud(other)] == ["/a.txt"]
        put(other, "/w/a.txt", b"2")
    assert list_cloud(store)[0]["version"] == 2
    assert list_cloud(store)[0]["versions"][1]["size"] == 1


def test_no_store_is_made_where_none_is_wanted(places: Places) -> None:
    with pytest.raises(SandboxError, match="NO-SUCH-FILE"):
        CloudStore(places, create=False)
    assert not places.root.exists()


def test_a_store_of_a_later_release_is_left_alone(places: Places) -> None:
    CloudStore(places).close()
    db = sqlite3.connect(places.database)
    db.execute("PRAGMA user_version=9")
    db.close()
    with pytest.raises(sqlite3.DatabaseError, match="schema 9"):
        CloudStore(places)


@pytest.mark.parametrize(("text", "path"), [("a", "/a"), ("//a\\b/", "/a/b"), ("/深 圳/x", "/深 圳/x")])
def test_cloud_path_has_one_form(text: str, path: str) -> None:
    assert cloud_path(text) == path


@pytest.mark.parametrize("text", ["", "/", "a/../b", ".", "a\0b"])
def test_cloud_path_refuses(text: str) -> None:
    with pytest.raises(SandboxError):
        cloud_path(text)


def test_a_full_disk_leaves_the_store_as_it_was_and_usable(store: CloudStore) -> None:
    put(store, "/w/a.txt", b"1")
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")

    def put_until_full() -> None:
        for number in range(10_000):
            put(store, "/w/a.txt", b"%d" % number)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        put_until_full()
    versions = len(store.versions("/a.txt"))
    store._db.execute("PRAGMA max_page_count=1000000")
    put(store, "/w/a.txt", b"last")
    assert len(store.versions("/a.txt")) == versions + 1
    assert store.problems() == []


def test_the_newest_is_the_one_saved_last_whatever_the_clock_says(
    store: CloudStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "/w/a.txt", b"1")
    monkeypatch.setattr("time.time", lambda: 1.0)
    put(store, "/w/b.txt", b"2")
    newest = store.newest()
    assert newest is not None
    assert newest.path == "/b.txt"


def test_a_name_ending_in_dots_cannot_lead_a_delivery_out(store: CloudStore) -> None:
    put(store, "/w/x/..", b"1", target="/a.txt")
    assert store.version("/a.txt").stem == "w"


@pytest.mark.parametrize(
    ("name", "local", "stem"),
    [
        ("gear.zip", "/w/gear", "gear"),
        ("gear.zip.zip", "/w/gear.zip/", "gear.zip"),
        ("v1.2.zip", "/w/v1.2", "v1.2"),
        ("packed.ZIP", "/w/packed.ZIP", "packed"),
        ("a.b.FCStd", "/w/a.b.FCStd", "a.b"),
    ],
)
def test_stem_is_the_name_of_the_assembly(store: CloudStore, name: str, local: str, stem: str) -> None:
    with store.writer() as writer:
        blob = writer.seal()
    assert store.save(local, blob, name=name, identity="path").stem == stem


def test_only_the_last_calls_are_kept(store: CloudStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "_CALLS_KEPT", 10)
    for number in range(15):
        store.note_call("GetSolution", f'["{number}"]')
    calls = store.noted_calls()
    assert [call[3] for call in calls] == [f'["{number}"]' for number in range(5, 15)]
