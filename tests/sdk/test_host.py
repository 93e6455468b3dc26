from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from iscbridge.sdk import messages
from iscbridge.sdk.host import EXIT_FAILED, EXIT_LOAD, EXIT_OK, EXIT_STUCK, EXIT_USAGE
from iscbridge.sdk.status import Status
from support.fake_shim import DEADLINE_S, ROOT, wait_until

SUCCESS = '{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'


def ready(child):
    child.call(0, "Init")
    *_, returned = child.until("returned")
    assert returned == {"m": "returned", "call": 0, "ok": True, "status": 0, "vendor": 0, "text": ""}
    return child


def test_loaded_says_what_was_loaded(start):
    assert start().line() == {
        "m": "loaded",
        "abi": 1,
        "cloud": "sandbox",
        "dialect": "fake 云",
        "failureIsFinal": True,
        "functions": 8190,
    }


def test_a_save_and_its_result_in_their_order(start):
    child = ready(start(FAKE_SAVE=f"event {SUCCESS}"))
    child.call(41, "Save", "/目录/a.FCStd", False)
    event, returned = child.until("returned")
    assert event == {
        "m": "event",
        "seq": 2,
        "type": 7,
        "operate": "SaveResult",
        "params": {"status": "success"},
        "raw": SUCCESS,
    }
    assert returned["call"] == 41


def test_every_line_is_one_that_the_parent_reads(start):
    child = start(FAKE_SAVE='event {"a":;lost;fail 3')
    ready(child)
    child.call(1, "Save", "/a", True)
    child.send(m="ping", n=5)
    lines = child.until("returned")
    if not any(line["m"] == "pong" for line in lines):
        lines += child.until("pong")
    kinds = {type(messages.read(json.dumps(line).encode())) for line in lines}
    assert kinds == {messages.Event, messages.Lost, messages.Returned, messages.Pong}


def test_each_call_has_its_own_arguments(start, tmp_path):
    trace = tmp_path / "trace"
    child = ready(start(FAKE_TRACE=str(trace)))
    child.call(1, "GetLicenseFileRequest", "name", "dev")
    child.call(2, "GetLicenseStringRequest", "dev")
    child.call(3, "LicenseVerifyNotify", True, "")
    child.call(4, "TrialExpirationAndGetLicense", "LICENSE_TYPE_FILE", "dev", "name")
    child.call(5, "CheckNewVersions")
    child.call(6, "UpgradeNotify", False)
    child.call(7, "OpenCloudFile")
    child.call(8, "Save", "/a", True)
    child.call(9, "SelectSaveAsPath", "/b", False)
    child.call(10, "GetSolution", "/c")
    returned = [child.line() for _ in range(10)]
    assert [(r["call"], r["ok"]) for r in returned if r is not None] == [(n, True) for n in range(1, 11)]
    assert [line.split("|")[0] for line in trace.read_text().splitlines()] == [
        "OPEN",
        "INIT",
        "LICENSE_FILE",
        "LICENSE_STRING",
        "LICENSE_VERIFY_NOTIFY",
        "TRIAL_EXPIRED",
        "CHECK_NEW_VERSIONS",
        "UPGRADE_NOTIFY",
        "OPEN_CLOUD_FILE",
        "SAVE",
        "SELECT_SAVE_AS_PATH",
        "GET_SOLUTION",
    ]


