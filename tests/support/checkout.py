"""What the tests of the house need to know of the checkout that they run in."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


#: Made by tools, and named in .gitignore.
_MADE = {
    ".git",
    ".venv",
    ".venv-core",
    "build",
    "dist",
    "__pycache__",
    ".hypothesis",
    "_iscdesk_cffi.py",
    "_device_cffi.py",
}


def tracked_files() -> list[Path]:
    """Every file that belongs to the project: as git lists them, or all that no tool made where there is no git."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        # safe.directory: the checkout may belong to another user, as in a container
        command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not _is_made(path.relative_to(ROOT))]


def _is_made(path: Path) -> bool:
    return any(part in _MADE or part.endswith(("_cache", ".egg-info")) for part in path.parts)


def table_rows(document: Path, *first_headings: str) -> list[list[str]]:
    """The rows of the Markdown table whose first heading is one of these (ignoring case)."""
    rows: list[list[str]] = []
    inside = False
    for line in document.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[0].lower() in first_headings:
            inside = True
        elif inside and not cells[0].startswith("--"):
            rows.append(cells)
    assert rows, f"{document.name} has no table headed {first_headings}"
    return rows


def load_dev() -> ModuleType:
    """`dev.py` as a module of its own, fresh each time."""
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def load_tools() -> list[ModuleType]:
    """What `dev.py` is made of: base, environments, lanes, system, testing."""
    load_dev()  # puts their folder on the path
    return [
        importlib.import_module(f"devtools.{name}") for name in ("base", "environments", "lanes", "system", "testing")
    ]
