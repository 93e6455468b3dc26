"""Records on a disk that is really full, and killed by a real signal."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.journal.license_records import LicenseRecords
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets

WRITER = """
import sys
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.journal.license_records import LicenseRecords
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets
home = Home(sys.argv[1])
records = LicenseRecords(home.licenses, open_secrets(home, "file"))
number = int(sys.argv[2])
while True:
    number += 1
    records.save(LicenseRecord("FlowCAD", failures=number))
    print(number, flush=True)
"""


def open_records(home: Home) -> LicenseRecords:
    return LicenseRecords(home.licenses, open_secrets(home, "file"))


def test_a_full_disk_is_told_and_the_old_record_stays(tmp_path: Path) -> None:
    records = open_records(Home(tmp_path))
    saved = records.save(LicenseRecord("FlowCAD"))
    large = LicenseRecord("FlowCAD", error=ErrorInfo("ISCB-LIC-EXPIRED", {"product": "x" * 60_000}))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))  # the kernel refuses; Python ignores SIGXFSZ
    try:
        with pytest.raises(JournalError) as caught:
            records.save(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.code == "ISCB-JOURNAL-DISK-FULL"
    assert records.load("FlowCAD") == (saved, None)
    assert len(os.listdir(tmp_path / "licenses")) == 1


def test_a_killed_writer_leaves_what_it_said_it_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    dice = random.Random(20)
    number = 0
    for _ in range(6):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(number)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            said = [int(writer.stdout.readline()) for _ in range(dice.randint(1, 8))]
            writer.send_signal(signal.SIGKILL)
            said += [int(line) for line in writer.stdout.read().split()]
        record, error = open_records(home).load("FlowCAD")
        assert error is None
        assert record is not None
        assert record.failures in (said[-1], said[-1] + 1)
        number = record.failures
