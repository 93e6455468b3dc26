"""What every part of the developer's tool stands on: the folders of the tree, programs that are run, what is said."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST, NEWEST = (3, 11), (3, 13)

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
CORE_VENV = ROOT / ".venv-core"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
WINDOWS = os.name == "nt"
CI = os.environ.get("CI", "").lower() in ("1", "true")


class Trouble(Exception):  # noqa: N818  a message for a person, not an error type that anybody catches by name
    """This can't go on; the text says what to do."""


class LeftOut(Exception):  # noqa: N818  as above
    """This machine can't run a lane; the text says why."""


def say(text: str) -> None:
    """Print a line of ours."""
    print(f"[dev] {text}", flush=True)


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
    """Run a program in the root folder, say so, and give its exit code."""
    words = [str(word) for word in command]
    say("$ " + shlex.join(words))
    try:
        # stdout by name: `bench` sends ours and the children's to stderr
        return subprocess.run(words, cwd=ROOT, env=environment(env), stdout=sys.stdout, check=False).returncode
    except OSError as error:
        raise Trouble(f"{words[0]} can't be started: {error}") from error


def must(command: Sequence[str | Path], failure: str) -> None:
    """Run a program that has to succeed."""
    code = run(command)
    if code:
        raise Trouble(f"{failure} (exit code {code}; what it printed stands above)")


def silent(command: Sequence[str | Path]) -> int:
    """Run a probe whose output nobody wants to see, and give its exit code."""
    try:
        return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=False).returncode
    except OSError:
        return 127


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for children: the tools of `.venv` first, nothing that points Python elsewhere."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env["PATH"] = os.pathsep.join([str(scripts(VENV)), env.get("PATH", os.defpath)])
    return {**env, **(extra or {})}


def scripts(venv: Path) -> Path:
    """The folder of a virtual environment's programs."""
    return venv / ("Scripts" if WINDOWS else "bin")


def tool(name: str, venv: Path = VENV) -> Path:
    """A program of a virtual environment."""
    return scripts(venv) / (f"{name}.exe" if WINDOWS else name)
