"""Use that is paid by use, told to several processes at once: each record counts once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from iscbridge.core.errors import RelayError
from iscbridge.relay.admin import looks
from iscbridge.relay.admin.deeds import retry_uses
from iscbridge.relay.database.tables import METERINGS
from iscbridge.relay.vendor.uses import Use, take_uses
from relay.test_metering import test_what_waits_and_what_was_refused_is_counted_for_monitoring as test_counted_there
from support.relay_parts import relay_in

__all__ = ["test_counted_there"]


@pytest.fixture
def replicas(tmp_path, clock, relay):
    """Three processes' worth of relays on one database."""
    others = [relay_in(tmp_path, clock=clock, replica=name) for name in ("two", "three")]
    yield [relay, *others]
    for one in others:
        one.database.close()


def use(relay, serial: str, value: str = "1") -> Use:
    return Use(serial=serial, instance="I1", value=value, begins=relay.now() - 60, ends=relay.now())


def all_at_once(works) -> list[object]:
    """What each gave, or its error's code."""
    told: list[object] = [None] * len(works)

    def run(number: int) -> None:
        try:
            told[number] = works[number]()
        except RelayError as error:
            told[number] = error.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_the_same_records_told_to_three_at_once_in_any_order_count_once(replicas):
    names = [f"u{number:03}" for number in range(200)]
    orders = [names, names[::-1], names[100:] + names[:100]]
    works = [
        lambda one=one, order=order: take_uses(one, [use(one, name) for name in order], "service")
        for one, order in zip(replicas, orders, strict=True)
    ]
    told = all_at_once(works * 2)
    assert sum(one.taken for one in told) == 200
    assert all(one.taken + one.known == 200 for one in told)


def test_of_two_who_tell_other_figures_one_is_refused_whole(replicas):
    def tell(one, value, own):
        return lambda: take_uses(one, [use(one, own), use(one, "shared", value)], "service")

    told = all_at_once([tell(one, value, f"own-{value}") for one, value in zip(replicas, "123", strict=True)])
    assert told.count("ISCB-RELAY-SERIAL") == 2
    rows = replicas[0].database.run(lambda connection: connection.execute(select(METERINGS)).all())
    value = next(row.value for row in rows if row.serial == "shared")
    assert {row.serial for row in rows} == {"shared", f"own-{value}"}


def test_what_was_refused_is_listed_first_and_told_again(relay):
    for name in ("u1", "u2"):
        take_uses(relay, [use(relay, name)], "service")
    refused = update(METERINGS).where(METERINGS.c.serial == "u2").values(error="ISCB-STORE-REFUSED")
    relay.database.run(lambda connection: connection.execute(refused))
    rows = looks.read(relay, looks.metered(state=None, limit=10))
    assert [(row["id"], row["state"]) for row in rows] == [("u2", "refused"), ("u1", "waiting")]
    assert looks.read(relay, looks.days(state="refused", limit=10)) == []
    assert retry_uses(relay, "all") == 1
    assert looks.read(relay, looks.metered(state="refused", limit=10)) == []
