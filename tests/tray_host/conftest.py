from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.tray_host import TrayHost, tray_host
from support.world import PATIENCE_S, World


class Tray:
    """The tray program on the desktop, as a person starts it."""

    def __init__(self, world: World, host: TrayHost) -> None:
        self.world = world
        self.host = host
        self._out = world.work.parent / "tray.out"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> int:
        """Start it; gives the process id."""
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "iscbridge", "tray", *options],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        return self._process.pid

    @property
    def env(self) -> dict[str, str]:
        names = ("DISPLAY", "QT_QPA_PLATFORM", "DBUS_SESSION_BUS_ADDRESS")
        return {**self.world.env, **{name: self.host.env[name] for name in names}}

    def titles(self) -> list[str]:
        """Titles of its visible windows; the icon and the menu are windows to X, too."""
        assert self._process is not None
        return [self.host.title(window) for window in self.host.windows("--pid", str(self._process.pid))]

    def popups(self) -> list[int]:
        """Its visible windows that are neither the icon nor have the size of one."""
        assert self._process is not None
        found = self.host.windows("--pid", str(self._process.pid))
        return [window for window in found if self.host.geometry(window)[3] > 2 * 28]

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        assert self._process is not None
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait until it has ended by itself; gives its exit code."""
        assert self._process is not None
        return self._process.wait(PATIENCE_S)

    def stop(self) -> int:
        """SIGTERM, as at the end of a session; gives its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def said(self) -> str:
        """What it printed: nothing, unless something is wrong."""
        return self._out.read_text("utf-8", "replace") if self._out.exists() else ""

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrayHost]:
    with tray_host(tmp_path_factory.mktemp("desktop")) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.home.ensure()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def tray(world: World, host: TrayHost) -> Iterator[Tray]:
    made = Tray(world, host)
    try:
        yield made
        assert made.said() == "", "a program without a fault prints nothing"
    finally:
        made.close()
        host.until(lambda: host.icon_place() is None, "the panel to be empty again")
