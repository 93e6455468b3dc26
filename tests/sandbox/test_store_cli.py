"""`iscbridge sandbox license` and `iscbridge sandbox time`, and the store as part of the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from iscbridge.cli.main import build_parser
from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.sandbox import control as desk_control
from iscbridge.sandbox.store import control
from support.sandbox_store import ACTIVATE, SandboxStore, sandbox_store


def run(home: Home, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", "sandbox", *arguments],
        env={**os.environ, "ISCBRIDGE_HOME": str(home.root), "ISCBRIDGE_LANGUAGE": language},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def run_json(home: Home, *arguments: str) -> list[dict[str, Any]]:
    done = run(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


@pytest.fixture
def store(_shared: SandboxStore) -> SandboxStore:
    _shared.behave()
    return _shared


# -- codes


def test_a_code_from_the_purchase_to_its_release(store: SandboxStore) -> None:
    home = store.home
    (bought,) = run_json(home, "license", "new", "--days", "10", "--uncollected")
    code = bought["code"]
    assert (bought["state"], bought["days"]) == ("NEW", 10)
    assert run_json(home, "license", "collect", code)[0]["state"] == "RECEIVED"
    store.call(ACTIVATE, {"license": code})
    states = [
        run_json(home, "license", *action)[0]["state"]
        for action in (
            ("show", code),
            ("expire", code),
            ("renew", code, "--days", "30"),
            ("freeze", code),
            ("unfreeze", code),
            ("release", code),
        )
    ]
    assert states == ["ALIVE", "EXPIRED", "ALIVE", "FROZEN", "ALIVE", "RELEASED"]
    assert run_json(home, "license", "show", code)[0]["usage"] == {}


def test_lists_for_people_and_for_programs(store: SandboxStore) -> None:
    code = store.active(code="PL-listed")
    line = next(line for line in run(store.home, "license", "list").stdout.splitlines() if code in line)
    assert line.split()[:3] == [code, "ALIVE", "activated"]
    assert code in [found["code"] for found in run_json(store.home, "license", "list")]
    store.heartbeat(code)
    assert "activated detected" in run(store.home, "license", "show", code).stdout


def test_a_negative_number_of_days_takes_a_renewal_back(store: SandboxStore) -> None:
    code = store.active(days=10)
    (renewed,) = run_json(store.home, "license", "renew", code, "--days", "-4")
    end, begin = (datetime.fromisoformat(renewed[key]) for key in ("expireTime", "activateTime"))
    assert (end - begin).days == 6


def test_a_code_that_does_not_exist(store: SandboxStore) -> None:
    done = run(store.home, "license", "expire", "PL-no")
    assert done.returncode == 1
    assert "ISCB-SANDBOX-REQUEST" in done.stderr
    assert "PL-no" not in done.stderr


def test_without_a_store_the_way_to_one_is_said(tmp_path: Path) -> None:
    done = run(Home(tmp_path), "license", "list")
    assert done.returncode == 1
    assert "iscbridge sandbox start" in done.stderr


# -- misbehaviour


def test_misbehave_and_behave(store: SandboxStore) -> None:
    home = store.home
    assert run_json(home, "license", "misbehave", "drop", "throttle=yes", "delay_ms=5", "times=3") == [
        {"behaviour": {"drop": "before", "throttle": "yes", "delay_ms": 5, "times": 3}}
    ]
    assert "drop=before" in run(home, "license", "misbehave", "answer=502").stdout
    assert run_json(home, "license", "behave") == [{"behaviour": {}}]
    assert store.ask("state")["behaviour"] == {}


def test_without_a_name_all_traits_are_told(store: SandboxStore) -> None:
    traits = run_json(store.home, "license", "misbehave")
    assert {"drop", "answer", "gateway", "clock_off_s", "frozen_status"} <= {found["key"] for found in traits}
    assert "frozen_status = EXPIRED" in run(store.home, "license", "misbehave").stdout


def test_a_clock_that_is_behind(store: SandboxStore) -> None:
    (said,) = run_json(store.home, "license", "misbehave", "clock_off_s=-90")
    assert said == {"behaviour": {"clock_off_s": -90}}


@pytest.mark.parametrize(
    ("setting", "code"), [("delay_ms", 2), ("colour=red", 1), ("drop=never", 1), ("delay_ms=x", 1)]
)
def test_settings_that_do_not_exist(store: SandboxStore, setting: str, code: int) -> None:
    done = run(store.home, "license", "misbehave", setting)
    assert done.returncode == code
    assert done.stderr
    assert store.ask("state")["behaviour"] == {}


# -- time


@pytest.mark.parametrize(
    ("shift", "seconds"),
    [
        ("+10d", 864_000.0),
        ("-2d", -172_800.0),
        ("+3h", 10_800.0),
        ("-90m", -5_400.0),
        ("+5s", 5.0),
        ("+1w", 604_800.0),
        ("+0.5h", 1_800.0),
    ],
)
def test_time_is_moved(tmp_path: Path, shift: str, seconds: float) -> None:
    home = Home(tmp_path)
    (said,) = run_json(home, "time", shift)
    assert said["shift_s"] == seconds == read_shift(home)
    assert abs(datetime.fromisoformat(said["time"]).timestamp() - time.time() - seconds) < 60


def test_moves_add_up_until_they_are_reset(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert run(home, "time").stdout.endswith("(moved by +0s).\n")
    run(home, "time", "+10d")
    run(home, "time", "-2h")
    assert run(home, "time", "show").stdout.endswith("(moved by +9d22h).\n")
    assert run_json(home, "time", "reset")[0]["shift_s"] == 0.0
    write_shift(home, -60)
    assert "移动了 -1m" in run(home, "time", language="zh").stdout


@pytest.mark.parametrize("shift", ["10d", "+d", "+10", "-x", "+10y", "tomorrow", "", "--5d", "+1e3d"])
def test_what_is_no_move(tmp_path: Path, shift: str) -> None:
    done = run(Home(tmp_path), "time", shift)
    assert done.returncode == 2
    assert read_shift(Home(tmp_path)) == 0.0


def test_too_far(tmp_path: Path) -> None:
    done = run(Home(tmp_path), "time", "+99999d")
    assert done.returncode == 1
    assert "100 years" in done.stderr


def test_negative_moves_are_values_to_the_parser() -> None:
    assert build_parser().parse_args(["sandbox", "time", "-2d", "--json"]).shift == -172_800.0


# -- with the desk


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    own = Home(tmp_path / "home")
    yield own
    desk_control.stop(own)
    control.stop(own)


def test_the_store_comes_and_goes_with_the_desk(home: Home) -> None:
    (started,) = run_json(home, "start")
    assert started == {
        "running": True,
        "pid": desk_control.running(home),
        "store": {"running": True, "pid": control.running(home), "bases": control.ready(home)["bases"]},
    }
    (status,) = run_json(home, "status")
    assert (status["running"], status["login"]) == (True, "in")
    assert status["store"]["running"] is True
    assert status["store"]["bases"] == started["store"]["bases"]
    assert control.ready(home)["control"]["token"] not in json.dumps(status)
    shown = run(home, "status").stdout
    assert "The sandbox desk runs" in shown
    assert "The sandbox store runs" in shown
    assert run_json(home, "stop") == [{"running": False, "store": {"running": False}}]
    assert (desk_control.running(home), control.running(home)) == (None, None)
    done = run(home, "status", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"running": False, "store": {"running": False}}


def test_the_desk_starts_without_the_packages_of_the_store(home: Home) -> None:
    code = (
        "import sys; from iscbridge.sandbox.store import extra; extra.PACKAGES = ('no_such_package',);"
        "from iscbridge.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    env = {**os.environ, "ISCBRIDGE_HOME": str(home.root), "ISCBRIDGE_LANGUAGE": "en"}
    for options in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-c", code, "sandbox", "start", *options],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0
        assert "no_such_package" in done.stdout
    assert desk_control.running(home) is not None
    assert control.running(home) is None
