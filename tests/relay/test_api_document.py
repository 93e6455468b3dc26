"""`docs/relay-openapi.json` says what the relay serves: made of its messages, and kept equal to them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.lease import wire
from iscbridge.relay.http import device_routes, openapi
from iscbridge.relay.http.refusals import STATUS
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.serve import routes
from iscbridge.relay.signin.desk import GO, OVER, RETURN
from iscbridge.relay.vendor.uses import PATH as USES
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import relay_in
from support.relay_signin import SIGNIN_SETTINGS, MemoryTenants, Tray

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = openapi.document()
PATHS = sorted(path for path, item in DOCUMENT["paths"].items() if "post" in item)


def test_the_file_is_what_the_messages_are():
    written = (DOCS / "relay-openapi.json").read_text(encoding="utf-8")
    assert written == openapi.text(), "python -m iscbridge.relay.http.openapi > docs/relay-openapi.json"


def test_its_paths_are_those_that_are_served(relay):
    async def paths() -> dict[str, set[str]]:
        workers = Workers(1, 1)
        served = routes(relay, FakeUpstream(), workers, workers)
        return {route.path: set(route.methods) - {"HEAD"} for route in served}

    served = asyncio.run(paths())
    del served[relay.settings.relay.store_path]  # the store's, documented by the store
    for page in (GO, RETURN, OVER):  # for browsers, documented in docs/relay.md
        del served[page]
    del served[USES]  # the vendor's own service, documented in docs/relay.md
    assert served == {path: {method.upper() for method in item} for path, item in DOCUMENT["paths"].items()}


def test_the_page_names_every_path_and_every_error():
    page = (DOCS / "relay-api.md").read_text(encoding="utf-8")
    for path in DOCUMENT["paths"]:
        assert f"`{path}`" in page
    for code, status in STATUS.items():
        assert re.search(rf"\| {status} \| `{code}` \|", page), code


def test_every_error_that_it_names_is_one_and_has_its_status():
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for code in re.findall(r"ISCB-[A-Z-]+", answer["description"]):
                    assert code in CODES
                    assert STATUS.get(code, 500) == int(status)


def test_it_is_whole():
    """Every reference leads somewhere, and nothing is left over."""
    text = json.dumps(DOCUMENT)
    named = set(re.findall(r'"#/components/(\w+)/([\w-]+)"', text))
    there = {(kind, name) for kind, found in DOCUMENT["components"].items() for name in found}
    assert named == there


@pytest.mark.parametrize("name", sorted(openapi.FORMS.keys() - {"publicKey"}))
@given(data=st.data())
@settings(max_examples=40)
def test_a_member_of_the_documented_form_is_taken_and_another_is_not(name, data):
    form = openapi.FORMS[name]
    alphabet = st.characters(codec="utf-8", categories=("L", "N", "P", "S"), max_codepoint=0x7E)
    if "pattern" in form:
        good = data.draw(st.from_regex(re.compile(form["pattern"].replace("$", r"\Z")), fullmatch=True))
    else:
        good = data.draw(st.text(alphabet, min_size=form.get("minLength", 0), max_size=form["maxLength"]))
    field = msgspec.defstruct("Message", [(name, str)])
    device_routes._check(field(good))
    longest = form.get("maxLength", 256)
    for bad in ("x" * (longest + 1), *(["", "\x00"] if name in ("product", "day", "client", "tenant") else [])):
        with pytest.raises(Exception, match=f"`{name}` is not in its form"):
            device_routes._check(field(bad))


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/v1/signin/")])
def test_what_is_answered_is_what_is_documented(relay, path):
    client = RelayClient(relay, FakeUpstream(PL1=bought(1), PL2=bought(1)))
    device = Device(relay, client.desk)
    messages = {
        wire.CHECK: wire.Check(product="AcmeCAD", fingerprint="A|B|C|D"),
        wire.USAGE: wire.Usage(product="AcmeCAD", day="2026-11-22", client="c"),
        wire.RELEASE: wire.Release(product="AcmeCAD"),
        wire.TRANSFER: wire.Transfer(product="AcmeCAD", code="PL2", fingerprint="A|B|C|D"),
    }

    async def ask():
        enrolled = await client.enrol(device, "PL1")
        answer = enrolled if path == wire.ENROL else await client.post(device, path, messages[path])
        refused = await client.post(device, path, b"{")
        return answer, refused

    answer, refused = asyncio.run(ask())
    for found in (answer, refused):
        check_documented(path, found)
    assert answer.status_code == 200


def check_documented(path, found):
    operation = DOCUMENT["paths"][path]["post"]
    assert str(found.status_code) in operation["responses"]
    schema = operation["responses"][str(found.status_code)]["content"]["application/json"]["schema"]["$ref"]
    told = msgspec.json.decode(found.content, type=getattr(wire, schema.rpartition("/")[2]))
    assert msgspec.json.decode(msgspec.json.encode(told)) == found.json()


def test_what_is_answered_to_people_is_what_is_documented(tmp_path):
    relay = relay_in(tmp_path, SIGNIN_SETTINGS)
    tenants = MemoryTenants(relay)
    client = RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3")), tenants=tenants)
    device = Device(relay, client.desk, product="AcmePLM")
    device.enrol("PL1")
    tray = Tray(client, device)

    async def ask():
        yield wire.SIGNIN_START, await tray.start()
        yield wire.SIGNIN_FINISH, await tray.sign_in(tenants, "anna")
        yield wire.SIGNIN_REFRESH, await tray.ask(wire.SIGNIN_REFRESH)
        yield wire.SIGNIN_END, await tray.ask(wire.SIGNIN_END)

    async def asked():
        return [one async for one in ask()]

    for path, answer in asyncio.run(asked()):
        assert answer.status_code == 200
        check_documented(path, answer)
    relay.database.close()


@given(body=st.dictionaries(st.sampled_from(["product", "fingerprint", "code", "day", "client", "publicKey", "label"]),
                            st.none() | st.integers() | st.text(max_size=300) | st.lists(st.integers(), max_size=2)))  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_whatever_is_sent_the_answer_is_documented(relay, body):
    client = RelayClient(relay, FakeUpstream())
    device = Device(relay, client.desk)

    async def ask():
        return [(path, await client.post(device, path, json.dumps(body).encode())) for path in PATHS]

    for path, answer in asyncio.run(ask()):
        assert answer.status_code < 500
        assert str(answer.status_code) in DOCUMENT["paths"][path]["post"]["responses"]
        msgspec.json.decode(answer.content, type=wire.Leased if answer.status_code == 200 else wire.Refusal)
