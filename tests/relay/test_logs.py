"""The relay's log: JSON lines, and of an exception never its words."""

from __future__ import annotations

import json
import logging
import sys

from iscbridge.relay.http.logs import JsonLines


def line(message: str, *, error: bool = False) -> dict[str, object]:
    trouble = None
    if error:
        try:
            raise KeyError("PLSECRET in a row")
        except KeyError:
            trouble = sys.exc_info()
    record = logging.LogRecord("iscbridge.relay", logging.ERROR, __file__, 1, message, (), trouble)
    return json.loads(JsonLines("north").format(record))


def test_a_line_says_when_how_bad_and_who():
    told = line("it began")
    assert (told["level"], told["from"], told["replica"], told["message"]) == (
        "error", "iscbridge.relay", "north", "it began"
    )  # fmt: skip
    assert str(told["at"]).endswith("Z")


def test_of_an_exception_the_type_and_the_place():
    told = line("a mistake", error=True)
    assert told["error"] == "KeyError"
    assert "test_logs.py" in told["places"][0]
    assert "PLSECRET" not in json.dumps(told)


def test_a_message_that_is_an_object_brings_its_members():
    assert line('{"route": "/x", "status": 200}')["status"] == 200
    assert line('{"no json')["message"] == '{"no json'
    assert line("a\nb")["message"] == "a\nb"
