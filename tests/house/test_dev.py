"""dev.py: what it promises of lanes, set-up and commands, and that the documents agree with it."""

from __future__ import annotations

import re

import pytest

from support.checkout import ROOT, load_dev, table_rows

READMES = ("README.md", "README.zh-CN.md")


@pytest.fixture
def dev():
    return load_dev()


def lanes_of(dev, **outcomes):
    """Lanes that pass (True), fail (False) or can't be run (a reason), in place of the real ones."""

    def lane(name, outcome):
        def run():
            if isinstance(outcome, str):
                raise dev.LeftOut(outcome)
            if isinstance(outcome, dev.Trouble):
                raise outcome
            return outcome

        return dev.Lane(name, f"about {name}", run)

    return tuple(lane(name, outcome) for name, outcome in outcomes.items())


def blocks(name: str) -> list[str]:
    return re.findall(r"```\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def test_all_lanes_passed(dev, capsys):
    dev.LANES = lanes_of(dev, one=True, two=True)
    assert dev.test([]) == 0
    assert capsys.readouterr().out.endswith("\n2 passed, 0 failed\n")


def test_a_failed_lane_does_not_stop_the_next(dev, capsys):
    dev.LANES = lanes_of(dev, one=False, two=True)
    assert dev.test([]) == 1
    out = capsys.readouterr().out
    assert re.search(r"lane one +FAILED", out)
    assert re.search(r"lane two +passed", out)
    assert out.endswith("\n1 passed, 1 failed\n")


def test_a_lane_in_trouble_has_failed_and_says_what_to_do(dev, capsys):
    dev.LANES = lanes_of(dev, one=dev.Trouble("type this"))
    assert dev.test([]) == 1
    assert "type this" in capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code", "closing"), [(False, 0, "1 passed, 0 failed"), (True, 1, "1 passed, 1 failed")])
def test_a_lane_left_out_is_named_and_fails_only_in_ci(dev, capsys, ci, code, closing):
    dev.CI = ci
    dev.LANES = lanes_of(dev, one=True, two="there is no Wine here")
    assert dev.test([]) == code
    out = capsys.readouterr().out
    assert re.search(r"lane two +left out .*there is no Wine here", out)
    assert out.endswith(f"\n{closing}\n")


def test_only_the_lanes_that_are_named_run_and_the_others_are_named(dev, capsys):
    dev.CI = True
    dev.LANES = lanes_of(dev, one=False, two=True, three=False)
    assert dev.test(["two"]) == 0
    out = capsys.readouterr().out
    assert "not asked for: one, three" in out
    assert out.endswith("\n1 passed, 0 failed\n")


def test_an_unknown_lane_is_an_error_and_nothing_runs(dev):
    dev.LANES = lanes_of(dev, one=False)
    with pytest.raises(dev.Trouble, match="no such lane: eins"):
        dev.test(["eins"])


def test_an_unknown_command_names_the_known_ones(dev, capsys):
    assert dev.main(["tset"]) == 2
    assert "Commands: demo, test" in capsys.readouterr().err


def test_every_test_folder_belongs_to_a_lane(dev):
    folders = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py"))
    }
    own = {
        *dev.CORE_FOLDERS,
        *dev.E2E_FOLDERS,
        *dev.QT_FOLDERS,
        dev.TRAY_FOLDER,
        dev.FREECAD_FOLDER,
        dev.WINDOWS_FOLDER,
    }
    assert set(dev.CORE_FOLDERS) <= folders
    # what has no lane of its own is run by lane unit, which leaves out exactly the others
    assert {folder for folder in folders if folder not in own} >= {"tests/house"}


@pytest.fixture
def small_tree(dev, tmp_path):
    """A checkout with one input of each kind."""
    for name in ("pyproject.toml", "native/shim/a.cpp", "native/tests/a_test.cpp", "iscbridge/version.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf-8")
    dev.ROOT = tmp_path
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
def test_set_up_runs_again_only_when_an_input_changed(dev, small_tree, name, matters):
    before = dev.fingerprint()
    assert dev.fingerprint() == before
    (small_tree / name).write_text("2", encoding="utf-8")
    assert (dev.fingerprint() != before) is matters


def test_what_may_not_be_installed_is_said_with_the_command_to_type(dev, monkeypatch):
    monkeypatch.setattr(dev, "apt_prefix", lambda: None)
    monkeypatch.setattr(dev.platform, "system", lambda: "Linux")
    needs = [dev.Need("a compiler", "g++", lambda: False), dev.Need("a thing", "thing", lambda: True)]
    with pytest.raises(dev.Trouble) as trouble:
        dev.provide(needs)
    assert "a compiler" in str(trouble.value)
    assert "apt-get install -y --no-install-recommends g++" in str(trouble.value)
    assert "thing" not in str(trouble.value)


def test_nothing_is_installed_when_nothing_is_missing(dev, monkeypatch):
    monkeypatch.setattr(dev, "apt_prefix", lambda: pytest.fail("asked for apt-get"))
    dev.provide([dev.Need("a thing", "thing", lambda: True)])


def test_children_see_no_python_path_of_the_caller(dev, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    env = dev.environment({"EXTRA": "1"})
    assert "PYTHONPATH" not in env
    assert env["EXTRA"] == "1"
    assert env["PATH"].startswith(str(dev.scripts(dev.VENV)))


def test_ci_runs_the_readme_s_test_command(dev):
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


def test_the_documented_lanes_are_the_real_ones(dev):
    real = [lane.name for lane in dev.LANES]
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
