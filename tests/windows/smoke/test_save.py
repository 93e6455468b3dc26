"""One file through both DLLs and the named pipe into the sandbox cloud."""

from __future__ import annotations

import hashlib

import pytest

from iscbridge.platform.folders import Home

#: Every byte value, and what a text mode would change: CR LF, a lone LF, Ctrl-Z.
CONTENT = bytes(range(256)) * 1024 + b"\r\n\n\x1a\r\n" + b"end"


def test_libraries_load_and_say_what_they_are(home, desk, sdk_process):
    process = sdk_process(home)
    loaded = process.hear("loaded")
    assert loaded["cloud"] == "sandbox"
    assert loaded["abi"] == 1
    assert loaded["functions"] == 0b1_1111_1111_1110  # all twelve functions of isc_function
    process.say(m="close", grace=5000)
    assert process.end() == 0


@pytest.mark.parametrize("name", ["bracket.FCStd", "Teil Nr 7 äöü.FCStd", "零件 图纸.FCStd"])
def test_file_is_in_the_cloud_byte_for_byte(home, desk, sdk_process, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(CONTENT)
    process = sdk_process(home)
    process.hear("loaded")
    process.say(m="call", call=1, fn="Init", args=[])
    assert process.hear("returned")["ok"]
    process.say(m="call", call=2, fn="Save", args=[str(path), False])
    said = [process.hear("returned", "event") for _ in range(2)]
    returned = next(line for line in said if line["m"] == "returned")
    event = next(line for line in said if line["m"] == "event")
    assert (returned["call"], returned["ok"]) == (2, True)
    assert (event["operate"], event["params"]) == ("SaveResult", {"status": "success"})

    held = desk.holds()
    [cloud_path] = [item for item in held if item.endswith(name)]
    assert held[cloud_path]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert desk.fetch(cloud_path, tmp_path / "fetched") == CONTENT
    process.say(m="close", grace=5000)
    assert process.end() == 0


def test_end_of_the_parent_ends_the_process(home, desk, sdk_process):
    process = sdk_process(home)
    process.hear("loaded")
    process.say(m="call", call=1, fn="Init", args=[])
    assert process.hear("returned")["ok"]
    process.process.stdin.close()
    assert process.end() == 0


def test_no_desk_is_a_call_that_fails(tmp_path, sdk_process):
    process = sdk_process(Home(tmp_path))
    process.hear("loaded")
    process.say(m="call", call=1, fn="Init", args=[])
    assert not process.hear("returned")["ok"]
