"""Names of lock files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.lockfiles import RULES, lock_names, may_be_lock

NAMES = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("document", "lock"),
    [
        ("plan.dwg", "plan.dwl"),
        ("PLAN.DWG", "PLAN.dwl2"),
        ("gear.SLDPRT", "~$gear.SLDPRT"),
        ("shell.3dm", "shell.3dm.rhl"),
        ("bolt.ipt", "lockfile.lck"),
        ("板.FCStd", ".~lock.板.FCStd#"),
    ],
)
def test_the_lock_file_of_a_document_is_named(document, lock):
    assert lock in lock_names(document)
    assert may_be_lock(lock)


def test_a_document_has_no_lock_of_other_programs():
    assert "gear.dwl" not in lock_names("gear.FCStd")
    assert "lockfile.lck" not in lock_names("gear.FCStd")


@pytest.mark.parametrize("name", ["gear.FCStd", "gear.FCStd1", "gear.dwg", "lock", "a.bak"])
def test_documents_are_no_lock_files(name):
    assert not may_be_lock(name)


@given(NAMES, st.sampled_from([".dwg", ".sldasm", ".FCStd", ".3DM", ".ipt", ""]))
def test_every_lock_name_is_taken_for_one(stem, suffix):
    names = lock_names(stem + suffix)
    assert len(set(names)) == len(names)
    assert stem + suffix not in names
    assert all(may_be_lock(name) for name in names)


def test_every_rule_says_where_it_comes_from():
    assert all(rule.source and rule.templates and rule.program for rule in RULES)
    assert all(suffix == suffix.lower() for rule in RULES for suffix in rule.suffixes)
