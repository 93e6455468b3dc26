"""dev.py: what it promises of lanes, set-up and commands, and that the documents agree with it."""

from __future__ import annotations

import re
import threading

import pytest

from support.checkout import ROOT, load_dev, load_tools, table_rows

base, environments, lanes, system, testing = load_tools()

READMES = ("README.md", "README.zh-CN.md")


@pytest.fixture
def dev():
    return load_dev()


def lanes_of(**outcomes):
    """Lanes that pass (True), fail (False) or can't be run (a reason), in place of the real ones."""

    def lane(name, outcome):
        def run():
            if isinstance(outcome, str):
                raise base.LeftOut(outcome)
            if isinstance(outcome, base.Trouble):
                raise outcome
            return outcome

        return lanes.Lane(name, f"about {name}", run)

    return tuple(lane(name, outcome) for name, outcome in outcomes.items())


def blocks(name: str) -> list[str]:
    return re.findall(r"```\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def one_by_one(of, *names):
    return testing.run_lanes(["--one-by-one", *names], of)


def test_all_lanes_passed(capsys):
    assert one_by_one(lanes_of(one=True, two=True)) == 0
    assert "\n2 passed, 0 failed\n" in capsys.readouterr().out


def test_a_failed_lane_does_not_stop_the_next(capsys):
    assert one_by_one(lanes_of(one=False, two=True)) == 1
    out = capsys.readouterr().out
    assert re.search(r"lane one +FAILED", out)
    assert re.search(r"lane two +passed", out)
    assert "\n1 passed, 1 failed\n" in out


def test_a_lane_in_trouble_has_failed_and_says_what_to_do(capsys):
    assert one_by_one(lanes_of(one=base.Trouble("type this"))) == 1
    assert "type this" in capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code", "closing"), [(False, 0, "1 passed, 0 failed"), (True, 1, "1 passed, 1 failed")])
def test_a_lane_left_out_is_named_and_fails_only_in_ci(monkeypatch, capsys, ci, code, closing):
    monkeypatch.setattr(base, "CI", ci)
    assert one_by_one(lanes_of(one=True, two="there is no Wine here")) == code
    out = capsys.readouterr().out
    assert re.search(r"lane two +left out .*there is no Wine here", out)
    assert f"\n{closing}\n" in out


def test_only_the_lanes_that_are_named_run_and_the_others_are_named(monkeypatch, capsys):
    monkeypatch.setattr(base, "CI", True)
    assert testing.run_lanes(["two"], lanes_of(one=False, two=True, three=False)) == 0
    out = capsys.readouterr().out
    assert "not asked for: one, three" in out
    assert "\n1 passed, 0 failed\n" in out


def test_an_unknown_lane_is_an_error_and_nothing_runs():
    with pytest.raises(base.Trouble, match="no such lane: eins"):
        testing.run_lanes(["eins"], lanes_of(one=False))


def test_side_by_side_the_longest_come_first_and_a_wide_one_is_alone():
    def made(name, long, width):
        return lanes.Lane(name, name, lambda: True, long, width)

    all_lanes = [made("wide", 9, 2), made("short", 1, 1), made("long", 5, 1), made("middle", 3, 1)]
    together, begun, lock, both = set(), [], threading.Lock(), threading.Barrier(2)

    def run(lane):
        with lock:
            begun.append(lane.name)
            together.add(lane.name)
            assert lane.name != "wide" or together == {"wide"}
        if lane.name in ("long", "middle"):
            both.wait(30)  # they really run at the same time
        with lock:
            together.remove(lane.name)
        return testing.Outcome(lane.name, lane.name != "short", 0.0)

    outcomes = testing.side_by_side(all_lanes, 2, run)
    assert [outcome.lane for outcome in outcomes] == [lane.name for lane in all_lanes]
    assert [outcome.passed for outcome in outcomes] == [True, False, True, True]
    assert set(begun[:2]) == {"long", "middle"}
    assert begun[2:] == ["short", "wide"]


def test_a_lane_wider_than_the_machine_runs_all_the_same():
    wide = lanes.Lane("wide", "", lambda: True, 1, 8)
    assert testing.side_by_side([wide], 2, lambda lane: testing.Outcome(lane.name, True, 0.0))[0].passed


def test_a_lane_whose_process_dies_without_a_word_has_failed(tmp_path):
    assert testing._told(tmp_path / "none.json", 0) == (False, "its process ended with exit code 0 and told no outcome")
    told = tmp_path / "told.json"
    for written, code, passed in [(True, 0, True), (True, 1, False), (False, 0, False)]:
        told.write_text(f'{{"passed": {str(written).lower()}, "reason": ""}}', encoding="utf-8")
        assert testing._told(told, code) == (passed, "")
    told.write_text('{"passed": null, "reason": "no Wine"}', encoding="utf-8")
    assert testing._told(told, 0) == (None, "no Wine")


def test_how_a_lane_ended_reaches_the_one_that_started_its_process(monkeypatch, tmp_path):
    told = tmp_path / "told.json"
    monkeypatch.setenv(testing.OUTCOME_FILE, str(told))
    testing.run_lanes(["two"], lanes_of(one=False, two="there is no Wine here"))
    assert testing._told(told, 0) == (None, "there is no Wine here")


def test_an_unknown_command_names_the_known_ones(dev, capsys):
    assert dev.main(["tset"]) == 2
    assert "Commands: demo, test" in capsys.readouterr().err


def test_every_test_folder_belongs_to_a_lane():
    folders = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py"))
    }
    own = {
        *lanes.CORE_FOLDERS,
        *lanes.E2E_FOLDERS,
        *lanes.QT_FOLDERS,
        *lanes.RELAY_FOLDERS,
        lanes.TRAY_FOLDER,
        lanes.FREECAD_FOLDER,
        lanes.HOSTS_FOLDER,
        lanes.WINDOWS_FOLDER,
    }
    assert set(lanes.CORE_FOLDERS) <= folders
    # what has no lane of its own is run by lane unit, which leaves out exactly the others
    assert {folder for folder in folders if folder not in own} >= {"tests/house"}


