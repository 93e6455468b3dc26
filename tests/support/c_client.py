"""The C client library as hosts get it: built by the project's CMake, installed with its own component, used from there."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform.locks import ProfileLock
from support.checkout import ROOT

BUILD = ROOT / "build" / "client"


def run(*command: str | Path) -> None:
    """Run a tool that has to succeed."""
    env = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600, env=env)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"


def cmake() -> str:
    """The tool, which comes with the extra `native`."""
    beside = Path(sys.executable).with_name("cmake")
    found = str(beside) if beside.exists() else shutil.which("cmake")
    assert found is not None, "cmake comes with the extra `native`"
    return found


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Test files run side by side, each in a process of its own; the build tree is one."""
    BUILD.parent.mkdir(exist_ok=True)
    lock = ProfileLock(BUILD.with_suffix(".lock"))
    while True:
        try:
            lock.acquire()
        except BridgeRunError:
            continue  # it has waited a moment
        break
    try:
        yield
    finally:
        lock.release()


def installed(prefix: Path, *more: str) -> Path:
    """Build the library (again only if it changed) and install it, and `more` components, below `prefix`: given back."""
    with _one_at_a_time():
        run(cmake(), "-G", "Ninja", "-S", ROOT, "-B", BUILD, "-DISCBRIDGE_BUILD_TESTS=OFF")
        run(cmake(), "--build", BUILD, "--target", "iscbridge_client", "iscbridge_client_static")
        for component in ("iscbridge_client", *more):
            run(cmake(), "--install", BUILD, "--component", component, "--prefix", prefix)
    return prefix


def examples(prefix: Path, folder: Path) -> Path:
    """Build the examples with nothing of this project but the installed package; gives the folder of the programs."""
    run(cmake(), "-G", "Ninja", "-S", ROOT / "native" / "examples", "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    run(cmake(), "--build", folder)
    return folder


def load(prefix: Path) -> ctypes.CDLL:
    """The installed shared library."""
    return ctypes.CDLL(str(next(prefix.glob("lib*/**/libiscbridge_client.so"))))


def find_address(prefix: Path, home: Path) -> str:
    """Where the bridge of a profile listens, as the library says it."""
    library = load(prefix)
    out = ctypes.c_char_p()
    assert library.iscb_find_address(str(home).encode(), ctypes.byref(out)) == 0
    found = (out.value or b"").decode()
    library.iscb_free(out)
    return found


class Config(ctypes.Structure):
    """`iscb_config`."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("abi_version", ctypes.c_uint32),
        ("host", ctypes.c_char_p),
        ("host_version", ctypes.c_char_p),
        ("product", ctypes.c_char_p),
        ("language", ctypes.c_char_p),
        ("instance", ctypes.c_char_p),
        ("address", ctypes.c_char_p),
        ("home", ctypes.c_char_p),
        ("start_command", ctypes.POINTER(ctypes.c_char_p)),
        ("timeout_ms", ctypes.c_int32),
        ("event_capacity", ctypes.c_uint32),
        ("on_event", ctypes.c_void_p),
        ("user_data", ctypes.c_void_p),
        ("all", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
    )


class CClient:
    """A client of the library, as far as its functions give JSON; every status but ISCB_OK is an error."""

    def __init__(self, prefix: Path, home: Path, start: tuple[str, ...] = ()) -> None:
        self._library = load(prefix)
        assert self._library.iscb_struct_size(1) == ctypes.sizeof(Config)
        words = (ctypes.c_char_p * (len(start) + 1))(*(word.encode() for word in start), None)
        config = Config(size=ctypes.sizeof(Config), abi_version=1, host=b"C client", home=str(home).encode())
        if start:
            config.start_command = words
        self._handle = ctypes.c_void_p()
        assert self._library.iscb_create(ctypes.byref(config), ctypes.byref(self._handle)) == 0

    def connect(self, seconds: float = 60) -> dict[str, Any]:
        """What the bridge says of itself."""
        out = ctypes.c_char_p()
        status = self._library.iscb_connect(self._handle, int(seconds * 1000), ctypes.byref(out), None)
        return self._taken(status, out)

    def request(self, method: str, seconds: float = 60, **params: object) -> dict[str, Any]:
        """Any request."""
        out = ctypes.c_char_p()
        asked = (method.encode(), json.dumps(params).encode())
        status = self._library.iscb_request(self._handle, *asked, int(seconds * 1000), ctypes.byref(out), None)
        return self._taken(status, out)

    def wait(self, job: str, seconds: float = 60) -> int:
        """The status of waiting until a job is final."""
        return int(self._library.iscb_job_wait(self._handle, job.encode(), int(seconds * 1000), None, None))

    def close(self) -> None:
        """Let go."""
        assert self._library.iscb_close(self._handle, 60000) == 0

    def _taken(self, status: int, out: ctypes.c_char_p) -> dict[str, Any]:
        assert status == 0, status
        given: dict[str, Any] = json.loads(out.value or b"")
        self._library.iscb_free(out)
        return given
