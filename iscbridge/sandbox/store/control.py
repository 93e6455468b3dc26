"""Starting, stopping and asking the sandbox store. Standard library only: the command line loads it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from iscbridge.core.errors import SandboxError, error_from
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.platform.processes import DETACHED, end_process, wait_until
from iscbridge.platform.program import own_process
from iscbridge.sandbox.store.extra import check_extra
from iscbridge.sandbox.store.places import StorePlaces

Json = dict[str, Any]

_START_S = 30.0
_STOP_S = 15.0
_ANSWER_S = 30.0
_LOG_LIMIT = 4 * 1024 * 1024
_NO_EXTRA = 4


def start(home: Home, command: Sequence[str] | None = None) -> Json:
    """Start the store of a profile, detached, and wait until it listens; one that runs is left as it is.

    Args:
        home: the profile.
        command: what to start, without `--home`; None: this program.

    Returns:
        The content of the ready file: `pid`, `bases`, `ca`, `control`.

    Raises:
        SandboxError: ISCB-SANDBOX-EXTRA: packages are missing; ISCB-SANDBOX-START: it did not come up.
        OSError: a folder or the log can't be written.
    """
    home.ensure()
    StorePlaces.of(home).ensure()
    if running(home) is None:
        if command is None:
            check_extra()
        _spawn(home, command or own_process("sandbox-store", "iscbridge.sandbox.store"))
    elif not wait_until(lambda: _answers(home), _START_S):
        raise _not_started(home)
    return ready(home)


def stop(home: Home) -> bool:
    """Stop the store in good order and wait until it is gone. False: it was not running.

    One that does not do as it is asked is ended by its process id.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-ANSWER: it does not stop at all.
    """
    pid = running(home)
    if pid is None:
        return False
    try:
        request(home, {"request": "stop"}, seconds=_STOP_S)
    except SandboxError as error:
        if error.code not in ("ISCB-SANDBOX-NOT-RUNNING", "ISCB-SANDBOX-NO-ANSWER"):
            raise
    for at_once in (None, False, True):
        if at_once is not None and running(home) == pid:
            end_process(pid, at_once=at_once)
        if wait_until(lambda: running(home) != pid, _STOP_S):
            return True
    raise SandboxError("ISCB-SANDBOX-NO-ANSWER", pid=str(pid))


def running(home: Home) -> int | None:
    """Process id of the store of this profile; None if none runs. Asks the lock, not the process table."""
    from iscbridge.platform.locks import holder

    return holder(StorePlaces.of(home).lock)


def request(home: Home, message: Mapping[str, object], *, seconds: float = _ANSWER_S) -> Json:
    """Ask the store over its control path (requests: `iscbridge.sandbox.store.steering`).

    Args:
        home: the profile.
        message: `request` and its parameters.
        seconds: how long to wait for each step of the answer.

    Raises:
        SandboxError: ISCB-SANDBOX-NOT-RUNNING, ISCB-SANDBOX-NO-ANSWER, or what the store answers.
    """
    body = json.dumps(message, ensure_ascii=True).encode()
    try:
        answer = _exchange(ready(home), body, seconds)
    except TimeoutError as error:
        raise SandboxError("ISCB-SANDBOX-NO-ANSWER", pid=str(running(home) or "?")) from error
    except (OSError, ValueError) as error:
        raise SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=str(home.root)) from error
    if not answer.pop("ok"):
        raise error_from(ErrorInfo(answer["error"], answer["params"]))
    return answer


def _exchange(said: Json, body: bytes, seconds: float) -> Json:
    import http.client
    import ssl

    control = said["control"]
    address = urlsplit(control["url"])
    context = ssl.create_default_context(cafile=said["ca"])
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, timeout=seconds, context=context)
    headers = {"Authorization": f"Bearer {control['token']}", "Content-Type": "application/json"}
    try:
        connection.request("POST", address.path, body, headers)
        answer = json.loads(connection.getresponse().read())
    except http.client.HTTPException as error:
        raise ConnectionError("the answer is no HTTP") from error
    finally:
        connection.close()
    if not isinstance(answer, dict) or ("error" not in answer and not answer.get("ok")):
        raise ConnectionError("another store answers there")
    return answer


def ready(home: Home) -> Json:
    """The ready file of the store that runs: `pid`, `bases`, `ca`, `control`.

    Raises:
        SandboxError: ISCB-SANDBOX-NOT-RUNNING: there is none, or it is a leftover.
    """
    try:
        found = json.loads(StorePlaces.of(home).ready.read_bytes())
        if isinstance(found, dict) and found["pid"] == running(home):
            return found
    except (OSError, ValueError, KeyError):
        pass
    raise SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=str(home.root))


def _spawn(home: Home, command: Sequence[str]) -> None:
    log = StorePlaces.of(home).log
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        os.replace(log, log.with_suffix(".log.1"))
    null = subprocess.DEVNULL
    child = subprocess.Popen(
        [*command, "--home", str(home.root), "--log", str(log)],
        stdin=null,
        stdout=null,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=DETACHED,
    )
    with child.stderr or open(os.devnull, "rb") as early_words:  # what it says before it has opened its log
        wait_until(lambda: _is_settled(home, child), _START_S)
        if child.poll() is not None:
            with log.open("ab") as file:
                file.write(early_words.read())
    if child.poll() == _NO_EXTRA:
        check_extra()
    if not _is_settled(home, child) or not _answers(home):
        if child.poll() is None:
            child.kill()
            child.wait()
        raise _not_started(home)
    if child.poll() is None:
        child.returncode = 0  # it lives on without us: no warning that nobody waited for it


def _is_settled(home: Home, child: subprocess.Popen[bytes]) -> bool:
    """Whether it is known how this start ends: our child serves, or it has ended and another serves or none does.

    A child that gives way to another start is waited for: it would take the other's place if that stopped just now.
    """
    if child.poll() is None:
        return running(home) == child.pid and _answers(home)
    return running(home) is None or _answers(home)


def _not_started(home: Home) -> SandboxError:
    return SandboxError("ISCB-SANDBOX-START", log=str(StorePlaces.of(home).log))


def _answers(home: Home) -> bool:
    """Whether the store of this profile listens and answers."""
    try:
        return bool(request(home, {"request": "state"})["pid"] == running(home))
    except SandboxError:
        return False
