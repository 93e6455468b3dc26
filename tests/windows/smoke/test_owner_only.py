"""Whether others may read a file, by its owner and access list.

Wine keeps access lists as the mode bits of the file below: of all others it knows only Everyone.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from iscbridge.core.errors import SecretError
from iscbridge.platform.owner_only import read_owner_only
from iscbridge.platform.private import write_private

_DACL, _PROTECTED = 0x4, 0x8000_0000


def set_access(path: Path, sddl: str) -> None:
    """Give a file this access list, and nothing from its folder."""
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor = ctypes.c_void_p()
    made = advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, 1, ctypes.byref(descriptor), None)
    assert made, ctypes.WinError(ctypes.get_last_error())
    assert advapi32.SetFileSecurityW(str(path), _DACL | _PROTECTED, descriptor), ctypes.get_last_error()
    ctypes.WinDLL("kernel32").LocalFree(descriptor)


def test_a_private_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(str(path), b"geheim")
    assert read_owner_only(str(path), 100) == b"geheim"


@pytest.mark.parametrize("right", ["FR", "FW", "FA", "GR"])
def test_a_file_that_everyone_may_read_or_change_is_refused(tmp_path: Path, right: str) -> None:
    path = tmp_path / "secret"
    write_private(str(path), b"geheim")
    set_access(path, f"D:P(A;;FA;;;OW)(A;;{right};;;WD)(A;;FA;;;SY)(A;;FR;;;BA)")
    with pytest.raises(SecretError) as caught:
        read_owner_only(str(path), 100)
    assert caught.value.code == "ISCB-SECRET-FILE-SHARED"
