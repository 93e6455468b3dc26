from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess

from iscbridge.core.inputs import (
    CallReturned,
    Input,
    SdkEvent,
    Session,
    SessionEnded,
    SessionReady,
    SessionRefused,
)
from iscbridge.core.jobs import ErrorInfo
from iscbridge.service import sdk_session
from iscbridge.service.sdk_launch import FROZEN_COMMAND, SdkLaunch, launch_host
from iscbridge.service.sdk_session import SdkSession, SdkTimes
from support.fake_shim import DEADLINE_S, ROOT, build_fake_shim, wait_until

SUCCESS = '{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'
QUICK = SdkTimes(start=DEADLINE_S * 1000, grace=100, margin=100, gone=DEADLINE_S * 1000)

# A stand-in for the SDK process that says what a test wants: it obeys until the line that it was told to act on.
SCRIPTED = """
import sys, time
def say(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
say(b'{"m":"loaded","abi":1,"cloud":"sandbox","dialect":"d","failureIsFinal":false,"functions":0}\\n')
for line in sys.stdin.buffer:
    if b'"Init"' in line:
        say(b'{"m":"returned","call":0,"ok":true,"status":0,"vendor":0,"text":""}\\n')
    elif b'"call"' in line:
        CALLED
    elif b'"close"' in line:
        CLOSED
"""


class Watched:
    """A session and all that it said, each with the process id that it had then."""

    def __init__(self, launch: SdkLaunch, times: SdkTimes) -> None:
        self.said: list[Input] = []
        self.pids: list[int] = []
        self.react: Callable[[Input], None] | None = None
        self.session = SdkSession(Session.TRANSFER, 3, launch, lambda: 1234.5, times=times)
        self.session.occurred.connect(self._note)

    def _note(self, value: Input) -> None:
        self.said.append(value)
        self.pids.append(self.session.pid)
        if self.react is not None:
            self.react(value)

    @property
    def kinds(self) -> list[type]:
        return [type(value) for value in self.said]

    @property
    def ended(self) -> bool:
        return bool(self.said) and isinstance(self.said[-1], (SessionEnded, SessionRefused))


@pytest.fixture(scope="session")
def fake_shim(tmp_path_factory):
    return build_fake_shim(tmp_path_factory.mktemp("fake_shim"))


@pytest.fixture
def watch(qtbot):
    """watch(launch) starts a session; the test ends it, or this does."""
    watched: list[Watched] = []

    def watch(launch: SdkLaunch, times: SdkTimes = QUICK) -> Watched:
        watched.append(Watched(launch, times))
        watched[-1].session.start()
        return watched[-1]

    yield watch
    for one in watched:
        one.react = None
        one.session.stop(0)
        qtbot.waitUntil(lambda one=one: one.ended, timeout=DEADLINE_S * 1000)
        one.session.deleteLater()


@pytest.fixture
def over_fake(fake_shim, watch):
    """over_fake(FAKE_SAVE=...) starts a session over the scripted shim."""

    def over_fake(times: SdkTimes = QUICK, **environment: str) -> Watched:
        return watch(launch_host(str(fake_shim), environment=environment), times)

    return over_fake


@pytest.fixture
def scripted(watch):
    """scripted(called, closed) starts a session over a process that does this on each call and on close."""

    def scripted(called: str = "pass", closed: str = "break", times: SdkTimes = QUICK) -> Watched:
        script = SCRIPTED.replace("CALLED", called).replace("CLOSED", closed)
        return watch(SdkLaunch(sys.executable, ("-c", script), "/none"), times)

    return scripted


@pytest.fixture
def until(qtbot):
    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=DEADLINE_S * 1000)

    return until


def ready(watched: Watched, until) -> Watched:
    until(lambda: SessionReady in watched.kinds)
    return watched


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


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
    one = ready(over_fake(FAKE_SAVE="burst 100000"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: CallReturned in one.kinds)
    assert [int(event.params["n"]) for event in one.said[1:-1]] == list(range(1, 100_001))


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


# ------------------------------------------------------------------------------------------------------------ stop


def test_stop_right_after_start(over_fake, until, tmp_path):
    trace = tmp_path / "trace"
    one = over_fake(FAKE_TRACE=str(trace))
    one.session.stop(DEADLINE_S * 1000)
    until(lambda: one.ended)
    assert one.said == [SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)]
    assert trace.read_text().splitlines() == ["OPEN", "CLOSED"]


def test_stop_of_a_program_that_is_missing(watch, until):
    one = watch(SdkLaunch("/nowhere/program", (), "/none"))
    one.session.stop(100)
    until(lambda: one.ended)
    assert one.said == [SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)]


def test_stop_shuts_out(over_fake, until, tmp_path):
    trace = tmp_path / "trace"
    one = ready(over_fake(FAKE_TRACE=str(trace)), until)
    one.session.stop(DEADLINE_S * 1000)
    until(lambda: one.ended)
    assert trace.read_text().splitlines()[-2:] == ["SHUT_OUT", "CLOSED"]


