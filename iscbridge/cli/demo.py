"""`iscbridge demo`: the whole way of a part and an assembly, to the sandbox cloud and back, with a crash on the way.

Everything happens in a profile of its own, so a demonstration never touches anybody's work.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import demo_license, demo_relay, exit_codes, sandbox_relay
from iscbridge.cli.demo_texts import tell
from iscbridge.cli.samples import Samples, find_samples
from iscbridge.ipc.client import FINAL_STATES, BridgeError, Client, NotRunningError
from iscbridge.platform.folders import Home
from iscbridge.platform.processes import end_process
from iscbridge.platform.program import own_command
from iscbridge.sandbox import control
from iscbridge.sandbox.store import control as store_control
from iscbridge.texts.render import Language, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from iscbridge.cli.output import Output

_PATIENCE_S = 60.0
_MARKER = "made-by-iscbridge-demo"


class DemoFailed(Exception):  # noqa: N818  a sentence for a person that ends the demonstration
    """Something did not come out as it should."""


@dataclass
class Row:
    """A line of the closing table."""

    what: str
    outcome: str
    where: str
    good: bool = True


@dataclass
class Demo:
    """One run of the demonstration."""

    home: Home
    language: Language
    work: Path
    samples: Samples
    rows: list[Row] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    bridge: subprocess.Popen[bytes] | None = None
    client: Client | None = None
    license_code: str = field(default="", repr=False)
    licensed: bool = False
    """Whether the sandbox store runs and the demonstration has a licence."""
    relayed: bool = False
    """Whether a relay runs."""
    saved: dict[bool, Path] = field(default_factory=dict)
    """What was handed over: for the assembly (True) and for the part (False)."""

    def say(self, message_id: str, **params: object) -> None:
        """A sentence, with the time since the start."""
        print(f"{time.monotonic() - self.started:6.1f} s  {tell(message_id, self.language, **params)}", flush=True)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """A request to the bridge."""
        if self.client is None:
            raise DemoFailed("not connected")
        return self.client.request(method, params)

    def add_row(self, message_id: str, outcome: str, where: str, good: bool) -> None:
        """A line of the closing table that is about no job."""
        self.rows.append(Row(tell(message_id, self.language), f"{outcome}, {self._verdict(good)}", where, good))

    def _verdict(self, good: bool) -> str:
        return tell("verified" if good else "not-verified", self.language)

    def failed(self, message: str) -> DemoFailed:
        """The error that ends the demonstration."""
        return DemoFailed(message)

    def desk(self, request: str, **fields: object) -> dict[str, Any]:
        """A request to the sandbox desk."""
        return control.request(self.home, {"request": request, **fields})

    def events(self, seconds: float) -> list[tuple[str, dict[str, Any]]]:
        """What the bridge tells within a time; each event is printed as it comes."""
        if self.client is None:
            raise DemoFailed("not connected")
        found = self.client.poll(seconds)
        for topic, params in found:
            self._show_event(topic, params)
        return found

    def _show_event(self, topic: str, params: dict[str, Any]) -> None:
        if topic == "license.changed":
            return  # told where it is waited for
        if topic != "job.changed":
            self.say("event", topic=topic, detail=os.path.basename(params.get("path", "")))
            return
        state = text(f"state.{params['state']}", self.language)
        notes = params.get("notes") or []
        detail = " - " + text(notes[-1], self.language) if notes else ""
        name = os.path.basename(params["path"]) or text(f"kind.{params['kind']}", self.language)
        self.say("event-job", cloud=params["cloud"], name=name, state=state, detail=detail)

    def finish(self, job: dict[str, Any], during: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        """Follow a job to its end; `during` is called at every change."""
        deadline = time.monotonic() + _PATIENCE_S
        while job["state"] not in FINAL_STATES:
            if time.monotonic() > deadline:
                raise DemoFailed(tell("too-slow", self.language, job=job["job"]))
            for topic, params in self.events(0.5):
                if topic == "job.changed" and params["job"] == job["job"]:
                    job = params
            if during is not None:
                during(job)
        return job


def run_demo(home: Home, output: Output, *, keep: bool) -> int:
    """Run the demonstration; exit code 1 if anything came out other than it should."""
    samples = find_samples()
    if samples is None:
        output.complain(tell("no-samples", output.language))
        return exit_codes.FAILED
    profile = Home(home.root / "demo")
    _fresh(profile)
    demo = Demo(profile, output.language, profile.root / "work", samples)
    good = False
    try:
        demo.licensed = demo_license.prepare(demo)
        demo.relayed = demo.licensed and demo_relay.prepare(demo)
        _start(demo)
        if demo.licensed:
            demo_license.activate(demo)
        _save_part(demo)
        _save_assembly(demo)
        _open_again(demo)
        _save_through_a_crash(demo)
        if demo.licensed:
            demo_license.through_the_weeks(demo)
        if demo.relayed:
            demo_relay.whole_life(demo)
        good = all(row.good for row in demo.rows)
    except (DemoFailed, BridgeError) as error:
        output.complain(str(error))
    finally:
        if not keep:
            _stop(demo)
    _table(demo)
    return exit_codes.DONE if good else exit_codes.FAILED


def _fresh(profile: Home) -> None:
    """Clear what an earlier demonstration left, and only that."""
    root = profile.root
    if (root / _MARKER).exists():
        control.stop(profile)
        sandbox_relay.stop(profile)
        store_control.stop(profile)
        shutil.rmtree(root)
    profile.ensure()
    (root / _MARKER).touch()


def _start(demo: Demo) -> None:
    shutil.copytree(demo.samples.folder, demo.work)
    pid = control.start(demo.home)
    demo.say("desk-up", pid=pid)
    environment = {**os.environ, "ISCBRIDGE_HOME": str(demo.home.root)}
    log = (demo.home.root / "bridge.out").open("wb")
    with log:
        demo.bridge = subprocess.Popen(
            own_command("serve", "--quiet"), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    product = demo_license.PRODUCT if demo.licensed else ""
    demo.client = Client(
        "demo", product=product, language=demo.language, address=demo.home.bridge_address(), timeout=_PATIENCE_S
    )
    hello = _greet(demo, demo.client, demo.bridge)
    demo.say("bridge-up", pid=hello["pid"], cloud=hello["cloud"])


def _greet(demo: Demo, client: Client, bridge: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return client.connect()
        except NotRunningError:
            if bridge.poll() is not None or time.monotonic() > deadline:
                raise DemoFailed(tell("no-bridge", demo.language, path=demo.home.logs / "bridge.log")) from None
            time.sleep(0.02)


def _save_part(demo: Demo) -> None:
    part = demo.work / demo.samples.part
    demo.say("save-part", path=part)
    job = demo.finish(demo.ask("cloud.save", path=str(part)))
    same = job["state"] == "done" and _in_cloud(demo, _sha256(part))
    demo.saved[False] = part
    demo.rows.append(_row(demo, "row-part", job, same, str(part)))


def _save_assembly(demo: Demo) -> None:
    main = demo.work / demo.samples.assembly
    demo.say("save-assembly", path=main)
    job = demo.finish(demo.ask("cloud.save", path=str(main), assembly=True))
    demo.rows.append(_row(demo, "row-assembly", job, job["state"] == "done", job.get("handedPath", "")))
    demo.saved[True] = Path(job.get("handedPath", ""))


def _open_again(demo: Demo) -> None:
    for item in demo.desk("ls")["items"]:
        demo.desk("script", answers=[{"action": "open", "path": item["path"]}])
        demo.say("open", path=item["path"])
        job = demo.finish(demo.ask("cloud.open"))
        delivered = Path(job.get("resultPath", ""))
        same = job["state"] == "done" and _tree(delivered) == _tree(demo.saved[item["assembly"]])
        demo.say("same" if same else "not-same", count=len(_tree(delivered)))
        demo.rows.append(_row(demo, "row-open", job, same, str(delivered)))


def _save_through_a_crash(demo: Demo) -> None:
    part = demo.work / demo.samples.part
    with part.open("ab") as file:
        file.write(b"\n")  # a change after the zip's end: CAD programs read past it, and the bytes are new
    demo.desk("hold")
    demo.say("save-crash", path=part)
    job = demo.ask("cloud.save", path=str(part))
    killed = False

    def kill_once_uploading(changed: dict[str, Any]) -> None:
        nonlocal killed
        if killed or changed["state"] != "submitted":
            return
        state = demo.desk("state")
        for upload in state["uploads"]:
            (pid,) = (int(s["pid"]) for s in state["sessions"] if s["number"] == upload["session"])
            end_process(pid, at_once=True)
            demo.say("killed", pid=pid)
            demo.desk("release")
            killed = True

    job = demo.finish(job, kill_once_uploading)
    good = killed and job["state"] == "done" and _in_cloud(demo, _sha256(part))
    demo.rows.append(_row(demo, "row-crash", job, good, str(part)))


def _row(demo: Demo, message_id: str, job: dict[str, Any], good: bool, where: str) -> Row:
    outcome = text(f"state.{job['state']}", demo.language)
    if job.get("error"):
        outcome += f" ({job['error']['code']})"
    verdict = tell("verified" if good else "not-verified", demo.language)
    return Row(tell(message_id, demo.language), f"{outcome}, {verdict}", where, good)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_cloud(demo: Demo, sha256: str) -> bool:
    """Whether the sandbox cloud holds exactly these bytes as the newest version of a file."""
    return any(item["sha256"] == sha256 for item in demo.desk("ls")["items"])


def _tree(path: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, or of the file itself."""
    if path.is_file():
        return {"": _sha256(path)}
    return {str(found.relative_to(path)): _sha256(found) for found in sorted(path.rglob("*")) if found.is_file()}


def _stop(demo: Demo) -> None:
    if demo.client is not None and demo.client.connected:
        demo.client.request("bridge.shutdown")
        demo.client.close()
    if demo.bridge is not None:
        try:
            demo.bridge.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            demo.bridge.kill()
            demo.bridge.wait()
    control.stop(demo.home)
    demo_relay.stop(demo)
    demo_license.stop(demo)
    demo.say("stopped")


def _table(demo: Demo) -> None:
    print()
    for row in demo.rows:
        print(f"[{'ok' if row.good else '!!'}] {row.what}: {row.outcome}")
        if row.where:
            print(f"     {row.where}")
    print()
    for message_id, path in (
        ("where-journal", demo.home.journal),
        ("where-snapshots", demo.home.snapshots),
        ("where-cloud", demo.home.sandbox),
        ("where-log", demo.home.logs / "bridge.log"),
    ):
        print(f"{tell(message_id, demo.language)}: {path}")
    print()
    print(tell("go-on", demo.language, command=f"{called_as()} tray"))
    sys.stdout.flush()


def called_as() -> str:
    """How this program was called: in a source checkout it lies in no folder that a terminal searches."""
    return sys.argv[0] if os.path.basename(sys.argv[0]).startswith("iscbridge") else "iscbridge"
