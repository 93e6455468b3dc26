"""Paths as Windows has them: long ones, shares, names of devices, folders of users who don't write ASCII."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError
from iscbridge.platform.files import open_shared, stamp
from iscbridge.platform.folders import Home
from iscbridge.platform.identity import canonical, identity_key
from iscbridge.platform.longpaths import extended
from iscbridge.platform.machine import machine_folder, machine_policy
from iscbridge.platform.volumes import free_bytes, is_share, volume_key

DEEP = "a folder with a rather long name\\" * 9

#: Says where everything of this user lies, in a process of its own.
_FOLDERS = """
import json, sys
from iscbridge.platform.folders import Home
home = Home.from_environment()
home.ensure()
home.config.write_text("x", encoding="utf-8")
sys.stdout.buffer.write(json.dumps([str(home.root), home.bridge_address(), home.key]).encode("ascii"))
"""


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("C:\\parts\\gear.FCStd", "C:\\parts\\gear.FCStd"),
        (f"C:\\{DEEP}gear.FCStd", f"\\\\?\\C:\\{DEEP}gear.FCStd"),
        (f"C:/{DEEP}../gear.FCStd", f"\\\\?\\C:\\{DEEP[: DEEP[:-1].rindex(chr(92)) + 1]}gear.FCStd"),
        (f"\\\\nas\\cad\\{DEEP}gear.FCStd", f"\\\\?\\UNC\\nas\\cad\\{DEEP}gear.FCStd"),
        (f"\\\\?\\UNC\\nas\\cad\\{DEEP}gear.FCStd", f"\\\\?\\UNC\\nas\\cad\\{DEEP}gear.FCStd"),
        (f"\\\\?\\C:\\{DEEP}gear.FCStd", f"\\\\?\\C:\\{DEEP}gear.FCStd"),
    ],
)
def test_long_paths_get_their_prefix_once(path: str, wanted: str) -> None:
    assert extended(path) == wanted


def test_a_long_path_is_one_file_however_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / DEEP
    os.makedirs(extended(str(folder)))
    path = str(folder / "part.FCStd")
    with open(extended(path), "wb") as file:
        file.write(b"far")
    assert identity_key(path) == identity_key(extended(path)) == identity_key(path.upper())
    assert canonical(path).startswith("\\\\?\\")
    assert free_bytes(str(folder)) > 0


@pytest.mark.parametrize("name", ["NUL", "CON", "nul", "COM1", "\\\\.\\NUL"])
def test_the_name_of_a_device_is_no_file(tmp_path: Path, name: str) -> None:
    path = name if name.startswith("\\") else str(tmp_path / name)
    for look in (stamp, open_shared):
        with pytest.raises(BridgeError) as caught:
            look(path)
        assert caught.value.code in {"ISCB-FILE-NOT-REGULAR", "ISCB-FILE-MISSING", "ISCB-FILE-UNREADABLE"}


def test_a_folder_and_a_device_make_no_share() -> None:
    assert not is_share("C:\\Windows")
    assert is_share("\\\\10.0.0.5\\cad\\gear.FCStd")
    assert volume_key("C:/Windows/x") == volume_key("c:\\y") == "c:"
    assert volume_key("\\\\?\\unc\\NAS\\cad\\x") == volume_key("//nas/CAD/y")


@pytest.mark.parametrize("user", ["Jürgen Groß", "王小明", "Zoë 零件"])
def test_a_user_s_folder_need_not_be_ascii(tmp_path: Path, user: str) -> None:
    """The folder is the system's answer and not the environment's: USERPROFILE is only what programs are told."""
    profile = tmp_path / user
    (profile / "AppData" / "Local").mkdir(parents=True)
    environment = {
        **os.environ,
        "USERPROFILE": str(profile),
        "LOCALAPPDATA": str(profile / "AppData" / "Local"),
        "ISCBRIDGE_HOME": str(profile / "AppData" / "Local" / "ISCBridge"),
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", _FOLDERS],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    root, address, key = json.loads(done.stdout)
    home = Home(environment["ISCBRIDGE_HOME"])
    assert (root, address, key) == (str(home.root), home.bridge_address(), home.key)
    assert home.config.read_text("utf-8") == "x"
    assert address.isascii()


def test_without_a_word_of_the_user_the_profile_is_local_and_not_roaming() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ISCBRIDGE_HOME"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", _FOLDERS],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    root = Path(json.loads(done.stdout)[0])
    assert root.name == "ISCBridge"
    assert root.parent.name == "Local"


def test_the_administrator_s_folder_is_the_machine_s() -> None:
    assert machine_folder() == Path(os.environ["PROGRAMDATA"]) / "ISCBridge"
    assert machine_policy().parent == machine_folder()
