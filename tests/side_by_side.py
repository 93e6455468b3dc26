"""Tests that mostly wait for other processes, several files of them at the same time: `side_by_side.py FOLDER ...`.

Each file runs in a pytest of its own, as many at once as there are processors. What a file printed is shown whole, when
it is through; the names of those that failed stand at the end again. Every file's exit code counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
#: Files that take longest begin first, so that none of them is alone at the end; the others follow by their names.
LONGEST_FIRST = ("faults", "licens", "kill", "dropin", "c_client", "personalities", "workfiles")
_PASSED = 0


class Result(NamedTuple):
    """How the tests of one file ended."""

    name: str
    code: int
    seconds: float
    printed: str


def test_files(folders: Sequence[Path]) -> list[Path]:
    """The test files under the folders, the long ones first. On Windows those that need POSIX are left out."""
    found = [path for folder in folders for path in sorted(folder.rglob("test_*.py"))]
    here = [path for path in found if sys.platform != "win32" or not path.stem.endswith("_posix")]
    return sorted(here, key=lambda path: -sum(word in path.as_posix() for word in LONGEST_FIRST))


def run_file(path: Path) -> Result:
    """Run pytest on one file."""
    began = time.monotonic()
    # No cache: it is one folder, and several write at once.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    printed = done.stdout.decode("utf-8", "replace")
    return Result(_name(path), done.returncode, time.monotonic() - began, printed)


def run_all(
    files: Sequence[Path], at_once: int, run: Callable[[Path], Result] = run_file, show: Callable[[str], None] = print
) -> int:
    """Run every file, show each as it ends, and give the exit code: 0 only if each file had tests that all passed."""
    began, results = time.monotonic(), []
    with ThreadPoolExecutor(at_once) as pool:
        for future in as_completed([pool.submit(run, path) for path in files]):
            result = future.result()
            results.append(result)
            show(f"=== {result.name}: {result.seconds:.0f} s, exit code {result.code}\n{result.printed.rstrip()}")
    failed = sorted(result.name for result in results if result.code != _PASSED)
    spent = sum(result.seconds for result in results)
    show(f"=== {len(results)} files in {time.monotonic() - began:.0f} s ({spent:.0f} s one after the other)")
    if failed:
        show(f"=== FAILED: {', '.join(failed)}")
    return 1 if failed or not results else 0


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def main(arguments: Sequence[str]) -> int:
    """Run the tests of the folders that are named."""
    files = test_files([ROOT / name for name in arguments])
    at_once = max(2, min(os.cpu_count() or 2, 6))
    print(f"{len(files)} files, {at_once} at once", flush=True)
    return run_all(files, at_once, show=lambda text: print(text, flush=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
