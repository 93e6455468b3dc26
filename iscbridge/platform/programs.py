"""Runs a program of somebody else for a moment: with a deadline, bounded output, and nothing of it left afterwards.

The program is started by its path and a list of arguments, never through a shell. It works in a folder of its own,
has nothing to read but what it is given, no display to ask a question on, and none of this program's own variables. When it has
ended, is late, says too much or is called off, it and everything that it has started are killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import IO, Any

from iscbridge.platform.processes import DETACHED

_BLOCK = 65_536
_LOOK_S = 0.02
#: What it may have laid into its folder.
_MOST_ON_DISK = 1 << 30
#: After the kill its pipes are closed; a process that the system can't end must not hold this one up.
_LAST_S = 5.0
_OURS = ("ISCBRIDGE_", "PYTHON", "QT_", "QML", "_PYI", "_MEIPASS")
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS")


class End(Enum):
    """How it ended."""

    ENDED = auto()
    """By itself; the code says how."""
    LATE = auto()
    TOO_MUCH = auto()
    """It wrote more than it may."""
    STOPPED = auto()
    """It was called off."""
    NOT_STARTED = auto()


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program did."""

    end: End
    code: int = 0
    out: bytes = b""
    messages: bytes = b""
    """The beginning of its standard error; what is too much of that is let go."""


