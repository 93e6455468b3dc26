from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from iscbridge.core.inputs import (
    CallReturned,
    SdkEvent,
    Session,
    SessionEnded,
    SessionReady,
    SessionRefused,
)
from iscbridge.core.jobs import ErrorInfo
from iscbridge.service.sdk import session as sdk_session
from iscbridge.service.sdk.launch import SdkLaunch, launch_host
from iscbridge.service.sdk.session import SdkTimes
from support.fake_shim import DEADLINE_S
from support.watched_session import SUCCESS, gone, ready


def test_a_save_from_start_to_stop(over_fake, until):
    one = ready(over_fake(FAKE_SAVE=f"event {SUCCESS}"), until)
    assert one.session.loaded is not None
    assert one.session.loaded.cloud == "sandbox"
    one.session.call(7, "Save", "/目录/a.FCStd", False)
    until(lambda: len(one.said) == 3)
    one.session.stop(DEADLINE_S * 1000)
    until(lambda: one.ended)
    assert one.said == [
        SessionReady(1234.5, Session.TRANSFER, 3, call_failure_is_final=True),
        SdkEvent(1234.5, Session.TRANSFER, 3, "SaveResult", {"status": "success"}, SUCCESS),
        CallReturned(1234.5, Session.TRANSFER, 3, 7, ok=True),
        SessionEnded(1234.5, Session.TRANSFER, 3, asked=True),
    ]


def test_every_call_of_a_job_carries_its_arguments(over_fake, until, tmp_path):
    trace = tmp_path / "trace"
    one = ready(over_fake(FAKE_TRACE=str(trace)), until)
    one.session.call(1, "Save", "/a", True)
    one.session.call(2, "SelectSaveAsPath", "/b", False)
    one.session.call(3, "OpenCloudFile")
    one.session.call(4, "GetSolution", "/c")
    one.session.call_args(5, "LicenseVerifyNotify", [False, "why"])
    until(lambda: len(one.said) == 6)
    assert [(r.call, r.ok) for r in one.said[1:]] == [(n, True) for n in range(1, 6)]
    assert trace.read_text().splitlines()[2:] == [
        "SAVE|/a||1",
        "SELECT_SAVE_AS_PATH|/b||0",
        "OPEN_CLOUD_FILE",
        "GET_SOLUTION|/c||0",
        "LICENSE_VERIFY_NOTIFY|why||0",
    ]


def test_calls_that_fail_say_why(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="fail 12", FAKE_OPEN_CLOUD_FILE="refuse -7", FAKE_GET_SOLUTION="status -6"), until)
    one.session.call(1, "Save", "/a", False)
    one.session.call(2, "OpenCloudFile")
    one.session.call(3, "GetSolution", "/c")
    one.session.call_args(4, "Save", ["/half"])
    until(lambda: len(one.said) == 5)
    errors = {r.call: r.error for r in one.said[1:]}
    assert errors[1] == ErrorInfo("ISCB-SDK-CALL-REFUSED", {"status": "12", "function": "Save", "detail": ""})
    assert errors[2] == ErrorInfo("ISCB-SDK-UNSUPPORTED", {"function": "OpenCloudFile"})
    assert errors[3] == ErrorInfo("ISCB-FILE-PATH-NOT-EXPRESSIBLE", {"path": "/c"})
    assert errors[4].code == "ISCB-SDK-CALL-REFUSED"
    assert not any(r.ok for r in one.said[1:])


def test_init_refused_is_the_last_word_and_comes_when_the_process_is_gone(over_fake, until):
    one = over_fake(FAKE_INIT="fail 5")
    until(lambda: one.ended)
    detail = {"detail": "result 5"}
    assert one.said == [SessionRefused(1234.5, Session.TRANSFER, 3, ErrorInfo("ISCB-SDK-INIT", detail))]
    assert one.pids == [0]


def test_events_that_come_before_init_has_returned_are_told_after_it(over_fake, until):
    one = over_fake(FAKE_INIT=f"event {SUCCESS};lost")
    until(lambda: len(one.said) == 3)
    assert one.kinds == [SessionReady, SdkEvent, SdkEvent]
    assert [one.said[1].operate, one.said[2].operate] == ["SaveResult", ""]


def test_lost_events_are_told_as_one_that_can_not_be_read(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="lost"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: len(one.said) == 3)
    assert one.said[1] == SdkEvent(1234.5, Session.TRANSFER, 3, "", {}, "")


def test_a_burst_arrives_whole_and_in_order(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="burst 20000"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: CallReturned in one.kinds)
    assert [int(event.params["n"]) for event in one.said[1:-1]] == list(range(1, 20_001))


# ---------------------------------------------------------------------------------------- ends that nobody asked for


def test_a_program_that_is_missing(watch, until, tmp_path):
    one = watch(SdkLaunch(str(tmp_path / "missing"), (), "/none"))
    until(lambda: one.ended)
    (end,) = one.said
    assert isinstance(end, SessionEnded)
    assert (end.asked, end.error.code) == (False, "ISCB-SDK-LOAD")
    assert end.error.params["path"] == str(tmp_path / "missing")


def test_a_program_that_may_not_be_run(watch, until, tmp_path):
    (tmp_path / "text").write_text("no program")
    one = watch(SdkLaunch(str(tmp_path / "text"), (), "/none"))
    until(lambda: one.ended)
    assert one.said[0].error.code == "ISCB-SDK-LOAD"


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"FAKE_ABI": "9"}, "ISCB-SDK-ABI"),
        ({"FAKE_SIZE": "3:8"}, "ISCB-SDK-ABI"),
        ({"FAKE_OPEN": "-3"}, "ISCB-SDK-LOAD"),
    ],
)
def test_a_library_that_can_not_be_used(over_fake, until, environment, code):
    one = over_fake(**environment)
    until(lambda: one.ended)
    (end,) = one.said
    assert isinstance(end, SessionEnded)
    assert (end.asked, end.error.code) == (False, code)
    assert end.error.params["path"].endswith("libfake_shim.so")


