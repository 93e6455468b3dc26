"""Proof that the licences' tests can fail: small faults are put into the policy one at a time, and each must be caught.

`python tests/support/license_mutants.py [NAME ...] [--schedules 3000] [--jobs 2]` works on copies of `iscbridge/core` in a
temporary folder; the sources are not touched. Exit code 1 if a fault was not caught, or no longer fits the source.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
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
    # what follows from a record
    Mutant("grace-a-day-longer", "policy", "_grace_days(policy) * DAY_S\n", "(_grace_days(policy) + 1) * DAY_S\n"),
    Mutant("grace-a-day-shorter", "policy", "_grace_days(policy) * DAY_S\n", "(_grace_days(policy) - 1) * DAY_S\n"),
    Mutant("no-grace", "policy", "    return LicenseState.ACTIVE if record.failing", "    return LicenseState.GRACE_OVER if record.failing"),
    Mutant("refusals-pass", "policy", "    Word.EXPIRED: LicenseState.EXPIRED,\n", "    Word.EXPIRED: LicenseState.ACTIVE,\n"),
    Mutant("term-is-a-refusal", "policy", "    if clock.time >= grace_end(", "    if clock.time >= (record.expires or 0) or clock.time >= grace_end("),
    Mutant("opened-for-ever", "policy", "since is not None and clock.time < since + OPENED_DAYS * DAY_S", "since is not None"),
    Mutant("opened-never", "policy", "opened = since is not None and", "opened = since is None and"),
    Mutant("lost-record-is-good", "policy", "LicenseState.GRACE_OVER if record.masked_code else", "LicenseState.ACTIVE if record.masked_code else"),
    Mutant("end-not-timed", "policy", "    changes = [end]\n", "    changes = [math.inf]\n"),
    Mutant("notice-not-timed", "policy", "        changes += [end - days * DAY_S for days in NOTICE_DAYS]\n", "        pass\n"),
    Mutant("until-by-the-wrong-clock", "policy", "until=clock.on_machine(min(coming))", "until=(min(coming))"),
    # the clock
    Mutant("time-goes-back", "clock", "Reckoning(max(time, record.latest_seen), offset, suspect=False)", "Reckoning(time, offset, suspect=False)"),
    Mutant("offset-forgotten", "clock", "    for offset in (record.offset, 0.0):\n", "    for offset in (0.0,):\n"),
    Mutant("clock-never-suspect", "clock", "record.latest_seen, record.offset, suspect=True)", "now, 0.0, suspect=False)"),
    # what is learnt
    Mutant("failure-is-a-refusal", "learn", "    return replace(record, failing_since=since, failures=record.failures + 1)", "    return replace(record, word=Word.EXPIRED, failing_since=since, failures=record.failures + 1)"),
    Mutant("failure-renews-the-grace", "learn", "    return replace(record, failing_since=since, failures", "    return replace(record, word_at=reckon(record, now).time, failing_since=since, failures"),
    Mutant("refusal-moves", "learn", "    return min(since, record.word_at)", "    return record.word_at"),
    Mutant("refusal-stays", "learn", "        refused_since=None if alive else stopped,\n", "        refused_since=stopped,\n"),
    Mutant("doubt-stays", "learn", "word_at=at, latest_seen=at, offset=offset, failing_since=None, failures=0)\n\n\ndef _term", "word_at=at, offset=offset, failing_since=None, failures=0)\n\n\ndef _term"),
    Mutant("clock-error-not-learnt", "learn", "        at, offset = server_time, server_time - now", "        at, offset = server_time, 0.0"),
    Mutant("moved-licence-binds-itself", "learn", "        return replace(record, other_since=since)\n", "        return replace(record, other_since=None, device=device)\n"),
    # leases
    Mutant("lease-for-ever", "policy", "return min(record.lease_until, record.word_at + MAX_GRACE_DAYS * DAY_S)", "return record.lease_until"),
    Mutant("lease-ends-with-the-grace", "policy", "    if record.lease_until is not None:\n        return min(", "    if record.lease_until is None:\n        return min("),
    Mutant("lease-without-its-key", "learn", '        return replace(record, lease="", lease_until=None, next_check=None)\n    if record', "        return record\n    if record"),
    Mutant("lost-record-forgets-its-lease", "machine", "learn.leased(lost, event.lease if event.has_code else None)", "learn.leased(lost, None)"),
    Mutant("seat-kept-here", "machine", "    if event.answer.kind is AnswerKind.DONE:\n        _take_off(line, event.now)\n", "    if event.answer.kind is AnswerKind.DONE:\n"),
    Mutant("stale-look-counts", "machine", "    if stale and record.device and", "    if False and record.device and"),
    # asking
    Mutant("asks-without-use", "asking", "not (used or line.urgent)", "not (used or line.record)"),
    Mutant("asks-never", "asking", "    return wanted and (used or rhythm.retry_at is None)", "    return wanted and line.urgent"),
    Mutant("two-questions", "asking", "    if line.under is not None:\n        return\n    found", "    found"),
    Mutant("open-activation-forgotten", "asking", "    if settling and (by_person or line.settle.may_retry(now, day)):", "    if settling and by_person:"),
    # people and codes
    Mutant("waiting-answered-twice", "line", "        self.waiting.clear()\n", ""),
    Mutant("refused-code-promoted", "activation", "    line.secrets.append(ForgetCode(line.product, pending=True))", "    line.secrets.append(PromoteCode(line.product))\n    line.record = replace(line.record, word=Word.ALIVE, word_at=line.record.latest_seen)"),
    Mutant("void-answer-counts", "machine", "    if under.void:\n        return\n", ""),
    Mutant("old-answer-counts", "machine", "under is None or under.attempt != event.attempt:", "under is None:"),
    # records and what is told
    Mutant("told-before-written", "machine", "[*_write(line, day), *line.secrets]", "[*line.secrets]\n        line.answers += _write(line, day)"),
    Mutant("word-not-written", "machine", "replace(record, latest_seen=written.latest_seen) != written:", "record.device != written.device:"),
    Mutant("change-not-told", "machine", "        if told != line.told:\n", "        if line.told is None:\n"),
    Mutant("same-told-again", "machine", "        if told != line.told:\n", "        if told:\n"),
    Mutant("spoilt-record-not-asked", "line", "return self.kept and self.record.word is Word.NONE", "return False"),
)  # fmt: skip


#: No fault at all: must not be caught, or the others prove nothing.
SOUND = Mutant("sound", "policy", '"""What follows from a licence', '"""What follows from a licence')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant."""

    mutant: Mutant
    caught: str
    """The promise that was broken; empty if none was."""