def test_stop_without_grace_kills(over_fake, until, tmp_path):
    one = ready(over_fake(FAKE_SHUT_OUT="hang"), until)
    one.session.stop(0)
    until(lambda: one.ended)
    assert one.said[-1] == SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)


@pytest.mark.parametrize("environment", [{"FAKE_SAVE": "hang"}, {"FAKE_SHUT_OUT": "hang"}, {"FAKE_CLOSE": "1"}])
def test_an_sdk_that_does_not_let_go_is_left(over_fake, until, environment):
    one = ready(over_fake(**environment), until)
    one.session.call(1, "Save", "/a", False)
    one.session.stop(50)
    until(lambda: one.ended)
    assert one.said[-1] == SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)


def test_a_process_that_ignores_close_is_killed(scripted, until):
    one = ready(scripted(closed="time.sleep(1000)"), until)
    one.session.stop(50)
    until(lambda: one.ended)
    assert one.said[-1] == SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)


def test_a_second_stop_may_shorten_the_grace_but_not_lengthen_it(scripted, until):
    one = ready(scripted(closed="time.sleep(1000)"), until)
    one.session.stop(3_600_000)
    one.session.stop(7_200_000)
    assert one.session._deadline.remainingTime() < 3_700_000
    one.session.stop(10)
    until(lambda: one.ended)
    assert one.said[-1].asked


def test_what_comes_after_stop_is_dropped(scripted, until):
    event = b'{"m":"event","seq":1,"type":1,"operate":"SaveResult","params":{},"raw":""}\n'
    returned = b'{"m":"returned","call":1,"ok":true,"status":0,"vendor":0,"text":""}\n'
    one = ready(scripted(closed=f"say({event + returned!r}); break"), until)
    one.session.call(1, "Save", "/a", False)
    one.session.stop(DEADLINE_S * 1000)
    until(lambda: one.ended)
    assert one.kinds == [SessionReady, SessionEnded]


def test_stop_from_inside_an_event_drops_the_rest(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="burst 1000"), until)
    one.react = lambda value: one.session.stop(1000) if isinstance(value, SdkEvent) else None
    one.session.call(1, "Save", "/a", False)
    until(lambda: one.ended)
    assert one.kinds == [SessionReady, SdkEvent, SessionEnded]


def test_stop_while_the_refused_process_closes(scripted, over_fake, until):
    one = over_fake(SdkTimes(grace=3_600_000), FAKE_INIT="fail 5", FAKE_CLOSE="1")
    until(lambda: one.session._phase is sdk_session._Phase.REFUSED)
    one.session.stop(0)
    until(lambda: one.ended)
    assert one.said == [SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)]


def test_stop_of_a_session_that_was_killed_for_hanging(over_fake, until):
    one = ready(over_fake(FAKE_SAVE="block"), until)
    one.session.call(1, "Save", "/a", False)
    for _ in range(4):
        one.session._on_ping()
    one.session.stop(1000)
    until(lambda: one.ended)
    assert one.said[-1] == SessionEnded(1234.5, Session.TRANSFER, 3, asked=True)


@pytest.mark.parametrize("moment", ["never", "start", "loaded", "ready", "called"])
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FAKE_INIT": "fail 1"},
        {"FAKE_INIT": "abort"},
        {"FAKE_SAVE": "abort"},
        {"FAKE_SAVE": "burst 300;exit 0"},
        {"FAKE_SAVE": "later 1 x;later 2 y;hang", "FAKE_SHUT_OUT": "abort"},
        {"FAKE_ABI": "3"},
    ],
)
def test_the_last_word_comes_once_whatever_happens(over_fake, until, environment, moment):
    one = over_fake(**environment)
    if moment == "start":
        one.session.stop(100)
    if moment == "loaded":
        until(lambda: one.session.loaded is not None or one.ended)
        one.session.stop(100)
    until(lambda: SessionReady in one.kinds or one.ended)
    if moment == "ready":
        one.session.stop(100)
    one.session.call(1, "Save", "/a", False)
    if moment == "called":
        one.session.stop(100)
    if moment == "never" and environment.get("FAKE_SAVE", "hang").endswith("hang"):
        one.session.stop(100)
    until(lambda: one.ended)
    ends = [kind for kind in one.kinds if kind in (SessionEnded, SessionRefused)]
    assert len(ends) == 1
    one.session.stop(0)
    one.session.call(2, "Save", "/a", False)
    assert one.kinds[-1] is ends[0]


def test_a_session_that_was_never_started_has_no_end(qtbot, fake_shim):
    session = SdkSession(Session.TRANSFER, 1, launch_host(str(fake_shim)), time.time)
    said: list[Input] = []
    session.occurred.connect(said.append)
    session.call(1, "Save", "/a", False)
    session.stop(0)
    qtbot.wait(1)
    assert said == []
    assert session.pid == 0