def test_a_library_that_is_missing(watch, until):
    one = watch(launch_host("/nowhere/lib.so"))
    until(lambda: one.ended)
    assert one.said[0].error.code == "ISCB-SDK-LOAD"


@pytest.mark.parametrize(
    ("environment", "detail"),
    [
        ({"FAKE_SAVE": "abort"}, "signal 6"),
        ({"FAKE_SAVE": "exit 3"}, "exit code 3"),
        ({"FAKE_SAVE": "exit 0"}, "exit code 0"),
        ({"FAKE_INIT": "abort"}, "signal 6"),
    ],
)
def test_a_crash_costs_the_session_only(over_fake, until, environment, detail):
    one = over_fake(**environment)
    if "FAKE_SAVE" in environment:
        ready(one, until)
        one.session.call(1, "Save", "/a", False)
    until(lambda: one.ended)
    assert one.said[-1] == SessionEnded(
        1234.5, Session.TRANSFER, 3, asked=False, error=ErrorInfo("ISCB-SDK-CRASHED", {"detail": detail})
    )
    assert CallReturned not in one.kinds


def test_a_kill_from_outside(over_fake, until):
    one = ready(over_fake(), until)
    os.kill(one.session.pid, signal.SIGKILL)
    until(lambda: one.ended)
    assert one.said[-1].error == ErrorInfo("ISCB-SDK-CRASHED", {"detail": "signal 9"})


def test_a_process_that_ends_before_it_has_loaded_anything(watch, until):
    one = watch(SdkLaunch(sys.executable, ("-c", "import sys; sys.exit('no such thing')"), "/none"))
    until(lambda: one.ended)
    assert [value.error for value in one.said] == [ErrorInfo("ISCB-SDK-CRASHED", {"detail": "exit code 1"})]


def test_events_written_just_before_a_crash_are_told(over_fake, until):
    one = ready(over_fake(FAKE_CHECK_NEW_VERSIONS="burst 50;sleep 200;abort"), until)
    one.session.call_args(1, "CheckNewVersions", [])
    until(lambda: one.ended)
    assert one.kinds == [SessionReady, *[SdkEvent] * 50, SessionEnded]


@pytest.mark.parametrize("environment", [{"FAKE_OPEN": "hang"}, {"FAKE_INIT": "hang"}, {"FAKE_INIT": "block"}])
def test_a_start_that_hangs(over_fake, until, environment):
    one = over_fake(SdkTimes(start=500), **environment)
    until(lambda: one.ended)
    (end,) = one.said
    assert isinstance(end, SessionEnded)
    assert (end.asked, end.error.code) == (False, "ISCB-SDK-HUNG")
    assert one.pids == [0]


def test_a_process_that_answers_pings_is_left_alone(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="hang"), until)
    one.session.call(1, "Save", "/a", False)
    for n in range(1, 8):
        one.session._on_ping()
        until(lambda n=n: one.session._pongs == n)
    assert one.kinds == [SessionReady]


@pytest.mark.parametrize("environment", [{"FAKE_SAVE": "stop"}, {"FAKE_SAVE": "block"}])
def test_a_process_that_misses_its_pings_is_killed(over_fake, until, environment):
    one = ready(over_fake(**environment), until)
    one.session.call(1, "Save", "/a", False)
    if environment["FAKE_SAVE"] == "stop":
        stat = Path(f"/proc/{one.session.pid}/stat")
        until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T")
    for _ in range(4):
        one.session._on_ping()
    until(lambda: one.ended)
    assert one.said[-1].error == ErrorInfo("ISCB-SDK-HUNG", {"detail": "it does not answer"})
    assert not one.said[-1].asked
    assert one.pids[-1] == 0


def test_the_ping_timer_runs_by_itself(over_fake, until):
    one = ready(over_fake(SdkTimes(ping=20, missed_pings=1_000_000)), until)
    until(lambda: one.session._pongs > 5)
    assert one.kinds == [SessionReady]


def test_a_process_that_reads_nothing_is_not_fed_without_end(scripted, until):
    one = ready(scripted("time.sleep(1000)"), until)
    for n in range(1, 400):
        one.session.call(n, "Save", "x" * 20_000, False)
    assert one.session._process.bytesToWrite() < 5 << 20
    until(lambda: one.ended)
    assert one.said[-1].error.code == "ISCB-SDK-HUNG"


def test_a_process_that_closed_its_input_is_noticed_by_its_silence(scripted, until):
    one = ready(scripted('import os; os.close(0); say(b\'{"m":"lost"}\\n\'); time.sleep(1000)'), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: len(one.said) == 2)
    for n in range(2, 8):
        one.session.call(n, "Save", "/a", False)
        one.session._on_ping()
    until(lambda: one.ended)
    assert one.said[-1].error.code == "ISCB-SDK-HUNG"


def test_a_process_that_the_system_can_not_end_is_left_behind(over_fake, until, monkeypatch, caplog):
    one = ready(over_fake(SdkTimes(gone=50), FAKE_SAVE="block"), until)
    pid = one.session.pid
    monkeypatch.setattr(one.session._process, "kill", lambda: None)
    one.session.call(1, "Save", "/a", False)
    for _ in range(4):
        one.session._on_ping()
    until(lambda: one.ended)
    assert one.said[-1].error.code == "ISCB-SDK-HUNG"
    assert not gone(pid)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not sdk_session._left_behind)
    assert [type(value) for value in one.said].count(SessionEnded) == 1
    assert "can't be ended" in caplog.text
