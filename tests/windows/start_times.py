"""How soon the icon of the frozen tray is there against that of the installed package, in turns: run by Windows Python.

python start_times.py FROZEN-FOLDER ROUNDS RESULT     with PYTHONPATH on the folder `tests`

Each start gets the same profile, in which no SDK is named, and is ended before the next. RESULT gets the seconds of all
starts but the first of each, which load the disk's cache: {"frozen": [...], "unfrozen": [...]}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from iscbridge.ipc.client import Client
from iscbridge.platform.folders import Home
from support.windows_desktop import icons_of

PATIENCE_S = 120.0
#: To look through all windows is work for the one server of Wine, which the program that starts waits for, too.
LOOK_S = 0.05


def start(command: list[str], environment: dict[str, str], home: Home) -> float:
    """Seconds from the start of a tray to its icon; it is ended again."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        while not icons_of(process.pid):
            if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"{command[0]} shows no icon (exit code {process.poll()})")
            time.sleep(LOOK_S)
        seconds = time.monotonic() - began
        _close(home)
        process.wait(PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE_S)
    return seconds


def _close(home: Home) -> None:
    """Ask the bridge of the tray to close; it may only just have come up."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        client = Client("start-times", address=home.bridge_address())
        try:
            client.connect()
            client.request("bridge.shutdown", {})
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_S)
        else:
            return
        finally:
            client.close()


def main(frozen: str, rounds: str, result: str) -> int:
    """Start both in turns."""
    commands = {
        "unfrozen": [sys.executable, "-P", "-m", "iscbridge", "tray", "--quiet"],
        "frozen": [str(Path(frozen) / "ISCBridgeTray.exe"), "tray", "--quiet"],
    }
    samples: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder) / "home")
        home.ensure()
        environment = {
            **os.environ,
            "ISCBRIDGE_HOME": str(home.root),
            "ISCBRIDGE_LANGUAGE": "en",
            "QT_QPA_PLATFORM": "windows",
        }
        environment.pop("PYTHONPATH", None)
        for number in range(int(rounds) + 1):
            for name, command in commands.items():
                seconds = start(command, environment, home)
                if number:
                    samples[name].append(seconds)
    Path(result).write_text(json.dumps(samples), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
