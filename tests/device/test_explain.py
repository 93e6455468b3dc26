"""`explain`, and the command that prints it."""

from __future__ import annotations

import argparse
import json
import re
import string

import pytest
from hypothesis import given

from iscbridge.cli import exit_codes, license_fingerprint
from iscbridge.cli.output import Output
from iscbridge.core.errors import DeviceError
from iscbridge.device import rules
from iscbridge.device.explain import MORE_REASONS, Line, explain
from iscbridge.device.facts import Adapter, Bus, Disk, Facts, Link
from iscbridge.device.fingerprint import Component, compose
from iscbridge.texts.fingerprint import TEXTS, say
from support.device_dumps import NAMES, dump
from support.device_facts import facts

REASONS = [rule.id for rule in (*rules.ADAPTER_RULES, *rules.DISK_RULES, *rules.DISK_VALUE_RULES)] + list(MORE_REASONS)
OTHER_IDS = {*Component, "system", "used", "left-out", "absent", "nothing", "shown"}


def cleaned(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def test_a_name_can_not_steer_the_terminal():
    adapter = Adapter("eth0", "made up", "\x1b]0;owned\x07LAN", "card\r\nfake line", "A4BB6DD31F07", link=Link.USB)
    (line, *_) = explain(compose(Facts(adapters=(adapter,))))
    assert line.source == "?]0;owned?LAN (card??fake line)"


@given(facts)
def test_every_value_and_all_that_was_left_out_is_told(found):
    fingerprint = compose(found)
    lines = explain(fingerprint)
    for component in Component:
        used = tuple(line.value for line in lines if line.component == component and line.used)
        assert used == fingerprint.of(component)
        assert any(line.component == component for line in lines)
    assert all((line.value + line.source).isprintable() for line in lines)
    told = [(line.value, line.source, line.reason) for line in lines if not line.used]
    assert all((item.text, cleaned(item.source), item.reason) in told for item in fingerprint.left_out)
    assert all(line.reason in REASONS for line in lines if not line.used)


def test_facts_of_the_firmware_are_shown_and_never_used():
    lines = [line for line in explain(dump("office_desktop_windows").fingerprint) if line.component == "system"]
    assert [line.value for line in lines] == [
        "Dell Inc.",
        "OptiPlex 7000",
        "7HX2PR3",
        "4C4C4544-0048-5810-8032-B7C04F505233",
    ]
    assert not any(line.used for line in lines)
    assert {line.source for line in lines} == {"SMBIOS type 1"}


def test_without_roots_rights_the_board_is_explained():
    lines = explain(dump("laptop_linux_user").fingerprint)
    assert Line("board", False, "", "", "board.not-readable") in lines
    assert [line.value for line in lines if line.component == "system"] == ["HUAWEI", "KLVL-WXX9"]


def test_values_beyond_the_short_form_and_beyond_the_form_are_marked():
    disks = tuple(Disk("d", serials=(("s", f"WD-WX52D93K{n:04}"),), bus=Bus.ATA) for n in range(600))
    lines = [line for line in explain(compose(Facts(disks=disks))) if line.component == "disk"]
    reasons = [line.reason for line in lines]
    assert list(dict.fromkeys(reasons)) == ["", "limit.short", "limit.full"]
    assert reasons == sorted(reasons, key=["", "limit.short", "limit.full"].index)
    assert [line.used for line in lines] == [line.reason != "limit.full" for line in lines]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_sentence_in_both_languages(reason):
    assert say(reason, "en") != say(reason, "zh")


def test_no_sentence_is_unused():
    assert set(TEXTS) == {*REASONS, *OTHER_IDS}


@pytest.mark.parametrize("message_id", TEXTS)
def test_both_languages_are_twins(message_id):
    def placeholders(template: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)

    english, chinese = TEXTS[message_id]
    assert placeholders(english) == placeholders(chinese)
    assert not re.search(r"[\u4e00-\u9fff][,;:?!(]|[,;:?!)][\u4e00-\u9fff]", chinese)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_prints_the_fingerprint_and_its_explanation(monkeypatch, capsys, name, language):
    shown = dump(name)
    monkeypatch.setattr("iscbridge.device.fingerprint.take", lambda: shown.fingerprint)
    options = argparse.Namespace(explain=True)
    assert license_fingerprint.run(options, Output(language, as_json=False)) == exit_codes.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == shown.text
    for component in Component:
        assert say(component, language) in lines
    used = [line.split()[1] for line in lines if line.startswith("  + ")]
    assert len(used) == sum(len(shown.fingerprint.of(component)) for component in Component)


def test_the_command_without_explanation_prints_one_line(monkeypatch, capsys):
    shown = dump("placeholder_board_windows")
    monkeypatch.setattr("iscbridge.device.fingerprint.take", lambda: shown.fingerprint)
    license_fingerprint.run(argparse.Namespace(explain=False), Output("en", as_json=False))
    assert capsys.readouterr().out == "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672\n"


def test_the_command_for_programs(monkeypatch, capsys):
    shown = dump("placeholder_board_windows")
    monkeypatch.setattr("iscbridge.device.fingerprint.take", lambda: shown.fingerprint)
    license_fingerprint.run(argparse.Namespace(explain=True), Output("en", as_json=True))
    (line,) = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert record["fingerprint"] == record["short"] == shown.text
    assert {
        "component": "board",
        "used": False,
        "value": "TO BE FILLED BY O.E.M.",
        "source": "SMBIOS type 2",
        "reason": "value.placeholder",
        "text": "a placeholder that the maker left there",
    } in record["components"]
    license_fingerprint.run(argparse.Namespace(explain=False), Output("en", as_json=True))
    assert json.loads(capsys.readouterr().out) == {"fingerprint": shown.text, "short": shown.text}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_library_that_does_not_load_is_told_in_words(monkeypatch, capsys, as_json):
    def fails() -> None:
        raise DeviceError("ISCB-DEVICE-LOAD", path="/opt/lib.so", detail="it is gone")

    monkeypatch.setattr("iscbridge.device.fingerprint.take", fails)
    code = license_fingerprint.run(argparse.Namespace(explain=True), Output("en", as_json=as_json))
    assert code == exit_codes.FAILED
    said = capsys.readouterr()
    assert "/opt/lib.so" in (said.out if as_json else said.err)
    if as_json:
        assert json.loads(said.out)["error"] == "ISCB-DEVICE-LOAD"