def source_of(mutant: Mutant) -> Path:
    return CORE / "licensing" / f"{mutant.module}.py"


def try_mutant(mutant: Mutant, schedules: int) -> Outcome:
    """Run the made-up world against licences with this fault."""
    source = source_of(mutant).read_text(encoding="utf-8")
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its text stands {source.count(mutant.old)} times in {mutant.module}.py")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "iscbridge"
        shutil.copytree(CORE, package / "core", ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
        changed = package / "core" / "licensing" / f"{mutant.module}.py"
        changed.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
        # Without site: the finder of an editable installation would lead past PYTHONPATH to the sound policy.
        command = [sys.executable, "-B", "-S", str(TESTS / "support" / "license_schedule.py"), "--brief"]
        done = subprocess.run(
            [*command, "--schedules", str(schedules)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": folder},
            check=False,
        )
    if done.returncode not in (0, 1) or done.stderr:
        raise RuntimeError(f"{mutant.name}: the world did not run: {done.stderr}")
    return Outcome(mutant, done.stdout.strip() if done.returncode else "")


def try_all(mutants: Sequence[Mutant], schedules: int, jobs: int) -> list[Outcome]:
    """Try them, several at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda mutant: try_mutant(mutant, schedules), mutants))


def main() -> int:
    """Try the mutants named (all by default); 0 if each was caught."""
    parser = argparse.ArgumentParser(description="Faults in the licence policy, one at a time.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--schedules", type=int, default=3000, help="at most this many for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    sound = try_mutant(SOUND, 100)
    if sound.caught:
        print(f"the policy itself breaks a promise: {sound.caught}")
        return 1
    chosen = [mutant for mutant in MUTANTS if not options.names or mutant.name in options.names]
    outcomes = try_all(chosen, options.schedules, options.jobs)
    for outcome in outcomes:
        print(f"{outcome.mutant.name:28} {outcome.caught[:150] or 'NOT CAUGHT'}")
    missed = sum(not outcome.caught for outcome in outcomes)
    print(f"{len(outcomes)} faults, {len(outcomes) - missed} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
