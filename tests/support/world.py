"""A whole world in a temporary profile: the real desk process, the real bridge process, the real command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iscbridge.core.errors import SandboxError
from iscbridge.ipc.client import FINAL_STATES, Client
from iscbridge.ipc.client import BridgeError as ClientError
from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.store import control as store_control

#: Waiting times of the engine that make a test of a fault take seconds, not minutes.
FAST = {
    "rest_s": 0.3,
    "rest_max_s": 1.0,
    "settle_s": 0.05,
    "failed_call_wait_s": 1.0,
    "restart_max_s": 1.0,
    "restless_s": 0.5,
    "quiet_s": 3.0 if sys.platform != "win32" else 30.0,  # Windows' processes run on Wine in the tests: slow ones
}
PATIENCE_S = 60.0
#: Between two looks at first, and at most: who has waited for long looks less often, since each look is work for the
#: processes that are waited for. Under Wine it is work for the one server that all programs wait for.
_LOOK_S = 0.01 if sys.platform != "win32" else 0.2
_LONGEST_LOOK_S = 0.1


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S, pause_s: float = _LOOK_S) -> Any:
    """Wait for a condition; its first true value. A test that waits in vain says for what."""
    began = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"waited {seconds:g} s in vain for: {what}")
        time.sleep(max(pause_s, min(waited / 20, _LONGEST_LOOK_S)))
    return value


class World:
    """One profile with its processes. `close()` ends them all, by process id."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.work = root / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self.env = {**os.environ, "ISCBRIDGE_HOME": str(self.home.root), "ISCBRIDGE_LANGUAGE": "en"}
        self._bridge: subprocess.Popen[bytes] | None = None
        self._clients: list[Client] = []
        self._probe: Client | None = None

    # the desk
    def desk(self, **personality: object) -> int:
        """Start the desk (or change the one that runs)."""
        return control.start(self.home, personality)

    def ask_desk(self, request: str, **fields: object) -> dict[str, Any]:
        """A request on the desk's control channel."""
        return control.request(self.home, {"request": request, **fields})

    def cancel_dialogs(self) -> None:
        """Cancel every dialog that stands open at the desk."""
        for dialog in self.ask_desk("state")["dialogs"]:
            try:
                self.ask_desk("answer", dialog=dialog["number"], answer={"action": "cancel"})
            except SandboxError:  # the desk's own answer may have been on its way: then it stands open no more
                if dialog["number"] in {left["number"] for left in self.ask_desk("state")["dialogs"]}:
                    raise

    def stop_desk(self) -> None:
        """Stop the desk in good order."""
        control.stop(self.home)

    def kill_desk(self) -> None:
        """kill -9 the desk."""
        pid = control.running(self.home)
        assert pid is not None
        kill(pid)
        until(lambda: control.running(self.home) is None, "the desk to be gone")

    # the bridge
    def bridge(
        self,
        timings: dict[str, float] | None = None,
        *,
        wait: bool = True,
        verbose: bool = False,
        command: tuple[str, ...] = ("serve",),
        **env: str,
    ) -> int:
        """Start `iscbridge serve`, or another command that runs a bridge; gives its process id."""
        self._probe = None
        options = [f"--timing={name}={seconds}" for name, seconds in {**FAST, **(timings or {})}.items()]
        options += ["--verbose"] if verbose else []
        log = (self.home.root.parent / "serve.out").open("ab")
        with log:
            self._bridge = subprocess.Popen(
                [sys.executable, "-m", "iscbridge", *command, *options],
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            until(self._is_up, "the bridge to listen")
        return self._bridge.pid

    def _is_up(self) -> bool:
        assert self._bridge is not None
        if self._bridge.poll() is not None:
            raise AssertionError(f"the bridge ended with {self._bridge.returncode}: {self.said()}")
        client = Client("probe", address=self.home.bridge_address(), timeout=5.0)
        try:
            client.connect()
        except ClientError:
            return False  # not up yet
        finally:
            client.close()
        return True

    def said(self) -> str:
        """What the bridge printed and logged."""
        found = ""
        for path in (self.home.root.parent / "serve.out", self.home.logs / "bridge.log"):
            if path.exists():
                found += path.read_text("utf-8", "replace")
        return found

    def kill_bridge(self) -> None:
        """kill -9 the bridge and wait until it is gone."""
        assert self._bridge is not None
        self._bridge.kill()
        self._bridge.wait(PATIENCE_S)
        self._bridge = None

    def stop_bridge(self) -> int:
        """Close the bridge in good order; gives its exit code."""
        assert self._bridge is not None
        if sys.platform == "win32":
            self.ask().request("bridge.shutdown")  # there is no signal that asks
        else:
            self._bridge.send_signal(signal.SIGTERM)
        code = self._bridge.wait(PATIENCE_S)
        self._bridge = None
        return code

    @property
    def bridge_pid(self) -> int:
        """Process id of the bridge; 0 if none was started or it has ended."""
        return 0 if self._bridge is None or self._bridge.poll() is not None else self._bridge.pid

    def wait_bridge(self) -> int:
        """Wait until the bridge has ended by itself; gives its exit code."""
        assert self._bridge is not None
        code = self._bridge.wait(PATIENCE_S)
        self._bridge = None
        return code

    # people and hosts
    def client(self, host: str = "test-host", **options: Any) -> Client:
        """A connected client of the protocol."""
        client = Client(host, address=self.home.bridge_address(), timeout=30.0, **options)
        client.connect()
        self._clients.append(client)
        return client

    def cli(
        self, *arguments: str, timeout: float = PATIENCE_S, typed: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line; `typed` is what is typed into it."""
        return subprocess.run(
            [sys.executable, "-m", "iscbridge", *arguments],
            env=self.env,
            capture_output=True,
            input=typed,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    def cli_json(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Run the command line with `--json`: exit code and the lines."""
        done = self.cli(*arguments, "--json")
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    # the cloud
    def cloud(self) -> CloudStore:
        """What the sandbox cloud holds, read from disk."""
        return CloudStore(Places.of(self.home), create=False)

    def cloud_bytes(self, path: str) -> bytes:
        """The newest bytes of a cloud file."""
        with self.cloud() as store:
            return store.blobs.path(store.version(path).sha256).read_bytes()

    def cloud_hashes(self) -> set[str]:
        """SHA-256 of every version of every file in the cloud."""
        with self.cloud() as store:
            return {version.sha256 for item in store.items() for version in store.versions(item.path)}

    def file(self, name: str, content: bytes = b"the first content") -> Path:
        """A file in the work folder."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def replace(self, path: Path, content: bytes) -> None:
        """Save as a CAD does: write a new file beside it and rename that over the old one."""
        beside = path.with_name(f"{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)

    # waiting
    def state_of(self, job_id: str) -> dict[str, Any]:
        """A job as the bridge tells it now."""
        return self.ask().request("job.get", {"job": job_id})

    def ask(self) -> Client:
        """A client for questions of the test itself, connected (again)."""
        if self._probe is None or not self._probe.connected:
            self._probe = self.client("test")
        return self._probe

    def until_state(self, job_id: str, *states: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until a job is in one of the states; a final one that is none of them ends the wait at once."""

        def look() -> dict[str, Any] | None:
            job = self.state_of(job_id)
            if job["state"] in states:
                return job
            if job["state"] in FINAL_STATES:
                raise AssertionError(f"{job_id} is {job}, awaited was one of {states}; {self.said()[-3000:]}")
            return None

        found: dict[str, Any] = until(look, f"{job_id} to be one of {states}", seconds)
        return found

    def finish(self, job_id: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until a job is final."""
        found: dict[str, Any] = until(
            lambda: job if (job := self.state_of(job_id))["state"] in FINAL_STATES else None,
            f"{job_id} to end; the bridge says {self.said()[-2000:]}",
            seconds,
        )
        return found

    def upload(self, **fields: object) -> dict[str, Any]:
        """Wait until the desk has an upload with these fields (`path`, `stage`, `held` ...); gives it."""

        def look() -> dict[str, Any] | None:
            for found in self.ask_desk("state")["uploads"]:
                if all(found[key] == value for key, value in fields.items()):
                    return dict(found)
            return None

        wanted: dict[str, Any] = until(look, f"an upload with {fields} at the desk")
        return wanted

    def sdk_pids(self) -> list[int]:
        """Process ids of the SDK processes that the desk sees."""
        return [int(session["pid"]) for session in self.ask_desk("state")["sessions"]]

    def close(self) -> None:
        """End every process of this world."""
        for client in self._clients:
            client.close()
        if self._bridge is not None and self._bridge.poll() is None:
            if sys.platform != "win32":
                self._bridge.send_signal(signal.SIGCONT)
            self._bridge.terminate()
            try:
                self._bridge.wait(20)
            except subprocess.TimeoutExpired:
                self._bridge.kill()
                self._bridge.wait(PATIENCE_S)
        pid = control.running(self.home)
        if pid is not None:
            kill(pid)
        store_control.stop(self.home)


def kill(pid: int) -> None:
    """End a process at once (POSIX: SIGKILL; Windows: TerminateProcess)."""
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
