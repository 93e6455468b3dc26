"""One Wine prefix for the lane: made fresh, used headless, ended with everything that runs in it.

Only what is Wine's own business stands here. Two habits of Wine 8 shape it:

- A Windows Python whose standard input or output is a regular file dies at its start ("init_sys_streams",
  WinError 6). So programs get pipes.
- Wine's service processes inherit the standard output of the first program that runs in a prefix and keep it open
  for good: whoever waits for that pipe's end waits for ever. So the services are started first, on the null device,
  and nobody waits for the end of a pipe longer than a moment after the program itself has ended.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import threading
import time
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Self

#: Debian's package puts the 64-bit loader here and not on PATH.
_DEBIAN_LOADER = Path("/usr/lib/wine/wine64")
_DEBIAN_SERVER = Path("/usr/lib/wine/wineserver64")

#: Settings of the calling environment that would reach into the Windows programs. Folders of temporary files go
#: too: Windows programs find their own in the registry.
_KEPT_OUT = ("PYTHON", "PIP_", "VIRTUAL_ENV", "QT_", "QML", "ISCBRIDGE_", "WINE", "PYTEST_", "CMAKE_")
_KEPT_OUT_NAMES = {
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "TMPDIR",
    "TEMP",
    "TMP",
    "HOME",
    "COVERAGE_PROCESS_START",
}

#: How long the output of a program may still come after the program has ended.
_LAST_WORDS_S = 1.0


class WineError(Exception):
    """Wine is missing, a prefix could not be made, or a program in it ran too long."""


def find_loader() -> Path | None:
    """The 64-bit Wine program loader; None if Wine is not installed."""
    found = shutil.which("wine64")
    if found:
        return Path(found)
    return _DEBIAN_LOADER if _DEBIAN_LOADER.exists() else None


def find_server() -> Path | None:
    """The `wineserver` program; None if Wine is not installed."""
    found = shutil.which("wineserver")
    if found:
        return Path(found)
    return _DEBIAN_SERVER if _DEBIAN_SERVER.exists() else None


def windows_path(path: Path) -> str:
    """How Windows programs in the prefix name a file of this machine: Wine shows the root folder as drive Z."""
    absolute = PurePosixPath(os.path.abspath(path))
    return str(PureWindowsPath("Z:/", *absolute.parts[1:]))


class Wine:
    """A prefix below `folder`. Use as a context manager: leaving it ends every process of this prefix and no other.

    Args:
        folder: where the prefix is made.
        display: screen of its programs. One for all, from the first on: what the first window of a prefix finds, or
            misses, is what all later ones get.

    Raises:
        WineError: Wine is not installed.
    """

    def __init__(self, folder: Path, display: str | None = None) -> None:
        loader, server = find_loader(), find_server()
        if loader is None or server is None:
            raise WineError("Wine is not installed")
        self._loader, self._server = loader, server
        self._display = display
        self.prefix = folder / "prefix"
        self._home = folder / "home"
        self._home.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """The environment of this prefix's programs: the caller's, without what would change how Python or Qt behave."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_KEPT_OUT) and name not in _KEPT_OUT_NAMES
        }
        kept |= {
            "HOME": str(self._home),  # Wine links a Windows user's document folders to it
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINE_ELEVATED_IS_USUAL": "1",  # every process counts as elevated here; ISCBridge heeds it under Wine only
            # No .NET, no HTML engine (Wine would offer to fetch them) and no entries in a desktop's menus.
            "WINEDLLOVERRIDES": "mscoree=d;mshtml=d;winemenubuilder.exe=d",
        }
        if self._display:
            kept["DISPLAY"] = self._display
        return kept | (extra or {})

    def create(self, timeout: float = 180) -> None:
        """Make the prefix, as Windows 10, and start the services that programs in it need.

        Raises:
            WineError: it could not be made in `timeout` seconds.
        """
        self.prefix.mkdir()
        self._quiet([str(self._server), "-p"], timeout)  # persistent: every program after it starts in 0.1 s, not 2 s
        self._quiet([str(self._loader), "wineboot", "-i"], timeout)
        self._quiet([str(self._loader), "winecfg", "-v", "win10"], timeout)
        if not (self.prefix / "drive_c/windows/system32/kernel32.dll").exists():
            raise WineError(f"the prefix {self.prefix} was not made: it holds no Windows folder")

    def stop(self) -> None:
        """End every process of this prefix. Does nothing if none runs."""
        if self.prefix.exists():
            subprocess.run(
                [str(self._server), "-k"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=30,
                check=False,
            )

    def run(
        self,
        arguments: list[str],
        *,
        cwd: Path,
        timeout: float,
        env: dict[str, str] | None = None,
        show: bool = False,
    ) -> tuple[int, str]:
        """Run a Windows program to its end. Returns its exit code and what it wrote.

        Args:
            arguments: the program (a path of this machine) and its arguments.
            cwd: folder of this machine that the program starts in.
            timeout: seconds; after them the program is killed.
            env: variables to add.
            show: print each line as it comes.

        Raises:
            WineError: the program did not end in time.
        """
        lines: list[str] = []
        with subprocess.Popen(
            [str(self._loader), *arguments],
            cwd=cwd,
            env=self.environment(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            ended = threading.Event()
            reader = threading.Thread(
                target=_read, args=(process.stdout.fileno(), ended, lines, show), name="wine-output", daemon=True
            )
            reader.start()
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                _end(reader, ended)
                raise WineError(_too_long(arguments, timeout, lines)) from None
            finally:
                if process.poll() is None:
                    process.kill()
                _end(reader, ended)
        return code, "\n".join(lines)

    def _quiet(self, command: list[str], timeout: float) -> None:
        began = time.monotonic()
        try:
            done = subprocess.run(
                command,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WineError(f"{' '.join(command)} did not end in {time.monotonic() - began:.0f} s") from None
        if done.returncode:
            raise WineError(f"{' '.join(command)} ended with {done.returncode}")


def _read(pipe: int, ended: threading.Event, lines: list[str], show: bool) -> None:
    """Take what comes, until the pipe's end; once the program has ended, until nothing has come for a moment.

    A program of the prefix that it started, such as the desktop, may hold the pipe, and others may be in need of it.
    """
    rest = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], _LAST_WORDS_S)
        if not ready and ended.is_set():
            break
        block = os.read(pipe, 65536) if ready else b""
        if ready and not block:
            break
        *whole, rest = (rest + block).split(b"\n")
        _take(whole, lines, show)
    _take([rest] if rest else [], lines, show)


def _end(reader: threading.Thread, ended: threading.Event) -> None:
    ended.set()
    reader.join()


def _take(raw: list[bytes], lines: list[str], show: bool) -> None:
    for line in raw:
        lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        if show:
            print("    " + lines[-1], flush=True)


def _too_long(arguments: list[str], timeout: float, lines: list[str]) -> str:
    last = "\n".join(lines[-20:])
    return f"{' '.join(arguments)} did not end in {timeout:.0f} s; its last words:\n{last}"
