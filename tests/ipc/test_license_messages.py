"""Messages of licensing: what they carry, who hears of a change, and that a code is never quoted."""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import RequestError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Allowed, LicensePolicy, LicenseState, Notice, Verdict
from iscbridge.ipc.framing import Call, FrameReader, read_call
from iscbridge.ipc.license_wire import LicenseFacts, LicenseObject, license_to_wire
from iscbridge.ipc.messages import REQUESTS, LicenseActivateParams, decode_params, is_license_code
from iscbridge.platform.folders import Home
from iscbridge.texts import en, zh
from support.fake_license_bridge import GOOD, MASKED, start_command
from support.raw_client import RawClient

#: As a code may be typed: what must never be quoted. No word of the protocol or of a text holds it.
SECRET = "PLx7Qz-55443322-vW9"


def decode(method: str, raw: bytes) -> Any:
    return decode_params(REQUESTS[method], raw)


# The code of license.activate


@pytest.mark.parametrize("code", ["x", GOOD, "!" + "~" * 63, f" \t{GOOD}\r\n", f"\u3000{GOOD}\xa0"])
def test_a_code_is_taken_without_the_blanks_around_it(code: str) -> None:
    params = decode("license.activate", json.dumps({"product": "demo", "code": code}).encode())
    assert params.code == code.strip()


def test_no_code_means_the_one_that_is_kept() -> None:
    assert decode("license.activate", b'{"product":"demo"}').code is None


BAD_PARAMS: list[bytes] = [
    *(
        json.dumps({"product": "demo", "code": code}).encode()
        for code in (
            "",
            "  ",
            f"{SECRET} {SECRET}",
            f"{SECRET}\x00",
            f"{SECRET}\n{SECRET}",
            f"{SECRET}é",
            f"授权码{SECRET}",
            f"{SECRET}\ud800",
            SECRET * 4,
            SECRET * 4000,
            [SECRET],
            {SECRET: SECRET},
            12,
            True,
        )
    ),
    json.dumps({"code": SECRET}).encode(),
    json.dumps({"product": "", "code": SECRET}).encode(),
    json.dumps({"product": "p" * 257, "code": SECRET}).encode(),
    json.dumps({"product": 1, "code": SECRET}).encode(),
    json.dumps({"product": "demo", SECRET: ""}).encode(),
    json.dumps({"product": "demo", "code": "x", SECRET: ""}).encode(),
    json.dumps({"product": "demo", "path": f"{SECRET}\ud800"}).encode(),
    json.dumps([SECRET]).encode(),
    json.dumps(SECRET).encode(),
]


@pytest.mark.parametrize("raw", BAD_PARAMS, ids=range(len(BAD_PARAMS)))
def test_what_is_no_code_is_refused_and_not_quoted(raw: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        decode("license.activate", raw)
    assert caught.value.code == "ISCB-REQ-PARAMS"
    assert "1 to 64 printable ASCII" in caught.value.params["detail"]
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value.info)
    assert SECRET not in said


@given(st.text(max_size=70))
def test_a_code_is_what_is_printable_ascii_without_blanks(text: str) -> None:
    wanted = 0 < len(text) <= 64 and text.isascii() and text.isprintable() and " " not in text
    assert is_license_code(text) == wanted


@given(
    st.dictionaries(
        st.sampled_from(["product", "code", "path", SECRET]),
        st.sampled_from([SECRET, [SECRET], {SECRET: SECRET}, SECRET + "\x00", None, 1]) | st.text(max_size=80),
    )
)
def test_no_parameters_of_an_activation_are_ever_quoted(params: dict[str, Any]) -> None:
    try:
        found = decode("license.activate", json.dumps(params).encode())
    except RequestError as error:
        said = repr(error) + str(error) + repr(error.info)
    else:
        said = f"{found!r} {found}".replace(repr(params["product"]), "")
    assert SECRET not in said


