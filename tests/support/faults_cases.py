"""One small story for each way that a job can take: where kill -9 may strike, and what must be true afterwards.

A case has a beginning (nothing is killed yet), one act that sets things going, and a state in which the job must be
at last, after the bridge was killed at some commit behind the act and started again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from iscbridge.ipc.client import Client
from support.faults_scenario import content
from support.faults_shim import Shim
from support.world import World, until

#: Large enough for `hold=middle` to mean something.
SIZE = 50_000


@dataclass
class Run:
    """One walk through a case."""

    world: World
    name: str
    shim: Shim
    share: Path
    """A folder on another volume, which can be made to stop answering."""
    job: str = ""
    requests: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """What the host asked for and got no answer to; it asks again."""
    clean_up: ExitStack = field(default_factory=ExitStack)
    _host: Client | None = None

    @property
    def host(self) -> Client:
        """The host; the same instance also after the bridge was killed."""
        if self._host is None:
            self._host = self.world.client("cad", instance=f"instance-{self.name}")
        return self._host

    def file(self, name: str = "part.FCStd", tag: str = "") -> Path:
        return self.world.file(f"{self.name}/{name}", content(f"{self.name}/{name}{tag}", SIZE))

    def overwrite(self, path: Path, tag: str) -> None:
        self.world.replace(path, content(f"{self.name}/{path.name}{tag}", SIZE))

    def ask(self, method: str, **params: object) -> str:
        """Ask for a job; the same once more, later, if the bridge dies over it."""
        params.setdefault("requestId", f"{self.name}-{len(self.requests)}")
        self.requests.append((method, params))
        return str(self.host.request(method, params)["job"])

    def save(self, path: Path, **options: object) -> str:
        return self.ask("cloud.save", path=str(path), **options)

    def under_way(self, path: Path, hold: str = "middle") -> str:
        """A save that stands still at the desk."""
        self.world.ask_desk("hold", at=hold)
        job = self.save(path)
        self.world.upload(path=str(path), held=hold)
        return job

    def personality(self, **settings: object) -> None:
        self.world.ask_desk("personality", set=settings)

    def kill_sdk(self) -> None:
        """kill -9 the process that carries the upload."""
        session = self.world.ask_desk("state")["uploads"][0]["session"]
        pids = {s["number"]: int(s["pid"]) for s in self.world.ask_desk("state")["sessions"]}
        os.kill(pids[session], signal.SIGKILL)

    def reconnect(self) -> None:
        """The same host with a new connection; the old one's other end is dead."""
        self.host.close()
        self.host.connect()

    def close(self) -> None:
        self.clean_up.close()
        if self._host is not None:
            self._host.close()


Step = Callable[[Run], None]


@dataclass(frozen=True)
class Case:
    """`ends`: states that the job may be in at last. `causes`: the commits at which it is to be killed.

    Which of them are struck in a run depends on how many flushes fall together; at least one is.
    """

    begin: Step
    act: Step
    ends: tuple[str, ...]
    causes: tuple[str, ...]
    moments: tuple[str, ...] = ("after",)


def _nothing(_run: Run) -> None:
    """The act alone."""


def _save(run: Run) -> None:
    run.job = run.save(run.file())


def _save_slow_file(run: Run) -> None:
    run.clean_up.enter_context(run.shim.dead_share(run.share))
    path = run.share / f"{run.name}.FCStd"
    path.write_bytes(content(run.name, SIZE))
    run.job = run.save(path)


def _save_assembly(run: Run) -> None:
    main = run.file("pump/pump.step")
    others = [str(run.file(f"pump/{name}")) for name in ("rotor.step", "seal.step")]
    run.job = run.save(main, assembly=True, files=others)


def _save_folder(run: Run) -> None:
    run.job = run.save(run.file().parent)


def _save_missing(run: Run) -> None:
    run.job = run.save(run.world.work / run.name / "nothing.FCStd")


def _save_as(run: Run) -> None:
    run.job = run.ask("cloud.saveAs", path=str(run.file(f"copy of {run.name}.FCStd")))


def _open(run: Run) -> None:
    run.job = run.ask("cloud.open")


def _something_to_open(run: Run) -> None:
    """A file in the cloud, and the session for dialogs runs: else its start is one commit more, in some runs."""
    run.world.finish(run.save(run.file("before.FCStd")))
    run.world.finish(run.ask("cloud.open"))


def _cancelling_engineer(run: Run) -> None:
    run.personality(picker_cancel="failed")
    run.world.ask_desk("script", answers=[{"action": "cancel"}] * 2, clear=True)
    run.world.finish(run.ask("cloud.open"))


def _first_of_three(run: Run) -> None:
    run.under_way(run.file())


def _two_more(run: Run) -> None:
    path = run.world.work / run.name / "part.FCStd"
    for tag in ("second", "third"):
        run.overwrite(path, tag)
        run.job = run.save(path)
        run.world.until_state(run.job, "waiting")


def _torn(run: Run) -> None:
    path = run.file()
    run.job = run.under_way(path)
    run.overwrite(path, "newer")


def _release(run: Run) -> None:
    run.world.ask_desk("release")


def _waits_its_turn(run: Run) -> Path:
    run.under_way(run.file("other.FCStd"), hold="start")
    path = run.file()
    run.job = run.save(path)
    run.world.until_state(run.job, "waiting")
    return path


def _waiting(run: Run) -> None:
    _waits_its_turn(run)


def _waiting_and_gone(run: Run) -> None:
    _waits_its_turn(run).unlink()


