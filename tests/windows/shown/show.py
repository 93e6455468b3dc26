"""Shows windows of the tray on Windows' own window system and takes a picture of each, as the screen has it.

`show.py --home PROFILE --language en|zh --scheme light|dark --out FOLDER NAME...` with names of windows, or
`settings-PAGE`. Writes `findings.json`: for each window what `support.qt_checks` and Qt itself had to say.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from iscbridge.core.settings import Settings
from iscbridge.platform.folders import Home
from iscbridge.tray.app import make_application
from iscbridge.tray.appearance import take_over
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.windows import Windows
from iscbridge.tray.words import Words
from support.qt_checks import findings

PATIENCE_S = 60.0
#: Wine's own: a call that it has not got.
NOT_OURS = ("EnableNonClientDpiScaling() failed",)


class Show:
    """The application with its windows, connected to the bridge of the profile."""

    def __init__(self, options: argparse.Namespace) -> None:
        home = Home(options.home)
        self.application = make_application(options.language)
        words = Words(options.language)
        self.link = Link(home.bridge_address(), words)
        self.windows = Windows(Room(self.link, words, home, TrayState(home), self._open))
        self.found: dict[str, list[str]] = {}
        self._options = options
        self._said: list[str] = []
        qInstallMessageHandler(self._take_message)
        settings = {"general.appearance": options.scheme, "general.language": options.language}
        take_over(Settings(settings), words)
        self.link.open()
        self.until(lambda: self.link.state is LinkState.CONNECTED, "no bridge was found")

    def take(self, name: str) -> None:
        """Open a window, wait until all that it asked has been answered, look at it, close it."""
        window_name, _, page = name.partition("-")
        window = self.windows.open(window_name, {"page": page} if page else {})
        assert window is not None, f"there is no window {name}"
        self.settle(window)
        picture = window.screen().grabWindow(window.winId())
        picture.save(str(self._options.out / f"{name}.png"))
        found = findings(window, self._options.language, data=tuple(self._options.data))
        # What the screen shows, and not what the palette says: a style may paint as it likes.
        is_dark = picture.toImage().pixelColor(3, 3).lightness() < 128
        if is_dark != (self._options.scheme == "dark"):
            found.append("it is light" if not is_dark else "it is dark")
        self.found[name] = found + [f"Qt says: {text}" for text in self._said]
        self._said.clear()
        window.close()
        self.turn(50)

    def settle(self, window: QWidget) -> None:
        """Until nothing is asked any more, and what was answered has been shown."""
        self.until(window.isVisible, "it is not shown")
        for _ in range(3):
            self.turn(300)
            self.until(lambda: not self.link._asked, "the bridge does not answer")

    def turn(self, milliseconds: int) -> None:
        """Let the event loop turn for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Let the event loop turn until something holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, otherwise
            self.turn(20)

    def close(self) -> None:
        """End the connection."""
        self.windows.close_all()
        self.turn(50)
        self.link.close()

    def _open(self, name: str, focus: Mapping[str, object]) -> None:
        self.windows.open(name, focus)

    def _take_message(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(NOT_OURS):
            self._said.append(text)


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--language", choices=("en", "zh"), required=True)
    parser.add_argument("--scheme", choices=("light", "dark"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=json.loads, default=[])
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    show = Show(options)
    assert QGuiApplication.platformName() == "windows"
    for name in options.names:
        show.take(name)
    show.close()
    text = json.dumps(show.found, ensure_ascii=False, indent=1)
    (options.out / "findings.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
