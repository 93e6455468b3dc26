"""The declarations that Python has of the C ABI, and the types over them, are those of the header."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from iscbridge.device.binding import CLibrary
from iscbridge.sdk.build_cffi import main
from support.checkout import ROOT

HEADER = ROOT / "native" / "include" / "isc_device.h"
MODULE = "iscbridge.device._device_cffi"


def test_the_generated_module_is_that_of_the_header(tmp_path):
    assert main([str(HEADER), str(tmp_path / "fresh.py"), MODULE]) == 0
    installed = Path(import_module(MODULE).__file__)
    assert installed.read_text(encoding="utf-8") == (tmp_path / "fresh.py").read_text(encoding="utf-8")


def test_the_types_name_nothing_that_the_header_lacks():
    header = HEADER.read_text(encoding="utf-8")
    functions = [name for name in vars(CLibrary) if name.startswith("isc_")]
    assert len(functions) == 3
    constants = [name for name in CLibrary.__annotations__ if name.startswith("ISC_")]
    assert constants
    assert all(name in header for name in (*functions, *constants))
