"""Secrets and records on their worker: what went wrong comes back as data, whatever it was."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from iscbridge.core.errors import SecretError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.service.licensing.work import Found, LicenseWork

CODE = "PLsecret-987654-abc"


class Secrets:
    """A secret store that fails as it is told to."""

    kind = "memory"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get(self, _name: str) -> NoReturn:
        raise self.error

    def set(self, _name: str, _value: str) -> NoReturn:
        raise self.error


def work_with(error: Exception) -> LicenseWork:
    secrets: Any = Secrets(error)
    books: Any = lambda _secrets: Book(error)  # noqa: E731  it has the type of a parameter
    return LicenseWork(lambda: secrets, books, lambda *_: pytest.fail("nobody is asked"))


class Book:
    """Records that fail in the same way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def load(self, _product: str) -> NoReturn:
        raise self.error

    def save(self, _record: LicenseRecord) -> NoReturn:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [(SecretError("ISCB-SECRET-LOCKED"), "ISCB-SECRET-LOCKED"), (ValueError(f"no {CODE}"), "ISCB-BRIDGE-INTERNAL")],
)
def test_what_was_not_kept_never_passes_for_kept(error: Exception, code: str, caplog: pytest.LogCaptureFixture) -> None:
    work = work_with(error)
    record = LicenseRecord("demo", masked_code="PL****abc")
    told: list[ErrorInfo | None] = [work.keep_code("demo", CODE), work.promote_code("demo"), work.write(record)]
    assert [one and one.code for one in told] == [code] * 3
    found = work.load("demo", lambda: record)
    assert isinstance(found, Found)
    assert (found.record, found.warning and found.warning.code) == (record, code)
    assert CODE not in caplog.text


def test_a_fault_is_in_the_log_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    work_with(KeyError(CODE)).keep_code("demo", CODE)
    assert "KeyError at test_license_work.py:" in caplog.text