def _waiting_and_a_loop(run: Run) -> None:
    path = _waits_its_turn(run)
    path.unlink()
    path.symlink_to(path)


def _waiting_and_newer(run: Run) -> None:
    run.overwrite(_waits_its_turn(run), "newer")


def _submitted(run: Run) -> None:
    run.job = run.under_way(run.file())


def _submitted_and_changed(run: Run) -> None:
    path = run.file()
    run.job = run.under_way(path)
    run.overwrite(path, "changed")


def _repeated_once(run: Run) -> None:
    _submitted(run)
    run.kill_sdk()
    until(lambda: run.world.state_of(run.job).get("attempts", 0) == 2, "the repeat")
    path = str(run.world.work / run.name / "part.FCStd")
    until(lambda: _newest_upload(run, path), "the repeat's upload to stand still")


def _newest_upload(run: Run, path: str) -> bool:
    """The desk uploads one after the other: the abandoned one holds, the repeat is behind it."""
    return len([u for u in run.world.ask_desk("state")["uploads"] if u["path"] == path]) == 2


def _kill_sdk_again(run: Run) -> None:
    state = run.world.ask_desk("state")
    open_sessions = {s["number"]: int(s["pid"]) for s in state["sessions"]}
    os.kill(open_sessions[max(u["session"] for u in state["uploads"])], signal.SIGKILL)


def _kill_sdk(run: Run) -> None:
    run.kill_sdk()


def _cancel(run: Run) -> None:
    run.host.request("job.cancel", {"job": run.job})


def _retry(run: Run) -> None:
    run.host.request("job.retry", {"job": run.job})


def _dismiss(run: Run) -> None:
    run.host.request("job.resolve", {"job": run.job, "answer": "dismiss"})


def _failed(run: Run) -> None:
    run.personality(fail_next=1)
    _save(run)
    run.world.until_state(run.job, "failed")


def _unknown(run: Run) -> None:
    _submitted(run)
    _cancel(run)
    _release(run)


def _owed(run: Run) -> None:
    """A result that nobody waits for any more may still come."""
    abandoned = run.under_way(run.file("abandoned.FCStd"))
    run.host.request("job.cancel", {"job": abandoned})
    _release(run)


def _results(mode: str) -> Step:
    return lambda run: run.personality(results=mode)


def _failing(run: Run) -> None:
    run.personality(fail_next=1)


def _logged_out(run: Run) -> None:
    until(run.world.sdk_pids, "a session")
    run.personality(login="out", logged_out="call")


CASES: dict[str, Case] = {
    "save": Case(
        _nothing, _save, ("done",), ("accepted", "captured", "submitted", "done"), ("before", "inside", "after")
    ),
    "assembly": Case(_nothing, _save_assembly, ("done",), ("accepted", "captured", "submitted", "done")),
    "save-as": Case(
        _nothing, _save_as, ("done", "unknown"), ("accepted", "captured", "submitted", "done"), ("before", "after")
    ),
    "open": Case(
        _something_to_open, _open, ("done", "unknown"), ("accepted", "submitted", "done"), ("before", "after")
    ),
    "picker cancelled": Case(
        _cancelling_engineer, _open, ("cancelled", "done", "unknown"), ("submitted", "pickerCancelled")
    ),
    "replaced": Case(_first_of_three, _two_more, ("done",), ("accepted", "captured", "replaced")),
    "torn": Case(_torn, _release, ("done", "unknown"), ("torn", "recaptured", "submitted", "done")),
    "newer": Case(_waiting_and_newer, _release, ("done",), ("recaptured", "submitted", "done")),
    "refused": Case(_nothing, _save_folder, ("refused",), ("accepted", "refused")),
    "capture failed": Case(_nothing, _save_missing, ("failed",), ("accepted", "captureFailed")),
    "share slow": Case(_nothing, _save_slow_file, ("done",), ("accepted", "shareSlow")),
    "missing": Case(_waiting_and_gone, _release, ("failed",), ("missing",)),
    "unreadable": Case(_waiting_and_a_loop, _release, ("failed",), ("unreadable",)),
    "failed": Case(_failing, _save, ("failed", "done"), ("failed",)),
    "call refused": Case(_logged_out, _save, ("failed", "done"), ("callRefused",)),
    "cancelled": Case(_waiting, _cancel, ("cancelled", "done"), ("cancelled",)),
    "cancelled late": Case(_submitted, _cancel, ("unknown", "done"), ("cancelledLate",)),
    "repeat": Case(_submitted, _kill_sdk, ("done", "unknown"), ("repeat", "submitted")),
    "changed since": Case(_submitted_and_changed, _kill_sdk, ("unknown",), ("repeat", "changedSince")),
    "lost": Case(_repeated_once, _kill_sdk_again, ("unknown", "done"), ("lost",)),
    "bad result": Case(_results("broken_json"), _save, ("unknown", "done"), ("badResult",)),
    "conflict": Case(_results("conflict"), _save, ("unknown", "done"), ("conflict",)),
    "doubled": Case(_results("doubled"), _save, ("done",), ("doubled", "done")),
    "confirming": Case(_owed, _save, ("done",), ("submitted", "confirming", "done")),
    "unconfirmed": Case(_owed, _save_as, ("unknown",), ("unconfirmed",)),
    "retry": Case(_failed, _retry, ("failed", "done"), ("retry", "captured", "submitted", "done")),
    "dismissed": Case(_unknown, _dismiss, ("unknown",), ("dismissed",)),
}


@contextmanager
def another_volume() -> Iterator[Path]:
    """A folder that lies on another volume than the temporary files."""
    import tempfile

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)