def run_program(
    command: Sequence[str],
    folder: str,
    seconds: float,
    stop: threading.Event,
    *,
    most: int,
    most_messages: int,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run a program and wait for its end. Blocking; raises nothing.

    Args:
        command: the program's absolute path and its arguments.
        folder: where it works, and where its temporary files go.
        seconds: after which it is killed.
        stop: set it from any thread to have it killed.
        most: bytes that it may write to standard output.
        most_messages: bytes that are kept of standard error.
        given: what it may read from its standard input; empty: there is nothing to read from.
        environment: its variables, besides those that name its folder for temporary files; None: what is left of ours
            for a program that is not ours.
    """
    variables = foreign_environment(os.environ, screen=False) if environment is None else dict(environment)
    try:
        process = _start(command, folder, variables, reads=bool(given))
    except (OSError, ValueError) as error:
        return Ran(End.NOT_STARTED, messages=(getattr(error, "strerror", None) or str(error)).encode())
    group = _Group(process)
    out, messages = _Reader(process.stdout, most), _Reader(process.stderr, most_messages)
    if process.stdin is not None:
        threading.Thread(target=_give, args=(process.stdin, given), name="program-input", daemon=True).start()
    end = _watch(process, group, out, folder, time.monotonic() + seconds, stop)
    group.kill()
    for reader in (out, messages):
        reader.thread.join(_LAST_S)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_S)
    if end is End.ENDED and out.too_much:
        end = End.TOO_MUCH
    return Ran(end, process.returncode or 0, bytes(out.data[:most]), bytes(messages.data[:most_messages]))


def start_program(command: Sequence[str], folder: str) -> None:
    """Start a program of its own that outlives this one, and leave it alone.

    Raises:
        OSError: it can't be started.
    """
    process = subprocess.Popen(
        list(command),
        cwd=folder,
        env=foreign_environment(os.environ, screen=True),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
        creationflags=DETACHED,
    )
    # Nobody asks for its end any more; while this process lives, a thread of no weight takes note of it.
    threading.Thread(target=process.wait, name="program-end", daemon=True).start()


def foreign_environment(environ: Mapping[str, str], *, screen: bool) -> dict[str, str]:
    """The environment for a program that is not ours. `screen`: whether it may show itself."""
    left_out = _OURS if screen else (*_OURS, *_SCREENS)
    found = {name: value for name, value in environ.items() if not name.upper().startswith(left_out)}
    original = found.pop("LD_LIBRARY_PATH_ORIG", None)  # a frozen program puts its own libraries first
    if getattr(sys, "frozen", False):
        found.pop("LD_LIBRARY_PATH", None)
        if original is not None:
            found["LD_LIBRARY_PATH"] = original
    return found


def _give(pipe: IO[bytes], given: bytes) -> None:
    with suppress(OSError, ValueError), pipe:  # it may end without reading
        pipe.write(given)


def _start(command: Sequence[str], folder: str, environment: dict[str, str], *, reads: bool) -> subprocess.Popen[bytes]:
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    else:
        options["start_new_session"] = True
    process = subprocess.Popen(
        list(command),
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        close_fds=True,
        **options,
    )
    if sys.platform != "win32":
        _give_way(process.pid)
    return process


def _watch(
    process: subprocess.Popen[bytes],
    group: _Group,
    out: _Reader,
    folder: str,
    until: float,
    stop: threading.Event,
) -> End:
    while not group.has_ended(process):
        if stop.is_set():
            return End.STOPPED
        if time.monotonic() > until:
            return End.LATE
        if out.too_much or _on_disk(folder) > _MOST_ON_DISK:
            return End.TOO_MUCH
        stop.wait(_LOOK_S)
    return End.ENDED


def _on_disk(folder: str) -> int:
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                total += entry.stat(follow_symlinks=False).st_size
    return total


class _Reader:
    """Empties a pipe on a thread of its own, so that the program never waits for us."""

    def __init__(self, pipe: IO[bytes] | None, most: int) -> None:
        self.data = bytearray()
        self.too_much = False
        self._most = most
        self.thread = threading.Thread(target=self._read, args=(pipe,), name="program-output", daemon=True)
        self.thread.start()

    def _read(self, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        with suppress(OSError, ValueError), pipe:
            while block := os.read(pipe.fileno(), _BLOCK):
                if len(self.data) <= self._most:
                    self.data += block
                self.too_much = len(self.data) > self._most


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_JOB_CLOSE = 0x2000
    _EXTENDED_LIMITS = 9
    _MAY_JOIN = 0x0101  # PROCESS_SET_QUOTA and PROCESS_TERMINATE
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    _kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel32.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    _kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel32.OpenProcess.restype = wintypes.HANDLE
    _kernel32.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)

    class _ExtendedLimits(ctypes.Structure):
        # JOBOBJECT_EXTENDED_LIMIT_INFORMATION: only the flags are set
        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", wintypes.DWORD),
            ("working_set", ctypes.c_size_t * 2),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("classes", wintypes.DWORD * 2),
            ("io", ctypes.c_uint64 * 6),
            ("memory", ctypes.c_size_t * 4),
        )

    class _Group:
        """A job object: what the program starts belongs to it too, and ends with it."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process
            self._job = _kernel32.CreateJobObjectW(None, None)
            limits = _ExtendedLimits()
            limits.flags = _KILL_ON_JOB_CLOSE
            if self._job:
                size = ctypes.sizeof(limits)
                _kernel32.SetInformationJobObject(self._job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
                handle = _kernel32.OpenProcess(_MAY_JOIN, False, process.pid)
                if handle:
                    _kernel32.AssignProcessToJobObject(self._job, handle)
                    _kernel32.CloseHandle(handle)

        def has_ended(self, process: subprocess.Popen[bytes]) -> bool:
            return process.poll() is not None

        def kill(self) -> None:
            if self._job:
                _kernel32.TerminateJobObject(self._job, 1)
                _kernel32.CloseHandle(self._job)
                self._job = None
            with suppress(OSError):
                self._process.kill()

else:
    import signal

    _NICE = 10

    def _give_way(pid: int) -> None:
        """A CAD that somebody works in comes first; when memory is short, this one is ended and not the CAD."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICE)
        with suppress(OSError), open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")

    class _Group:
        """A session and process group of its own."""

        def __init__(self, process: subprocess.Popen[bytes]) -> None:
            self._process = process

        def has_ended(self, process: subprocess.Popen[bytes]) -> bool:
            """Its number stays taken, so that the group can still be killed by it."""
            try:
                return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            except ChildProcessError:
                return True

        def kill(self) -> None:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
