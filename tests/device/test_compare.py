"""The same machine with other parts, and another machine."""

from __future__ import annotations

import itertools
import json
import re

import hypothesis.strategies as st
import pytest
from hypothesis import given

from iscbridge.core.licensing.model import Machine
from iscbridge.device.compare import client_id, compare, seal
from iscbridge.device.fingerprint import Component, Fingerprint, compose
from support.device_facts import facts, machine

SALT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
NIC, WIFI, NEW_NIC = "A4BB6DD31F07", "4C796E3A10B8", "D45D640102FE"
SSD, HDD, NEW_SSD = "S4EWNX0N123456", "WD-WX52D93K7R10", "2147E5D8A1B2"
BOARD, NEW_BOARD = "L1HF26N00X1", "PGVHJ0A8A2W1FK"
CPU, NEW_CPU = 0x906A3, 0xA20F12
VOTERS = (Component.MAC, Component.DISK, Component.BOARD)


def verdict(before: Fingerprint, now: Fingerprint) -> Machine:
    return compare(seal(before, SALT), now, SALT)


@given(facts)
def test_a_machine_is_itself(found):
    fingerprint = compose(found)
    known = any(fingerprint.of(component) for component in VOTERS)
    assert verdict(fingerprint, fingerprint) is (Machine.SAME if known else Machine.UNKNOWN)


@given(facts, facts)
def test_who_is_asked_first_does_not_matter(one, other):
    first, second = compose(one), compose(other)
    assert verdict(first, second) is verdict(second, first)


@given(facts, facts)
def test_machines_with_nothing_in_common_are_never_the_same(one, other):
    first, second = compose(one), compose(other)
    if not any(set(first.of(component)) & set(second.of(component)) for component in VOTERS):
        assert verdict(first, second) in (Machine.OTHER, Machine.UNKNOWN)


def test_one_changed_card_makes_no_other_machine():
    before = machine((NIC,), (SSD,), BOARD, CPU)
    for now in (
        machine((NEW_NIC,), (SSD,), BOARD, CPU),
        machine((NIC,), (NEW_SSD,), BOARD, CPU),
        machine((NIC,), (SSD,), NEW_BOARD, CPU),
        machine((NIC,), (SSD,), BOARD, NEW_CPU),
        machine((NIC, WIFI), (SSD,), BOARD, CPU),
        machine((NIC,), (SSD, HDD), BOARD, CPU),
        machine((NIC,), (SSD,), "", CPU),
        machine((), (SSD,), BOARD, CPU),
    ):
        assert verdict(before, now) is Machine.CHANGED


def test_all_parts_changed_is_another_machine():
    assert (
        verdict(machine((NIC,), (SSD,), BOARD, CPU), machine((NEW_NIC,), (NEW_SSD,), NEW_BOARD, CPU)) is Machine.OTHER
    )
    assert verdict(machine((NIC,), (SSD,), "", CPU), machine((NEW_NIC,), (NEW_SSD,), NEW_BOARD, CPU)) is Machine.OTHER


def test_two_of_three_changed_is_another_machine():
    assert verdict(machine((NIC,), (SSD,), BOARD, CPU), machine((NEW_NIC,), (SSD,), NEW_BOARD, CPU)) is Machine.OTHER


def test_a_processor_alone_proves_and_disproves_nothing():
    assert verdict(machine(cpu=CPU), machine(cpu=CPU)) is Machine.UNKNOWN
    assert verdict(machine(cpu=CPU), machine(cpu=NEW_CPU)) is Machine.UNKNOWN
    assert verdict(machine((NIC,), cpu=CPU), machine((), (SSD,), cpu=CPU)) is Machine.UNKNOWN
    assert verdict(machine(), machine()) is Machine.UNKNOWN


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(CPU, CPU, Machine.CHANGED), (CPU, NEW_CPU, Machine.OTHER), (CPU, 0, Machine.UNKNOWN)],
)
def test_the_processor_breaks_a_tie(before, now, expected):
    assert verdict(machine((NIC,), (SSD,), "", before), machine((NEW_NIC,), (SSD,), "", now)) is expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(CPU, CPU, Machine.UNKNOWN), (CPU, NEW_CPU, Machine.OTHER), (0, CPU, Machine.UNKNOWN)],
)
def test_where_one_card_is_all_that_is_known_its_change_says_little(before, now, expected):
    assert verdict(machine((NIC,), cpu=before), machine((NEW_NIC,), cpu=now)) is expected


