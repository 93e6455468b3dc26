"""schemathesis reads `docs/relay-openapi.json` and asks a served relay what it says may be asked, and what may not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks as known

from iscbridge.lease.form import LeaseState
from iscbridge.lease.requests import sign_request
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.listening import Server, bound
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.serve import routes
from support.relay_device import Device, FakeUpstream, bought
from support.relay_parts import SETTINGS, Clock, relay_in
from support.world import until

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "relay-openapi.json").read_text(encoding="utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {f"{method} {path}": SCHEMA[path][method] for path, item in DOCUMENT["paths"].items() for method in item}
LIMITS = "\n[limits]\ndevice_per_minute = 1000000\naddress_per_minute = 1000000\nenrol_per_hour = 1000000\n"
CHECKS = [
    known.status_code_conformance,
    known.content_type_conformance,
    known.response_headers_conformance,
    known.response_schema_conformance,
]
load_all_checks()


class Served:
    """A relay on a real socket, a store that is made up, and a device that it knows."""

    def __init__(self, folder: Path) -> None:
        self.relay = relay_in(folder, SETTINGS + LIMITS, Clock())
        self.store = FakeUpstream(PL1=bought(3), PL2=bought(1))
        self.socket = bound("127.0.0.1:0")
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server: Server | None = None
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()))
        self.thread.start()
        until(lambda: self.server is not None and self.server.started, "the relay to listen")

    async def serve(self) -> None:
        workers = Workers(4, 100)
        app = make_app(self.relay, workers, routes(self.relay, self.store, workers, workers), Metrics())
        self.server = Server(app, None, 10, 5)
        await self.server.serve([self.socket])

    def close(self) -> None:
        assert self.server is not None
        self.server.should_exit = True
        self.thread.join(60)
        self.relay.database.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_answer_is_as_documented(served, session, name, mode, data):
    operation = OPERATIONS[name]
    if mode is GenerationMode.NEGATIVE and name.startswith("get"):
        mode = GenerationMode.POSITIVE  # there is nothing in it that could be wrong
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if isinstance(case.body, dict) and data.draw(st.booleans()):
        case.body = {**case.body, "product": "AcmeCAD"}
    if isinstance(case.body, dict) and "code" in case.body and data.draw(st.booleans()):
        case.body = {**case.body, "code": data.draw(st.sampled_from(["PL1", "PL2"]))}
    asked = session.prepare_request(requests.Request(**case.as_transport_kwargs(base_url=served.url)))
    if data.draw(st.sampled_from([True, True, False])):  # else with what the document lets anybody write there
        device = Device(served.relay, None)
        if data.draw(st.booleans()):
            device = self_enrolled(served)
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
        host = served.relay.settings.relay.host_name
        asked.headers.update(sign_request(device.key, case.operation.path, body, host, served.relay.clock()))
    answer = session.send(asked, timeout=60)
    assert answer.status_code != 500, answer.text
    case.validate_response(answer, checks=CHECKS)


def self_enrolled(served: Served) -> Device:
    """A device that has, or had, a seat."""
    from iscbridge.relay.devices.desk import DeviceDesk

    device = Device(served.relay, DeviceDesk(served.relay, served.store))
    assert device.enrol("PL1").state in {LeaseState.ALIVE, LeaseState.REFUSED}
    return device