@pytest.mark.parametrize(
    ("function", "args", "status"),
    [
        ("Save", ["/a"], Status.ERR_ARGUMENT),
        ("Save", ["/a", 1], Status.ERR_ARGUMENT),
        ("Save", [None, True], Status.ERR_ARGUMENT),
        ("Save", ["/a\0", True], Status.ERR_ENCODING),
        ("Save", ["/\udc80", True], Status.ERR_ENCODING),
        ("TrialExpirationAndGetLicense", ["file", "", ""], Status.ERR_ARGUMENT),
        ("Unheard", [], Status.ERR_ARGUMENT),
        ("ShutOut", [], Status.ERR_ARGUMENT),
        ("GetSolution", ["/a"], -77),
    ],
)
def test_a_call_that_can_not_be_made_is_answered(start, function, args, status):
    child = ready(start(FAKE_GET_SOLUTION="refuse -77"))
    child.call(3, function, *args)
    answer = child.line()
    assert answer is not None
    assert (answer["m"], answer["call"], answer["ok"], answer["status"]) == ("returned", 3, False, status)
    assert answer["text"]
    child.call(4, "CheckNewVersions")
    assert child.until("returned")[-1]["ok"]


def test_a_call_that_the_sdk_refuses(start):
    child = ready(start(FAKE_SAVE="fail 12", FAKE_OPEN_CLOUD_FILE="status -10"))
    child.call(1, "Save", "/a", False)
    assert child.line() == {"m": "returned", "call": 1, "ok": False, "status": 0, "vendor": 12, "text": ""}
    child.call(2, "OpenCloudFile")
    line = child.line()
    assert line is not None
    assert (line["status"], line["text"]) == (-10, "the fake shim says no")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"no json\n",
        b"[]\n",
        b"{}\n",
        b'{"m":"call"}\n',
        b'{"m":"call","call":1,"fn":"Save","args":7}\n',
        b'{"m":"call","call":null,"fn":[],"args":[]}\n',
        b'{"m":"ping"}\n',
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b"x" * (2 << 20) + b"\n",
        b'{"m":"close","grace":"soon"}\n',
    ],
)
def test_commands_that_can_not_be_read_do_no_harm(start, garbage):
    child = ready(start())
    child.send_bytes(garbage)
    child.send(m="ping", n=9)
    assert child.until("pong")[-1]["n"] == 9


def test_a_burst_arrives_whole_and_in_order(start):
    child = ready(start(FAKE_SAVE="burst 100000"))
    child.call(1, "Save", "/a", False)
    *events, _ = child.until("returned")
    assert [int(event["params"]["n"]) for event in events] == list(range(1, 100_001))
    assert [event["seq"] for event in events] == list(range(2, 100_002))


def test_a_library_that_writes_to_standard_output_harms_no_line(start):
    child = ready(start(FAKE_SAVE=f"print careless;event {SUCCESS};print words"))
    child.call(1, "Save", "/a", False)
    assert [line["m"] for line in child.until("returned")] == ["event", "returned"]
    child.end_input()
    assert child.rest() == []
    assert child.wait() == EXIT_OK
    assert child.errors == b"careless\nwords\n"


@pytest.mark.parametrize("how", ["message", "end"])
def test_close_shuts_out_and_ends(start, tmp_path, how):
    trace = tmp_path / "trace"
    child = ready(start(FAKE_TRACE=str(trace)))
    if how == "message":
        child.send(m="close", grace=30_000)
    else:
        child.end_input()
    assert child.rest() == []
    assert child.wait() == EXIT_OK
    assert child.errors == b""
    assert trace.read_text().splitlines() == ["OPEN", "INIT", "SHUT_OUT", "CLOSED"]


def test_close_before_init_does_not_shut_out(start, tmp_path):
    trace = tmp_path / "trace"
    child = start(FAKE_TRACE=str(trace))
    child.end_input()
    assert child.wait() == EXIT_OK
    assert trace.read_text().splitlines() == ["OPEN", "CLOSED"]


def test_an_sdk_that_hangs_is_left_when_the_grace_is_over(start, tmp_path):
    trace = tmp_path / "trace"
    child = ready(start(FAKE_SAVE="hang", FAKE_TRACE=str(trace)))
    child.call(1, "Save", "/a", False)
    wait_until(lambda: "SAVE" in trace.read_text())
    child.send(m="ping", n=1)
    child.until("pong")
    child.send(m="close", grace=50)
    assert child.wait() == EXIT_OK
    assert trace.read_text().splitlines()[-1] == "ABANDONED"
    assert b"did not let go" in child.errors


