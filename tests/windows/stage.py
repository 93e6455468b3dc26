"""What the steps of the lane share: the working folder, the Wine prefix, the installed wheel, laps and reports.

A step is a module `step_<name>.py` beside this file:

    NEEDS = {"nsis": "/usr/bin/makensis"}     # optional: Debian's package, and a file that shows that it is there
    def prepare(stage: Stage) -> None: ...    # optional: what needs no Wine; runs beside the steps before it
    def beside(stage: Stage) -> None: ...     # optional: what needs Wine, and nothing of the steps before it
    def run(stage: Stage) -> None: ...        # raises LaneError, with a text that says what is wrong

`prepare` of the steps, then `beside` of the steps, run one after the other on a thread of their own, from the moment in
which the wheel is installed; `run` of a step begins after its own `prepare` and `beside` have ended. So the processors
have work while programs wait, and a step of one long program does not keep the others. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wine import Wine, WineError, windows_path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMPILER = "x86_64-w64-mingw32-g++-posix"


class LaneError(Exception):
    """The lane failed; the text says why and what to do."""


class Laps:
    """Prints what is done and how long it took. May be used by several threads."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._printing = threading.Lock()

    @contextlib.contextmanager
    def lap(self, what: str) -> Iterator[None]:
        """Time one step."""
        began = time.monotonic()
        yield
        now = time.monotonic()
        self.say(f"{what}: {now - began:.1f} s (at {now - self._began:.0f} s)")

    def say(self, text: str) -> None:
        """Print a line of the lane's own."""
        with self._printing:
            print(f"[windows] {text}", flush=True)

    def end(self, text: str) -> None:
        """Print the last line."""
        self.say(f"{text} in {time.monotonic() - self._began:.0f} s")


@dataclass
class Stage:
    """One run of the lane."""

    work: Path  # temporary; each step keeps to folders of its own name in it
    laps: Laps
    wine: Wine  # the prefix, started; its programs have a screen
    pip: list[str]  # a command that runs this machine's pip
    wheel: Path = field(default_factory=Path)  # for win_amd64; installed in `python` before the first step
    passed: int = 0  # tests, of all steps
    starts: int = 0  # how often the frozen tray is started to measure it
    starts_to: Path = field(default_factory=Path)  # what was measured

    @property
    def python(self) -> Path:
        """Folder of the Windows Python that has the wheel and what tests need."""
        return self.work / "python"

    @property
    def system(self) -> Path:
        """The prefix's Windows folder."""
        return self.wine.prefix / "drive_c" / "windows"

    @property
    def tree(self) -> Path:
        """A copy of tests, resources and pyproject.toml: Windows Python's compiled files stay out of the checkout."""
        return self.work / "tree"

    @property
    def results(self) -> Path:
        """Folder of reports and logs that steps read again."""
        return self._made(self.work / "results")

    @property
    def payload(self) -> Path:
        """The frozen product, as `frozen` leaves it for `installer`."""
        return self.work / "payload" / "ISCBridge"

    @property
    def pictures(self) -> Path:
        """Where screenshots go that people look at."""
        return self._made(ROOT / "build" / "screenshots" / "windows")

    def host(self, command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None,
             timeout: float = 600) -> str:  # fmt: skip
        """Run a program of this machine; what it wrote.

        Raises:
            LaneError: it failed, or took too long.
        """
        words = [str(word) for word in command]
        try:
            done = subprocess.run(
                words,
                cwd=cwd or self.work,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError:
            raise LaneError(f"{words[0]} is not installed") from None
        except subprocess.TimeoutExpired:
            raise LaneError(f"{shlex.join(words)} did not end in {timeout:.0f} s") from None
        said = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode:
            raise LaneError(f"{shlex.join(words)} ended with {done.returncode}:\n{said}")
        return said

    def windows(self, program: Path, *arguments: str | Path, timeout: float = 120, cwd: Path | None = None,
                env: Mapping[str, str] | None = None, show: bool = False) -> tuple[int, str]:  # fmt: skip
        """Run a Windows program; its exit code (which proves nothing) and what it wrote. Paths are translated.

        Raises:
            LaneError: it took too long.
        """
        words = [windows_path(word) if isinstance(word, Path) else word for word in arguments]
        try:
            return self.wine.run([str(program), *words], cwd=cwd or self.empty(), timeout=timeout,
                                 env=dict(env or {}), show=show)  # fmt: skip
        except WineError as error:
            raise LaneError(str(error)) from None

    def pytest(self, group: str, paths: Sequence[str], *options: str, timeout: float = 300,
               env: Mapping[str, str] | None = None) -> None:  # fmt: skip
        """Run tests on Windows Python and read their report. A path that is not there is an error of pytest's.

        Raises:
            LaneError: not every one of them passed.
        """
        report = self.results / f"{group}.xml"
        environment = {"QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "0", "PYTHONFAULTHANDLER": "1"} | dict(env or {})
        words = ["-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", self.tree / "pyproject.toml",
                 "--rootdir", self.tree, f"--junitxml={windows_path(report)}", *options,
                 *(windows_path(self.tree / path) for path in paths)]  # fmt: skip
        with self.laps.lap(f"tests: {group}"):
            code, _ = self.windows(self.python / "python.exe", *words, timeout=timeout, env=environment, show=True)
        passed, problem = read_report(report, group, code)
        self.passed += passed
        if problem:
            raise LaneError(problem)

    def empty(self) -> Path:
        """An empty working folder: with nothing to import there, the installed package is the one tested."""
        return self._made(self.work / "empty")

    def copy_tree(self) -> None:
        """Make `tree`."""
        leave_out = shutil.ignore_patterns("__pycache__", ".*_cache")
        for name in ("tests", "resources"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.tree / name, ignore=leave_out)
        shutil.copy(ROOT / "pyproject.toml", self.tree)

    def stand_in(self, name: str, source: Path, *libraries: str, over: bool = False) -> None:
        """Compile a library of Windows that this Wine lacks into the prefix; `over`: in place of the one it has."""
        library = self.system / "system32" / name
        if over or not library.exists():
            library.unlink(missing_ok=True)  # it may be a link to Wine's own
            self.host([COMPILER, "-shared", "-static", "-O1", "-Wall", "-o", library, source, *libraries])

    def _made(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def read_report(report: Path, group: str, code: int) -> tuple[int, str]:
    """The number of passed tests in pytest's report, and what is wrong with it, if anything is."""
    if not report.is_file():
        return 0, f"{group}: pytest wrote no report (exit code {code})"
    cases = list(ET.parse(report).getroot().iter("testcase"))
    bad = [case for case in cases if {child.tag for child in case} & {"failure", "error", "skipped"}]
    passed = len(cases) - len(bad)
    if bad:
        names = ", ".join(f"{case.get('classname')}::{case.get('name')}" for case in bad[:10])
        return passed, f"{group}: {len(bad)} of {len(cases)} tests did not pass: {names}"
    if not passed or code:
        return passed, f"{group}: {passed} tests passed, yet pytest ended with {code}"
    return passed, ""
