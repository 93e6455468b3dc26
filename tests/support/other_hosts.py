"""CADs without an add-in, as they are installed: an assembly goes to the sandbox cloud and comes back elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from support.world import World


def program(name: str) -> str:
    """Where a CAD's program is. A lane that lacks it says so and does not pass."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed; the lane's packages are in dev.py"
    return found


def run(home: Path, *command: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a CAD with a home folder of the test's own."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd or home,
        env={**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )


def save(world: World, main: Path, *options: str) -> dict[str, Any]:
    """Save an assembly as a macro would; gives the job's last line."""
    code, lines = world.cli_json("save", "--assembly", str(main), "--wait", *options)
    assert lines, code
    return {**lines[-1], "exit": code}


def round_trip(world: World, main: Path) -> Path:
    """Save the assembly, delete everything of it here, and open it from the cloud: the folder that was delivered."""
    before = {one["path"] for one in world.ask_desk("ls")["items"]}
    done = save(world, main)
    assert (done["state"], done["exit"]) == ("done", 0), done
    shutil.rmtree(main.parent)
    (item,) = [one for one in world.ask_desk("ls")["items"] if one["path"] not in before]
    assert item["assembly"]
    return deliver(world, item["path"])


def deliver(world: World, cloud_path: str) -> Path:
    """Open something from the cloud."""
    world.ask_desk("script", answers=[{"action": "open", "path": cloud_path}])
    job = world.client().open()
    job = world.finish(job["job"])
    assert job["state"] == "done", job
    return Path(job["resultPath"])


def tree(folder: Path) -> set[str]:
    """The files below a folder, by their places in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
