from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
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
from iscbridge.service.sdk import session as sdk_session
from iscbridge.service.sdk.launch import FROZEN_COMMAND, SdkLaunch, launch_host
from iscbridge.service.sdk.session import SdkSession, SdkTimes
from support.fake_shim import DEADLINE_S, ROOT, wait_until
from support.watched_session import gone, ready

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
        b'printed {"m":"ev\xffent","params":{"LicenseContent":"KEEPTHIS"\n',
        b'printed without a line end{"m":"returned","call":1,"ok":true,"status":0,"vendor":0,"text":""}\n',
    ]
    one = ready(scripted(f"[say(piece) for piece in {pieces!r}]"), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: CallReturned in one.kinds)
    assert one.kinds == [SessionReady, CallReturned]
    assert "not a line of ours" in caplog.text
    assert "KEEPTHIS" not in caplog.text


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


def test_last_words_that_name_a_licence_are_not_logged(scripted, until, caplog):
    caplog.set_level(logging.DEBUG, logger=sdk_session.__name__)
    words = "sys.stderr.write('got the License: 0815-SECRET\\nthen it broke\\n'); sys.stderr.flush(); sys.exit(9)"
    one = ready(scripted(words), until)
    one.session.call(1, "Save", "/a", False)
    until(lambda: one.ended)
    assert "then it broke" in caplog.text
    assert "0815-SECRET" not in caplog.text


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
from iscbridge.service.sdk.launch import launch_host
from iscbridge.service.sdk.session import SdkSession
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
