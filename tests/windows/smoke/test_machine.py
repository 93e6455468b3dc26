"""Owners, access lists and tokens, asked of Windows itself.

Wine keeps access lists as the mode bits of the file below, and every file there belongs to the user: what an
administrator's file looks like is told here by a descriptor, not by a file.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.platform import machine
from iscbridge.platform.access_lists import access_in, access_of_path, is_link
from iscbridge.platform.administrators import doubt, doubt_about
from iscbridge.platform.elevation import has_more_than_usual, refuse_elevated
from iscbridge.platform.winuser import user_sid

ISCBRIDGE = Path(sys.prefix) / "Scripts" / "iscbridge.exe"
USERS = "S-1-5-32-545"
#: What the installers give the folder: installer/machine_folder.hpp.
OURS = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)"


def doubt_of(sddl: str) -> str:
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor = ctypes.c_void_p()
    made = advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, 1, ctypes.byref(descriptor), None)
    assert made, ctypes.WinError(ctypes.get_last_error())
    try:
        return doubt(access_in(descriptor))
    finally:
        ctypes.WinDLL("kernel32").LocalFree(descriptor)


@pytest.mark.parametrize(
    "sddl",
    [
        OURS,
        "O:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FRFX;;;BU)",
        "O:BAD:P(A;;FA;;;BA)(A;;0x1200a9;;;WD)(A;;FA;;;OW)",
        "O:BAD:(A;OICIIOID;GA;;;CO)(A;;FA;;;SY)",  # for what is made below only
        "O:BAD:(D;;FA;;;BU)(A;;FA;;;BA)",
        "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:(A;;FA;;;BA)",
    ],
)
def test_what_only_administrators_may_change_is_believed(sddl: str) -> None:
    assert doubt_of(sddl) == ""


@pytest.mark.parametrize(
    ("sddl", "who"),
    [
        # A folder below %ProgramData% as Windows makes it.
        ("O:BAD:(A;OICIID;FA;;;SY)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)", USERS),
        ("O:BUD:P(A;;FA;;;SY)", USERS),
        ("O:BAD:P(A;;FA;;;SY)(A;;FW;;;WD)", "S-1-1-0"),
        ("O:BAD:P(A;;SD;;;AU)", "S-1-5-11"),
        ("O:BAD:P(A;;GW;;;IU)", "S-1-5-4"),
        ("O:SYD:P(A;;WD;;;BU)", USERS),
        ("O:SY", "S-1-1-0"),
    ],
)  # fmt: skip
def test_what_others_may_change_is_not(sddl: str, who: str) -> None:
    assert doubt_of(sddl) == who


def test_files_and_folders_are_asked_for_their_own(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, tmp_path):
        assert access_of_path(str(path)).owner == user_sid()
        assert doubt_about(str(path)) == user_sid()
        assert not is_link(str(path))
    with pytest.raises(FileNotFoundError):
        doubt_about(str(tmp_path / "none"))


def test_a_user_s_file_in_the_machine_s_folder_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "machine_folder", lambda: tmp_path)
    (tmp_path / "policy.toml").touch()
    told = machine.doubt(tmp_path / "policy.toml")
    assert told is not None
    assert told.params == {"path": str(tmp_path), "detail": user_sid()}


def test_wine_counts_every_process_as_elevated_and_the_lane_says_that_this_is_usual() -> None:
    assert has_more_than_usual()
    refuse_elevated()


def test_without_that_word_no_bridge_begins(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "WINE_ELEVATED_IS_USUAL"}
    environment |= {"ISCBRIDGE_HOME": str(tmp_path / "home"), "ISCBRIDGE_LANGUAGE": "en"}
    done = subprocess.run([ISCBRIDGE, "serve"], env=environment, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"ISCB-BRIDGE-ELEVATED" in done.stderr
    assert not (tmp_path / "home").exists()
