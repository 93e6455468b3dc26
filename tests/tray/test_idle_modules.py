"""What an idle process holds: none of the modules that only some work needs. The list is what was measured to matter."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.world import World, until

#: With all that lies below them.
NOT_IN_ANY = (
    # licences and the store: from the first question on
    "ssl",
    "httpx",
    "httpcore",
    "cryptography",
    "keyring",
    "truststore",
    "iscbridge.store",
    # the first watched folder
    "watchdog",
    "subprocess",
    "iscbridge.platform.watch_threads",
    # the first assembly, the first name beyond ASCII, the first settings file, the first licence
    "xml",
    "unicodedata",
    "tomllib",
    "tomlkit",
    # large, and never needed by us
    "asyncio",
    "logging.handlers",
    "multiprocessing",
    "html.entities",
    "email",
    "http",
    # one language at a time
    "iscbridge.texts.zh",
    # other processes
    "iscbridge.sandbox.desk",
    "iscbridge.sdk.host",
    "iscbridge.service.support",
)
NOT_IN_THE_TRAY = (
    *NOT_IN_ANY,
    "iscbridge.cli.main",
    "iscbridge.ipc.client",
    "locale",
    "PySide6.QtSvg",
    "iscbridge.tray.activity",
    "iscbridge.tray.bundle",
    "iscbridge.tray.first_run",
    "iscbridge.tray.settings",
    "iscbridge.tray.workfiles",
    "iscbridge.tray.quit_dialog",
    "iscbridge.tray.waiting_window",
    "iscbridge.tray.widgets.labels",
    "iscbridge.tray.widgets.problem",
)
NOT_IN_THE_BRIDGE = (*NOT_IN_ANY, "iscbridge.tray", "PySide6.QtGui", "PySide6.QtWidgets")
#: Waits for the icon: every millisecond there is one in which a person sees nothing.
NOT_BEFORE_THE_ICON = ("socket", "ctypes", "json", "msgspec", "dataclasses", "sqlite3", "iscbridge.ipc.messages")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.env |= {"QT_QPA_PLATFORM": "offscreen", "PYTHONPROFILEIMPORTTIME": "1"}
    try:
        yield made
    finally:
        made.close()


def loaded(world: World, *command: str) -> list[str]:
    """The modules of an idle process of this command, in the order in which they came."""
    world.desk()
    heard = world.home.root.parent / "heard.out"
    with heard.open("ab") as log:  # without the tests' options: those would load the parser of all commands
        program = [sys.executable, "-m", "iscbridge", *command]
        world._bridge = subprocess.Popen(program, env=world.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    until(world._is_up, "the bridge to listen")
    until(lambda: world.ask().request("bridge.status")["sessions"][0]["state"] == "ready", "the SDK's session")
    if command[0] == "tray":
        until(lambda: bool(world.ask().request("bridge.status")["tray"]), "the tray's link")
    assert world.stop_bridge() == 0
    return re.findall(r"^import time: .*\| *(\S+)$", heard.read_text("utf-8"), re.MULTILINE)


def among(modules: list[str], names: tuple[str, ...]) -> list[str]:
    return [module for module in modules if any(module == name or module.startswith(f"{name}.") for name in names)]


def test_an_idle_tray_holds_no_more_than_it_needs(world: World) -> None:
    modules = loaded(world, "tray", "--quiet")
    assert "iscbridge.service.bridge" in modules
    assert among(modules, NOT_IN_THE_TRAY) == []
    before = modules[: modules.index("iscbridge.tray.shell")]
    icon = modules.index("iscbridge.tray.icon")
    assert among(before[: icon + 1], NOT_BEFORE_THE_ICON) == []


def test_an_idle_bridge_holds_no_more_than_it_needs(world: World) -> None:
    modules = loaded(world, "serve", "--quiet")
    assert "iscbridge.service.bridge" in modules
    assert among(modules, NOT_IN_THE_BRIDGE) == []
