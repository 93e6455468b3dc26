"""Photographs every window of the tray: `shots.py --home PROFILE --language en|zh --scheme light|dark --out FOLDER`.

A real application with the real windows, connected to the bridge that runs on the profile. For each scene a PNG and,
in `findings.json`, what `support.qt_checks` and Qt itself had to say about it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from iscbridge.core.settings import Settings
from iscbridge.platform.folders import Home
from iscbridge.texts.render import Language
from iscbridge.tray.app import make_application
from iscbridge.tray.appearance import take_over
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.windows import FACTORIES, Windows
from iscbridge.tray.words import Words
from support.qt_checks import findings

SETTLE_S = 10.0
PAGES = ("general", "cloud", "license", "hosts", "files", "network", "advanced")


class Studio:
    """The application, its windows and the camera."""

    def __init__(self, home: Home, language: Language, out: Path, data: tuple[str, ...]) -> None:
        self.application = make_application(language)
        self.words = Words(language)
        self.link = Link(home.bridge_address(), self.words)
        self.room = Room(self.link, self.words, home, TrayState(home), self._open)
        self.windows = Windows(self.room)
        self.found: dict[str, list[str]] = {}
        self._out = out
        self._data = data
        self._said: list[str] = []
        qInstallMessageHandler(self._take_message)
        self.link.open()
        self.turn_until(lambda: self.link.state is LinkState.CONNECTED)

    def shoot(self, name: str, widget: QWidget | None, *, shrink: bool) -> None:
        """Picture and findings of a window, at the size that it takes by itself; again at its smallest."""
        if widget is None:
            self.found[name] = ["there is no such window"]
            return
        self.settled(widget).save(str(self._out / f"{name}.png"))
        found = findings(widget, self.words.language, data=self._data)
        if shrink and widget.isWindow():
            before = widget.size()
            widget.resize(widget.minimumSizeHint().expandedTo(widget.minimumSize()))
            self.settled(widget).save(str(self._out / f"{name}-smallest.png"))
            small = findings(widget, self.words.language, data=self._data)
            found += [f"at its smallest: {finding}" for finding in small if finding not in found]
            widget.resize(before)
        found += [f"Qt says: {text}" for text in self._said]
        self._said.clear()
        self.found[name] = found

    def settled(self, widget: QWidget) -> QImage:
        """The picture, once three looks in a row are the same: what was asked of the bridge has been shown."""
        deadline = time.monotonic() + SETTLE_S
        looks: list[QImage] = []
        while not (len(looks) > 2 and looks[-1] == looks[-2] == looks[-3]) and time.monotonic() < deadline:
            self.turn(200)
            looks.append(widget.grab().toImage())
        return looks[-1]

    def turn(self, milliseconds: int) -> None:
        """Let the event loop turn for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def turn_until(self, condition: Callable[[], bool]) -> None:
        """Let the event loop turn until something holds."""
        deadline = time.monotonic() + 30
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("the windows found no bridge")
            self.turn(20)

    def close(self) -> None:
        """Close the windows and the connection."""
        self.windows.close_all()
        self.turn(50)
        self.link.close()

    def _open(self, name: str, focus: Mapping[str, object]) -> None:
        self.windows.open(name, focus)

    def _take_message(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and kind is not QtMsgType.QtInfoMsg:
            self._said.append(text)


def there(name: str) -> bool:
    """Whether the module of a window exists."""
    try:
        return find_spec(FACTORIES[name]) is not None
    except ModuleNotFoundError:
        return False


def scenes(studio: Studio, jobs: Mapping[str, str], work: Path) -> Iterator[tuple[str, Callable[[], QWidget | None]]]:
    """Name and opening of each picture."""
    windows = studio.windows
    if there("activity"):
        for name in ("submitted", "assembly", "failed", "waiting"):
            yield f"activity-{name}", lambda name=name: windows.open("activity", {"job": jobs[name]})
        yield "assembly-check", lambda: _assembly_check(windows, work / "gearbox" / "gearbox.FCStd")
    if there("settings"):
        for page in PAGES:
            yield f"settings-{page}", lambda page=page: windows.open("settings", {"page": page})
    for name in FACTORIES:
        if name not in ("activity", "settings") and there(name):
            yield name, lambda name=name: windows.open(name)


def _assembly_check(windows: Windows, path: Path) -> QWidget | None:
    before = set(QApplication.topLevelWidgets())
    window = windows.open("activity")
    check = getattr(window, "check_assembly", None)
    if window is None or check is None:
        return None
    check(str(path))
    opened = [widget for widget in QApplication.topLevelWidgets() if widget not in before and widget.isVisible()]
    return opened[-1] if opened else window


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--language", choices=("en", "zh"), required=True)
    parser.add_argument("--scheme", choices=("light", "dark"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--jobs", type=json.loads, default={})
    parser.add_argument("--data", type=json.loads, default=[])
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    studio = Studio(Home(options.home), options.language, options.out, tuple(options.data))
    take_over(Settings({"general.appearance": options.scheme, "general.language": options.language}), studio.words)
    for name, opening in scenes(studio, options.jobs, options.work):
        if name.startswith(options.only):
            studio.shoot(name, opening(), shrink=options.scheme == "light")
    studio.close()
    text = json.dumps(studio.found, ensure_ascii=False, indent=1)
    (options.out / "findings.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
