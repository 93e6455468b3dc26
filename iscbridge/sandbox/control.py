"""Starting, stopping and asking the sandbox desk. Standard library only: the command line loads it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iscbridge.core.errors import SandboxError, error_from
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.platform.processes import DETACHED, wait_until
from iscbridge.platform.program import own_process
from iscbridge.sandbox.places import Places

Json = dict[str, Any]

_START_S = 30.0
_STOP_S = 30.0
_ANSWER_S = 30.0
_PAUSE_S = 0.02
_PIECE = 64 * 1024
_LOG_LIMIT = 4 * 1024 * 1024


def start(
    home: Home,
    personality: Mapping[str, object] | None = None,
    *,
    show: bool = False,
    command: Sequence[str] | None = None,
) -> int:
    """Start the desk of a profile, detached, and wait until it listens; one that runs is left as it is.

    Args:
        home: the profile.
        personality: traits to set (see `iscbridge.sandbox.personality`).
        show: ask a person in a window when something is to be picked.
        command: what to start, without `--home` and `--show`; None: this program.

    Returns:
        The desk's process id.

    Raises:
        SandboxError: ISCB-SANDBOX-START: it did not come up; ISCB-SANDBOX-PERSONALITY: no such trait or value.
        OSError: a folder or the log can't be written.
    """
    _check(personality or {})
    home.ensure()
    pid = running(home)
    if pid is None:
        pid = _spawn(home, command or own_process("sandbox-desk", "iscbridge.sandbox.desk"), show)
    if personality:
        request(home, {"request": "personality", "set": dict(personality)})
    return pid


def stop(home: Home) -> bool:
    """Stop the desk in good order and wait until it is gone. False: it was not running.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-ANSWER: it does not stop.
    """
    pid = running(home)
    if pid is None:
        return False
    try:
        request(home, {"request": "stop"})
    except SandboxError as error:
        if error.code != "ISCB-SANDBOX-NOT-RUNNING":
            raise
    if not wait_until(lambda: running(home) is None, _STOP_S):
        raise SandboxError("ISCB-SANDBOX-NO-ANSWER", pid=str(pid))
    return True


def status(home: Home) -> Json | None:
    """What the desk says of itself (answer to request `state`); None if it is not running.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-ANSWER.
    """
    try:
        return request(home, {"request": "state"})
    except SandboxError as error:
        if error.code == "ISCB-SANDBOX-NOT-RUNNING":
            return None
        raise


def running(home: Home) -> int | None:
    """Process id of the desk of this profile; None if none runs. Asks the lock, not the process table."""
    from iscbridge.platform.locks import holder

    return holder(Places.of(home).lock)


def request(home: Home, message: Mapping[str, object]) -> Json:
    """Ask the desk over its control channel (requests: `iscbridge.sandbox.controller`).

    Raises:
        SandboxError: ISCB-SANDBOX-NOT-RUNNING, ISCB-SANDBOX-NO-ANSWER, or what the desk answers.
    """
    address = Places.of(home).control
    line = json.dumps(message, ensure_ascii=True).encode() + b"\n"
    try:
        reply = _exchange(address, line)
    except TimeoutError as error:
        raise SandboxError("ISCB-SANDBOX-NO-ANSWER", pid=str(running(home) or "?")) from error
    except OSError as error:
        raise SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=str(home.root)) from error
    if not reply.endswith(b"\n"):
        raise SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=str(home.root))
    answer: Json = json.loads(reply)
    if not answer.pop("ok"):
        raise error_from(ErrorInfo(answer["error"], answer["params"]))
    return answer


def _check(personality: Mapping[str, object]) -> None:
    from iscbridge.sandbox.personality import trait

    for key, value in personality.items():
        trait(key).check(value)


def _spawn(home: Home, command: Sequence[str], show: bool) -> int:
    places = Places.of(home)
    if places.log.exists() and places.log.stat().st_size > _LOG_LIMIT:
        os.replace(places.log, places.log.with_suffix(".log.1"))
    options = ["--home", str(home.root), "--log", str(places.log), *(["--show"] if show else [])]
    null = subprocess.DEVNULL
    child = subprocess.Popen(
        [*command, *options],
        stdin=null,
        stdout=null,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=DETACHED,
    )
    with child.stderr or open(os.devnull, "rb") as early_words:  # what it says before it has opened its log
        wait_until(lambda: _answers(home, child.pid) or child.poll() is not None, _START_S)
        if child.poll() is not None:
            with places.log.open("ab") as log:
                log.write(early_words.read())
    pid = running(home)  # another start at the same time may have been faster
    if pid is None or not (pid == child.pid or wait_until(lambda: _answers(home, pid), _START_S)):
        if child.poll() is None:
            child.kill()
        raise SandboxError("ISCB-SANDBOX-START", log=str(places.log))
    if child.poll() is None:
        child.returncode = 0  # it lives on without us: no warning that nobody waited for it
    return pid


def _answers(home: Home, pid: int) -> bool:
    """Whether the desk with this process id listens and answers."""
    try:
        found = json.loads(Places.of(home).pid.read_bytes())
        return bool(found["pid"] == pid == request(home, {"request": "state"})["pid"])
    except (OSError, ValueError, KeyError, SandboxError):
        return False


if sys.platform == "win32":

    def _exchange(address: str, line: bytes) -> bytes:
        # A pipe opened as a file is enough, since request and answer strictly alternate.
        deadline = time.monotonic() + _ANSWER_S
        while True:
            try:
                with open(address, "r+b", buffering=0) as pipe:
                    pipe.write(line)
                    return _read_line(lambda: pipe.read(_PIECE))
            except OSError as error:
                # All instances of the pipe are taken (ERROR_PIPE_BUSY): the C runtime has no errno of its own for that.
                if error.errno != errno.EINVAL or time.monotonic() >= deadline:
                    raise
                time.sleep(_PAUSE_S)

else:
    import socket

    def _exchange(address: str, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(_ANSWER_S)
            _connect(channel, address)
            channel.sendall(line)
            return _read_line(lambda: channel.recv(_PIECE))

    def _connect(channel: socket.socket, address: str) -> None:
        deadline = time.monotonic() + _ANSWER_S
        while True:
            try:
                channel.connect(address)
            except BlockingIOError:  # many connect at once: the queue of the listener is full for a moment
                if time.monotonic() >= deadline:
                    raise TimeoutError from None
                time.sleep(_PAUSE_S)
            else:
                return


def _read_line(read: Callable[[], bytes | None]) -> bytes:
    line = b""
    while not line.endswith(b"\n") and (piece := read()):
        line += piece
    return line