def test_what_holds_a_code_does_not_show_it() -> None:
    params = LicenseActivateParams(product="demo", code=SECRET)
    assert SECRET not in f"{params!r} {params}"
    assert "demo" in repr(params)
    frame = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "license.activate", "params": {"code": SECRET}}).encode()
    call = read_call(frame)
    assert isinstance(call, Call)
    reader = FrameReader()
    reader.feed(frame + b"\n" + frame)
    assert SECRET not in f"{call!r} {reader!r}"


# The same through the real server, which logs every request and prints every error


@pytest.fixture
def bridge() -> Iterator[tuple[str, Path]]:
    """Address and log of a bridge that writes down all it can."""
    with tempfile.TemporaryDirectory(prefix="lic-") as folder:
        home = Path(folder) / "h"
        log = Path(folder) / "stderr"
        with log.open("wb") as errors:
            process = subprocess.Popen(start_command(home), stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "listening"
        yield Home(home).bridge_address(), home
        RawClient.close_all()
        process.kill()
        process.wait()
        process.stdout.close()


def everything_written(home: Path) -> str:
    return (home / "fake.log").read_text() + (home.parent / "stderr").read_text()


def test_bad_codes_stand_in_no_answer_and_in_no_log(bridge: tuple[str, Path]) -> None:
    address, home = bridge
    client = RawClient(address)
    heard = []
    for number, raw in enumerate(BAD_PARAMS, start=100):
        frame = b'{"jsonrpc":"2.0","id":%d,"method":"license.activate","params":%s}\n' % (number, raw)
        client.write(frame)
        answer = client.read()
        assert answer is not None
        assert answer["id"] == number
        assert answer["error"]["data"]["code"] == "ISCB-REQ-PARAMS"
        heard.append(answer)
    good = client.call("license.activate", {"product": "demo", "code": SECRET})
    assert good["result"]["code"] == MASKED
    logged = everything_written(home)
    assert "license.activate" in logged
    assert SECRET not in json.dumps(heard) + json.dumps(good) + logged


@pytest.mark.parametrize(
    "frame",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"license.activate","params":{"product":"demo","code":"%s}\n',
        b'{"jsonrpc":"2.0","id":1,"method":"license.activate","params":{"product":"demo","code":%s}}\n',
        b'{"jsonrpc":"2.0","id":1,"method":"license.activate","params":{"product":"demo","code":"%s\\q"}}\n',
        b'{"jsonrpc":"2.0","id":1,"method":"license.activate","params":{"product":"demo","code":"%s\xff"}}\n',
        b'{"jsonrpc":"2.0","id":1,"method":"license.activate","params":"%s"}\n',
        b'{"jsonrpc":"1.0","id":1,"method":"license.activate","params":{"code":"%s"}}\n',
        b'{"jsonrpc":"2.0","id":[1],"method":"license.activate","params":{"code":"%s"}}\n',
        b'[{"jsonrpc":"2.0","id":1,"method":"license.activate","params":{"code":"%s"}}]\n',
        b'{"jsonrpc":"2.0","id":1,"method":"license.activated","params":{"code":"%s"}}\n',
        b'{"jsonrpc":"2.0","method":"license.activate","params":{"code":"%s"}}\n',
    ],
    ids=range(10),
)
def test_broken_frames_with_a_code_are_not_quoted(bridge: tuple[str, Path], frame: bytes) -> None:
    address, home = bridge
    for greet in (True, False):
        client = RawClient(address, greet=greet)
        client.write(frame.replace(b"%s", SECRET.encode()))
        after = client.ask("bridge.status", call_id="after")
        heard = []
        while not heard or heard[-1]["id"] != after:
            message = client.read()
            assert message is not None
            heard.append(message)
        assert SECRET not in json.dumps(heard)
    assert SECRET not in everything_written(home)


def test_a_slot_that_fails_over_an_activation_prints_no_code(bridge: tuple[str, Path]) -> None:
    address, home = bridge
    client = RawClient(address)
    client.ask("license.activate", {"product": "broken", "code": SECRET})
    assert "result" in client.call("bridge.status")
    assert "Traceback" in everything_written(home)
    assert SECRET not in everything_written(home)


# Who hears of a change


def changes(client: RawClient) -> list[tuple[str, str]]:
    """What came until the answer to a question that is asked now."""
    last = client.ask("bridge.status")
    found = []
    while (message := client.read()) is not None:
        if message.get("id") == last:
            return found
        if message.get("method") == "license.changed":
            found.append((message["params"]["product"], message["params"]["state"]))
    raise AssertionError("the server hung up")


def test_a_change_is_told_to_the_hosts_of_the_product_and_to_those_who_follow_all(bridge: tuple[str, Path]) -> None:
    address, _ = bridge
    host = RawClient(address, instance="host-of-demo", product="demo")
    elsewhere = RawClient(address, instance="host-of-other", product="other")
    nothing = RawClient(address, instance="host-of-none")
    everything = RawClient(address, instance="the-tray-icon", all=True)
    deaf = RawClient(address, instance="host-of-demo-2", product="demo", events=["job.changed"])
    assert nothing.call("license.activate", {"product": "demo", "code": GOOD})["result"]["state"] == "active"
    assert changes(host) == changes(everything) == [("demo", "active")]
    assert changes(elsewhere) == changes(nothing) == changes(deaf) == []
    everything.call("events.subscribe", {})
    nothing.call("events.subscribe", {"all": True})
    nothing.ask("license.deactivateLocal", {"product": "other"})
    assert changes(nothing) == changes(elsewhere) == [("other", "not_activated")]
    assert changes(everything) == changes(host) == []


def test_everybody_reads_his_own_language(bridge: tuple[str, Path]) -> None:
    address, _ = bridge
    clients = {
        language: RawClient(address, instance=f"host-{language}-1", product="demo", language=language)
        for language in ("en", "zh")
    }
    clients["en"].ask("license.deactivateLocal", {"product": "demo"})
    for module, client in ((en, clients["en"]), (zh, clients["zh"])):
        title = module.TEXTS["ISCB-CLOUD-FAILED"][0]
        messages = [client.read() for _ in range(2 if client is clients["en"] else 1)]
        assert all(title in json.dumps(message, ensure_ascii=False) for message in messages)


def test_a_product_without_policy_is_unmanaged_and_free(bridge: tuple[str, Path]) -> None:
    client = RawClient(bridge[0])
    wire = client.call("license.check", {"product": "elsewhere"})["result"]
    assert wire == {
        "product": "elsewhere",
        "managed": False,
        "state": "unmanaged",
        "allowed": {"newSave": True, "openedSave": True, "open": True},
        "checking": False,
        "cloud": "sandbox",
    }
    for method in ("license.activate", "license.refresh", "license.deactivateLocal"):
        assert client.error(method, {"product": "elsewhere"}) == "ISCB-LIC-NO-POLICY"


def test_what_is_known_is_answered_without_asking_the_service(bridge: tuple[str, Path]) -> None:
    address, home = bridge
    client = RawClient(address)
    chinese = RawClient(address, language="zh")
    for _ in range(2):
        assert client.call("license.check", {"product": "other"})["result"]["state"] == "not_activated"
    assert "license.check" not in everything_written(home)
    client.call("license.activate", {"product": "other", "code": GOOD})
    assert client.call("license.check", {"product": "other"})["result"]["state"] == "active"
    client.call("license.deactivateLocal", {"product": "other"})
    for connection, texts in ((client, en), (chinese, zh)):
        error = connection.call("license.check", {"product": "other"})["result"]["error"]
        assert error["title"] == texts.TEXTS["ISCB-CLOUD-FAILED"][0]
    client.call("license.check", {"product": "demo"})
    assert "license.check" in everything_written(home)


# The licence object

VERDICT = Verdict(
    "demo",
    LicenseState.EXPIRED,
    Allowed(new_save=False, opened_save=True, open=False),
    since=1.0,
    opened_before=2.0,
    until=3.0,
    days_left=0,
    error=ErrorInfo("ISCB-FILE-MISSING", {"path": "/a"}),
    notice=Notice("note.torn", {}),
)
FACTS = LicenseFacts(
    "demo",
    "iscdesk",
    policy=LicensePolicy("demo", renew_url="https://vendor.example/r", authority="relay"),
    masked_code=MASKED,
    checking=True,
    checked=4.0,
    expires=5.0,
    activated=6.0,
    grace_ends=7.0,
    warnings=(ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": "/b"}),),
)


def test_all_that_is_known_is_told() -> None:
    wire = msgspec.to_builtins(license_to_wire(VERDICT, FACTS, "zh"))
    assert wire.pop("error")["message"] == zh.TEXTS["ISCB-FILE-MISSING"][1].format(path="/a")
    assert [warning["code"] for warning in wire.pop("warnings")] == ["ISCB-FILE-SHARE-SLOW"]
    assert wire == {
        "product": "demo",
        "managed": True,
        "state": "expired",
        "allowed": {"newSave": False, "openedSave": True, "open": False},
        "checking": True,
        "cloud": "iscdesk",
        "code": MASKED,
        "authority": "relay",
        "since": "1970-01-01T00:00:01.000Z",
        "openedBefore": "1970-01-01T00:00:02.000Z",
        "until": "1970-01-01T00:00:03.000Z",
        "daysLeft": 0,
        "checked": "1970-01-01T00:00:04.000Z",
        "expires": "1970-01-01T00:00:05.000Z",
        "activated": "1970-01-01T00:00:06.000Z",
        "graceEnds": "1970-01-01T00:00:07.000Z",
        "renewUrl": "https://vendor.example/r",
        "notice": zh.NOTES["note.torn"],
    }


def test_what_is_not_known_is_left_out() -> None:
    verdict = Verdict("demo", LicenseState.ACTIVE, Allowed(new_save=True, opened_save=True, open=True))
    wire = msgspec.to_builtins(license_to_wire(verdict, LicenseFacts("demo", "sandbox", checked=0.0), "en"))
    assert set(wire) == {"product", "managed", "state", "allowed", "checking", "cloud"}


@pytest.mark.parametrize("state", LicenseState)
def test_every_state_goes_out_by_its_own_name(state: LicenseState) -> None:
    assert license_to_wire(replace(VERDICT, state=state), FACTS, "en").state == state.value


@given(st.text(max_size=80))
def test_a_code_goes_out_masked_whoever_gave_it(code: str) -> None:
    shown = license_to_wire(VERDICT, replace(FACTS, masked_code=code), "en").code
    if code and shown != code:
        assert shown == "****"
    assert (shown is None) == (code == "")
    assert shown is None or len(shown.replace("*", "")) <= 5


def test_a_whole_code_does_not_go_out() -> None:
    assert license_to_wire(VERDICT, replace(FACTS, masked_code=SECRET), "en").code == "****"
    assert license_to_wire(VERDICT, replace(FACTS, masked_code=MASKED), "en").code == MASKED


# What the older messages keep


@pytest.mark.parametrize("method", ["license.request", "license.trialExpired"])
def test_absent_device_information_is_another_thing_than_empty_one(method: str) -> None:
    base = {"product": "p", "form": "file"}
    assert decode(method, json.dumps(base).encode()).device_info is None
    assert decode(method, json.dumps({**base, "deviceInfo": ""}).encode()).device_info == ""


def test_the_answer_is_the_licence_object_everywhere() -> None:
    for name in ("check", "activate", "refresh", "deactivateLocal"):
        assert REQUESTS[f"license.{name}"].result is LicenseObject


def test_logging_a_request_shows_no_code(caplog: pytest.LogCaptureFixture) -> None:
    from iscbridge.ipc.server import Request
    from iscbridge.ipc.server_client import ClientInfo

    request = Request(1, ClientInfo(1), "license.activate", LicenseActivateParams("demo", SECRET))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("any").debug("%s %r", request, request)
    assert "demo" in caplog.text
    assert SECRET not in caplog.text
