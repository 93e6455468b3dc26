"""From the store's call over the outbox back to the store: orders are asked for, licences are made and uploaded."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import insert, select, update

from iscbridge.core.licensing.model import Machine
from iscbridge.licensefile.signer import public_key_text
from iscbridge.licensefile.verifier import verify
from iscbridge.relay.admin.deeds import retry
from iscbridge.relay.database.rows import new_id
from iscbridge.relay.database.tables import DUTIES, ISSUED, LICENSES, METERINGS, NONCES, OUTBOX, USAGES
from iscbridge.relay.upstream.background import Background
from iscbridge.relay.upstream.generator import Generator
from iscbridge.relay.upstream.outbox import CLAIM_S, Outbox
from iscbridge.relay.upstream.tasks import Tasks
from iscbridge.relay.upstream_port import ApplyLicense, QueryOrder, outbox_row, outbox_task
from support.relay_parts import write_secret
from support.relay_store import store_calls
from support.relay_upstream import add_license, many, one, relay_before, upstream_of

DAY_S = 86_400
FINGERPRINT = "AA:BB|disk|board|cpu"
OK, IN_PROGRESS, QUOTA = "000000", "000004", "000900"


class World:
    """One process of a relay before the store, its outbox done by hand."""

    def __init__(self, store, folder, more_store="", more_product="", replica="one"):
        self.store = store
        self.relay = relay_before(store, folder, more_store, more_product, replica=replica)
        self.key = Ed25519PrivateKey.generate()
        if not (folder / "secrets" / "license_key").exists():
            pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            write_secret(folder / "secrets", "license_key", pem)
        self.upstream = upstream_of(self.relay, folder)
        self.tasks = Tasks(self.relay, self.upstream, Generator(self.relay.secrets))
        self.outbox = Outbox(self.relay, self.tasks.do)

    def close(self):
        self.upstream.close()
        self.relay.database.close()

    def work(self):
        while self.outbox.work_once():
            pass

    def put(self, task, *, test=False):
        row = outbox_row(self.relay, task, new_id(), test=test)
        self.relay.database.run(lambda connection: connection.execute(insert(OUTBOX).values(**row)))
        return row["id"]

    def buy(self, amount=1, days=365, **members):
        """The store sells an instance: order, call, order/query; the instance's id."""
        order, business = f"CS{new_id()}"[:40], new_id()
        self.store.ask("order", order=order, amount=amount, days=days)
        told = store_calls(
            self.relay, "newInstance", orderId=order, orderLineId=f"{order}-000001", businessId=business, **members
        )
        assert told["resultCode"] == OK
        self.work()
        return told["instanceId"]

    def apply(self, instance, event, fingerprint=FINGERPRINT, days=30, **members):
        """The store asks for a machine's licence."""
        end = datetime.fromtimestamp(self.relay.now() + days * DAY_S, UTC).strftime("%Y-%m-%d %H:%M:%S z")
        return store_calls(
            self.relay, "getLicenseAsync", instanceId=instance, eventId=event, deviceFingerprint=fingerprint,
            expireTime=end, **members,
        )["resultCode"]  # fmt: skip

    def uploaded(self, event):
        found = [one for one in self.store.ask("uploads")["uploads"] if one["event"] == event]
        assert len(found) <= 1
        return found[0] if found else None

    def opened(self, text):
        return verify(text, public_key_text(self.key), "AcmeCAD", lambda _: Machine.SAME, self.relay.clock())


@pytest.fixture
def make(store, tmp_path):
    made = []

    def world(*args, **options):
        made.append(World(store, tmp_path, *args, **options))
        return made[-1]

    yield world
    for one_ in made:
        one_.close()


@pytest.fixture
def world(make):
    return make()


