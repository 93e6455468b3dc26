from __future__ import annotations

import errno

import pytest

from iscbridge.platform.faults import file_error, store_error


class WindowsError_(OSError):  # noqa: N801, N818  the system's own class has this name on Windows only
    def __init__(self, number: int) -> None:
        super().__init__(errno.EINVAL, "text")
        self.winerror = number


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "ISCB-FILE-MISSING"),
        (errno.ENOTDIR, "ISCB-FILE-MISSING"),
        (errno.EISDIR, "ISCB-FILE-IS-FOLDER"),
        (errno.ELOOP, "ISCB-FILE-LOOP"),
        (errno.EACCES, "ISCB-FILE-DENIED"),
        (errno.EBUSY, "ISCB-FILE-LOCKED"),
        (errno.ETIMEDOUT, "ISCB-FILE-SHARE-SLOW"),
        (errno.EHOSTUNREACH, "ISCB-FILE-SHARE-SLOW"),
        (errno.EIO, "ISCB-FILE-UNREADABLE"),
        (errno.ENAMETOOLONG, "ISCB-REQ-PATH-TOO-LONG"),
    ],
)
def test_by_errno(number: int, code: str) -> None:
    assert file_error(OSError(number, "text"), "/x").code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (2, "ISCB-FILE-MISSING"),
        (3, "ISCB-FILE-MISSING"),
        (5, "ISCB-FILE-DENIED"),
        (32, "ISCB-FILE-LOCKED"),
        (33, "ISCB-FILE-LOCKED"),
        (53, "ISCB-FILE-SHARE-SLOW"),
        (206, "ISCB-REQ-PATH-TOO-LONG"),
        (1921, "ISCB-FILE-LOOP"),
        (23, "ISCB-FILE-UNREADABLE"),
    ],
)
def test_by_winerror(number: int, code: str) -> None:
    assert file_error(WindowsError_(number), "C:\\x").code == code


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, ""), OSError(errno.EFBIG, ""), WindowsError_(112)])
def test_a_full_disk_is_called_full(error: OSError) -> None:
    assert store_error(error, "/home").code == "ISCB-JOURNAL-DISK-FULL"


def test_other_faults_of_our_own_disk_name_their_cause() -> None:
    found = store_error(OSError(errno.EIO, "Input/output error"), "/home")
    assert found.code == "ISCB-JOURNAL-IO"
    assert found.params["detail"] == "Input/output error"


def test_an_error_without_a_number_still_has_a_text() -> None:
    assert file_error(OSError("odd"), "/x").params["detail"]
