"""A clock that went ahead and was set back: what was written down meanwhile holds nothing up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import LICENSES
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream.asker import Asker
from iscbridge.relay.upstream.background import CLEAN_EVERY_S
from iscbridge.relay.upstream.duties import leave_duty, take_duty
from support.relay_device import Device, FakeUpstream, bought
from support.relay_store import store_calls

DAY_S = 86_400


@pytest.fixture
def store():
    return FakeUpstream(PL1=bought(1))


@pytest.fixture
def device(relay, store):
    made = Device(relay, DeviceDesk(relay, store))
    made.enrol("PL1")
    return made


def test_later_calls_of_the_store_count(relay, clock, device):
    clock.now += 40 * DAY_S
    store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="FREEZE")
    store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="UNFREEZE")
    clock.now -= 40 * DAY_S
    store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="FREEZE")
    assert device.check().state is LeaseState.FROZEN


def test_the_store_is_asked_again_about_a_licence_that_is_not_good(relay, clock, device, store):
    clock.now += 40 * DAY_S
    store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="FREEZE")
    device.check()  # the store was asked, in the future
    clock.now -= 40 * DAY_S
    before = store.asked.count(("query", "PL1"))
    device.check()
    assert store.asked.count(("query", "PL1")) == before + 1


def test_the_store_is_asked_again_about_a_licence_in_use(relay, clock, device):
    class Many:
        def query_many(self, codes):
            return {code: Answer(AnswerKind.ALIVE) for code in codes}

    def asked():
        return relay.database.run(lambda connection: connection.scalar(select(LICENSES.c.asked)))

    clock.now += 40 * DAY_S
    device.check()
    Asker(relay, Many()).step("")
    assert asked() == relay.now()
    clock.now -= 40 * DAY_S
    device.check()
    Asker(relay, Many()).step("")
    assert asked() == relay.now()


@pytest.mark.parametrize("back", [DAY_S // 8, DAY_S, 40 * DAY_S])
def test_duties_are_done(relay, clock, back):
    clock.now += back
    mark = take_duty(relay, "ask")
    leave_duty(relay, "ask", mark, relay.now() + CLEAN_EVERY_S)
    clock.now -= back
    assert take_duty(relay, "ask") is not None
