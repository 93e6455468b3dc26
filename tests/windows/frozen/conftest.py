"""The frozen product in the folder that FROZEN_PRODUCT names, used as its users use it: by its two programs alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

#: For one command or one change of what is seen. Generous: Wine starts programs slowly, and who passes does not wait.
PATIENCE_S = 120.0
SUFFIX = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True)
class Product:
    """An installation and a profile of its own."""

    folder: Path
    profile: Path

    def __post_init__(self) -> None:
        self.profile.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        kept = dict(os.environ)
        if sys.platform == "win32":
            kept.pop("QT_QPA_PLATFORM", None)  # the product has but one, and these tests may run without a window
        return kept | {"ISCBRIDGE_HOME": str(self.profile), "ISCBRIDGE_LANGUAGE": "en"}

    def command(self, *arguments: str, code: int = 0) -> str:
        """What a command says; nothing on standard error, unless it fails."""
        done = subprocess.run(
            [self.folder / f"iscbridge{SUFFIX}", *arguments],
            env=self.environment,
            cwd=self.profile,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        said, complained = (data.decode("utf-8").replace("\r\n", "\n") for data in (done.stdout, done.stderr))
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{said}\n{complained}"
        assert "Traceback" not in complained
        assert code or not complained, complained
        return said + complained

    def tray(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The windowed program, started as the start menu does it."""
        return subprocess.Popen(
            [self.folder / f"ISCBridgeTray{SUFFIX}", *arguments],
            env=self.environment,
            cwd=self.profile,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def log(self) -> str:
        """What the tray has written to its logs."""
        return "".join(path.read_text("utf-8", "replace") for path in (self.profile / "logs").glob("*.log"))


@pytest.fixture(scope="session")
def folder() -> Path:
    """The frozen folder as it was built."""
    return Path(os.environ["FROZEN_PRODUCT"])


@pytest.fixture
def product(folder: Path, tmp_path: Path) -> Iterator[Product]:
    """The product with a fresh profile; nothing of it runs afterwards."""
    made = Product(folder, tmp_path / "profile")
    yield made
    for arguments in (["stop"], ["sandbox", "stop"]):
        subprocess.run(
            [made.folder / f"iscbridge{SUFFIX}", *arguments],
            env=made.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.fixture
def until() -> Callable[[Callable[[], object], str], None]:
    """Wait until something holds."""

    def wait(condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, what
            time.sleep(0.1)

    return wait
