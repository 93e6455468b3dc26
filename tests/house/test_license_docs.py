"""`docs/licensing.md` says what the licence policy does: its tables and figures are held against the data in use."""

from __future__ import annotations

import re

from iscbridge.core.licensing.clock import SLACK_S
from iscbridge.core.licensing.model import LicensePolicy, LicenseState
from iscbridge.core.licensing.policy import (
    MAX_GRACE_DAYS,
    MIN_GRACE_DAYS,
    NOTICE_DAYS,
    OPENED_DAYS,
    TABLE,
    Opened,
)
from iscbridge.core.licensing.rhythm import JITTER, PAUSES_S
from iscbridge.texts import en, zh
from support.checkout import ROOT, table_rows

LICENSING = ROOT / "docs" / "licensing.md"
PAGE = LICENSING.read_text(encoding="utf-8")


def yes(flag: bool) -> str:
    return "yes" if flag else "no"


def test_the_table_of_states_is_the_code_s():
    documented = {
        row[0].strip("`"): (*row[1:5], tuple(re.findall(r"`([^`]+)`", row[5])))
        for row in table_rows(LICENSING, "state")
    }
    assert documented == {
        state.value: (yes(row.new_save), row.opened_save.value, yes(row.open), yes(row.local), row.notices)
        for state, row in TABLE.items()
    }


def test_every_state_says_what_ends_it():
    assert all(len(row) == 7 and row[6] for row in table_rows(LICENSING, "state"))


def test_every_state_is_in_the_table_and_in_the_order():
    assert set(TABLE) == set(LicenseState)
    ordered = " ".join(row[2] for row in table_rows(LICENSING, "order"))
    assert set(re.findall(r"`([^`]+)`", ordered)) == {state.value for state in LicenseState}


def test_every_notice_and_state_has_its_sentence():
    wanted = {notice for row in TABLE.values() for notice in row.notices}
    wanted |= {f"license.state.{state.value}" for state in LicenseState}
    for texts in (en.MESSAGES, zh.MESSAGES):
        assert wanted - set(texts) == set()


def test_the_figures_are_the_code_s():
    days = [str(day) for day in sorted(NOTICE_DAYS, reverse=True)]
    assert f"when {days[0]}, {days[1]} and {days[2]} days are left" in PAGE
    assert f"may still be saved for {OPENED_DAYS} days" in PAGE
    assert Opened.FOR_15_DAYS.value == f"{OPENED_DAYS} days"
    assert f"more than {SLACK_S / 3600:.0f} hours before the latest one seen" in PAGE
    assert (
        f"({LicensePolicy('p').grace_days} days; the vendor's policy says {MIN_GRACE_DAYS} to {MAX_GRACE_DAYS})" in PAGE
    )
    assert f"multiplied by {1 - JITTER} to {1 + JITTER}" in PAGE
    positions = [PAGE.index(f"{pause / 60:.0f} min") for pause in PAUSES_S]
    assert positions == sorted(positions)
    assert "then hourly" in PAGE
    assert PAUSES_S[-1] == 3600
