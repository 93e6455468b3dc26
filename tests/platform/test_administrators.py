"""Who besides administrators may change something, by its owner and access list. As data, so on every system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.platform.access_lists import ADMINISTRATORS, OWNER_RIGHTS, SYSTEM, Access, Grant
from iscbridge.platform.administrators import doubt

INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
USERS, EVERYONE, USER = "S-1-5-32-545", "S-1-1-0", "S-1-5-21-1-2-3-1001"
FULL, READ, ADD = 0x001F_01FF, 0x0012_00A9, 0x0010_0116
OURS = (Grant(SYSTEM, FULL), Grant(ADMINISTRATORS, FULL), Grant(USERS, READ))
#: What every one of them lets somebody do: write, append, delete what is below or it itself, take it over.
CHANGES = (0x2, 0x4, 0x40, 0x0001_0000, 0x0004_0000, 0x0008_0000, 0x1000_0000, 0x4000_0000)
#: Read and run, in every form; attributes that change no content.
HARMLESS = 0x1 | 0x8 | 0x20 | 0x80 | 0x0002_0000 | 0x0010_0000 | 0x2000_0000 | 0x8000_0000


@pytest.mark.parametrize("owner", [SYSTEM, ADMINISTRATORS, INSTALLER])
def test_what_only_administrators_may_change_is_believed(owner: str) -> None:
    assert doubt(Access(owner, OURS)) == ""
    assert doubt(Access(owner, ())) == ""
    assert doubt(Access(owner, (*OURS, Grant(OWNER_RIGHTS, FULL)))) == ""


@pytest.mark.parametrize("owner", [USER, USERS, EVERYONE, "S-1-5-18-1"])
def test_another_owner_may_always_give_himself_the_rights(owner: str) -> None:
    assert doubt(Access(owner, OURS)) == owner


def test_without_an_access_list_everybody_may_do_everything() -> None:
    assert doubt(Access(ADMINISTRATORS, None)) == EVERYONE


def test_windows_default_rights_of_programdata_are_not_enough() -> None:
    assert doubt(Access(ADMINISTRATORS, (*OURS, Grant(USERS, ADD)))) == USERS


@pytest.mark.parametrize("right", CHANGES)
@pytest.mark.parametrize("who", [USER, EVERYONE])
def test_any_right_to_change_is_one_too_many(who: str, right: int) -> None:
    assert doubt(Access(SYSTEM, (*OURS, Grant(who, right | READ)))) == who


def test_an_entry_that_names_nobody_we_can_read_is_not_trusted() -> None:
    assert doubt(Access(SYSTEM, (Grant("", FULL),))) == "?"


@given(st.lists(st.tuples(st.sampled_from([USER, USERS, EVERYONE]), st.integers(0, HARMLESS)), max_size=8))
def test_reading_is_for_everybody(given_to: list[tuple[str, int]]) -> None:
    grants = tuple(Grant(who, rights & HARMLESS) for who, rights in given_to)
    assert doubt(Access(ADMINISTRATORS, grants)) == ""
