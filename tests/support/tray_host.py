"""A desktop of its own for tests: an X server that shows nothing, a window manager and a panel that holds tray icons.

No display number is fixed: the server takes a free one and says which. Everything is ended by its process id.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("Xvfb", "openbox", "trayer", "xdotool")
SIZE = (2880, 1800)
PATIENCE_S = 60.0
#: Within which a program that has the keyboard shows that a key was pressed; if it does not, it is pressed again.
_ANSWER_S = 3.0
#: Height of the panel at the top left corner; icons get a little less.
PANEL = 28


class NoTrayHost(Exception):  # noqa: N818  a message: which programs this machine lacks
    """This machine has no desktop to offer."""


class TrayHost:
    """The running desktop."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            raise NoTrayHost(f"not installed: {', '.join(missing)}")
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._panel: subprocess.Popen[bytes] | None = None
        self.display = self._start_server()
        #: For every program that is to appear on this desktop.
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QT_", "WAYLAND_"))},
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            # A tray of the session bus, where the machine has one, would be another desktop's.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        self._start("openbox", "--sm-disable", "--config-file", str(_openbox_config(folder)))
        self.start_panel()

    def start_panel(self) -> None:
        """Start the panel and wait until it has taken the role of the tray."""
        options = ("--edge", "top", "--align", "left", "--widthtype", "request", "--height", str(PANEL))
        self._panel = self._start("trayer", *options, "--monitor", "primary")
        self.until(lambda: bool(self.windows("--class", "trayer")), "the panel")

    def stop_panel(self) -> None:
        """End the panel at once, as when it crashes."""
        assert self._panel is not None
        self._panel.kill()
        self._panel.wait(PATIENCE_S)
        self._panel = None

    def windows(self, *search: str) -> list[int]:
        """The visible windows that `xdotool search` finds."""
        found = self._ask("search", "--onlyvisible", *search)
        return [int(word) for word in found.split()]

    def geometry(self, window: int) -> tuple[int, int, int, int]:
        """Where a window lies on the screen: x, y, width, height."""
        lines = self._ask("getwindowgeometry", "--shell", str(window)).splitlines()
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        return int(values["X"]), int(values["Y"]), int(values["WIDTH"]), int(values["HEIGHT"])

    def title(self, window: int) -> str:
        """What stands in a window's title bar."""
        return self._ask("getwindowname", str(window)).strip()

    def icon_place(self) -> tuple[int, int, int, int] | None:
        """Where the one icon of the panel lies; None while it holds none."""
        panels = self.windows("--class", "trayer")
        if not panels:
            return None
        x, y, width, height = self.geometry(panels[0])
        return (x, y, width, height) if width > PANEL // 2 else None

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Press and release a button of the pointer somewhere on the screen."""
        self._ask("mousemove", str(x), str(y))
        self._ask("click", str(button))

    def click_icon(self, button: int = 1) -> None:
        """Click the icon in the panel."""
        self.until(self.icon_place, "an icon in the panel")
        x, y, width, height = self.icon_place() or (0, 0, 0, 0)
        self.click(x + width // 2, y + height // 2, button)

    def key(self, *keys: str) -> None:
        """Press keys, named as X names them, in whatever has the focus."""
        self._ask("key", *keys)

    def press_until(self, condition: Callable[[], Any], what: str, *keys: str) -> None:
        """Press keys until they have had their effect: a menu that is visible may not have taken the keyboard yet."""

        def pressed() -> bool:
            self.key(*keys)
            answered = time.monotonic() + _ANSWER_S
            while not (done := bool(condition())) and time.monotonic() < answered:
                time.sleep(0.02)
            return done

        self.until(pressed, what)

    def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
        """Wait for something that this desktop does; its first true value."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds:g} s in vain for: {what}; {self.said()}")
            time.sleep(0.02)
        return value

    def said(self) -> str:
        """What the programs of the desktop printed."""
        return " ".join(path.read_text("utf-8", "replace")[-500:] for path in sorted(self._folder.glob("*.desk.out")))

    def close(self) -> None:
        """End everything that was started here."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE_S)

    def _start_server(self) -> str:
        reading, writing = os.pipe()
        try:
            width, height = SIZE
            screen = ("-screen", "0", f"{width}x{height}x24", "-dpi", "96", "-nolisten", "tcp", "-noreset")
            self._start("Xvfb", "-displayfd", str(writing), *screen, pass_fds=(writing,))
        finally:
            os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            number = pipe.readline().decode().strip()
        if not number:
            raise NoTrayHost(f"the X server did not start: {self.said()}")
        return f":{number}"

    def _start(self, *command: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        env: Mapping[str, str] = getattr(self, "env", os.environ)
        log = self._folder / f"{len(self._processes)}-{command[0]}.desk.out"
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=tuple(pass_fds)
            )
        self._processes.append(process)
        return process

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return done.stdout


@contextmanager
def tray_host(folder: Path) -> Iterator[TrayHost]:
    """A desktop for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    made = TrayHost(folder)
    try:
        yield made
    finally:
        made.close()


def _openbox_config(folder: Path) -> Path:
    """Its own file beside ours would bind keys and menus; a plain one takes new windows to the front, no more."""
    path = folder / "openbox.xml"
    path.write_text(
        '<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc">'
        "<focus><focusNew>yes</focusNew></focus><placement><policy>Smart</policy></placement>"
        "<desktops><number>1</number></desktops></openbox_config>",
        encoding="utf-8",
    )
    return path
