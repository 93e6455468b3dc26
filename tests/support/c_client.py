"""The C client library as hosts get it: built by the project's CMake, installed with its own component, used from there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from support.checkout import ROOT

BUILD = ROOT / "build" / "client"


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"


def _cmake() -> str:
    beside = Path(sys.executable).with_name("cmake")
    found = str(beside) if beside.exists() else shutil.which("cmake")
    assert found is not None, "cmake comes with the extra `native`"
    return found


def installed(prefix: Path) -> Path:
    """Build the library (again only if it changed) and install it below `prefix`, which it gives back."""
    cmake = _cmake()
    _run(cmake, "-S", ROOT, "-B", BUILD, "-DISCBRIDGE_BUILD_TESTS=OFF")
    _run(cmake, "--build", BUILD, "--target", "iscbridge_client", "iscbridge_client_static")
    _run(cmake, "--install", BUILD, "--component", "iscbridge_client", "--prefix", prefix)
    return prefix


def examples(prefix: Path, folder: Path) -> Path:
    """Build the examples with nothing of this project but the installed package; gives the folder of the programs."""
    cmake = _cmake()
    _run(cmake, "-S", ROOT / "native" / "examples", "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    _run(cmake, "--build", folder)
    return folder
