"""Codes from files with rights, and from a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from iscbridge.cli import exit_codes
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets
from support.fake_license_bridge import GOOD, MASKED

DEADLINE_S = 60.0


def on_a_terminal(environment: dict[str, str], *arguments: str, typed: bytes, prompt: bytes) -> tuple[int, str]:
    """Run the command line on a terminal of its own and type when it asks; its exit code and all that was to be seen."""
    return asked_on_a_terminal(environment, *arguments, answers=[(prompt, typed)])


def asked_on_a_terminal(
    environment: dict[str, str], *arguments: str, answers: list[tuple[bytes, bytes]]
) -> tuple[int, str]:
    """The same with several questions: each answer is typed once its question is to be seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "iscbridge", *arguments], environment)
    seen = b""
    until = time.monotonic() + DEADLINE_S
    waiting = list(answers)
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        if not ready:
            continue
        try:
            block = os.read(terminal, 65536)
        except OSError:  # Linux says EIO when the other end is gone
            break
        if not block:
            break
        seen += block
        if waiting and waiting[0][0] in seen:
            os.write(terminal, waiting.pop(0)[1])
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode()


def test_the_code_is_asked_for_and_not_shown_again(bridge, environment):
    code, seen = on_a_terminal(
        environment, "license", "activate", "--product", "demo", typed=GOOD.encode() + b"\n", prompt=b"of demo:"
    )
    assert code == exit_codes.DONE, seen
    assert seen.count(GOOD) == 1  # the terminal's own echo of what is typed
    assert MASKED in seen
    assert GOOD not in bridge.read_text()


def test_an_empty_line_is_no_code(bridge, environment):
    code, seen = on_a_terminal(environment, "license", "activate", "--product", "demo", typed=b"\n", prompt=b"demo:")
    assert code == exit_codes.USAGE
    assert "No code was given" in seen


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [(b"y\n", exit_codes.DONE, "not activated"), (b"\n", exit_codes.USAGE, "Nothing was changed")],
)
def test_a_licence_is_taken_off_only_after_a_yes(bridge, environment, answer, code, words):
    arguments = ("license", "deactivate-local", "--product", "demo")
    found, seen = on_a_terminal(environment, *arguments, typed=answer, prompt=b"[y/N]")
    assert found == code
    assert words in seen


def test_the_password_of_a_proxy_is_asked_for_and_never_shown(environment, home: Path):
    answers = [(b"User name", b"firm\\ann\n"), (b"Password", b"s3cret word\n")]
    code, seen = asked_on_a_terminal(environment, "license", "proxy-login", answers=answers)
    assert code == exit_codes.DONE, seen
    assert "s3cret" not in seen
    kept = open_secrets(Home(home), "file").get("proxy")
    assert json.loads(kept or "") == {"user": "firm\\ann", "password": "s3cret word"}


def test_half_a_login_is_not_kept(environment, home: Path):
    answers = [(b"User name", b"ann\n"), (b"Password", b"\n")]
    code, seen = asked_on_a_terminal(environment, "license", "proxy-login", answers=answers)
    assert code == exit_codes.USAGE
    assert "Nothing was kept" in seen
    assert open_secrets(Home(home), "file").get("proxy") is None


def test_a_code_comes_from_a_file_that_only_its_owner_can_read(bridge, run, tmp_path: Path):
    file = tmp_path / "code"
    file.write_text(GOOD + "\n")
    file.chmod(0o600)
    assert run("license", "activate", "--product", "demo", "--code-file", str(file)).returncode == exit_codes.DONE


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_file_that_others_may_read_or_change_is_refused(bridge, run, tmp_path: Path, mode):
    file = tmp_path / "code"
    file.write_text(GOOD)
    file.chmod(mode)
    done = run("license", "activate", "--product", "demo", "--code-file", str(file))
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-SECRET-FILE-SHARED" in done.stderr
    assert "chmod 600" in done.stderr
    assert GOOD not in done.stderr + done.stdout
    assert "license.activate" not in bridge.read_text()


def test_what_is_no_file_is_refused_and_nothing_waits_for_it(bridge, run, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path, code in ((pipe, "NOT-REGULAR"), (tmp_path, "IS-FOLDER"), (tmp_path / "none", "MISSING")):
        done = run("license", "activate", "--product", "demo", "--code-file", str(path))
        assert done.returncode == exit_codes.FAILED
        assert f"ISCB-FILE-{code}" in done.stderr


def test_keys_come_from_such_a_file_too(run, tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text("AKAKAK\nSKSKSK\n")
    file.chmod(0o600)
    assert run("license", "keys", "--product", "demo", "--file", str(file)).returncode == exit_codes.DONE
    file.chmod(0o644)
    done = run("license", "keys", "--product", "demo", "--file", str(file), "--json")
    assert done.returncode == exit_codes.FAILED
    assert "ISCB-SECRET-FILE-SHARED" in done.stdout
    assert "SKSKSK" not in done.stdout + done.stderr