def test_a_session_is_started_once(over_fake, until):
    one = over_fake()
    with pytest.raises(RuntimeError):
        one.session.start()


# --------------------------------------------------------------------------------------------- what can't be read


def test_garbage_does_no_harm(scripted, until, caplog):
    pieces = [
        b"words of a library\n",
        b"\xff\xfe\n",
        b"{}\n[1]\n\n\r\n",
        b'{"m":"unheard"}\n',
        b'{"m":"returned","call":99,"ok":true,"status":0,"vendor":0,"text":""}\n',
        b'{"m":"loaded","abi":1,"cloud":"x","dialect":"","failureIsFinal":true,"functions":0}\n',
        b'printed without a line end{"m":"returned","call":1,"ok":true,"status":0,"vendor":0,"text":""}\n',
    ]
    one = ready(scripted(f"[say(piece) for piece in {pieces!r}]"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: CallReturned in one.kinds)
    assert one.kinds == [SessionReady, CallReturned]
    assert "not a line of ours" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        b'{"m":"event","seq":1,"type":1,"operate":"Sa',
        b'{"m":"event","seq":1,"type":1,"operate":"SaveResult","params":{"a":1},"raw":""}',
        b'{"m":"event","raw":"\xff"}',
    ],
)
def test_an_event_line_that_can_not_be_read_is_told_as_one(scripted, until, line):
    one = ready(scripted(f"say({line!r} + b'\\n')"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: SdkEvent in one.kinds)
    assert one.said[-1].operate == ""
    assert one.said[-1].raw == line.decode("utf-8", "replace")


def test_a_line_above_the_limit_is_not_held_and_told_as_unreadable(scripted, until):
    called = "[say(b'x' * 65536) for _ in range(160)]; say(b'\\n{\"m\":\"lost\"}\\n')"
    one = ready(scripted(called), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: len(one.said) == 3)
    assert one.kinds == [SessionReady, SdkEvent, SdkEvent]
    assert one.session._lines._rest == b""


def test_what_the_process_says_on_standard_error_is_bounded_and_told_after_a_crash(scripted, until, caplog):
    called = "sys.stderr.write('noise ' * 100_000 + 'last words'); sys.stderr.flush(); sys.exit(9)"
    one = ready(scripted(called), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: one.ended)
    assert len(one.session._tail) <= 8192
    assert "last words" in caplog.text


def test_standard_error_goes_to_the_log_when_debugging(scripted, until, caplog):
    caplog.set_level(logging.DEBUG, logger=sdk_session.__name__)
    one = ready(scripted("sys.stderr.write('hello\\n'); sys.stderr.flush()"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: "hello" in caplog.text)


# ------------------------------------------------------------------------------------------------- parent and start

PARENT = """
import sys, time
from PySide6.QtCore import QCoreApplication
from iscbridge.core.inputs import Session, SessionReady
from iscbridge.service.sdk_launch import launch_host
from iscbridge.service.sdk_session import SdkSession
app = QCoreApplication([])
session = SdkSession(Session.TRANSFER, 1, launch_host(sys.argv[1]), time.time, app)
session.occurred.connect(lambda value: print(session.pid, flush=True))
session.start()
app.exec()
"""


def test_the_process_ends_with_its_parent(fake_shim, tmp_path):
    trace = tmp_path / "trace"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(fake_shim)],
        cwd=ROOT,
        env={**os.environ, "FAKE_TRACE": str(trace)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not gone(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: trace.read_text().splitlines()[-2:] == ["SHUT_OUT", "CLOSED"])
    wait_until(lambda: gone(pid) or Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_the_usual_launch():
    launch = launch_host("/lib.so", "/sdk.so", {"ISCBRIDGE_SANDBOX_DESK": "/desk"})
    assert launch.program == sys.executable
    assert launch.command == ["-P", "-m", "iscbridge.sdk.host", "--library", "/lib.so", "--sdk", "/sdk.so"]
    assert launch.environment["ISCBRIDGE_SANDBOX_DESK"] == "/desk"


def test_a_frozen_launch(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    launch = launch_host("/lib.so")
    assert launch.command == [FROZEN_COMMAND, "--library", "/lib.so"]
    assert launch.environment == {}


def test_an_installed_package_is_not_put_in_front_of_the_standard_library(monkeypatch):
    monkeypatch.setattr("iscbridge.__path__", ["/usr/lib/python3/site-packages/iscbridge"])
    assert "PYTHONPATH" not in launch_host("/lib.so").environment


def test_how_an_end_is_described():
    how = sdk_session._how_it_ended
    crash, normal = QProcess.ExitStatus.CrashExit, QProcess.ExitStatus.NormalExit
    assert how(11, crash) == "signal 11"
    assert how(3, normal) == "exit code 3"
    assert how(-1073741819, crash) == "exit code 0xc0000005"
