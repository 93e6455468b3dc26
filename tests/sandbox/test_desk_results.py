"""How results reach a session: doubled, broken, late, never; and results of sessions that were abandoned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.desk_wire import DeskClient, DeskProcess, until

SUCCESS = b'{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}'
FAILED = b'{"operate":"SaveResult","params":{"status":"failed"},"comeBackParams":{}}'


def results(desk: DeskProcess, client: DeskClient, part: Path) -> list[bytes]:
    """Information strings of all events that one save brings."""
    assert client.call("Save", str(part), "false") == 0
    desk.idle()
    return [fields[2] for fields in client.barrier()]


def test_once(desk: DeskProcess, part: Path) -> None:
    assert results(desk, desk.connect(), part) == [SUCCESS]


def test_doubled(desk: DeskProcess, part: Path) -> None:
    desk.set(results="doubled")
    assert results(desk, desk.connect(), part) == [SUCCESS, SUCCESS]


def test_conflict(desk: DeskProcess, part: Path) -> None:
    desk.set(results="conflict")
    assert results(desk, desk.connect(), part) == [SUCCESS, FAILED]
    assert desk.versions(f"/{part.name}") == 1


def test_broken_json(desk: DeskProcess, part: Path) -> None:
    desk.set(results="broken_json")
    (info,) = results(desk, desk.connect(), part)
    with pytest.raises(json.JSONDecodeError):
        json.loads(info.decode())


def test_broken_utf8(desk: DeskProcess, part: Path) -> None:
    desk.set(results="broken_utf8")
    (info,) = results(desk, desk.connect(), part)
    with pytest.raises(UnicodeDecodeError):
        info.decode()


def test_capitals(desk: DeskProcess, part: Path) -> None:
    desk.set(results="capitals")
    assert results(desk, desk.connect(), part) == [SUCCESS.replace(b"success", b"Success")]


def test_never(desk: DeskProcess, part: Path) -> None:
    desk.set(results="never")
    assert results(desk, desk.connect(), part) == []
    assert desk.versions(f"/{part.name}") == 1


def test_delayed(desk: DeskProcess, part: Path) -> None:
    desk.set(results="delayed", results_delay_ms=1500)
    client = desk.connect()
    assert results(desk, client, part) == []
    assert client.event()[1] == SUCCESS


def test_only_the_next_results(desk: DeskProcess, part: Path) -> None:
    desk.set(results="doubled", results_times=1)
    client = desk.connect()
    assert [len(results(desk, client, part)) for _ in range(2)] == [2, 1]


def test_results_of_open_too(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    results(desk, client, part)
    desk.set(results="doubled")
    client.call("OpenCloudFile")
    assert client.event() == client.event()


# -- abandoned sessions


def abandon(desk: DeskProcess, part: Path) -> None:
    """Leave a session in the middle of an upload."""
    desk.ask("hold", at="middle")
    client = desk.connect("abandoned")
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    client.close()
    until(lambda: not desk.state()["sessions"])


def finish(desk: DeskProcess) -> None:
    desk.ask("release")
    desk.idle()


def test_late_result_none(desk: DeskProcess, part: Path) -> None:
    abandon(desk, part)
    finish(desk)
    assert desk.versions(f"/{part.name}") == 1
    assert desk.connect("next").barrier() == []


def test_late_result_open(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="open")
    abandon(desk, part)
    client = desk.connect("next")
    finish(desk)
    assert client.event()[1] == SUCCESS


def test_late_result_connect(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="connect")
    abandon(desk, part)
    finish(desk)
    until(lambda: desk.state()["late"])
    assert desk.connect("next").event()[1] == SUCCESS
    assert desk.connect("one later").barrier() == []


def test_late_result_before_the_first_call(desk: DeskProcess, part: Path, tmp_path: Path) -> None:
    desk.set(late_result="call", fail_next=1)
    abandon(desk, part)
    finish(desk)
    client = desk.connect("next")
    assert client.barrier() == [], "Init is not the call that is meant"
    seq = client.send("Save", str(part), "false")
    assert client.event()[1] == FAILED, "the abandoned one"
    assert client.expect("return")[1] == seq.encode()
    assert client.event()[1] == SUCCESS, "its own"


def test_late_result_delay(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="delay", late_result_ms=1500)
    abandon(desk, part)
    finish(desk)
    client = desk.connect("next")
    assert client.barrier() == []
    assert client.event()[1] == SUCCESS


def test_late_results_are_at_most_so_many(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="connect", late_result_max=2, hold="middle")
    client = desk.connect()
    for _ in range(3):
        client.call("Save", str(part), "false")
    desk.upload(held="middle")
    client.close()
    until(lambda: not desk.state()["sessions"])
    finish(desk)
    assert [fields[2] for fields in desk.connect("next").barrier()] == [SUCCESS, SUCCESS]


def test_late_answer_of_a_dialog_goes_to_the_next_session(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="open", picker_cancel="failed")
    desk.ask("script", answers=[{"action": "wait"}])
    client = desk.connect("abandoned")
    client.call("SelectSaveAsPath", str(part), "false")
    client.close()
    until(lambda: not desk.state()["sessions"])
    after = desk.connect("next")
    desk.ask("answer", answer={"action": "cancel"})
    assert after.event()[1] == FAILED


def test_abandoned_dropped(desk: DeskProcess, part: Path) -> None:
    desk.set(abandoned="dropped", late_result="open")
    abandon(desk, part)
    desk.idle()
    desk.ask("release")
    assert desk.connect("next").barrier() == []
    assert desk.versions(f"/{part.name}") == 0


def test_abandoned_dialog_dropped(desk: DeskProcess) -> None:
    desk.set(abandoned="dropped")
    desk.ask("script", answers=[{"action": "wait"}])
    client = desk.connect()
    client.call("OpenCloudFile")
    client.close()
    until(lambda: not desk.state()["dialogs"])


def test_a_killed_client_counts_as_abandoned(desk: DeskProcess, part: Path) -> None:
    desk.set(late_result="connect", hold="middle")
    client = desk.connect()
    client.call("Save", str(part), "false")
    desk.upload(held="middle")
    client.close(bye=False)
    until(lambda: not desk.state()["sessions"])
    finish(desk)
    assert desk.connect("next").event()[1] == SUCCESS


def test_a_call_made_just_before_the_connection_ends_counts(desk: DeskProcess, part: Path) -> None:
    client = desk.connect()
    client.send("Save", str(part), "false")
    client.close(bye=False)
    until(lambda: desk.versions(f"/{part.name}") == 1)
