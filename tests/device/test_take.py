"""The real library on the machine that runs this, whatever that has."""

from __future__ import annotations

import concurrent.futures
import os
import sys

import pytest

from iscbridge.core.errors import DeviceError
from iscbridge.core.licensing.model import Machine
from iscbridge.device.binding import STEM, DeviceLibrary, device_library
from iscbridge.device.compare import compare, seal
from iscbridge.device.explain import explain
from iscbridge.device.facts import Part
from iscbridge.device.fingerprint import Component, take
from iscbridge.device.read import read_facts
from iscbridge.platform.native import NATIVE_DIR, library_name


def test_the_same_string_on_every_call():
    texts = {take().text for _ in range(50)}
    assert len(texts) == 1
    assert texts.pop().count("|") == 3


def test_the_same_string_in_every_thread():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda _: take().text, range(64)))
    assert len(texts) == 1


def test_this_machine_is_itself():
    first, second = take(), take()
    known = any(first.of(component) for component in Component if component is not Component.CPU)
    assert compare(seal(first, "salt"), second, "salt") is (Machine.SAME if known else Machine.UNKNOWN)


def test_the_facts_name_the_system_and_what_it_did_not_give():
    facts = read_facts()
    assert facts.system == ("windows" if sys.platform == "win32" else "linux")
    assert facts.cpu.arch
    assert facts.adapters  # at least the loopback
    assert set(facts.missing) <= {Part.FIRMWARE}  # root alone may read it on Linux, and not every machine has it
    assert bool(facts.firmware) == (Part.FIRMWARE not in facts.missing)


def test_every_adapter_of_this_machine_is_explained():
    fingerprint = take()
    lines = explain(fingerprint)
    for component in Component:
        assert any(line.component == component for line in lines)
    assert (
        sum(line.component == "mac" for line in lines)
        >= len({a.label or a.name for a in fingerprint.facts.adapters}) / 2
    )


def test_the_library_is_loaded_once():
    assert device_library() is device_library(dict(os.environ))


def test_a_missing_library_is_one_error_that_names_it(tmp_path):
    with pytest.raises(DeviceError) as caught:
        device_library({NATIVE_DIR: str(tmp_path)})
    assert caught.value.code == "ISCB-DEVICE-LOAD"
    assert caught.value.params["path"] == str(tmp_path / library_name(STEM))


def test_a_file_that_is_no_library_is_the_same_error(tmp_path):
    path = tmp_path / library_name(STEM)
    path.write_bytes(b"this is no library")
    with pytest.raises(DeviceError) as caught:
        DeviceLibrary.load(str(path))
    assert caught.value.code == "ISCB-DEVICE-LOAD"


def test_an_installation_without_the_declarations_says_so(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "iscbridge.device._device_cffi", None)
    with pytest.raises(DeviceError) as caught:
        DeviceLibrary.load(str(tmp_path / "any"))
    assert "build the package" in caught.value.params["detail"]
