"""Programs in C and C++ over iscbridge_client.dll, and the DLL itself, with the real bridge on Windows Python."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home

from .conftest import FOLDER

CONTENT = bytes(range(256)) * 2048 + b"\r\n\x1a"
ISCB_OK = 0
ISCB_ABI_VERSION = 1
TIMEOUT_MS = 60_000
JOB_ID_AT = 40  #: of `job` in iscb_job, in 64-bit processes


class Config(ctypes.Structure):
    """iscb_config."""

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
        ("start_command", ctypes.c_void_p),
        ("timeout_ms", ctypes.c_int32),
        ("event_capacity", ctypes.c_uint32),
        ("on_event", ctypes.c_void_p),
        ("user_data", ctypes.c_void_p),
        ("all", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
    )


@pytest.fixture(scope="module")
def library():
    loaded = ctypes.CDLL(str(FOLDER / "iscbridge_client.dll"))
    loaded.iscb_free.argtypes = [ctypes.c_void_p]
    loaded.iscb_find_address.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
    return loaded


def found_address(library: ctypes.CDLL, home: str) -> str:
    given = ctypes.c_void_p()
    assert library.iscb_find_address(home.encode(), ctypes.byref(given)) == ISCB_OK
    assert given.value is not None
    address = ctypes.string_at(given.value).decode()
    library.iscb_free(given)
    return address


@pytest.mark.parametrize(
    "tail", ["", "\\", "\\not\\there", "\\Ärger ΑΣ İ ǅ 零件", "\\x\\..\\y.", "/forward/slashes", "\\" + "deep\\" * 60]
)
def test_address_is_the_bridges_own(library, tmp_path, tail):
    for front in (str(tmp_path), str(tmp_path).upper(), "\\\\?\\" + str(tmp_path), "\\\\server\\share\\x"):
        home = front + tail
        assert found_address(library, home) == Home(Path(home)).bridge_address(), home


def test_address_of_this_user(library, monkeypatch):
    monkeypatch.delenv("ISCBRIDGE_HOME", raising=False)
    assert found_address(library, "") == Home.from_environment().bridge_address()


def test_c_program_saves_a_file(product, tmp_path):
    path = tmp_path / "bracket.FCStd"
    path.write_bytes(CONTENT)

    done = product.run(FOLDER / "save_polling.exe", path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"done" in done.stdout.split()
    assert product.fetch("bracket.FCStd", tmp_path / "fetched") == CONTENT


def test_cpp_program_saves_files_at_the_same_time(product, tmp_path):
    paths = [tmp_path / f"part{number}.FCStd" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(CONTENT + bytes([number]))

    done = product.run(FOLDER / "save_callbacks.exe", "-", *paths)

    assert (done.returncode, done.stderr) == (0, b"")
    for number, path in enumerate(paths):
        assert product.fetch(path.name, tmp_path / "fetched") == CONTENT + bytes([number])


def test_program_is_told_why_a_file_is_refused(product, tmp_path):
    done = product.run(FOLDER / "save_polling.exe", tmp_path / "missing.FCStd")

    assert done.returncode == 1
    assert b"failed" in done.stdout.split()
    assert b"Put the file back" in done.stdout


def test_dll_saves_a_file_with_a_chinese_name(library, product, tmp_path):
    path = tmp_path / "零件 ä.FCStd"
    path.write_bytes(CONTENT)
    home = str(product.home.root).encode()
    config = Config(abi_version=ISCB_ABI_VERSION, host=b"ctypes", home=home)
    config.size = ctypes.sizeof(Config)
    client = ctypes.c_void_p()
    assert library.iscb_create(ctypes.byref(config), ctypes.byref(client)) == ISCB_OK
    job, last = ctypes.c_void_p(), ctypes.c_void_p()

    saved = library.iscb_save(client, str(path).encode(), None, TIMEOUT_MS, ctypes.byref(job), None)
    assert saved == ISCB_OK
    assert job.value is not None
    identity = ctypes.c_char_p.from_address(job.value + JOB_ID_AT)
    waited = library.iscb_job_wait(client, identity, TIMEOUT_MS, ctypes.byref(last), None)

    assert waited == ISCB_OK
    library.iscb_free(job)
    library.iscb_free(last)
    assert library.iscb_close(client, TIMEOUT_MS) == ISCB_OK
    assert product.fetch(path.name, tmp_path / "fetched") == CONTENT


def test_without_a_bridge_the_program_says_so(tmp_path, product):
    nobody = {**product.environment, "ISCBRIDGE_HOME": str(tmp_path)}
    kept, product.environment = product.environment, nobody
    done = product.run(FOLDER / "save_polling.exe", os.path.join(tmp_path, "x"))
    product.environment = kept

    assert done.returncode == 1
    assert b"ISCB-BRIDGE-NOT-RUNNING" in done.stderr