class TestOrders:
    @pytest.mark.parametrize(("key", "code"), [("amount", "MKT.0000"), ("linearValue", "CBC.0000")])
    def test_an_instance_learns_what_was_bought(self, world, store, key, code):
        store.misbehave(order_amount=key, order_success=code)
        world.buy(amount=7, days=30)
        row = one(world.relay, LICENSES)
        assert (row.amount, row.store_product, row.product) == (7, "SANDBOX-PRODUCT", "AcmeCAD")
        assert abs(row.expires - (world.relay.now() + 30 * DAY_S)) < 60

    def test_an_order_that_tells_no_amount_leaves_it(self, world, store):
        store.misbehave(order_amount="absent")
        world.buy(amount=7)
        assert one(world.relay, LICENSES).amount == 1

    def test_a_store_that_is_down_is_asked_again(self, world, store):
        store.misbehave(domains="none")
        world.buy(amount=3)
        assert one(world.relay, OUTBOX).error == "ISCB-STORE-UNREACHABLE"
        store.misbehave(domains="both")
        store.travel(DAY_S)
        world.work()
        assert (one(world.relay, OUTBOX).state, one(world.relay, LICENSES).amount) == ("sent", 3)

    def test_a_renewal_s_word_is_newer_than_its_order(self, world, store):
        instance = world.buy(days=365)
        store.ask("order", order="CSRENEW", amount=4, kind="RENEW", days=30)
        told = store_calls(
            world.relay, "refreshInstance", instanceId=instance, orderId="CSRENEW", orderLineId="CSRENEW-000001",
            scene="RENEWAL", expireTime="20401231000000",
        )  # fmt: skip
        assert told["resultCode"] == OK
        world.work()
        row = one(world.relay, LICENSES)
        assert (row.amount, row.expires) == (4, 2240524800)

    @pytest.mark.parametrize(("kind", "amount"), [("RENEW", 2), ("UNSUBSCRIBE", 5)])
    def test_a_code_that_is_renewed_has_the_seats_of_its_new_order(self, world, store, kind, amount):
        code = store.active()
        add_license(world.relay, code, amount=5)
        order = f"CS{new_id()}"[:40]
        store.ask("order", order=order, amount=2, kind=kind, days=30)
        told = store_calls(
            world.relay, "refreshLicenseCode", license=code, orderId=order, orderLineId=f"{order}-000001",
            scene="RENEWAL", expireTime="20401231000000",
        )  # fmt: skip
        assert told["resultCode"] == OK
        world.work()
        row = one(world.relay, LICENSES)
        assert (row.amount, row.expires) == (amount, 2240524800)

    def test_of_two_renewals_the_later_one_s_order_counts_whichever_is_asked_for_last(self, world, store):
        code, now = store.active(), world.relay.now()
        license_id = add_license(world.relay, code, amount=5)
        orders = [f"CS{new_id()}"[:40] for _ in range(2)]
        for number, order in enumerate(orders):
            store.ask("order", order=order, amount=2 + number, kind="RENEW", days=30)
            told = store_calls(
                world.relay, "refreshLicenseCode", license=code, orderId=order, orderLineId=f"{order}-000001",
                scene="RENEWAL", expireTime=f"204{number}1231000000", at=now + number,
            )  # fmt: skip
            assert told["resultCode"] == OK
        rows = world.relay.database.run(lambda connection: connection.execute(select(OUTBOX)).all())
        tasks = {
            outbox_task(world.relay, row.sealed).order: (outbox_task(world.relay, row.sealed), row.id) for row in rows
        }
        for order in reversed(orders):
            world.tasks.do(*tasks[order])
        assert one(world.relay, LICENSES, LICENSES.c.id == license_id).amount == 3

    def test_the_purchase_s_order_is_an_older_word_than_a_renewal(self, world, store):
        instance = world.buy(amount=5)
        bought = one(world.relay, LICENSES)
        store.ask("order", order="CSLATER", amount=2, kind="RENEW", days=30)
        store_calls(
            world.relay, "refreshInstance", instanceId=instance, orderId="CSLATER", orderLineId="CSLATER-000001",
            scene="RENEWAL", expireTime="20401231000000",
        )  # fmt: skip
        world.work()
        store_calls(world.relay, "orderNotify", orderId=bought.order_id, orderLineId=bought.order_line)
        world.put(QueryOrder(bought.order_id, bought.order_line, bought.id, unless_known=True))
        world.work()
        assert one(world.relay, LICENSES).amount == 2

    def test_an_order_that_is_taken_back_gives_nothing(self, world, store):
        instance = world.buy(amount=5)
        row = one(world.relay, LICENSES, LICENSES.c.instance == instance)
        world.put(QueryOrder("MOCKMONTYUNSUBSCRIBE", "MOCKMONTYUNSUBSCRIBE-000001", row.id))
        world.work()
        assert one(world.relay, LICENSES).amount == 5

    @pytest.mark.parametrize(
        "order",
        ["MOCKPERIODYEARNEW", "MOCKONETIMENEW", "MOCKONDEMAND", "MOCKONDEMANDPKG", "MOCKPERIODDAYTRIAL",
         "MOCKMONTYTRIALTOFORMAL", "MOCKMONTYUNSUBSCRIBE", "MOCKMONTYRENEW", "MOCKMONTYCHANGE"],
    )  # fmt: skip
    def test_mock_orders_can_be_asked_for(self, world, order):
        world.put(QueryOrder(order, f"{order}-000001"), test=True)
        world.work()
        assert one(world.relay, OUTBOX).state == "sent"

    def test_a_test_s_order_touches_nothing_real(self, world):
        real = add_license(world.relay, order_id="MOCKPERIODYEARNEW", order_line="MOCKPERIODYEARNEW-000001", amount=9)
        world.put(QueryOrder("MOCKPERIODYEARNEW", "MOCKPERIODYEARNEW-000001"), test=True)
        world.work()
        assert one(world.relay, LICENSES, LICENSES.c.id == real).amount == 9

    def test_an_order_that_the_store_does_not_know_is_left_to_a_person(self, world):
        world.put(QueryOrder("CSNONE", ""))
        world.work()
        assert (one(world.relay, OUTBOX).state, one(world.relay, OUTBOX).error) == (
            "dead",
            "ISCB-STORE-REFUSED CBC.0100",
        )


