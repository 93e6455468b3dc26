"""Proof that the simulation can fail: small faults are put into the engine one at a time, and each must be caught.

`python tests/support/sim_mutants.py [NAME ...] [--schedules 20000] [--jobs 2]` works on copies of `iscbridge/core` in a
temporary folder; the sources are not touched. Exit code 1 if a fault was not caught, or no longer fits the source.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CORE = TESTS.parent / "iscbridge" / "core"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in `module`, `old` (which must occur exactly once) becomes `new`."""

    name: str
    module: str
    old: str
    new: str


MUTANTS = (
    # who a result belongs to
    Mutant("credit-without-confirmation", "results", "elif live.successes > owed:", "elif live.successes > 0:"),
    Mutant("fail-without-confirmation", "results", "elif failures > owed and", "elif failures > 0 and"),
    Mutant("fail-after-two-calls", "results", "owed and live.calls == 1:", "owed:"),
    Mutant("save-as-credited-in-doubt", "results", "is JobKind.SAVE_AS and owed:", "is JobKind.SAVE_AS and owed < 0:"),
    Mutant(
        "double-settles-a-debt", "results", "if doubled and state.desk.owed:", "if doubled and state.desk.owed < 0:"
    ),
    Mutant("no-settle-gap", "state", "settle_s: float = 0.2", "settle_s: float = 0.0"),
    Mutant(
        "no-recheck",
        "results",
        "    state.emit(Recheck(live.job.id, live.attempt, snapshot))\n",
        "    on_rechecked(state, Rechecked(0.0, live.job.id, live.attempt, CheckOutcome.SAME))\n",
    ),
    Mutant("torn-is-done", "results", "if event.outcome is CheckOutcome.SAME:", "if event.outcome is not None:"),
    Mutant(
        "unreadable-result-ignored",
        "results",
        '    error = ErrorInfo("ISCB-CLOUD-BAD-RESULT"',
        '    return\n    error = ErrorInfo("ISCB-CLOUD-BAD-RESULT"',
    ),
    Mutant(
        "old-epoch-accepted",
        "lanes",
        "return lane if lane.epoch == epoch and lane.status in",
        "return lane if lane.status in",
    ),
    # debts
    Mutant(
        "crash-owes-nothing",
        "outcome",
        "    owe(state, now, live)\n    if live.lane is not None:\n        lanes.free(state, now, live.lane, job.id, settle=False)",
        "    if live.lane is not None:\n        lanes.free(state, now, live.lane, job.id, settle=False)",
    ),
    Mutant("debt-not-written", "engine", "            state.emit(WriteOwed(*owed))", "            pass"),
    Mutant("debt-not-read", "requests", "owed=event.owed_saves,", "owed=0,"),
    Mutant("debt-forgotten-too-soon", "state", "quiet_s: float = 60.0", "quiet_s: float = 0.5"),
    Mutant(
        "debt-forgotten-while-off",
        "lanes",
        "    if LaneStatus.READY not in statuses or not statuses <= {LaneStatus.READY, LaneStatus.OFF}:\n        return False\n",
        "    return True\n",
    ),
    Mutant(
        "last-result-not-awaited", "outcome", "until = now + max(state.config.rest_s, 2 *", "until = now + max(0.0, 0 *"
    ),
    Mutant(
        "cancelled-session-kept",
        "outcome",
        "        if _may_still_answer(state, live, final) and not over:\n            lanes.taint(state, live.lane)\n",
        "",
    ),
    # hand-over
    Mutant(
        "call-before-write",
        "handover",
        '    state.store(live, "submitted" if first else "confirming")\n    epoch = state.lanes[session].epoch\n    state.emit(CallSdk(session, epoch, call, _FUNCTIONS[job.kind], path, job.assembly))',
        '    epoch = state.lanes[session].epoch\n    state.emit(CallSdk(session, epoch, call, _FUNCTIONS[job.kind], path, job.assembly))\n    state.store(live, "submitted" if first else "confirming")',
    ),
    Mutant("session-shared", "handover", "if lane.job is not None:", 'if lane.job is not None and lane.job < "":'),
    Mutant(
        "same-file-twice",
        "handover",
        "if any(other.lane is not None or other.calls for other in state.same_file(live)):",
        "if False:",
    ),
    Mutant(
        "changed-is-same",
        "handover",
        "if event.outcome is CheckOutcome.SAME:",
        "if event.outcome in (CheckOutcome.SAME, CheckOutcome.CHANGED):",
    ),
    Mutant(
        "old-attempt-accepted",
        "handover",
        "is not Phase.PREPARING or live.attempt != event.attempt:",
        "is not Phase.PREPARING:",
    ),
    Mutant(
        "old-capture-accepted",
        "captures",
        "is not Phase.CAPTURING or live.attempt != attempt:",
        "is not Phase.CAPTURING:",
    ),
    # repeats and ends
    Mutant(
        "repeats-without-end",
        "outcome",
        "job.kind is not JobKind.SAVE or job.auto_repeats or not fresh",
        "job.kind is not JobKind.SAVE or not fresh",
    ),
    Mutant("save-as-repeated", "outcome", "if job.kind is not JobKind.SAVE or", "if job.kind not in _SAVES or"),
    Mutant("repeat-with-new-content", "handover", "elif live.calls or live.repeat:", "elif live.calls:"),
    Mutant("torn-then-failed", "outcome", "if live.uncertain and final in", "if not live.job.id and final in"),
    Mutant(
        "submitted-forgotten-at-restart",
        "requests",
        "    if job.state is JobState.SUBMITTED:\n        repeat_or_ask",
        "    if job.state is JobState.SUBMITTED:\n        pass\n    if job.state is JobState.DONE:\n        repeat_or_ask",
    ),
    Mutant("submitted-replaced", "captures", "        and other.phase in _NOT_HANDED_OVER\n", ""),
    Mutant(
        "snapshot-let-go",
        "requests",
        "        snapshot_until=None,\n",
        "        snapshot=None,\n        snapshot_until=None,\n",
    ),
    Mutant("unknown-snapshot-expires", "outcome", "or final is JobState.UNKNOWN:", "or final is JobState.ACCEPTED:"),
    Mutant(
        "stale-revival",
        "requests",
        "    if event.job.id not in state.lives:\n        state.desk",
        "    if event.job.id:\n        state.desk",
    ),
    Mutant(
        "done-retried",
        "requests",
        "elif job.state is JobState.DONE or not job.state.is_final:",
        "elif not job.state.is_final:",
    ),
    # timers and sessions
    Mutant(
        "session-not-restarted",
        "lanes",
        "        state.lanes.put(session, replace(lane, status=LaneStatus.OFF, wanted_again=False))\n        shared",
        "        shared",
    ),
    Mutant("no-timer-after-rest", "lanes", "    state.emit(SetTimer(timer_key(session), now + pause))\n", ""),
    Mutant(
        "failed-call-waits-forever",
        "engine",
        "elif live.phase is Phase.CALLED and live.call_failed:",
        "elif live.phase is Phase.HELD and live.call_failed:",
    ),
    Mutant(
        "restless-file-forgotten",
        "engine",
        "        if live.phase is Phase.HELD:\n            captures.begin(state, live)\n        elif",
        "        if",
    ),
    Mutant("dialogs-never-given-way", "lanes", "        state.desk = replace(state.desk, single=True)", "        pass"),
    # requests and memory
    Mutant(
        "request-ids-shared",
        "requests",
        '    key = (event.origin.instance, event.origin.request_id or "")',
        '    key = next((k for k in state.asked if k[1] == event.origin.request_id), ("", ""))',
    ),
    Mutant(
        "other-words-same-id",
        "requests",
        "    if asked.parameters != (",
        "    if asked.parameters is None and asked.parameters != (",
    ),
    Mutant(
        "rollback-forgets",
        "state",
        "            self._undo.append(lambda: self._items.__setitem__(key, old))\n        else:",
        "            pass\n        else:",
    ),
    Mutant(
        "shutdown-unanswered",
        "requests",
        "        lanes.stop(state, session)\n    state.emit(AnswerOk(event.token))",
        "        lanes.stop(state, session)",
    ),
    Mutant(
        "told-before-written",
        "state",
        "        self.emit(WriteJob(live.job, cause))\n        self.emit(JobChanged(live.job))",
        "        self.emit(JobChanged(live.job))\n        self.emit(WriteJob(live.job, cause))",
    ),
    # licences
    Mutant(
        "license-ignored",
        "handover",
        "    if live.job.limit is not None:\n",
        "    if live.job.limit is None is False:\n",
    ),
    Mutant("license-for-ever", "permits", "opened.opened_at <= limit.opened_before", "bool(opened.opened_at)"),
    Mutant(
        "license-never-lifted",
        "permits",
        "job=replace(found.job, limit=event.limit)",
        "job=replace(found.job, limit=found.job.limit)",
    ),
    Mutant(
        "retry-past-the-license",
        "permits",
        "return None if job.created <= limit.opened_before else limit",
        "return None",
    ),
    Mutant("limited-counts-as-accepted", "permits", " is None or job.limit is not None:\n", " is None:\n"),
    Mutant(
        "permission-not-written",
        "permits",
        '    state.store(replace(live, job=step(live, live.job.state, now, reason=reason)), "permitted")\n',
        "    state.lives.put(live.job.id, replace(live, job=step(live, live.job.state, now, reason=reason)))\n",
    ),
    Mutant(
        "permission-taken-back", "permits", "if live.job.limit is not None and live.job.origin", "if live.job.origin"
    ),
    Mutant(
        "refused-while-asked",
        "permits",
        "    if limit.pending:\n        return live\n    close",
        "    close",
    ),
    # pauses
    Mutant(
        "pause-ignored",
        "handover",
        "    if pauses.holds(state, live):\n        return pauses.reason(state)\n",
        "",
    ),
    Mutant("pause-holds-dialogs", "pauses", "live.job.kind not in _ASKED_IN_PERSON and ", ""),
    Mutant("pause-without-last-look", "handover", "        if pauses.holds(state, live):\n", "        if False:\n"),
    Mutant(
        "resume-forgotten",
        "pauses",
        "    _end(state)\n    state.emit(AnswerOk(event.token))",
        "    state.emit(AnswerOk(event.token))",
    ),
    Mutant("pause-never-ends", "engine", "            pauses.on_timer(state, event.now)\n", "            pass\n"),
    Mutant("pause-ends-early", "pauses", "    if until <= now:\n", "    if until:\n"),
    Mutant(
        "pause-not-rolled-back",
        "pauses",
        "    state.desk = replace(state.desk, paused=True, paused_until=event.until)\n",
        '    state.desk_table._items["desk"] = replace(state.desk, paused=True, paused_until=event.until)\n',
    ),
    # before a forced upgrade
    Mutant("drain-ignored", "pauses", "    if state.desk.draining:\n", "    if False:\n"),
    Mutant(
        "drain-forgotten",
        "pauses",
        "state.desk = replace(state.desk, paused=False, paused_until=None)",
        "state.desk = replace(state.desk, paused=False, paused_until=None, draining=False)",
    ),
    Mutant(
        "drain-forgotten-with-a-session",
        "lanes",
        "        shared = state.desk.single and session is Session.INTERACTIVE\n",
        "        shared = state.desk.single and session is Session.INTERACTIVE\n        state.desk = replace(state.desk, draining=False)\n",
    ),
    Mutant(
        "drain-opens-dialogs",
        "pauses",
        "        return not live.calls\n",
        "        return not live.calls and live.job.kind not in _ASKED_IN_PERSON\n",
    ),
    Mutant("drain-holds-confirmations", "pauses", "        return not live.calls\n", "        return True\n"),
    Mutant(
        "drain-without-last-look",
        "handover",
        "        if pauses.holds(state, live):\n",
        "        if state.desk.paused and pauses.holds(state, live):\n",
    ),
    Mutant(
        "drain-cancels",
        "pauses",
        "    state.desk = replace(state.desk, draining=True)\n",
        "    state.desk = replace(state.desk, draining=True, closing=True)\n",
    ),
    Mutant(
        "drain-not-rolled-back",
        "pauses",
        "    state.desk = replace(state.desk, draining=True)\n",
        '    state.desk_table._items["desk"] = replace(state.desk, draining=True)\n',
    ),
    Mutant(
        "drained-lost-at-restart",
        "requests",
        "        if not job.state.is_final:\n            _revive",
        '        if not job.state.is_final and job.reason != "closing":\n            _revive',
    ),
    Mutant("drain-told-as-pause", "pauses", "WaitReason.CLOSING if state.desk.draining", "WaitReason.CLOSING if False"),
    Mutant("idle-while-captured", "pauses", "_AT_REST = (Phase.READY,", "_AT_REST = (Phase.CAPTURING, Phase.READY,"),
    Mutant("idle-while-rechecked", "pauses", "_AT_REST = (Phase.READY,", "_AT_REST = (Phase.RECHECKING, Phase.READY,"),
    Mutant("idle-while-handed-over", "pauses", "_AT_REST = (Phase.READY,", "_AT_REST = (Phase.CALLED, Phase.READY,"),
    Mutant("never-idle", "pauses", "_AT_REST = (Phase.READY, Phase.HELD)", "_AT_REST = (Phase.HELD,)"),
)


