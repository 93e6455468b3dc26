"""Many codes at a time: one call where it settles them, and each on its own where it does not."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest

from iscbridge.cli.main import main
from iscbridge.core.licensing.model import AnswerKind
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import AUDIT, LICENSES
from iscbridge.relay.devices.desk import DeviceDesk
from support.relay_device import Device
from support.relay_upstream import many, one, relay_before, settings_text, upstream_of

MORE = {"v1": "", "v2": 'activate_version = "v2"\nquery_version = "v2"'}


class World:
    def __init__(self, store, folder, version="v2"):
        self.store, self.folder = store, folder
        self.relay = relay_before(store, folder, MORE[version])
        self.upstream = upstream_of(self.relay, folder)
        (folder / "relay.toml").write_text(settings_text(store, MORE[version]), encoding="utf-8")
        store.ask("calls", clear=True)

    def calls(self):
        return [call["call"] for call in self.store.ask("calls", clear=True)["calls"]]

    def close(self):
        self.upstream.close()
        self.relay.database.close()


@pytest.fixture
def make(store, tmp_path):
    made = []

    def world(version="v2"):
        made.append(World(store, tmp_path, version))
        return made[-1]

    yield world
    for one_ in made:
        one_.close()


class TestTheStore:
    def test_activates_a_hundred_in_one_call(self, make, store):
        world = make()
        codes = [store.new() for _ in range(100)]
        world.calls()
        told = world.upstream.activate_many(codes)
        assert {found.answer.kind for found in told.values()} == {AnswerKind.ALIVE}
        assert world.calls() == ["activate_batch", "heartbeat_batch"]

    def test_a_bad_code_keeps_no_other_from_being_activated(self, make, store):
        world = make()
        good, bad, uncollected, late = (
            [store.new() for _ in range(3)],
            "PL-none",
            store.new(collected=False),
            store.active(),
        )
        told = world.upstream.activate_many([good[0], bad, good[1], uncollected, late, good[2], "no code"])
        assert [told[code].answer.kind for code in (*good, late)] == [AnswerKind.ALIVE] * 4
        assert told[bad].answer.kind is AnswerKind.NO_SUCH_CODE
        assert told[uncollected].answer.kind is AnswerKind.NO_SUCH_CODE, "v2 tells no more of it"
        assert told["no code"].answer.kind is AnswerKind.NO_SUCH_CODE

    def test_a_store_that_is_down_is_asked_once_for_all(self, make, store):
        world = make()
        codes = [store.new() for _ in range(5)]
        world.calls()
        store.misbehave(answer="503")
        told = world.upstream.activate_many(codes)
        assert {found.answer.kind for found in told.values()} == {AnswerKind.FAILED}
        assert world.calls() == ["activate_batch"]

    def test_the_first_version_has_no_such_call_and_tells_each_one_s_seats(self, make, store):
        world = make("v1")
        codes = [store.new(), store.new(collected=False), store.active()]
        world.calls()
        told = world.upstream.activate_many(codes)
        assert [told[code].answer.kind for code in codes] == [
            AnswerKind.ALIVE,
            AnswerKind.NOT_RECEIVED,
            AnswerKind.ALIVE,
        ]
        assert told[codes[0]].amount == 1
        assert set(world.calls()) == {"activate", "heartbeat"}
        store.misbehave(answer="503")
        assert {found.answer.kind for found in world.upstream.activate_many(codes).values()} == {AnswerKind.FAILED}
        assert world.calls() == ["activate"]

    def test_a_code_that_is_active_already_is_no_bad_one(self, make, store):
        """An activation whose answer was lost must not make its code worthless: v2 says of both only that it is bad."""
        world = make()
        code = store.active()
        assert world.upstream.activate(code).answer.kind is AnswerKind.ALIVE
        assert world.upstream.activate(store.new(collected=False)).answer.kind is AnswerKind.NO_SUCH_CODE
        store.ask("expire", code=code)
        assert world.upstream.activate(code).answer.kind is AnswerKind.EXPIRED

    def test_a_lost_answer_is_settled_by_asking(self, make, store):
        world = make()
        codes = [store.new() for _ in range(3)]
        store.misbehave(drop="after", on="activate", times=1)
        first = world.upstream.activate_many(codes)
        again = world.upstream.activate_many(codes)
        assert {found.answer.kind for found in first.values()} <= {AnswerKind.FAILED, AnswerKind.ALIVE}
        assert {found.answer.kind for found in again.values()} == {AnswerKind.ALIVE}


class TestByHand:
    @pytest.fixture
    def admin(self, tmp_path, capsys, monkeypatch, store):
        monkeypatch.setattr("iscbridge.cli.relay_admin.time", SimpleNamespace(time=store.now))

        def run(*arguments: str, code: int = 0, typed: str = "") -> list[dict[str, object]]:
            capsys.readouterr()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            assert main(["relay", "admin", *arguments, "--folder", str(tmp_path), "--json"]) == code
            told = capsys.readouterr()
            assert not [line for line in typed.split() if line in told.out + told.err], "codes are masked"
            return [json.loads(line) for line in told.out.splitlines()]

        return run

    @pytest.mark.parametrize(("version", "amount"), [("v1", 1), ("v2", 7)])
    def test_codes_of_a_file_are_licences_before_anybody_types_one(self, make, store, admin, version, amount):
        world = make(version)
        codes = [store.new() for _ in range(3)]
        told = admin("codes", "activate", "-", "--amount", "7", typed="\n".join([*codes, codes[0]]))
        assert [(row["state"], row["amount"], row["error"]) for row in told] == [("alive", amount, "")] * 3
        world.calls()
        device = Device(world.relay, DeviceDesk(world.relay, world.upstream), product="AcmeCAD")
        assert device.enrol(codes[0]).state is LeaseState.ALIVE
        assert world.calls() == [], "the relay knows it: nobody has to wait for the store"

    def test_again_it_changes_nothing(self, make, store, admin):
        world = make()
        code = store.new()
        first = admin("codes", "activate", "-", "--amount", "3", typed=code)
        assert admin("codes", "activate", "-", "--amount", "9", typed=code) == first
        assert (many(world.relay, LICENSES), one(world.relay, LICENSES).amount) == (1, 3)

    def test_one_that_is_refused_is_said_and_the_exit_code_tells_it(self, make, store, admin):
        world = make()
        good, bad = store.new(), "PL00000000009999"
        told = admin("codes", "activate", "-", typed=f"{bad}\n{good}", code=1)
        assert [(row["state"], row["error"]) for row in told] == [
            ("no_such_code", "ISCB-STORE-ILLEGAL-CODE"), ("alive", ""),
        ]  # fmt: skip
        assert many(world.relay, LICENSES) == 1
        assert many(world.relay, AUDIT, AUDIT.c.what == "code.activated") == 1

    def test_what_is_no_code_is_named_by_its_line_and_nothing_is_asked(self, make, store, admin):
        world = make()
        [told] = admin("codes", "activate", "-", typed="PL1\n\ntwo words\n", code=1)
        assert (told["error"], "line 3" in told["message"]) == ("ISCB-RELAY-REQUEST", True)
        assert world.calls() == []

    def test_another_product_s_name(self, make, admin):
        make()
        [told] = admin("codes", "activate", "-", "--product", "Other", typed="PL1", code=1)
        assert told["error"] == "ISCB-RELAY-UNKNOWN-PRODUCT"
