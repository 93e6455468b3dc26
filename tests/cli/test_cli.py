"""The command line without a bridge: grammar, texts, exit codes, and what it loads."""

import string
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.cli import demo_texts, doctor, exit_codes, main, texts
from iscbridge.cli.main import build_parser
from iscbridge.core.jobs import JobState
from iscbridge.platform.folders import Home


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    import os

    env = {**os.environ, "ISCBRIDGE_HOME": str(home), "ISCBRIDGE_LANGUAGE": "en"}
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", *arguments], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("table", [texts.TEXTS, demo_texts.TEXTS])
def test_both_languages_say_the_same_things(table: dict[str, tuple[str, str]]) -> None:
    for message_id, (english, chinese) in table.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
        assert fields[0] == fields[1], message_id
        assert english.strip(), message_id
        assert chinese.strip(), message_id


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 0], 0), ([0, 7], 7), ([7, 5], 5), ([5, 6], 6), ([6, 1], 1), ([4, 0], 4), ([4, 7], 7)],
)
def test_the_most_serious_outcome_decides(codes: list[int], expected: int) -> None:
    assert exit_codes.most_serious(codes) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["save"],
        ["nonsense"],
        ["resolve", "j1", "maybe"],
        ["save", "x", "--timeout", "-1"],
        ["save", "x", "--timeout", "soon"],
    ],
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    assert run(tmp_path, *arguments).returncode == exit_codes.USAGE


def test_every_command_explains_itself() -> None:
    parser = build_parser()
    help_text = parser.format_help()
    for command in (
        "serve",
        "save",
        "save-as",
        "open",
        "jobs",
        "cancel",
        "retry",
        "resolve",
        "status",
        "sandbox",
        "doctor",
        "demo",
    ):
        assert command in help_text


def test_no_word_at_all_gets_the_list_of_commands(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == exit_codes.USAGE
    assert "support-bundle" in done.stderr


def test_no_command_of_the_sandbox_is_left_out_of_its_list(tmp_path: Path) -> None:
    said = run(tmp_path, "sandbox", "--help").stdout
    for word in ("start", "stop", "status", "personality", "ls", "get", "time", "license", "shop", "relay"):
        assert f"    {word} " in said or f"    {word}\n" in said, word


@pytest.mark.parametrize(("cloud", "asked"), [("sandbox", True), ("iscdesk", False), ("", False)])
def test_doctor_wants_the_sandbox_only_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: str, asked: bool
) -> None:
    found = doctor.Finding("SDK library", bool(cloud), "")
    monkeypatch.setattr(doctor, "_library", lambda *_: (found, cloud))
    checks = [finding.check for finding in doctor.examine(Home(tmp_path / "home"), "en")]
    assert ("Desk (sandbox)" in checks) is asked


def test_doctor_on_a_fresh_machine_names_what_is_missing(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "doctor")
    assert done.returncode == exit_codes.FAILED
    assert "iscbridge serve" in done.stdout
    assert "iscbridge sandbox start" in done.stdout


def test_a_home_that_cannot_be_made_is_a_coded_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = run(blocked / "home", "serve")
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-JOURNAL-IO" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_fast_path_of_status_loads_next_to_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); sys.argv = ['iscbridge', 'status', '--json'];"
        "from iscbridge.cli.status import run_fast; run_fast(['--json']);"
        "print(' '.join(sorted(set(sys.modules) - before)))"
    )
    import os

    env = {**os.environ, "ISCBRIDGE_HOME": str(tmp_path)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"argparse", "json", "dataclasses", "msgspec", "platformdirs", "PySide6", "typing", "pathlib", "inspect"}
    assert not heavy & set(loaded)


def test_the_grammar_loads_no_room() -> None:
    """Every command waits for it: what only one of them needs is loaded by that one."""
    code = "import sys; from iscbridge.cli.main import build_parser; build_parser(); print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "iscbridge.cli.sandbox_shop" in loaded
    assert not {"dataclasses", "inspect", "json", "msgspec", "PySide6", "iscbridge.core.errors"} & loaded


def test_the_states_that_can_be_asked_for_are_all_there_are() -> None:
    assert set(main._STATES) == {state.value for state in JobState}