@pytest.fixture
def small_tree(monkeypatch, tmp_path):
    """A checkout with one input of each kind."""
    for name in ("pyproject.toml", "native/shim/a.cpp", "native/tests/a_test.cpp", "iscbridge/version.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf-8")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("pyproject.toml", True),
        ("native/shim/a.cpp", True),
        ("native/shim/new.cpp", True),
        ("iscbridge/version.py", True),
        ("native/tests/a_test.cpp", False),
        ("README.md", False),
    ],
)
def test_set_up_runs_again_only_when_an_input_changed(small_tree, name, matters):
    before = environments.fingerprint()
    assert environments.fingerprint() == before
    (small_tree / name).write_text("2", encoding="utf-8")
    assert (environments.fingerprint() != before) is matters


def test_what_may_not_be_installed_is_said_with_the_command_to_type(monkeypatch):
    monkeypatch.setattr(system, "apt_prefix", lambda: None)
    monkeypatch.setattr(system.platform, "system", lambda: "Linux")
    needs = [system.Need("a compiler", "g++", lambda: False), system.Need("a thing", "thing", lambda: True)]
    with pytest.raises(base.Trouble) as trouble:
        system.provide(needs)
    assert "a compiler" in str(trouble.value)
    assert "apt-get install -y --no-install-recommends g++" in str(trouble.value)
    assert "thing" not in str(trouble.value)


def test_nothing_is_installed_when_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(system, "apt_prefix", lambda: pytest.fail("asked for apt-get"))
    system.provide([system.Need("a thing", "thing", lambda: True)])


def test_children_see_no_python_path_of_the_caller(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    env = base.environment({"EXTRA": "1"})
    assert "PYTHONPATH" not in env
    assert env["EXTRA"] == "1"
    assert env["PATH"].startswith(str(base.scripts(base.VENV)))


def test_ci_runs_the_readme_s_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    command = "python3 dev.py test"
    assert script.rstrip().endswith(f"exec {command}")
    assert "export CI=true" in script
    for name in READMES:
        assert f"{command}\n" in blocks(name)


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_commands_in_the_documents_exist(dev, name):
    for block in blocks(name):
        for command in re.findall(r"^python3 dev\.py (\S+)", block, flags=re.MULTILINE):
            assert command in dev.COMMANDS


def test_both_readmes_give_the_same_commands():
    assert blocks(READMES[0]) == blocks(READMES[1])


def test_the_documented_lanes_are_the_real_ones():
    real = [lane.name for lane in lanes.LANES]
    assert [row[0] for row in table_rows(ROOT / "CONTRIBUTING.md", "lane")] == real
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{name}`" for name in real) in english
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert "、".join(f"`{name}`" for name in real) in chinese


def test_commands_of_the_readme_are_understood_by_the_command_line():
    from iscbridge.cli.main import build_parser

    for block in blocks("README.md"):
        for line in block.splitlines():
            if line.startswith(".venv/bin/iscbridge "):
                build_parser().parse_args(line.split()[1:])


def test_files_that_the_readme_uses_are_there():
    for block in blocks("README.md"):
        for name in re.findall(r"resources/\S+", block):
            assert (ROOT / name).is_file(), name