class TestLicences:
    def test_is_made_and_uploaded(self, world):
        event = new_id()
        assert world.apply(world.buy(), event) == IN_PROGRESS
        world.work()
        found = world.uploaded(event)
        assert (found["type"], found["count"]) == ("CHARACTERS", 1)
        licence = world.opened(found["content"])
        assert licence.features == ["solids"]
        assert abs(licence.expires - (world.relay.now() + 30 * DAY_S)) < 60

    def test_a_repeat_is_neither_made_nor_sent_again(self, world):
        event, instance = new_id(), world.buy()
        for _ in range(3):
            assert world.apply(instance, event) == IN_PROGRESS
            world.work()
        assert world.uploaded(event)["count"] == 1
        assert many(world.relay, ISSUED) == 1

    def test_another_event_of_the_same_machine_and_time_gets_the_same_one(self, world, monkeypatch):
        instance, events = world.buy(), [new_id(), new_id()]
        end = world.relay.now() + DAY_S
        issued = new_id()
        row = one(world.relay, LICENSES, LICENSES.c.instance == instance)
        world.relay.database.run(lambda connection: connection.execute(insert(ISSUED).values(
            id=issued, license=row.id, fingerprint="f", sealed=None, created=world.relay.now()
        )))  # fmt: skip
        for event in events:
            world.put(ApplyLicense(event, issued, FINGERPRINT, None, end))
            world.work()
        assert world.uploaded(events[0])["content"] == world.uploaded(events[1])["content"]

    def test_a_machine_whose_licence_was_renewed_gets_a_longer_one(self, world):
        instance, events = world.buy(), [new_id(), new_id()]
        for event, days in zip(events, (30, 300), strict=True):
            assert world.apply(instance, event, days=days) == IN_PROGRESS
            world.work()
        ends = [world.opened(world.uploaded(event)["content"]).expires for event in events]
        assert ends[1] - ends[0] > 200 * DAY_S
        assert many(world.relay, ISSUED) == 1, "it is one machine"

    def test_a_lost_answer_uploads_the_very_same_once_more(self, world, store):
        event, instance = new_id(), world.buy()
        world.apply(instance, event)
        store.misbehave(drop="after", on="upload", times=1)
        world.work()
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").error == "ISCB-STORE-LOST"
        store.travel(60)
        world.work()
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").state == "sent"
        assert world.uploaded(event)["count"] == 2, "another content would have been refused"

    def test_killed_between_upload_and_mark(self, make, store):
        world, event = make(), new_id()
        world.apply(world.buy(), event)

        class Killed(BaseException):
            pass

        def killed(task, row_id):
            world.tasks.do(task, row_id)
            raise Killed

        with pytest.raises(Killed):
            Outbox(world.relay, killed).work_once()
        other = make(replica="two")
        assert not other.outbox.work_once()
        store.travel(CLAIM_S + 1)
        other.work()
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").state == "sent"
        assert world.uploaded(event)["count"] == 2

    def test_of_two_processes_that_make_it_at_once_one_counts(self, world, make, monkeypatch):
        event = new_id()
        world.apply(world.buy(), event)
        other = make(replica="two")
        made = Generator.make

        def slowly(generator, product, application):
            content = made(generator, product, application)
            if generator is world.tasks._generator:  # the other one is done while this one still makes it
                task = ApplyLicense(event, one(other.relay, ISSUED).id, FINGERPRINT)
                other.tasks.do(task, "-")
                content += b" of the second"
            return content

        monkeypatch.setattr(Generator, "make", slowly)
        world.work()
        assert world.uploaded(event)["count"] == 2, "the same twice: another one would have been refused"
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").state == "sent"

    @pytest.mark.parametrize("code", ["91381033", "91381034", "91381038"])
    def test_what_the_store_refuses_is_left_to_a_person(self, world, store, code):
        event = new_id()
        world.apply(world.buy(), event)
        store.misbehave(upload_answer=code)
        world.work()
        row = one(world.relay, OUTBOX, OUTBOX.c.kind == "license")
        assert (row.state, row.error) == ("dead", f"ISCB-STORE-REFUSED {code}")
        store.misbehave(upload_answer="taken")
        retry(world.relay, "all")
        world.work()
        assert world.uploaded(event)["count"] == 1

    def test_a_licence_that_was_released_meanwhile_is_not_made(self, world):
        event, instance = new_id(), world.buy()
        world.apply(instance, event)
        world.relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="released")))
        world.work()
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").state == "dead"
        assert world.uploaded(event) is None

    def test_a_test_s_licence_is_no_real_one(self, world):
        event = new_id()
        instance = world.buy(testFlag="1")
        assert world.apply(instance, event, testFlag="1") == IN_PROGRESS
        world.work()
        assert world.opened(world.uploaded(event)["content"]).members["test"] is True

    def test_no_more_machines_than_were_bought(self, world):
        instance = world.buy(amount=2)
        answers = [world.apply(instance, new_id(), fingerprint=f"machine-{number}|||") for number in range(3)]
        assert answers == [IN_PROGRESS, IN_PROGRESS, QUOTA]

    def test_as_a_file_of_the_vendor_s_name(self, make):
        world, event = make("", 'license_file = "acme.lic"'), new_id()
        world.apply(world.buy(), event)
        world.work()
        found = world.uploaded(event)
        assert (found["type"], found["name"]) == ("FILE", "acme.lic")
        assert world.opened(found["content"]).id

    def test_one_that_is_no_short_string_is_a_file(self, make, tmp_path):
        script = tmp_path / "make.py"
        script.write_text("import sys; sys.stdout.buffer.write(b'\\x00--boundary\\r\\n' + bytes(range(256)) * 20)")
        world, event = make("", f'generator = ["{sys.executable}", "-I", "{script}"]'), new_id()
        world.apply(world.buy(), event)
        world.work()
        found = world.uploaded(event)
        assert (found["type"], found["name"]) == ("FILE", "license.lic")
        assert found["content"].encode("latin-1") == b"\x00--boundary\r\n" + bytes(range(256)) * 20

    def test_a_program_is_told_of_a_renewal_by_the_same_id_with_a_later_end(self, make, tmp_path):
        script = tmp_path / "make.py"
        script.write_text(
            "import json, sys; told = json.load(sys.stdin); print(json.dumps([told['id'], told['expires']]))"
        )
        world = make("", f'generator = ["{sys.executable}", "-I", "{script}"]')
        instance, told = world.buy(amount=2), []
        for days, fingerprint in ((30, FINGERPRINT), (300, FINGERPRINT), (30, "another|||")):
            event = new_id()
            world.apply(instance, event, days=days, fingerprint=fingerprint)
            world.work()
            told.append(json.loads(world.uploaded(event)["content"]))
        assert told[0][0] == told[1][0] != told[2][0]
        assert abs(told[1][1] - told[0][1] - 270 * DAY_S) < 60

    def test_a_program_that_fails_is_tried_again(self, make, store, tmp_path):
        flag, script = tmp_path / "works", tmp_path / "make.py"
        script.write_text(
            f"import os, sys; sys.exit(0 if os.path.exists({str(flag)!r}) and print('LICENCE') is None else 1)"
        )
        world, event = make("", f'generator = ["{sys.executable}", "-I", "{script}"]'), new_id()
        world.apply(world.buy(), event)
        world.work()
        assert one(world.relay, OUTBOX, OUTBOX.c.kind == "license").error == "ISCB-RELAY-GENERATOR"
        flag.touch()
        store.travel(60)
        world.work()
        assert world.uploaded(event)["content"] == "LICENCE"


