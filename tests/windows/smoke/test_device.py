"""The device fingerprint on Windows Python: the packaged DLL, without elevated rights, the same string twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from iscbridge.device.binding import device_library
from iscbridge.device.explain import explain
from iscbridge.device.facts import Part
from iscbridge.device.fingerprint import Component, take
from iscbridge.device.smbios import parse

_TAKE = """
import sys
from iscbridge.device.fingerprint import take
sys.stdout.buffer.write(take().text.encode("ascii"))
"""


def test_the_same_string_on_every_call():
    first = take()
    assert first.text.count("|") == 3
    assert {take().text for _ in range(20)} == {first.text}
    assert len(first.of(Component.CPU)) == 1
    assert first.facts.system == "windows"


def test_the_same_string_in_another_process():
    done = subprocess.run(
        [sys.executable, "-P", "-c", _TAKE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.decode("ascii") == take().text


def test_each_part_is_read_without_elevated_rights():
    library = device_library()
    adapters = json.loads(library.read(Part.ADAPTERS))["adapters"]
    assert adapters
    assert all(item["name"] and isinstance(item["type"], int) for item in adapters)
    disks = json.loads(library.read(Part.DISKS))["disks"]
    assert [item["name"] for item in disks][:1] == ["PhysicalDrive0"]
    firmware = library.read(Part.FIRMWARE)
    assert isinstance(firmware, bytes)
    assert parse(firmware).system is not None


def test_every_adapter_is_explained():
    found = take()
    lines = [line for line in explain(found) if line.component == "mac"]
    assert len(lines) >= len({adapter.label for adapter in found.facts.adapters})


def test_what_disks_answer_can_be_recorded_without_their_serial_numbers():
    script = Path(__file__).parents[1] / "record_disks.py"
    said = subprocess.run(
        [sys.executable, script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in said.stdout.splitlines()]
    assert lines[0][0] == "0"
    assert all(len(answer) >= 2 * 36 for _, answer in lines)
