"""`iscbridge config`, as people and scripts use it."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.cli import config, exit_codes
from iscbridge.cli.language import language_of
from iscbridge.cli.output import Output
from iscbridge.core.setting_kinds import ProxyChoice
from iscbridge.core.setting_sources import Resolved, Source
from iscbridge.core.settings import PAGES, SETTINGS, Setting, Settings
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock
from support.world import World

PASSWORD = "correct-horse"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "machine" / "policy.toml"
    path.parent.mkdir()
    return path


@pytest.fixture
def here(tmp_path: Path, policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command in this process, with a policy file of the test's and without variables."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)
    home = Home(tmp_path / "home")

    def run(action: str, *words: str, as_json: bool = False, language: Any = "en") -> tuple[int, str, str]:
        options = argparse.Namespace(action=action, **dict(zip(("key", "value"), words, strict=False)))
        code = config.run_config(options, home, Output(language, as_json), policy)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_a_setting_is_set_read_and_unset(run: Any, home: Path) -> None:
    done = run("config", "set", "network.proxy", "http://proxy:3128")
    assert (done.returncode, done.stderr) == (exit_codes.DONE, "")
    assert "network.proxy = http://proxy:3128" in done.stdout
    assert tomllib.loads((home / "config.toml").read_text()) == {
        "version": 1,
        "network": {"proxy": "http://proxy:3128"},
    }
    (record,) = records(run("config", "get", "network.proxy", "--json").stdout)
    assert (record["value"], record["source"], record["where"]) == (
        "http://proxy:3128",
        "file",
        str(home / "config.toml"),
    )
    (record,) = records(run("config", "unset", "network.proxy", "--json").stdout)
    assert (record["value"], record["source"], record["where"], record["restartNeeded"]) == (
        "auto",
        "default",
        None,
        False,
    )
    assert tomllib.loads((home / "config.toml").read_text()) == {"version": 1, "network": {}}


def test_the_list_names_every_setting_and_its_source(run: Any, home: Path) -> None:
    run("config", "set", "files.snapshot_days", "14")
    done = run("config", "list")
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.stdout.splitlines()}
    assert list(rows) == [setting.key for setting in SETTINGS]
    assert rows["files.snapshot_days"] == ["14", "the settings file"]
    assert rows["secrets.store"] == ["file", "the variable ISCBRIDGE_SECRETS_STORE"]
    assert rows["network.proxy"] == ["auto", "default"]
    found = {record["key"]: record for record in records(run("config", "list", "--json").stdout)}
    assert list(found) == list(rows)
    assert found["files.snapshot_days"]["value"] == 14
    assert found["files.snapshot_days"]["limits"] == [1, 365]
    assert found["secrets.store"]["where"] == "ISCBRIDGE_SECRETS_STORE"
    assert all(record["page"] in PAGES and record["help"] and not record["secret"] for record in found.values())


def test_nothing_is_made_by_looking(run: Any, home: Path) -> None:
    for words in (["list"], ["get", "secrets.store"], ["path"], ["unset", "secrets.store"], ["set", "no.such", "1"]):
        run("config", *words)
    assert not (home / "config.toml").exists()


def test_the_paths_are_told(run: Any, home: Path) -> None:
    assert f"{home / 'config.toml'} (there is none)" in run("config", "path").stdout
    run("config", "set", "secrets.store", "file")
    (record,) = records(run("config", "path", "--json").stdout)
    assert (record["path"], record["exists"]) == (str(home / "config.toml"), True)
    assert record["policy"].endswith("policy.toml")


@pytest.mark.parametrize("action", ["get", "set", "unset"])
def test_an_unknown_setting_is_a_usage_error_with_a_suggestion(run: Any, action: str) -> None:
    value = ["none"] if action == "set" else []
    done = run("config", action, "network.proxi", *value)
    assert done.returncode == exit_codes.USAGE
    assert "Did you mean network.proxy?" in done.stderr
    assert done.stdout == ""
    done = run("config", action, "q\n", *value, "--json", language="zh")
    (record,) = records(done.stdout)
    assert (record["error"], record["nearest"]) == ("ISCB-SET-UNKNOWN", None)
    assert "没有名为" in record["message"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("secrets.store", "paper"),
        ("files.snapshot_days", "0"),
        ("files.snapshot_days", "366"),
        ("files.snapshot_days", "many"),
        ("advanced.sdk_library", "relative.so"),
        ("network.proxy", f"http://user:{PASSWORD}@proxy"),
        ("general.language", ""),
    ],
)
def test_a_wrong_value_says_what_is_allowed_and_is_not_repeated(run: Any, home: Path, key: str, value: str) -> None:
    done = run("config", "set", key, value)
    assert done.returncode == exit_codes.USAGE
    setting = next(setting for setting in SETTINGS if setting.key == key)
    assert setting.kind.allowed in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert not (home / "config.toml").exists()
    (record,) = records(run("config", "set", key, value, "--json").stdout)
    assert (record["error"], record["allowed"]) == ("ISCB-SET-VALUE", setting.kind.allowed)


def test_the_language_is_a_setting(run: Any, home: Path) -> None:
    run("config", "set", "general.language", "zh_CN")
    assert "默认值" in run("config", "get", "network.proxy", language="").stdout
    assert "Default" in run("config", "get", "network.proxy", language="en").stdout, "the variable comes first"
    assert "The bridge is not running" in run("jobs", language="en").stderr
    assert "桥接程序没有运行" in run("jobs", language="").stderr


def test_a_locked_language_is_not_undone_by_a_variable(
    tmp_path: Path, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "en_US.UTF-8")
    monkeypatch.setenv("ISCBRIDGE_LANGUAGE", "zh")
    assert language_of(home, policy) == "zh"
    policy.write_text('[lock]\nkeys = ["general.language"]\n')
    assert language_of(home, policy) == "en"
    policy.write_text('[set]\ngeneral.language = "en"\n')
    assert language_of(home, policy) == "zh"


def test_a_locked_setting_says_why_and_is_not_changed(here: Any, policy: Path, tmp_path: Path) -> None:
    policy.write_text('[set.network]\nproxy = "none"\n[lock]\nkeys = ["network.proxy"]\n')
    code, out, err = here("get", "network.proxy")
    assert (code, err) == (exit_codes.DONE, "")
    assert "network.proxy = none" in out
    assert str(policy) in out
    for action in (["set", "network.proxy", "auto"], ["unset", "network.proxy"]):
        code, out, err = here(*action)
        assert (code, out) == (exit_codes.REFUSED, "")
        assert "ISCB-SET-LOCKED" in err
        assert str(policy) in err
    code, out, _ = here("set", "network.proxy", "auto", as_json=True)
    assert (code, records(out)[0]["error"]) == (exit_codes.REFUSED, "ISCB-SET-LOCKED")
    (record,) = records(here("get", "network.proxy", as_json=True)[1])
    assert (record["source"], record["locked"], record["where"]) == ("locked", True, str(policy))
    assert not (tmp_path / "home" / "config.toml").exists()
    assert here("set", "secrets.store", "file")[0] == exit_codes.DONE


def test_a_suggestion_of_the_administrator_may_be_changed(here: Any, policy: Path) -> None:
    policy.write_text("[set]\nfiles.snapshot_days = 30\n")
    (record,) = records(here("get", "files.snapshot_days", as_json=True)[1])
    assert (record["value"], record["source"], record["where"]) == (30, "policy", str(policy))
    assert here("set", "files.snapshot_days", "7")[0] == exit_codes.DONE
    (record,) = records(here("get", "files.snapshot_days", as_json=True)[1])
    assert (record["value"], record["source"]) == (7, "file")
    assert "the administrator's policy file" in here("unset", "files.snapshot_days")[1]


def test_a_variable_that_comes_first_is_told(run: Any) -> None:
    done = run("config", "set", "secrets.store", "keyring")
    assert "secrets.store = file" in done.stdout
    assert "The variable ISCBRIDGE_SECRETS_STORE is set" in done.stdout


def test_a_bridge_that_runs_is_told_of(run: Any, home: Path) -> None:
    home.mkdir(parents=True)
    with ProfileLock(home / "lock"):
        done = run("config", "set", "files.snapshot_days", "9")
        assert f"(process {os.getpid()})" in done.stdout
        assert "(process" not in run("config", "set", "general.language", "en").stdout, "it holds at once"
        (record,) = records(run("config", "unset", "files.snapshot_days", "--json").stdout)
        assert record["restartNeeded"] is True


def test_a_broken_file_is_told_by_reading_and_set_aside_by_writing(run: Any, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "config.toml").write_text(f"[network]\nproxy = http://user:{PASSWORD}@proxy\n")
    looked = run("config", "list")
    assert looked.returncode == exit_codes.DONE
    assert "ISCB-SET-FILE" in looked.stderr
    assert (home / "config.toml").exists()
    done = run("config", "set", "files.snapshot_days", "9", "--json")
    assert done.returncode == exit_codes.DONE
    assert records(done.stdout)[0]["warnings"] == ["ISCB-SET-SET-ASIDE"]
    assert "config.toml.damaged-" in done.stderr
    assert PASSWORD not in looked.stdout + looked.stderr + done.stdout + done.stderr
    assert len(list(home.glob("config.toml.damaged-*"))) == 1


def test_a_file_that_can_not_be_changed_is_a_failure(run: Any, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "config.toml").write_text("secrets = 5\n")
    done = run("config", "set", "secrets.store", "file")
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-SET-EDIT" in done.stderr
    assert (home / "config.toml").read_text() == "secrets = 5\n"


def test_a_home_that_can_not_be_made_is_told(run: Any, home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("in the way")
    done = run("config", "set", "secrets.store", "file")
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-SET-" in done.stderr


def test_a_secret_is_printed_by_nobody(
    here: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    secret = Setting("network.proxy", ProxyChoice(), "auto", page="network", secret=True)
    found = Resolved(
        Settings({"network.proxy": f"http://{PASSWORD}"}), {setting.key: Source.FILE for setting in SETTINGS}
    )
    monkeypatch.setattr(config, "load_settings", lambda *_args, **_named: found)
    monkeypatch.setattr(config, "SETTINGS", (secret,))
    monkeypatch.setattr(config, "BY_KEY", {secret.key: secret})
    for as_json in (False, True):
        for action in (["list"], ["get", secret.key], ["unset", secret.key]):
            code, out, err = here(*action, as_json=as_json)
            assert code == exit_codes.DONE
            assert PASSWORD not in out + err


def test_every_word_is_there_in_chinese(here: Any) -> None:
    assert "默认值" in here("get", "advanced.sdk", language="zh")[1]
    assert "空" in here("list", language="zh")[1]


def test_a_bridge_that_runs_is_told_of_a_change(world: World) -> None:
    world.desk()
    world.bridge()
    code, (record,) = world.cli_json("config", "set", "files.watch", "off")
    assert (code, record["value"], record["restartNeeded"]) == (exit_codes.DONE, False, False)
    code, (record,) = world.cli_json("config", "set", "files.snapshot_days", "14")
    assert (code, record["restartNeeded"]) == (exit_codes.DONE, True)
    assert world.said().count("the settings were read again") == 2
