"""The parser of firmware tables: sound ones of each version, and whatever else comes."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from iscbridge.device.smbios import Board, Smbios, System, parse, parse_table
from support.device_dumps import dump
from support.smbios_tables import board, raw, structure, system

UUID = "4C4C4544-0048-5810-8032-B7C04F505233"
BIOS = structure(0, bytes(22), ["Vendor", "1.14.2", "06/12/2024"])
END = structure(127, b"", [])


def machine(version: tuple[int, int]) -> bytes:
    return raw(version, [BIOS, system("Maker", "Model", "S1", UUID, version), board("Maker", "B-760", "BOARD-1"), END])


@pytest.mark.parametrize("version", [(2, 1), (2, 4), (2, 6), (2, 8), (3, 0), (3, 4)])
def test_each_version_of_the_standard(version):
    found = parse(machine(version))
    assert found == Smbios(
        version,
        System("Maker", "Model", "S1", UUID),
        (Board("Maker", "B-760", "BOARD-1", is_motherboard=True),),
        complete=True,
    )


def test_the_oldest_form_has_no_uuid():
    found = parse(raw((2, 0), [system("Maker", "Model", "S1", UUID, (2, 0)), board("M", "P", "B1", short=True)]))
    assert found.system == System("Maker", "Model", "S1", "")
    assert found.boards == (Board("M", "P", "B1"),)
    assert found.complete  # no end mark in those days: it ends where the table ends


def test_a_version_that_is_not_known_has_the_newer_form_of_a_uuid():
    table = system("Maker", "Model", "S1", UUID, (3, 0))
    assert parse_table(table, (0, 0)).system == System("Maker", "Model", "S1", UUID)


def test_the_first_system_and_all_boards_in_order():
    found = parse(
        raw(
            (3, 3),
            [
                system("A", "", "", UUID, (3, 3)),
                system("B", "", "", UUID, (3, 3)),
                board("M", "riser", "R1", 9),
                board("M", "main", "M1"),
            ],
        )
    )
    assert found.system is not None
    assert found.system.manufacturer == "A"
    assert [(item.serial, item.is_motherboard) for item in found.boards] == [("R1", False), ("M1", True)]


def test_nothing_behind_the_end_mark_counts():
    found = parse(raw((3, 0), [END, board("M", "P", "old")]))
    assert found.boards == ()
    assert found.complete


def test_strings_of_the_chinese_market():
    assert parse(raw((2, 8), [board("M", "P", "默认字符串")])).boards[0].serial == "默认字符串"
    utf8 = structure(2, bytes([0, 0, 0, 1, 0, 0, 0, 0, 0, 10]), ["主板".encode()])
    assert parse(raw((3, 4), [utf8])).boards[0].serial == "主板"


def test_a_string_that_is_in_no_known_encoding_is_a_string_still():
    odd = structure(2, bytes([0, 0, 0, 1]), [b"\xff\xfe\x80"])
    assert len(parse(raw((3, 0), [odd])).boards[0].serial) == 3


@pytest.mark.parametrize("number", [0, 2, 3, 255])
def test_a_number_without_string_is_an_empty_string(number):
    odd = structure(2, bytes([0, 0, 0, number]), ["only one"])
    assert parse(raw((3, 0), [odd])).boards == (Board(),)


def test_structures_too_short_for_their_fields():
    found = parse(raw((3, 0), [structure(1, b"", ["x"]), structure(2, b"\x01", ["Maker"])]))
    assert found.system == System()
    assert found.boards == (Board(manufacturer="Maker"),)


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_structure_shorter_than_its_header_ends_the_table(length):
    table = board("M", "P", "B1") + bytes([2, length, 0, 0]) + bytes(60) + board("M", "P", "B2")
    found = parse_table(table, (3, 0))
    assert [item.serial for item in found.boards] == ["B1"]
    assert not found.complete


def test_a_length_that_lies_is_cut_at_what_is_there():
    good = machine((3, 2))
    for length in (0, 5, len(good), 2**32 - 1):
        lying = good[:4] + length.to_bytes(4, "little") + good[8:]
        assert parse(lying).boards in ((), parse(good).boards)
    assert parse(good[:4] + (2**32 - 1).to_bytes(4, "little") + good[8:]).boards == parse(good).boards


def test_wines_table_has_a_system_and_a_board_without_words():
    found = parse(dump("wine").facts.firmware)
    assert found.complete
    assert found.version == (2, 4)
    assert found.system is not None
    assert (found.system.manufacturer, found.system.serial) == ("", "")
    assert [item.serial for item in found.boards] == [""] * len(found.boards)


def test_every_truncation_gives_only_what_is_sound():
    good = machine((3, 2))
    whole = parse(good)
    for size in range(len(good)):
        found = parse(good[:size])
        assert found.system in (None, whole.system)
        assert found.boards in ((), whole.boards)
        assert not found.complete or size < 8 or found == whole


@given(st.binary(max_size=4096))
def test_any_bytes_are_read_without_harm(data):
    check_bounds(parse(data), len(data))


@given(st.binary(max_size=2048), st.tuples(st.integers(0, 255), st.integers(0, 255)))
def test_any_table_is_read_without_harm(table, version):
    check_bounds(parse_table(table, version), len(table))


@given(
    st.sampled_from(["office_desktop_windows", "chinese_oem_windows", "server_raid_linux", "wine"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12),
    st.integers(0, 10_000),
)
def test_changed_and_cut_tables_are_read_without_harm(name, changes, cut):
    data = bytearray(dump(name).facts.firmware)
    for where, value in changes:
        data[where % len(data)] = value
    check_bounds(parse(bytes(data[: cut % (len(data) + 1)])), len(data))


def check_bounds(found: Smbios, size: int) -> None:
    assert len(found.boards) <= size / 6  # header and end of the strings
    texts = [text for item in found.boards for text in (item.manufacturer, item.product, item.serial)]
    assert all(len(text) <= size for text in texts)
    assert all("\0" not in text for text in texts)


def test_a_table_of_the_smallest_structures_is_read_in_one_go():
    many = structure(2, b"", []) * 100_000
    assert len(parse_table(many, (3, 0)).boards) == 100_000
