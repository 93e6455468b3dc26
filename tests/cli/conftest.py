from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.checkout import ROOT
from support.fake_license_bridge import start_command

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home() -> Iterator[Path]:
    """A profile whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="cli-") as path:
        yield Path(path) / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Of the command line: this profile, English, and secrets in a file (a test has no keyring of its own)."""
    return {
        **os.environ,
        "ISCBRIDGE_HOME": str(home),
        "ISCBRIDGE_LANGUAGE": "en",
        "ISCBRIDGE_SECRETS_STORE": "file",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "TZ": "UTC",
        "QT_QPA_PLATFORM": "offscreen",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run the command line; `given` is its standard input, which is no terminal."""

    def run(*arguments: str, given: str | bytes = b"", language: str = "en") -> subprocess.CompletedProcess[str]:
        data = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            [sys.executable, "-m", "iscbridge", *arguments],
            env={**environment, "ISCBRIDGE_LANGUAGE": language},
            input=data,
            capture_output=True,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def bridge_of(home: Path, environment: dict[str, str]) -> Iterator[Callable[[list[str]], Path]]:
    """Start a bridge whose licences obey the test, for these products; gives the file with all that it logs."""
    started: list[subprocess.Popen[str]] = []

    def start(managed: list[str]) -> Path:
        home.mkdir(parents=True)
        (home / "managed.json").write_text(json.dumps(managed))
        process = subprocess.Popen(start_command(home), env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "listening"
        return home / "fake.log"

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def bridge(bridge_of: Callable[[list[str]], Path]) -> Path:
    """The log of a bridge with three licences."""
    return bridge_of(["demo", "other", "quiet"])
