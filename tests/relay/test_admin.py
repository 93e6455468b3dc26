"""`iscbridge relay admin`: what it shows, what it does by hand, and what it never tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from iscbridge.cli.main import main
from iscbridge.cli.relay_grammar import _LISTS
from iscbridge.lease.form import LeaseState
from iscbridge.relay.admin import deeds
from iscbridge.relay.context import make_relay
from iscbridge.relay.database.rows import insert_once, new_id
from iscbridge.relay.database.tables import AUDIT, BREAKERS, METERINGS, OUTBOX, SESSIONS
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream_port import DEAD, WAITING, QueryOrder, outbox_row
from support.relay_device import Device, FakeUpstream, bought
from support.relay_parts import SETTINGS, relay_in, settings_of
from support.relay_store import store_calls

PAGE = (Path(__file__).parents[2] / "docs" / "relay.md").read_text(encoding="utf-8")
CODE = "PLSECRETCODE0001"


@pytest.fixture
def relay(tmp_path):
    (tmp_path / "relay.toml").write_text(SETTINGS, encoding="utf-8")
    made = relay_in(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def device(relay):
    one = Device(relay, DeviceDesk(relay, FakeUpstream(**{CODE: bought(2)})))
    one.enrol(CODE)
    return one


@pytest.fixture
def admin(tmp_path, capsys):
    def run(*arguments: str, code: int = 0) -> list[dict[str, object]]:
        capsys.readouterr()
        assert main(["relay", "admin", *arguments, "--folder", str(tmp_path), "--json"]) == code
        told = capsys.readouterr()
        assert CODE not in told.out + told.err
        return [json.loads(line) for line in told.out.splitlines()]

    return run


def outbox_of(relay, state: str, *, test: bool = False) -> str:
    row = {**outbox_row(relay, QueryOrder("CS1", "CS1-1"), new_id(), test=test), "state": state, "attempts": 7,
           "error": "ISCB-STORE-HTTP", "due": relay.now() + 9999}  # fmt: skip
    relay.database.run(lambda connection: insert_once(connection, OUTBOX, **row))
    return row["id"]


class TestLists:
    def test_what_was_bought_and_who_has_it(self, relay, device, admin):
        [code] = admin("codes")
        assert (code["state"], code["amount"], code["taken"], code["product"]) == ("alive", 2, 1, "AcmeCAD")
        [shown] = admin("devices", "--license", code["id"])
        assert (shown["device"], shown["blocked"]) == (device.id, False)
        [seat] = admin("seats", "--license", code["id"])
        assert (seat["slot"], seat["device"]) == (1, shown["id"])
        [lease] = admin("leases")
        assert (lease["state"], lease["device"], lease["kid"]) == ("alive", shown["id"], "k1")
        assert lease["issued"] == "2026-09-21T14:13:20Z"

    def test_instances_are_licences_and_no_codes(self, relay, device, admin):
        store_calls(relay, "newInstance", businessId="b1", orderId="CS2", orderLineId="CS2-1")
        assert [row["kind"] for row in admin("codes")] == ["code"]
        assert sorted(row["kind"] for row in admin("licenses")) == ["code", "instance"]

    def test_test_calls_have_their_own_lists(self, relay, admin):
        store_calls(relay, "newInstance", businessId="b1", orderId="CS2", orderLineId="CS2-1", testFlag="1")
        assert admin("licenses") == admin("outbox") == admin("audit") == []
        assert [len(admin(what, "--test")) for what in ("licenses", "outbox", "audit")] == [1, 1, 1]

    def test_only_what_is_in_a_state(self, relay, device, admin):
        assert admin("licenses", "--state", "frozen") == []
        assert len(admin("licenses", "--state", "alive")) == 1

    def test_a_table_for_people_has_no_control_characters_of_strangers(self, relay, device, tmp_path, capsys):
        device.fingerprint = "AA|BB"
        relay.database.run(lambda connection: connection.exec_driver_sql("UPDATE devices SET label = 'a\x1b[2Jb'"))
        assert main(["relay", "admin", "devices", "--folder", str(tmp_path)]) == 0
        out = capsys.readouterr().out
        assert "a?[2Jb" in out
        assert "\x1b" not in out
        assert out.splitlines()[0].split()[:3] == ["id", "product", "device"]

    def test_nothing_is_said_in_words(self, relay, tmp_path, capsys):
        assert main(["relay", "admin", "seats", "--folder", str(tmp_path)]) == 0
        assert capsys.readouterr().out.strip() in ("There are none.", "没有。")


class TestDeeds:
    def test_a_blocked_device_is_refused_at_its_next_check(self, device, admin):
        [shown] = admin("devices")
        admin("devices", "block", shown["id"])
        assert device.check().reason == "ISCB-RELAY-BLOCKED"
        admin("devices", "unblock", shown["id"])
        assert device.check().state is LeaseState.ALIVE

    def test_an_ended_seat_is_free_for_another(self, relay, device, admin):
        [seat] = admin("seats")
        admin("seats", "end", seat["id"])
        assert admin("seats") == []
        admin("seats", "end", seat["id"], code=1)

    def test_what_was_given_up_is_tried_again(self, relay, admin):
        dead, other = outbox_of(relay, DEAD), outbox_of(relay, WAITING)
        assert [row["state"] for row in admin("outbox")] == [DEAD, WAITING]
        admin("outbox", "retry", dead)
        rows = {row["id"]: row for row in admin("outbox", "--state", WAITING)}
        assert (rows[dead]["attempts"], rows[other]["attempts"]) == (0, 7)

    def test_what_waits_is_hurried(self, relay, admin):
        waiting = outbox_of(relay, WAITING)
        [before] = admin("outbox")
        admin("outbox", "retry", waiting)
        [after] = admin("outbox")
        assert (after["state"], after["attempts"]) == (WAITING, 7)
        assert after["due"] != before["due"]

    def test_all_that_was_given_up(self, relay, admin):
        outbox_of(relay, DEAD), outbox_of(relay, DEAD)
        admin("outbox", "retry", "all")
        assert [row["state"] for row in admin("outbox")] == [WAITING, WAITING]

    def test_what_was_sent_is_not_sent_again(self, relay, admin):
        admin("outbox", "retry", outbox_of(relay, "sent"), code=1)

    def test_a_stopped_key_of_the_store_is_opened_by_hand(self, relay, admin):
        relay.database.run(
            lambda connection: insert_once(connection, BREAKERS, key="abc", failures=2, stopped=1, probe=2, version=1)
        )
        admin("keys", "open", "abc")
        assert [row["stopped"] for row in admin("keys") if row["id"] == "abc"] == [None]
        admin("keys", "open", "abc", code=1)  # it is open

    def test_a_new_lease_key_signs_from_the_next_start_and_the_old_one_is_still_told(self, relay, admin, tmp_path):
        [made] = admin("keys", "new")
        again = make_relay(settings_of(), tmp_path, relay.clock, "two")
        assert again.signer.kid == made["id"]
        assert again.signer.public_keys() == {**relay.signer.public_keys(), made["id"]: made["public"]}
        assert [(row["id"], row["signs"]) for row in admin("keys")] == [("k1", False), (made["id"], True)]
        again.database.close()

    @pytest.mark.parametrize(
        "deed", [["devices", "block", "x"], ["seats", "end", "x"], ["outbox", "retry", "x"], ["keys", "open", "x"],
                 ["keys", "burn"], ["devices", "block"], ["seats", "block", "x"]],
    )  # fmt: skip
    def test_what_there_is_not(self, relay, admin, deed):
        [told] = admin(*deed, code=1)
        assert told["error"] == "ISCB-RELAY-NO-SUCH"

    def test_every_deed_is_written_down_once_with_what_it_changed(self, relay, device, admin):
        [shown], [seat] = admin("devices"), admin("seats")
        admin("devices", "block", shown["id"])
        admin("seats", "end", seat["id"])
        outbox_of(relay, DEAD)
        admin("outbox", "retry", "all")
        admin("keys", "new")
        told = [(row["who"], row["what"]) for row in admin("audit") if row["who"] == "admin"]
        assert sorted(what for _, what in told) == ["device.blocked", "key.made", "outbox.retried", "seat.ended"]

    def test_a_deed_that_fails_leaves_no_trace(self, relay, admin):
        admin("devices", "block", "x", code=1)
        assert relay.database.run(lambda connection: connection.execute(select(AUDIT.c.id)).all()) == []


def test_retrying_again_is_harmless(relay):
    dead = outbox_of(relay, DEAD)
    assert [deeds.retry(relay, dead), deeds.retry(relay, dead), deeds.retry(relay, "all")] == [
        1,
        1,
        0,
    ]  # dead, waiting, none


MEMBERS = re.compile(r"^\| `admin (\w+)`(?:, `admin (\w+)`)?(?:, (\w[\w ]*))? \| ((?:`id`|`at`).*) \|$", re.MULTILINE)


def test_the_page_has_every_member_of_every_list(relay, device, admin):
    """As `--json` gives them, one list after the other."""
    now = relay.now()
    store_calls(relay, "newInstance", businessId="b1", orderId="CS2", orderLineId="CS2-1")
    store_calls(relay, "getLicenseAsync", instanceId="b1", eventId="e1", deviceFingerprint="A|B|C|D")
    device.use("2026-09-21")
    metered = {"serial": "u1", "instance": "b1", "value": "1", "begins": 1, "ends": 2, "recorded": now}
    relay.database.run(lambda connection: insert_once(connection, METERINGS, **metered))
    relay.database.run(
        lambda connection: insert_once(connection, BREAKERS, key="abc", failures=2, stopped=1, probe=2, version=1)
    )
    session = {"digest": "d", "device": "e", "product": "AcmePLM", "tenant": "t", "user": "u", "tokens_sealed": b"",
               "access_until": now, "confirmed": now, "used": now, "until": now}  # fmt: skip
    relay.database.run(lambda connection: insert_once(connection, SESSIONS, **session))
    told: dict[str, list[set[str]]] = {}
    for name, second, _, members in MEMBERS.findall(PAGE):
        found = set(re.findall(r"`(\w+)`", re.sub(r" \([^)]*\)", "", members)))
        for one in filter(None, (name, second)):
            told.setdefault(one, []).append(found)
    assert set(told) == {*_LISTS, "keys"}
    for name, documented in told.items():
        rows = admin(name)
        assert {frozenset(row) for row in rows} == {frozenset(members) for members in documented}, name
