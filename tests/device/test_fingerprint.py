"""The documented form, its limits and its order, for every machine that there could be."""

from __future__ import annotations

import re
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from iscbridge.device import rules
from iscbridge.device.facts import Adapter, Bus, Cpu, Disk, Facts, Kind, Link
from iscbridge.device.fingerprint import LIMIT, SHORT_LIMIT, Component, Fingerprint, compose
from support.device_facts import facts, machine

MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
SERIAL = re.compile(r"[\x20-\x2B\x2D-\x60{}~]{3,128}")  # printable, no comma, no bar, no small letters


def check_form(text: str, limit: int) -> list[list[str]]:
    assert len(text.encode("utf-8")) <= limit
    parts = [group.split(",") if group else [] for group in text.split("|")]
    assert len(parts) == 4
    macs, disks, boards, cpus = parts
    assert all(MAC.fullmatch(value) for value in macs)
    assert all(SERIAL.fullmatch(value) for value in (*disks, *boards))
    assert all(re.fullmatch(r"[0-9A-F]{16}", value) for value in cpus)
    assert len(boards) <= 1
    assert len(cpus) <= 1
    assert all(len(set(values)) == len(values) for values in parts)
    return parts


@given(facts)
def test_any_machine_has_a_fingerprint_of_the_form(machine_facts):
    fingerprint = compose(machine_facts)
    parts = check_form(fingerprint.text, LIMIT)
    check_form(fingerprint.short(), SHORT_LIMIT)
    assert [list(fingerprint.of(component)) for component in Component] == parts


@given(facts, st.randoms())
def test_the_order_of_the_facts_does_not_matter(machine_facts, random):
    first = compose(machine_facts)
    shuffled = replace(
        machine_facts,
        adapters=tuple(random.sample(machine_facts.adapters, len(machine_facts.adapters))),
        disks=tuple(random.sample(machine_facts.disks, len(machine_facts.disks))),
    )
    again = compose(shuffled)
    assert again.text == first.text
    assert again.short(100) == first.short(100)
    assert again.left_out == first.left_out


@given(facts, st.integers(3, 400))
def test_a_short_form_holds_whole_values_and_as_much_as_fits(machine_facts, limit):
    fingerprint = compose(machine_facts)
    whole = check_form(fingerprint.text, LIMIT)
    parts = check_form(fingerprint.short(limit), limit)
    for kept, all_of_them in zip(parts, whole, strict=True):
        assert kept == [value for value in all_of_them if value in kept]  # none cut, none invented, same order
    if len(fingerprint.text) <= limit:
        assert parts == whole


def test_no_room_for_the_separators_is_an_error():
    with pytest.raises(ValueError, match="separators"):
        machine().short(2)
    assert machine(("A4BB6DD31F07",)).short(3) == "|||"


def test_the_most_stable_values_are_the_last_to_go():
    full = machine(("A4BB6DD31F07", "A4BB6DD31F08"), ("DISK-0001", "DISK-0002"), "BOARD-77", 0x90672)
    texts = {limit: full.short(limit) for limit in range(3, len(full.text) + 1)}
    assert texts[len(full.text)] == full.text
    arrival = ["BOARD-77", "0000000000090672", "A4:BB:6D:D3:1F:07", "DISK-0001", "A4:BB:6D:D3:1F:08"]
    exact = 3
    for count, value in enumerate(arrival):
        exact += len(value) + (count == 4)  # the second address needs a comma
        assert all(earlier in texts[exact] for earlier in arrival[: count + 1])
        assert value not in texts[exact - 1]


def test_a_value_that_does_not_fit_lets_a_shorter_one_in():
    assert machine(("A4BB6DD31F07",), ("D1A",), "BX" * 50).short(30) == "A4:BB:6D:D3:1F:07|D1A||"


def test_a_machine_with_very_many_disks_stays_in_the_limit():
    serials = tuple(f"SN-{'ABCDEFGHJK'[n % 10] * 3}-{n:05}-{n * 7919 % 100003:06}" for n in range(500))
    fingerprint = machine(("A4BB6DD31F07",), (), "BOARD-77", 0x90672)
    many = compose(
        replace(fingerprint.facts, disks=tuple(Disk("d", serials=(("s", text),), bus=Bus.ATA) for text in serials))
    )
    check_form(many.text, LIMIT)
    assert len(many.text) > LIMIT - 40
    assert many.text.startswith("A4:BB:6D:D3:1F:07|SN-")
    assert many.text.endswith("|BOARD-77|0000000000090672")
    check_form(many.short(), SHORT_LIMIT)
    assert len(many.values) == 503


def test_wired_before_wireless_then_by_the_text():
    card = Adapter("x", "made up", kind=Kind.ETHERNET, link=Link.INTERNAL)
    adapters = (
        replace(card, address="001122334455", kind=Kind.WIRELESS),
        replace(card, address="F8A963D3A1B2"),
        replace(card, address="A4BB6DD31F07"),
    )
    assert compose(Facts(adapters=adapters)).text == "A4:BB:6D:D3:1F:07,F8:A9:63:D3:A1:B2,00:11:22:33:44:55|||"


def test_one_value_seen_twice_stands_once():
    disks = (
        Disk("a", serials=(("s", "sn-0042"),), bus=Bus.NVME),
        Disk("b", serials=(("s", " SN-0042 "),), bus=Bus.RAID),
    )
    assert compose(Facts(disks=disks)).text == "|SN-0042||"


@pytest.mark.parametrize(
    ("serials", "expected"),
    [
        (("S4EWNX0N1", "WWID-1"), "S4EWNX0N1"),
        (("0000_0000_0000_0000.", "eui.0025385b01b2c3d4"), "EUI.0025385B01B2C3D4"),
        (("  ", "none", "naa.5002538e40a1b2c3"), "NAA.5002538E40A1B2C3"),
        (("Default string",), ""),
        ((), ""),
    ],
)
def test_the_first_serial_of_a_disk_that_counts(serials, expected):
    disk = Disk("d", serials=tuple(("source", text) for text in serials), bus=Bus.NVME)
    assert compose(Facts(disks=(disk,))).text == f"|{expected}||"


def test_cpus():
    assert compose(Facts(cpu=Cpu("x86", eax=0x00090672, edx=0xBFEBFBFF))).text == "|||BFEBFBFF00090672"
    assert compose(Facts(cpu=Cpu("arm64", midr=0x410FD083))).text == "|||00000000410FD083"
    assert compose(Facts(cpu=Cpu("other"))).text == "|||"
    assert compose(Facts()) == Fingerprint(facts=Facts())


def test_a_representation_shows_nothing_of_the_machine():
    fingerprint = machine(("A4BB6DD31F07",), ("DISK-0001",), "BOARD-77", 0x90672)
    assert repr(fingerprint) == "Fingerprint()"


@given(st.text(max_size=200))
def test_any_text_is_written_in_the_form(text):
    found = rules.written(text)
    assert re.fullmatch(r"[\x20-\x2B\x2D-\x60{}~]*", found)
    assert len(found) <= 3 * len(text)
    assert found == found.strip()
    assert rules.written(found) == found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  001B_444A_488B_5CEC. ", "001B_444A_488B_5CEC."),
        ("a,b|c", "A_B_C"),
        ("wd-wx52  d93\tk7r10", "WD-WX52 D93 K7R10"),
        ("{5c3a-10}", "{5C3A-10}"),
        ("a\x00b\x7fc", "A_B_C"),
        ("主板01", "__01"),
        ("straße", "STRA_E"),  # no letter that grows when it becomes a capital
    ],
)
def test_how_values_are_written(text, written):
    assert rules.written(text) == written
