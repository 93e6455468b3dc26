"""`iscbridge doctor --windows`: what is judged, what is only told, and what never stands in the report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iscbridge.cli import doctor_windows, exit_codes
from iscbridge.cli.doctor_windows import WANTED, Answer, examine, report, run_doctor_windows
from iscbridge.cli.doctor_windows_texts import TEXTS, say
from iscbridge.cli.output import Output
from iscbridge.core.errors import SecretError
from iscbridge.platform import windows_probes
from iscbridge.platform.folders import Home

SECRET = "S3R1AL-0815"


def fails(error: Exception):
    def probe() -> windows_probes.Value:
        raise error

    return probe


def test_each_answer_is_judged_by_what_is_wanted():
    found = {answer.name: answer.good for answer in examine({"uac": lambda: True, "wine": lambda: True,
             "dpapi": lambda: None, "screens": lambda: 2, "filesystem": lambda: "FAT32"})}  # fmt: skip
    assert found == {"uac": True, "wine": False, "dpapi": None, "screens": None, "filesystem": False}


def test_a_probe_that_fails_keeps_no_other_from_running_and_gives_away_nothing():
    error = OSError(2, f"C:\\Users\\anna\\{SECRET}")
    error.winerror = 1312  # as on Windows
    probes = {"dpapi": fails(error), "credentials": fails(SecretError("ISCB-SECRET-NONE")), "screens": lambda: 3}
    answers = list(examine(probes))
    assert [(answer.good, answer.error) for answer in answers] == [
        (False, "FileNotFoundError 1312"),
        (False, "ISCB-SECRET-NONE"),
        (None, ""),
    ]
    assert SECRET not in "\n".join(report(answers, "en"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_says_what_to_do_about_each_fault(language):
    answers = [Answer("disk", False, False), Answer("scales", "96 144", None), Answer("uac", True, True)]
    lines = list(report(answers, language))
    assert [line[:4] for line in lines[1:5]] == ["[!!]", "    ", "[--]", "[ok]"]
    assert say("bad.disk", language) in lines[2]
    assert "96 144" in lines[3]


def test_on_other_systems_it_says_so_in_a_plain_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(doctor_windows, "PROBES", {})
    assert run_doctor_windows(Home(tmp_path), Output("en", as_json=False)) == exit_codes.USAGE
    assert "does not run Windows" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_exit_code_follows_the_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(doctor_windows, "device_probes", lambda: {"disk": lambda: True})
    monkeypatch.setattr(doctor_windows, "file_system", lambda _: "NTFS")
    for wine, code in ((False, exit_codes.DONE), (True, exit_codes.FAILED)):
        monkeypatch.setattr(doctor_windows, "PROBES", {"wine": lambda wine=wine: wine})
        assert run_doctor_windows(Home(tmp_path), Output("en", as_json=False)) == code
    assert str(tmp_path) not in capsys.readouterr().out


def test_every_probe_has_its_words_and_every_judgement_its_remedy():
    source = Path(windows_probes.__file__).read_text(encoding="utf-8")  # its probes are there on Windows only
    names = (
        set(re.findall(r'^        "(\w+)": ', source, re.MULTILINE))
        | set(doctor_windows.device_probes())
        | {"filesystem"}
    )
    assert {f"check.{name}" for name in names} == {text for text in TEXTS if text.startswith("check.")}
    assert {f"bad.{name}" for name in WANTED} | {"bad.other"} == {text for text in TEXTS if text.startswith("bad.")}
    assert set(WANTED) <= names


@pytest.mark.parametrize("text_id", TEXTS)
def test_both_languages_have_the_same_parameters(text_id):
    english, chinese = TEXTS[text_id]
    assert re.findall(r"\{\w+\}", english) == re.findall(r"\{\w+\}", chinese)


def test_the_fingerprint_is_counted_and_not_shown():
    probes = doctor_windows.device_probes()
    for answer in examine(probes):
        assert not answer.error
        assert isinstance(answer.value, (bool, int)) or answer.name == "missing"
