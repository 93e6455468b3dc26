"""Files of today against what the cloud has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.changes import Baseline, Change
from iscbridge.core.jobs import CapturedFile

CONTENTS = st.sampled_from(["a", "b"])
STAMPS = st.tuples(st.integers(1, 2), st.integers(1, 3), st.sampled_from(["x", "y"]))


def captured(name: str, stamp: tuple[int, int, str], content: str) -> CapturedFile:
    size, mtime_ns, file_id = stamp
    return CapturedFile(name, f"/w/{name}", size, mtime_ns, file_id, f"cloud {content}", content)


def saved(*files: CapturedFile) -> Baseline:
    return Baseline({file.name: file for file in files})


def test_what_was_never_saved_is_new():
    assert Baseline().by_stamp("a", 1, 1, "x") is Change.NEW
    assert saved(captured("b", (1, 1, "x"), "a")).by_stamp("a", 1, 1, "x") is Change.NEW


@given(STAMPS, STAMPS, CONTENTS)
def test_the_stamp_alone_never_says_changed_of_an_equal_size_or_unchanged_of_another(old, new, content):
    found = saved(captured("a", old, content)).by_stamp("a", *new)
    if found is Change.CHANGED:
        assert old[0] != new[0]
    elif found is Change.UNCHANGED:
        assert old == new
    else:
        assert found is None
        assert old[0] == new[0]


@given(CONTENTS, CONTENTS)
def test_bytes_are_the_sources_own_and_not_those_with_redirected_references(old, new):
    before = saved(captured("a", (1, 1, "x"), old))
    assert before.by_bytes("a", new) is (Change.UNCHANGED if old == new else Change.CHANGED)
    assert before.of_captured(captured("a", (1, 2, "y"), new)) is before.by_bytes("a", new)


@given(st.integers(-5, 5))
def test_what_came_from_the_cloud_is_changed_once_it_was_written_again(after_ns):
    before = Baseline(opened_at=1000.0)
    written = 1000 * 1_000_000_000 + after_ns
    expected = Change.CHANGED if after_ns > 0 else Change.UNCHANGED
    assert before.by_stamp("a", 1, written, "x") is expected
    assert before.of_captured(captured("a", (1, written, "x"), "a")) is expected
