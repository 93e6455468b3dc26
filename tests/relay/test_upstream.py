"""The relay asks a real sandbox store: activation, states, lost answers, a key that is refused, use of every kind."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.relay.context import make_relay
from iscbridge.relay.database.rows import insert_once, new_id
from iscbridge.relay.database.tables import BREAKERS, DEVICES, LICENSES, METERINGS, PERMITS, SEATS, USAGES
from iscbridge.relay.store_words import take_answer
from iscbridge.relay.upstream.asker import Asker
from iscbridge.relay.upstream.uses import MeterSender, UsageSender
from iscbridge.store.credentials import Credentials
from support.relay_parts import settings_of, write_secret
from support.relay_upstream import add_license, many, one, relay_before, settings_text, upstream_of
from support.sandbox_store import ACTIVATE_BATCH, SandboxStore

DAY_S = 86_400


class World:
    """One process of a relay before the store."""

    def __init__(self, store: SandboxStore, folder, more_store="", replica="one"):
        self.store = store
        self.relay = relay_before(store, folder, more_store, replica=replica)
        self.upstream = upstream_of(self.relay, folder)

    def close(self):
        self.upstream.close()
        self.relay.database.close()

    def calls(self):
        return [call["call"] for call in self.store.ask("calls")["calls"]]


@pytest.fixture
def make(store, tmp_path):
    made = []

    def world(more_store="", replica="one"):
        made.append(World(store, tmp_path, more_store, replica))
        return made[-1]

    yield world
    for one_ in made:
        one_.close()


@pytest.fixture
def world(make):
    return make()


class TestActivation:
    def test_tells_what_was_bought(self, world, store):
        code = store.new(days=30)
        told = world.upstream.activate(code)
        shown = store.shown(code)
        assert told.answer.kind is AnswerKind.ALIVE
        assert (told.store_product, told.order_id, told.amount) == ("SANDBOX-PRODUCT", shown["order"], 1)
        assert abs(told.answer.expires - (store.now() + 30 * DAY_S)) < 60, "the query's, not the estimate"

    def test_that_is_active_already_is_settled_by_a_query(self, world, store):
        code = store.active()
        assert world.upstream.activate(code).answer.kind is AnswerKind.ALIVE
        store.ask("expire", code=code)
        assert world.upstream.activate(code).answer.kind is AnswerKind.EXPIRED

    def test_whose_answer_was_lost_is_not_lost(self, world, store):
        code = store.new()
        store.misbehave(drop="after", on="activate", times=1)
        assert world.upstream.activate(code).answer.kind is AnswerKind.FAILED
        assert world.calls().count("activate") == 1, "never repeated by itself: it may have happened"
        assert world.upstream.activate(code).answer.kind is AnswerKind.ALIVE

    def test_counts_although_the_query_after_it_failed(self, world, store):
        store.misbehave(answer="503", on="heartbeat")
        told = world.upstream.activate(store.new())
        assert (told.answer.kind, told.answer.expires, told.amount) == (AnswerKind.ALIVE, None, 1)

    @pytest.mark.parametrize(("collected", "kind"), [(False, AnswerKind.NOT_RECEIVED), (None, AnswerKind.NO_SUCH_CODE)])
    def test_of_what_can_not_be_activated(self, world, store, collected, kind):
        code = "PL-none" if collected is None else store.new(collected=collected)
        assert world.upstream.activate(code).answer.kind is kind

    def test_of_what_is_no_code_at_all(self, world):
        assert world.upstream.activate("x" * 65).answer.kind is AnswerKind.NO_SUCH_CODE
        assert world.upstream.query("a\nb").kind is AnswerKind.NO_SUCH_CODE
        assert world.calls() == []

    def test_by_the_second_version(self, make, store):
        world = make('activate_version = "v2"\nquery_version = "v2"')
        told = world.upstream.activate(store.new())
        assert (told.answer.kind, told.amount) == (AnswerKind.ALIVE, None)
        assert world.calls() == ["activate_batch", "heartbeat_batch"]

    def test_without_keys(self, store, tmp_path):
        folder = tmp_path / "bare"
        world = World(store, folder)
        world.close()
        for name in ("store_ak", "store_sk"):
            (folder / "secrets" / name).unlink()
        relay = make_relay(settings_of(settings_text(store)), folder, store.now, "two")
        assert upstream_of(relay, folder).query("PL1").error.code == "ISCB-RELAY-SECRET"
        relay.database.close()


class TestKeyThatIsRefused:
    def test_stops_every_process_after_two(self, make, store, tmp_path):
        first = make()
        first.close()
        write_secret(tmp_path / "secrets", "store_sk", "wrong")
        worlds = [make(replica=name) for name in ("one", "two", "three")]
        for _ in range(4):
            for world in worlds:
                assert world.upstream.query("PL1").kind is AnswerKind.FAILED
        assert store.ask("state")["failures"] == 2
        assert worlds[0].upstream.query("PL1").error.code == "ISCB-STORE-AUTH-STOPPED"
        store.travel(600)
        assert worlds[1].upstream.query("PL1").error.code == "ISCB-STORE-AUTH"
        assert worlds[2].upstream.query("PL1").error.code == "ISCB-STORE-AUTH-STOPPED"
        assert store.ask("state")["failures"] == 3
        write_secret(tmp_path / "secrets", "store_sk", store.sk)
        store.travel(1200)
        assert make(replica="four").upstream.query(store.active()).kind is AnswerKind.ALIVE
        assert one(worlds[0].relay, BREAKERS).failures == 0

    def test_that_was_put_right_is_used_without_a_restart(self, make, store, tmp_path):
        make().close()
        write_secret(tmp_path / "secrets", "store_sk", "wrong")
        world, code = make(replica="two"), store.active()
        assert world.upstream.query(code).error.code == "ISCB-STORE-AUTH"
        write_secret(tmp_path / "secrets", "store_sk", store.sk)
        assert world.upstream.query(code).kind is AnswerKind.ALIVE
        (tmp_path / "secrets" / "store_sk").chmod(0o644)
        assert world.upstream.query(code).error.code == "ISCB-RELAY-SECRET", "an answer, and no mistake of ours"

    def test_a_clock_that_is_wrong_is_learnt(self, world, store):
        code = store.active()
        store.misbehave(clock_off_s=86_400)
        assert world.upstream.query(code).kind is AnswerKind.ALIVE
        assert one(world.relay, BREAKERS).failures == 0
        assert many(world.relay, PERMITS) == 0

    def test_a_store_that_is_down_stops_nothing(self, world, store):
        code = store.active()
        store.misbehave(domains="none")
        for _ in range(4):
            assert world.upstream.query(code).kind is AnswerKind.FAILED
        store.misbehave(domains="second")
        assert world.upstream.query(code).kind is AnswerKind.ALIVE


@pytest.mark.parametrize("more", ["", 'query_version = "v2"'])
class TestAsker:
    def ask_all(self, world):
        asker, after = Asker(world.relay, world.upstream), ""
        while after is not None:
            after, reachable = asker.step(after)
        return reachable

    def test_asks_for_those_in_use_at_most_every_six_hours(self, make, store, more):
        world = make(more)
        used, unused = store.active(), store.active()
        ids = {code: add_license(world.relay, code) for code in (used, unused)}
        store.ask("expire", code=used)
        assert self.ask_all(world)
        assert world.calls() == ["activate"] * 2, "just asked"
        store.travel(6 * 3600 + 1)
        now = world.relay.now()
        world.relay.database.run(lambda connection: connection.execute(
            update(DEVICES).where(DEVICES.c.license == ids[used]).values(seen=now)
        ))  # fmt: skip
        world.relay.database.run(lambda connection: connection.execute(
            update(DEVICES).where(DEVICES.c.license == ids[unused]).values(seen=now - 7 * 3600)
        ))  # fmt: skip
        store.ask("calls", clear=True)
        assert self.ask_all(world)
        assert self.ask_all(world)
        assert len(world.calls()) == 1
        assert one(world.relay, LICENSES, LICENSES.c.id == ids[used]).state == "expired"
        assert one(world.relay, LICENSES, LICENSES.c.id == ids[unused]).state == "alive"

    def test_more_than_one_call_takes(self, make, store, more):
        world = make(more)
        number = 103 if more else 23
        codes = [store.new() for _ in range(number)]
        for begin in range(0, number, 100):
            store.call(ACTIVATE_BATCH, {"license_list": codes[begin : begin + 100]})
        late = world.relay.now() - 7 * 3600
        for code in codes:
            add_license(world.relay, code, asked=late, state="frozen" if code == codes[0] else "expired")
        assert self.ask_all(world)
        assert many(world.relay, LICENSES, LICENSES.c.state == "alive") == number - 1
        assert many(world.relay, LICENSES, LICENSES.c.state == "frozen") == 1, "a query knows no frozen"

    def test_a_released_one_frees_its_seats(self, make, store, more):
        world = make(more)
        code = store.active()
        license_id = add_license(world.relay, code, asked=world.relay.now() - 7 * 3600)
        world.relay.database.run(lambda connection: connection.execute(insert(SEATS).values(
            id=new_id(), license=license_id, slot=1, holder="h", device=None, granted=1, lease_until=1, end_reason=""
        )))  # fmt: skip
        store.ask("release", code=code)
        assert self.ask_all(world)
        assert one(world.relay, LICENSES).state == "released"
        assert many(world.relay, SEATS, SEATS.c.slot.is_not(None)) == 0

    def test_a_store_that_is_down_is_not_asked_for_each(self, make, store, more):
        world = make(more)
        for _ in range(3):
            add_license(world.relay, store.active(), asked=world.relay.now() - 7 * 3600)
        store.ask("calls", clear=True)
        store.misbehave(answer="503")
        assert not self.ask_all(world)
        assert len(world.calls()) == 1
        assert many(world.relay, LICENSES, LICENSES.c.state == "alive") == 3


def test_a_call_of_the_store_is_newer_than_an_answer_on_its_way(world, store):
    code = store.active()
    license_id = add_license(world.relay, code)
    store.ask("expire", code=code)
    picked = one(world.relay, LICENSES)
    answer = world.upstream.query(code)
    world.relay.database.run(lambda connection: connection.execute(  # it is renewed meanwhile
        update(LICENSES).where(LICENSES.c.id == license_id).values(version=picked.version + 1)
    ))  # fmt: skip
    take_answer(world.relay, picked, answer)
    assert one(world.relay, LICENSES).state == "alive"
    take_answer(world.relay, one(world.relay, LICENSES), answer)
    assert one(world.relay, LICENSES).state == "expired"


class TestUse:
    def used(self, world, code, clients, days_ago=0):
        from datetime import UTC, datetime, timedelta

        license_id = add_license(world.relay, code)
        day = (datetime.fromtimestamp(world.relay.now(), UTC) - timedelta(days=days_ago)).date().isoformat()
        for client in clients:
            row = {"license": license_id, "day": day, "client": client, "recorded": world.relay.now(), "sent": None}
            world.relay.database.run(lambda connection, row=row: connection.execute(insert(USAGES).values(**row)))

    def clients(self, store, code):
        return [name for day in store.usage(code).values() for name in day["clients"]]

    def send(self, world):
        sender, more, taken = UsageSender(world.relay, world.upstream), True, True
        while more:
            more, taken = sender.step()
        return taken

    def test_is_told_for_many_codes_in_one_call(self, world, store):
        codes = [store.active() for _ in range(5)]
        for code in codes:
            self.used(world, code, ["one", "two"])
        store.ask("calls", clear=True)
        assert self.send(world)
        assert world.calls() == ["usage"]
        assert all(self.clients(store, code) == ["one", "two"] for code in codes)
        assert many(world.relay, USAGES, USAGES.c.sent.is_(None)) == 0

    def test_more_than_one_call_takes(self, world, store):
        code = store.active()
        self.used(world, code, [f"client-{number:03}" for number in range(230)])
        assert self.send(world)
        assert len(self.clients(store, code)) == 230

    @pytest.mark.parametrize("trait", ["listed", "refused"])
    def test_a_code_that_is_refused_holds_no_other_up(self, world, store, trait):
        store.misbehave(usage_failures=trait)
        good, bad = [store.active() for _ in range(6)], store.active()
        store.ask("release", code=bad)
        for code in (*good[:3], bad, *good[3:]):
            self.used(world, code, ["one"])
        assert self.send(world)
        assert all(self.clients(store, code) == ["one"] for code in good)
        assert many(world.relay, USAGES, USAGES.c.sent.is_(None), USAGES.c.error == "") == 0
        assert many(world.relay, USAGES, USAGES.c.error != "") == 1

    def test_waits_while_the_store_is_down(self, world, store):
        code = store.active()
        self.used(world, code, ["one"])
        store.misbehave(domains="none")
        assert not self.send(world)
        store.misbehave(domains="both")
        assert self.send(world)
        assert self.clients(store, code) == ["one"]

    def test_of_last_week_would_count_for_a_wrong_day(self, world, store):
        code = store.active()
        self.used(world, code, ["late"], days_ago=2)
        self.used(world, store.active(), ["old"], days_ago=3)
        assert self.send(world)
        assert self.clients(store, code) == ["late"]
        assert many(world.relay, USAGES, USAGES.c.sent.is_(None)) == 1


class TestMetering:
    def put(self, world, *serials, **values):
        now = world.relay.now()
        for serial in serials:
            row = {"serial": serial, "instance": "I1", "value": "1.5", "begins": now - 3600, "ends": now,
                   "recorded": now, "sent": None, "error": "", **values}  # fmt: skip
            world.relay.database.run(lambda connection, row=row: connection.execute(insert(METERINGS).values(**row)))

    def send(self, world):
        sender, more, taken = MeterSender(world.relay, world.upstream), True, True
        while more:
            more, taken = sender.step()
        return taken

    def pushed(self, store, prefix):
        return {
            one["serial"]: one["count"] for one in store.ask("metered")["records"] if one["serial"].startswith(prefix)
        }

    @pytest.mark.parametrize(
        ("more", "keys"), [("", "access_key"), ("", "both"), ("push_with_account_key = false", "access_key")]
    )
    def test_each_record_once(self, make, store, tmp_path, more, keys):
        store.misbehave(metering_keys=keys)
        world, prefix = make(more), new_id()
        self.put(world, *[f"{prefix}{number}" for number in range(7)])
        assert self.send(world)
        assert self.send(world)
        assert self.pushed(store, prefix) == {f"{prefix}{number}": 1 for number in range(7)}

    def test_without_the_account_key_where_it_is_wanted(self, make, store):
        store.misbehave(metering_keys="both")
        world = make("push_with_account_key = false")
        self.put(world, new_id())
        assert not self.send(world)
        assert many(world.relay, BREAKERS) == 0, "no signature was refused: there was none"

    def test_a_lost_answer_is_repeated_under_the_same_number(self, world, store):
        prefix = new_id()
        self.put(world, prefix)
        store.misbehave(drop="after", on="metering", times=1)
        assert not self.send(world)
        assert self.send(world)
        assert self.pushed(store, prefix) == {prefix: 2}, "the store knows it by its number"
        assert many(world.relay, METERINGS, METERINGS.c.sent.is_(None)) == 0

    def test_one_that_is_refused_holds_no_other_up(self, world, store):
        prefix = new_id()
        self.put(world, *[f"{prefix}{number}" for number in range(9)])
        self.put(world, f"{prefix}bad", value="0")
        assert self.send(world)
        assert set(self.pushed(store, prefix)) == {f"{prefix}{number}" for number in range(9)}
        assert one(world.relay, METERINGS, METERINGS.c.error != "").serial == f"{prefix}bad"

    def test_one_that_is_too_old_is_not_sent(self, world, store):
        prefix = new_id()
        self.put(world, f"{prefix}old", begins=world.relay.now() - 22 * DAY_S)
        self.put(world, f"{prefix}new")
        assert self.send(world)
        assert set(self.pushed(store, prefix)) == {f"{prefix}new"}

    def test_another_access_key_is_refused(self, make, store, tmp_path):
        make().close()
        write_secret(tmp_path / "secrets", "access_key", "wrong")
        world = make(replica="two")
        key = Credentials(store.ak, store.sk).key_id
        world.relay.database.run(lambda connection: insert_once(connection, BREAKERS, key=key, failures=1, version=1))
        self.put(world, new_id())
        assert not self.send(world)
        assert one(world.relay, BREAKERS).failures == 1, "it says nothing of AK/SK"