#: No fault at all: must not be caught, or the others prove nothing.
SOUND = Mutant("sound", "engine", '"""The engine: a pure', '"""The engine: a pure')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant."""

    mutant: Mutant
    caught: str
    """The promise that was broken, in the simulation's words; empty if none was."""
    seconds: float


def try_mutant(mutant: Mutant, schedules: int) -> Outcome:
    """Run the simulation against an engine with this fault."""
    source = (CORE / f"{mutant.module}.py").read_text(encoding="utf-8")
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its text stands {source.count(mutant.old)} times in {mutant.module}.py")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "iscbridge"
        shutil.copytree(CORE, package / "core", ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
        (package / "core" / f"{mutant.module}.py").write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
        # Without site: the finder of an editable installation would lead past PYTHONPATH to the sound engine.
        command = [sys.executable, "-B", "-S", str(TESTS / "support" / "sim_run.py"), "--brief", "--jobs", "1"]
        environment = {**os.environ, "PYTHONPATH": folder}
        done = subprocess.run(
            [*command, "--schedules", str(schedules)], capture_output=True, text=True, env=environment, check=False
        )
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"{mutant.name}: the simulation did not run: {done.stderr}")
    said = done.stdout.strip().splitlines()
    return Outcome(mutant, said[-1] if done.returncode else "", time.monotonic() - begun)


def try_all(mutants: Sequence[Mutant], schedules: int, jobs: int) -> list[Outcome]:
    """Try them, several at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda mutant: try_mutant(mutant, schedules), mutants))


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants named (all by default); 0 if each was caught."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--schedules", type=int, default=20_000, help="at most this many for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    sound = try_mutant(SOUND, 500)
    if sound.caught:
        print(f"the engine itself breaks a promise: {sound.caught}")
        return 1
    chosen = [mutant for mutant in MUTANTS if not options.names or mutant.name in options.names]
    outcomes = try_all(chosen, options.schedules, options.jobs)
    for outcome in outcomes:
        print(f"{outcome.mutant.name:34} {outcome.seconds:6.1f} s  {outcome.caught[:150] or 'NOT CAUGHT'}")
    missed = sum(not outcome.caught for outcome in outcomes)
    print(f"{len(outcomes)} faults, {len(outcomes) - missed} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
