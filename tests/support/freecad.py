"""The real FreeCAD with the add-in, on an X server of its own and with a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iscbridge.hosts import install
from iscbridge.hosts.catalog import Origin, read_catalog
from iscbridge.hosts.install import Target
from iscbridge.platform.resources import resources_folder
from support.world import PATIENCE_S, until

INSIDE = Path(__file__).parents[1] / "freecad" / "inside.py"
#: The start page needs a web engine, which does not run as root; English, and no backup files beside those under test.
_CONFIG = """<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FCParameters><FCParamGroup Name="Root"><FCParamGroup Name="BaseApp"><FCParamGroup Name="Preferences">
<FCParamGroup Name="General"><FCText Name="AutoloadModule">PartWorkbench</FCText>
<FCText Name="Language">{language}</FCText></FCParamGroup>
<FCParamGroup Name="Document"><FCBool Name="CreateBackupFiles" Value="0"/></FCParamGroup>
</FCParamGroup></FCParamGroup></FCParamGroup></FCParameters>
"""


class FreeCad:
    """One FreeCAD. `do` runs code on its main thread and gives what the code calls `result`."""

    def __init__(
        self, folder: Path, home: Path, display: str, *, command: tuple[str, ...] = (), language: str = "English"
    ) -> None:
        self.folder = folder
        self._folder = folder
        self.user = user = folder / "user"
        (user / "Mod").mkdir(parents=True, exist_ok=True)
        (user / "user.cfg").write_text(_CONFIG.format(language=language), encoding="utf-8")
        self.addin = put_addin(user / "Mod", folder, command)
        path = folder / f"control{len(list(folder.glob('control*')))}"
        self._out = (folder / "freecad.out").open("ab")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "ISCBRIDGE_"))}
        env |= {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "FREECAD_USER_HOME": str(user),
            "ISCBRIDGE_HOME": str(home),
            "ISCBRIDGE_TEST_SOCKET": str(path),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "LC_ALL": "C.UTF-8",
        }
        self.process = subprocess.Popen(
            ["freecad", str(INSIDE)], env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._out
        )
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._reader = self._socket.makefile("rb")
        try:
            until(lambda: self._connect(path), "FreeCAD to be there")
        except BaseException:
            self.close()
            raise
        self.until("result = bool(Gui.getMainWindow().findChild(QtWidgets.QToolBar, 'ISCBridgeToolbar'))")
        self.do("from iscbridge_freecad import addin; running = addin.RUNNING[0]; commands = running.commands")

    def _connect(self, path: Path) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"FreeCAD ended with {self.process.returncode}: {self.said()}")
        try:
            self._socket.connect(str(path))
        except OSError:
            return False
        return True

    def do(self, code: str, **names: object) -> Any:
        """Run code inside FreeCAD."""
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        self._socket.sendall(json.dumps(given + textwrap.dedent(code)).encode() + b"\n")
        answer = json.loads(self._reader.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def until(self, code: str, what: str = "", **names: object) -> Any:
        """Wait until what the code calls `result` is true."""
        return until(lambda: self.do(code, **names), what or code)

    def press(self, name: str) -> float:
        """Press a button of the toolbar; the seconds that FreeCAD was busy with it."""
        seconds: float = self.do("result = press(name)", name=name)
        return seconds

    def line(self) -> str:
        """The last thing that was told."""
        return str(self.do("result = running.notices.last"))

    def until_told(self, *parts: str) -> str:
        """Wait until something is told that holds these parts."""
        words = until(
            lambda: said if all(part in (said := self.line()) for part in parts) else None,
            f"to be told {parts}; told was {self.line()!r}",
        )
        return str(words)

    def boxes(self) -> list[str]:
        """Modal boxes since the last call."""
        found: list[str] = self.do("result, watch.boxes = watch.boxes, []")
        return found

    def said(self) -> str:
        """What FreeCAD printed."""
        return (self._folder / "freecad.out").read_text("utf-8", "replace")

    def close(self) -> None:
        """End it, by its process."""
        self._reader.close()
        self._socket.close()
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self._out.close()


def put_addin(place: Path, folder: Path, command: tuple[str, ...] = ()) -> Path:
    """Install the add-in as the command line does."""
    entry = read_catalog([(Origin.SHIPPED, resources_folder("hosts"))]).get("freecad")
    addin, source = entry.host.addin, entry.addin
    assert addin is not None
    assert source is not None
    target = Target(str(place), addin.name, str(folder / "lock"))
    install.install(target, source, host="freecad", version=addin.version, client=addin.client, command=command)
    return Path(target.folder)


@contextmanager
def x_server() -> Iterator[str]:
    """An X server that shows nothing, at a number that it takes itself."""
    assert shutil.which("Xvfb"), "Xvfb is not installed"
    read, write = os.pipe()
    with open(read, "rb") as answer:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
            pass_fds=(write,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        try:
            yield f":{int(answer.readline())}"
        finally:
            server.terminate()
            server.wait(PATIENCE_S)
