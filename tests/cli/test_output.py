"""What the command line says of a job: words for people in both languages, the same lines for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iscbridge.cli import work
from iscbridge.cli.output import Output
from iscbridge.cli.status import session_words
from support.tray_script import job

UNKNOWN = {
    "code": "ISCB-CLOUD-NO-RESULT",
    "title": "It is not known whether this arrived",
    "message": "m",
    "remedy": "r",
    "retry": "no",
    "params": {},
}


class Impatient:
    """A client whose job never ends."""

    def poll(self, _seconds: float) -> list[Any]:
        return []

    def request(self, _method: str, _params: dict[str, Any]) -> dict[str, Any]:
        return job(1, "submitted", "open", path="")


@pytest.mark.parametrize(
    ("language", "state", "kind"), [("en", "with ISCDesk", "Open"), ("zh", "已交给 ISCDesk", "打开")]
)
def test_patience_that_ends_is_told_in_words(language: Any, state: str, kind: str, capsys: Any) -> None:
    client, wish = Impatient(), work.Wish(wait=True, timeout=0.01)
    output = Output(language, as_json=False)
    assert work.follow(client, output, {"j1": job(1, "submitted", "open", path="")}, wish) == [4]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(kind)
    assert state in last
    assert "submitted" not in last


def test_an_outcome_that_nobody_knows_says_how_it_is_settled(capsys: Any) -> None:
    output = Output("en", as_json=False)
    output.outcome(job(7, "unknown", error=UNKNOWN))
    said = capsys.readouterr().out
    assert "iscbridge resolve j7 dismiss" in said
    assert "iscbridge resolve j7 repeat" in said
    output.outcome(job(7, "unknown", error=UNKNOWN, notes=["note.dismissed"]))
    settled = capsys.readouterr().out
    assert "iscbridge resolve" not in settled, "somebody has said it"
    assert "Somebody looked at it" in settled
    assert "What to do" not in settled
    output.outcome(job(8, "done"))
    assert "iscbridge resolve" not in capsys.readouterr().out


def test_particulars_are_words_and_the_readers_time(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = job(1, "done", submitted="2026-01-01T00:00:01.000Z", handedPath="/x/a", files=2, size=10, attempts=1)
    Output("zh", as_json=False).details(whole)
    said = capsys.readouterr().out
    for word in ("种类", "保存", "提交的路径", "/x/a"):
        assert word in said
    for word in ("kind", "created", "handedPath", "T00:00", "Z\n"):
        assert word not in said
    Output("zh", as_json=True).outcome(whole)
    line = json.loads(capsys.readouterr().out)
    assert (line["kind"], line["created"]) == ("save", "2026-01-01T00:00:01.000Z")


def test_a_connection_is_told_in_words_and_one_of_a_newer_bridge_as_it_came() -> None:
    assert session_words({"session": "transfer", "state": "ready"}, "en") == "Saves: connected"
    dialogs = session_words({"session": "interactive", "state": "off"}, "zh")
    assert (dialogs.startswith("ISCDesk 的对话框"), dialogs.endswith("目前不需要")) == (True, True)
    assert session_words({"session": "third", "state": "odd"}, "en") == "third: odd"
