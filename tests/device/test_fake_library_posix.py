"""Libraries that behave as ours never does here: another version, a part that grows while it is read, one that fails."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from iscbridge.core.errors import DeviceError
from iscbridge.device.binding import DeviceLibrary
from iscbridge.device.facts import Part
from iscbridge.device.read import read_facts
from support.checkout import ROOT

SOURCE = r"""
#include "isc_device.h"
#include <string.h>
#ifndef VERSION
#define VERSION ISC_DEVICE_ABI_VERSION
#endif
uint32_t isc_device_abi_version(void) { return VERSION; }
const char *isc_device_status_text(int32_t status) { return status == ISC_DEVICE_ERR_MEMORY ? "out of memory" : "other"; }
int32_t isc_device_read(uint32_t part, uint8_t *buffer, uint32_t capacity, uint32_t *length) {
    static uint32_t wanted = 100000;
    const uint32_t grows_until = part == ISC_DEVICE_ADAPTERS ? 200000 : 0xFFFFFFFFu;
    *length = 0;
    if (part == ISC_DEVICE_CPU || part == ISC_DEVICE_NAMES) return ISC_DEVICE_ERR_MEMORY;
    if (part == ISC_DEVICE_FIRMWARE) { *length = 0xFFFFFFFFu; return ISC_DEVICE_ERR_BUFFER; }
    if (capacity < grows_until) { wanted = capacity + 10000; *length = wanted; return ISC_DEVICE_ERR_BUFFER; }
    memset(buffer, ' ', wanted);
    buffer[0] = '{';
    buffer[wanted - 1] = '}';
    *length = wanted;
    return ISC_DEVICE_OK;
}
"""


def build(folder, *options):
    (folder / "fake.c").write_text(SOURCE, encoding="utf-8")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    library = folder / "libfake.so"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        f"-I{ROOT / 'native' / 'include'}",
        *options,
        "-o",
        library,
        folder / "fake.c",
    ]
    subprocess.run(command, check=True)
    return str(library)


def test_a_library_of_another_version_is_refused(tmp_path):
    with pytest.raises(DeviceError) as caught:
        DeviceLibrary.load(build(tmp_path, "-DVERSION=99"))
    assert "ABI 99" in caught.value.params["detail"]


def test_a_library_without_our_functions_is_refused(tmp_path):
    with pytest.raises(DeviceError) as caught:
        DeviceLibrary.load(build(tmp_path, "-Disc_device_abi_version=something_else"))
    assert caught.value.code == "ISCB-DEVICE-LOAD"


def test_what_grows_is_asked_for_again_and_what_fails_is_missing(tmp_path):
    library = DeviceLibrary.load(build(tmp_path))
    adapters = library.read(Part.ADAPTERS)
    assert isinstance(adapters, bytes)
    assert len(adapters) > 100_000
    facts = read_facts(library)
    assert facts.adapters == ()
    assert facts.missing == {
        Part.DISKS: "other",  # grows without end
        Part.FIRMWARE: "other",  # wants 4 GiB
        Part.NAMES: "out of memory",
        Part.CPU: "out of memory",
    }
