"""What the tray icon says: never better than it is, and the most important first."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iscbridge.core.attention import TOOLTIP_UNITS, Contact, Facts, attention, fit, lines
from iscbridge.core.attention_state import Attention
from iscbridge.texts.render import text
from support.checkout import ROOT, table_rows

GOOD = Facts(contact=Contact.CONNECTED, known=True)
COUNT = st.integers(0, 3)
TITLES = st.lists(st.sampled_from(["The disk is full", "It keeps failing"]), max_size=2).map(tuple)
FACTS = st.builds(
    Facts,
    contact=st.sampled_from(Contact),
    known=st.booleans(),
    sandbox=st.booleans(),
    active=COUNT,
    dialogs=COUNT,
    unknown=COUNT,
    failed=COUNT,
    left=COUNT,
    changed=COUNT,
    unchecked=COUNT,
    watching=st.booleans(),
    paused=st.booleans(),
    paused_until=st.sampled_from(["", "14:30"]),
    desk=st.sampled_from(["", "ISCDesk was closed"]),
    problems=TITLES,
    licenses=st.lists(st.tuples(st.just("mycad"), st.just("The licence has expired")), max_size=2).map(tuple),
)

#: One fact beside good ones, and what it makes of the icon and of the first words.
ONE_BY_ONE = [
    (GOOD, Attention.SAVED, "tray.tip.saved"),
    (Facts(), Attention.STARTING, "tray.tip.starting"),
    (Facts(contact=Contact.CONNECTED), Attention.STARTING, "tray.tip.starting"),
    (Facts(contact=Contact.LOST, known=True), Attention.OFFLINE, "tray.tip.lost"),
    (Facts(contact=Contact.FAILED), Attention.NEEDS_YOU, None),
    (Facts(Contact.CONNECTED, known=True, active=1), Attention.WORKING, "tray.tip.active"),
    (Facts(Contact.CONNECTED, known=True, active=1, dialogs=1), Attention.WORKING, "tray.tip.dialog"),
    (Facts(Contact.CONNECTED, known=True, unknown=1), Attention.NEEDS_YOU, "tray.tip.unknown"),
    (Facts(Contact.CONNECTED, known=True, failed=1), Attention.NEEDS_YOU, "tray.tip.failed"),
    (Facts(Contact.CONNECTED, known=True, problems=("P",)), Attention.NEEDS_YOU, "tray.tip.problem"),
    (Facts(Contact.CONNECTED, known=True, changed=1), Attention.CHANGED, "tray.tip.changed"),
    (Facts(Contact.CONNECTED, known=True, left=1), Attention.CHANGED, "tray.tip.failed"),
    (Facts(Contact.CONNECTED, known=True, unchecked=1), Attention.CHANGED, "tray.tip.unchecked"),
    (Facts(Contact.CONNECTED, known=True, watching=False), Attention.SAVED, "tray.tip.savedJobs"),
    (Facts(Contact.CONNECTED, known=True, paused=True), Attention.PAUSED, "tray.tip.paused"),
    (Facts(Contact.CONNECTED, known=True, paused=True, paused_until="9:00"), Attention.PAUSED, "tray.tip.pausedUntil"),
    (Facts(Contact.CONNECTED, known=True, desk="D"), Attention.OFFLINE, "tray.tip.problem"),
    (Facts(Contact.CONNECTED, known=True, licenses=(("p", "t"),)), Attention.LICENSE, "tray.tip.license"),
]


@pytest.mark.parametrize(("facts", "state", "first"), ONE_BY_ONE)
def test_each_fact_has_its_state_and_its_words(facts, state, first):
    assert attention(facts) is state
    said = [line.id for line in lines(facts)[1:]]
    assert said[:1] == ([] if first is None else [first])


@given(FACTS)
def test_a_job_that_nobody_knows_of_needs_somebody(facts):
    if facts.unknown:
        assert attention(facts) is Attention.NEEDS_YOU
        assert "tray.tip.unknown" in [line.id for line in lines(facts)]


@given(FACTS)
def test_saved_means_saved(facts):
    if attention(facts) is not Attention.SAVED:
        assert "tray.tip.saved" not in [line.id for line in lines(facts)]
        return
    assert facts.contact is Contact.CONNECTED
    assert facts.known
    assert not any([facts.active, facts.unknown, facts.failed, facts.changed, facts.left, facts.unchecked])
    assert facts.watching or "tray.tip.saved" not in [line.id for line in lines(facts)]
    assert not any([facts.paused, facts.desk, facts.problems, facts.licenses])


@given(FACTS)
def test_whatever_the_state_there_are_words_for_it_in_both_languages(facts):
    said = lines(facts)
    assert len(said) > 1 or facts.contact is Contact.FAILED  # the error itself says that one
    for line in said:
        for language in ("en", "zh"):
            rendered = text(line.id, language, **line.params)
            assert rendered != line.id
            assert "{" not in rendered


@given(FACTS)
def test_more_trouble_never_makes_the_icon_better(facts):
    from dataclasses import replace

    order = list(ORDER)
    worse = replace(facts, unknown=facts.unknown + 1)
    assert order.index(attention(worse)) <= order.index(attention(facts))


#: The states, the most urgent first.
ORDER = (
    Attention.NEEDS_YOU,
    Attention.LICENSE,
    Attention.OFFLINE,
    Attention.STARTING,
    Attention.PAUSED,
    Attention.WORKING,
    Attention.CHANGED,
    Attention.SAVED,
)


def test_the_documented_table_is_the_code_s():
    rows = table_rows(ROOT / "docs" / "tray.md", "icon")
    assert [row[0].strip("`") for row in rows] == [state.value for state in ORDER]
    assert all(len(row) == 4 and row[1] and row[2] and row[3] for row in rows)


SENTENCES = st.lists(st.text(min_size=1, max_size=150), max_size=8)


@given(SENTENCES)
@example(["𠀀" * 100])
@example(["a" * 127])
@example(["a" * 128])
@example(["ISCBridge", "b" * 130, "c"])
def test_a_tooltip_fits_whatever_it_is_to_say(sentences):
    shown = fit(sentences)
    assert len(shown.encode("utf-16-le", "surrogatepass")) // 2 <= TOOLTIP_UNITS
    assert "\n".join(sentences).startswith(shown.removesuffix("…").rstrip())
    if len("\n".join(sentences).encode("utf-16-le", "surrogatepass")) // 2 <= TOOLTIP_UNITS:
        assert shown == "\n".join(sentences)


@given(SENTENCES)
def test_a_tooltip_cuts_no_character_in_two(sentences):
    fit(sentences).encode("utf-16-le")


def test_what_is_left_out_is_the_least_important():
    assert fit(["ISCBridge", "x" * 60, "y" * 90, "z"]) == "ISCBridge\n" + "x" * 60 + "\n" + "y" * 55 + "…"
    assert fit(["ISCBridge", "x" * 110, "y" * 90]) == "ISCBridge\n" + "x" * 110