class TestBackground:
    def until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)

    def test_does_all_of_it_and_ends(self, make, store):
        world, event = make(), new_id()
        code = store.active()
        used = add_license(world.relay, code)
        now, day = world.relay.now(), datetime.fromtimestamp(world.relay.now(), UTC).date().isoformat()

        def put(connection):
            connection.execute(insert(USAGES).values(license=used, day=day, client="c", recorded=now, sent=None))
            connection.execute(insert(METERINGS).values(
                serial=event, instance="i", value="1", begins=now - 60, ends=now, recorded=now, sent=None, error=""
            ))  # fmt: skip
            connection.execute(insert(NONCES).values(scope="s", nonce="n", until=now - 1))
            connection.execute(update(LICENSES).values(asked=now - 7 * 3600))

        world.relay.database.run(put)
        store.ask("expire", code=code)
        background = Background(world.relay, world.upstream)
        background.start()
        try:
            world.apply(world.buy(), event)
            self.until(lambda: world.uploaded(event) is not None)
            self.until(lambda: many(world.relay, METERINGS, METERINGS.c.sent.is_not(None)) == 1)
            self.until(lambda: many(world.relay, USAGES, USAGES.c.sent.is_not(None)) == 1)
            self.until(lambda: many(world.relay, NONCES, NONCES.c.nonce == "n") == 0)
            self.until(lambda: many(world.relay, LICENSES, LICENSES.c.state == "expired") == 1)
        finally:
            background.stop()
        assert not any(thread.is_alive() for thread in background._threads)
        self.until(lambda: many(world.relay, DUTIES, DUTIES.c.holder != "") == 0)

    def test_goes_on_after_the_database_was_away(self, world, monkeypatch):
        background = Background(world.relay, world.upstream)
        background.start()
        try:
            run, broken = type(world.relay.database).run, [5]

            def away(database, work):
                if broken[0]:
                    broken[0] -= 1
                    from iscbridge.core.errors import RelayError

                    raise RelayError("ISCB-RELAY-DATABASE", detail="away")
                return run(database, work)

            monkeypatch.setattr(type(world.relay.database), "run", away)
            self.until(lambda: broken[0] == 0)
            monkeypatch.undo()
            order = f"CS{new_id()}"[:40]
            world.store.ask("order", order=order)
            world.put(QueryOrder(order, f"{order}-000001"))
            self.until(lambda: one(world.relay, OUTBOX).state == "sent")
        finally:
            background.stop()

    def test_nothing_waits_for_its_end_while_nothing_is_done(self, world):
        background = Background(world.relay, world.upstream)
        background.start()
        background.stop()
        assert not any(thread.is_alive() for thread in background._threads)
        assert not background.outbox_step()