def test_one_value_in_common_is_enough_of_a_component():
    before = machine((NIC, WIFI), (SSD, HDD), BOARD, CPU)
    assert verdict(before, machine((WIFI, NEW_NIC), (HDD, NEW_SSD), NEW_BOARD, CPU)) is Machine.CHANGED


def test_the_table_of_votes():
    """Every combination of what the three can say, against the rule written down a second time."""
    known = {
        Component.MAC: ((NIC,), (NEW_NIC,)),
        Component.DISK: ((SSD,), (NEW_SSD,)),
        Component.BOARD: (BOARD, NEW_BOARD),
    }
    for says in itertools.product(("same", "other", "absent"), repeat=3):
        for cpu in (CPU, NEW_CPU, 0):
            now = {
                component: {"same": known[component][0], "other": known[component][1], "absent": None}[said]
                for component, said in zip(VOTERS, says, strict=True)
            }
            found = verdict(
                machine((NIC,), (SSD,), BOARD, CPU),
                machine(now[Component.MAC] or (), now[Component.DISK] or (), now[Component.BOARD] or "", cpu),
            )
            score = says.count("same") - says.count("other")
            if score > 0:
                expected = Machine.SAME if says == ("same",) * 3 and cpu == CPU else Machine.CHANGED
            elif says.count("other") > 1:
                expected = Machine.OTHER
            elif cpu == 0 or says == ("absent",) * 3:
                expected = Machine.UNKNOWN
            elif cpu == NEW_CPU:
                expected = Machine.OTHER
            else:
                expected = Machine.CHANGED if "same" in says else Machine.UNKNOWN
            assert found is expected, (says, cpu)


@given(facts, st.text(max_size=40))
def test_a_seal_shows_no_value(found, salt):
    fingerprint = compose(found)
    sealed = seal(fingerprint, salt)
    members = json.loads(sealed)
    assert list(members) == ["form", "mac", "disk", "board", "cpu"]
    for component in Component:
        assert len(members[component]) == len(fingerprint.of(component))
        assert all(re.fullmatch(r"[0-9a-f]{32}", value) for value in members[component])
    assert " " not in sealed
    assert compare(sealed, fingerprint, salt) in (Machine.SAME, Machine.UNKNOWN)


def test_another_salt_gives_another_seal_and_another_client():
    fingerprint = machine((NIC,), (SSD,), BOARD, CPU)
    one, other = json.loads(seal(fingerprint, SALT)), json.loads(seal(fingerprint, SALT + "0"))
    assert all(not set(one[component]) & set(other[component]) for component in Component)
    assert client_id(fingerprint, SALT) != client_id(fingerprint, SALT + "0")


def test_equal_texts_of_two_components_are_sealed_differently():
    members = json.loads(seal(machine((), (BOARD,), BOARD), SALT))
    assert members["disk"] != members["board"]


def test_a_client_id_is_short_stable_and_of_this_machine():
    fingerprint = machine((NIC,), (SSD,), BOARD, CPU)
    assert re.fullmatch(r"[0-9a-f]{64}", client_id(fingerprint, SALT))
    assert client_id(fingerprint, SALT) == client_id(machine((NIC,), (SSD,), BOARD, CPU), SALT)
    assert client_id(fingerprint, SALT) != client_id(machine((NEW_NIC,), (SSD,), BOARD, CPU), SALT)
    assert len(client_id(machine(), "")) == 64


@pytest.mark.parametrize(
    "sealed",
    [
        "", "{}", "[]", "null", "nonsense", "\ud800", "[" * 100_000, '{"form":2,"mac":[],"disk":[],"board":[],"cpu":[]}',
        '{"form":1,"mac":[]}', '{"form":1,"mac":"x","disk":[],"board":[],"cpu":[]}',
        '{"form":1,"mac":[[]],"disk":[],"board":[],"cpu":[]}',
    ],
)  # fmt: skip
def test_what_is_no_seal_says_nothing(sealed):
    assert compare(sealed, machine((NIC,), (SSD,), BOARD, CPU), SALT) is Machine.UNKNOWN


@given(st.text(max_size=300))
def test_any_text_in_place_of_a_seal_says_nothing(sealed):
    assert compare(sealed, machine((NIC,), (SSD,), BOARD, CPU), SALT) is Machine.UNKNOWN