def test_a_close_that_never_returns_is_left(start):
    child = ready(start(FAKE_CLOSE="1"))
    child.send(m="close", grace=50)
    assert child.wait() == EXIT_STUCK


def test_a_parent_that_does_not_listen_any_more_ends_it(fake_shim, tmp_path):
    trace = tmp_path / "trace"
    process = subprocess.Popen(
        [sys.executable, "-m", "iscbridge.sdk.host", "--library", str(fake_shim)],
        cwd=ROOT,
        env={**os.environ, "FAKE_CHECK_NEW_VERSIONS": f"event {SUCCESS}", "FAKE_TRACE": str(trace)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process, process.stdin as commands, process.stdout as lines:  # type: ignore[union-attr] # both are pipes
        commands.write(b'{"m":"call","call":0,"fn":"Init","args":[]}\n')
        commands.flush()
        assert [json.loads(lines.readline())["m"] for _ in range(2)] == ["loaded", "returned"]
        lines.close()
        commands.write(b'{"m":"call","call":1,"fn":"CheckNewVersions","args":[]}\n')
        commands.flush()
        assert process.wait(DEADLINE_S) == EXIT_OK
    assert trace.read_text().splitlines()[-2:] == ["SHUT_OUT", "CLOSED"]


def test_a_crash_of_the_library_is_a_crash_of_this_process_only(start):
    child = ready(start(FAKE_SAVE="abort"))
    child.call(1, "Save", "/a", False)
    assert child.rest() == []
    assert child.wait() == -signal.SIGABRT
    assert b"Fatal Python error: Aborted" in child.errors


def test_an_interrupt_from_the_terminal_is_the_parents_business(start):
    child = ready(start())
    child.process.send_signal(signal.SIGINT)
    child.send(m="ping", n=1)
    child.until("pong")


def test_what_can_not_be_loaded_is_said_and_ends(start, tmp_path):
    child = start(library=tmp_path / "missing.so")
    fatal = child.line()
    assert fatal is not None
    assert (fatal["m"], fatal["code"]) == ("fatal", "ISCB-SDK-LOAD")
    assert fatal["params"]["path"] == str(tmp_path / "missing.so")
    assert child.wait() == EXIT_LOAD


def test_another_abi_is_said_and_ends(start):
    child = start(FAKE_ABI="7")
    assert [line["code"] for line in child.rest()] == ["ISCB-SDK-ABI"]
    assert child.wait() == EXIT_LOAD


def test_the_sdk_that_was_named_is_opened(start, tmp_path):
    trace = tmp_path / "trace"
    child = start("--sdk", "/vendor/Iscdesk.dll", FAKE_TRACE=str(trace))
    child.until("loaded")
    assert trace.read_text() == "/vendor/Iscdesk.dll\n"


def test_a_shim_that_fails_ends_the_process(start):
    child = start(FAKE_WAIT="-10")
    assert [line["m"] for line in child.rest()] == ["loaded"]
    assert child.wait() == EXIT_FAILED


@pytest.mark.parametrize("arguments", [[], ["--library"], ["--sdk", "x"], ["--library", "x", "y"], ["-h"]])
def test_usage(arguments):
    command = [sys.executable, "-m", "iscbridge.sdk.host", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == EXIT_USAGE
    assert done.stdout == b""
    assert done.stderr.startswith(b"usage:")


def test_it_loads_little():
    """Start-up time counts after each recycled session: these would double it."""
    code = "import sys, iscbridge.sdk.host; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "iscbridge.sdk.binding" in loaded
    heavy = {
        "argparse",
        "asyncio",
        "cffi",
        "logging",
        "msgspec",
        "pathlib",
        "pycparser",
        "PySide6",
        "subprocess",
        "typing",
    }
    assert not loaded & heavy
