"""Licences delivered by ISCDesk: one turn at a time, each event credited once and to the right product."""

from __future__ import annotations

import pytest

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import delivery_words as w
from iscbridge.core.licensing.delivery import QUEUE_LIMIT, VERDICTS, Deliveries, DeliveryTimes
from support.delivery_world import Plan, World

TIMES = DeliveryTimes()
NEVER = Plan(event=None)


def ask(world: World, product: str = "a", **more: object) -> int:
    return world.request(product, device_info=f"dev@{product}", **more)  # type: ignore[arg-type]  # test data


# -- the ordinary way


def test_the_host_verifies():
    world = World()
    token = ask(world, form="file", file_name="license.lic")
    assert world.calls == [w.CallDesk(1, "GetLicenseFileRequest", ("license.lic", "dev@a"))]
    assert world.answer(token) == "none", "ISCDesk has not taken it yet"
    world.run(0.05)
    assert world.answer(token) == "ok"
    world.run()
    (_, told) = world.told[0]
    assert (told.product, told.instances, told.content, told.error) == ("a", {"host-a"}, "a#1", None)
    assert world.delivered == [w.Deliver("a", True, 5e9)]
    assert world.reports == [w.ReportToDesk(world.reports[0].call, True)]
    assert world.answers == {1: [None], 2: [None]}
    assert world.machine.stats() == {"queued": 0, "under_way": 0, "tokens": 0, "askers": 0, "owed": 0}


def test_a_host_that_says_no():
    world = World([Plan(good=False)])
    ask(world)
    world.run()
    error = ErrorInfo("ISCB-LIC-HOST-REFUSED", {"product": "a", "detail": "not for this machine"})
    assert world.delivered == [w.Deliver("a", False, None, error)]
    assert (world.reports[0].ok, world.reports[0].message) == (False, "not for this machine")


@pytest.mark.parametrize("good", [True, False])
def test_the_bridge_verifies_if_it_has_the_vendor_s_key(good):
    world = World([Plan(good=good)])
    ask(world, built_in=True)
    world.run()
    error = None if good else ErrorInfo("ISCB-LIC-FILE-SIGNATURE")
    assert world.delivered == [w.Deliver("a", good, 5e9, error)]
    assert [(told.verified, told.error) for _, told in world.told] == [(good, error)], "hosts have nothing to verify"
    assert (world.reports[0].ok, world.reports[0].error) == (good, error)


def test_what_could_not_be_verified_is_no_word_on_the_licence():
    world = World([Plan(verify=None)])
    ask(world, built_in=True)
    world.run()
    assert world.delivered == []
    assert [told.error.code for _, told in world.told if told.error] == ["ISCB-LIC-FILE-UNREADABLE"]
    assert world.reports[0].ok is False
    assert "ISCB-LIC-FILE-UNREADABLE" not in VERDICTS
    assert set(CODES) >= VERDICTS


@pytest.mark.parametrize(
    ("params", "form", "path", "content"),
    [
        ({"Status": "success", "LicenseFilePath": "D:\\l.lic", "LicenseType": "file"}, "file", "D:\\l.lic", ""),
        ({"Status": "success", "LicenseContent": "00-1", "LicenseType": "string"}, "string", "", "00-1"),
        ({"status": " SUCCESS ", "licensecontent": "x"}, "string", "", "x"),
        ({"Status": "success", "LicenseFilePath": "/l", "LicenseType": "string"}, "file", "/l", ""),
        (
            {"Status": "success", "LicenseFilePath": "/l", "LicenseContent": "x", "LicenseType": "FILE"},
            "file",
            "/l",
            "x",
        ),
    ],
)
def test_the_event_is_read_tolerantly(params, form, path, content):
    world = World([NEVER])
    ask(world)
    world.event(**params)
    (_, told) = world.told[0]
    assert (told.form, told.path, told.content) == (form, path, content)


@pytest.mark.parametrize(
    "params",
    [
        {"Status": "failed", "LicenseType": "string"},
        {"Status": "failed", "LicenseContent": "x"},
        {"Status": "success"},
        {"Status": "success", "LicenseType": "file"},
        {"LicenseContent": "x"},
        {"Status": "Erfolg", "LicenseContent": "x"},
        {},
    ],
)
def test_no_licence_came(params):
    world = World([NEVER])
    token = ask(world)
    world.run(1)
    world.event(**params)
    (_, told) = world.told[0]
    assert world.answer(token) == "ok"
    assert (told.error, told.content) == (ErrorInfo("ISCB-LIC-DELIVERY-FAILED", {"product": "a"}), "")
    assert world.delivered == []
    assert world.reports == []


def test_a_call_that_returns_only_after_its_event():
    world = World([Plan(returns=5.0, event=1.0, verify=20.0)])
    token = ask(world)
    world.run(2)
    assert world.answer(token) == "ok"
    world.run()
    assert world.answers[token] == [None]
    assert len(world.delivered) == 1


def test_an_event_that_fails_before_the_call_returns_is_the_answer():
    world = World([Plan(returns=5.0, event=1.0, status="failed")])
    token = ask(world)
    world.run()
    assert world.answer(token) == "ISCB-LIC-DELIVERY-FAILED"
    assert world.told == [], "nobody was told that it is on its way"


# -- turns


def test_another_product_waits_its_turn():
    world = World([Plan(event=50.0, verify=300.0), Plan(), Plan()])
    tokens = [ask(world, product) for product in "abc"]
    assert [world.answer(token) for token in tokens] == ["none", "ok", "ok"], "those who wait are on their way"
    world.run(349)
    assert [call.args for call in world.calls] == [("dev@a",)], "until the verification is reported"
    world.run()
    assert [call.args for call in world.calls] == [("dev@a",), ("dev@b",), ("dev@c",)]
    assert [told.content for _, told in world.told] == ["a#1", "b#2", "c#3"]


def test_the_same_wish_shares_a_turn():
    world = World([Plan(returns=1.0, event=10.0, verify=5.0)])
    tokens = [ask(world, instance=f"h{n}") for n in range(3)]
    world.run(2)
    tokens.append(ask(world, instance="h3"))
    assert [world.answer(token) for token in tokens] == ["ok"] * 4
    world.run(10)
    again = ask(world, instance="h4")
    assert world.answer(again) == "ok"
    assert [told.instances for _, told in world.told] == [{"h0", "h1", "h2", "h3"}, {"h0", "h1", "h2", "h3", "h4"}]
    assert world.told[1][1].content == "a#1", "a host that was started anew gets it again"
    world.run()
    assert len(world.calls) == 1
    assert len(world.delivered) == 1


def test_a_licence_that_is_verified_already_is_no_news_for_who_asks_now():
    world = World([Plan(report=20.0), Plan()])
    ask(world)
    world.run(10)
    assert len(world.reports) == 1, "the report is under way"
    token = ask(world)
    world.run()
    assert world.answer(token) == "ok"
    assert [told.content for _, told in world.told] == ["a#1", "a#2"]


def test_another_wish_of_the_same_product_has_a_turn_of_its_own():
    world = World()
    for more in ({}, {"form": "file", "file_name": "x"}, {"form": "file", "file_name": "y"}):
        ask(world, **more)
    world.run()
    assert [call.function for call in world.calls] == ["GetLicenseStringRequest"] + ["GetLicenseFileRequest"] * 2


def test_a_full_queue():
    world = World([NEVER])
    tokens = [ask(world, f"p{n}") for n in range(QUEUE_LIMIT + 3)]
    assert [world.answer(token) for token in tokens][QUEUE_LIMIT:] == ["ok"] + ["ISCB-REQ-TOO-MANY"] * 2
    assert world.answer(ask(world, "p5")) == "ok", "joins one that waits"
    world.run()
    assert len(world.calls) == QUEUE_LIMIT + 1


def test_many_hosts_that_ask_before_the_call_returned():
    world = World([Plan(returns=1.0)])
    tokens = [ask(world, instance=f"h{n}") for n in range(200)]
    world.run()
    assert {world.answer(token) for token in tokens} == {"ok"}
    assert len(world.told[0][1].instances) == 64, "the clients of the product are told besides"


# -- what goes wrong


def test_no_event():
    world = World([NEVER, Plan()])
    token = ask(world)
    waiting = ask(world, "b")
    world.run(TIMES.event_s - 1)
    assert world.told == []
    world.run(1)
    assert world.told[0][1].error == ErrorInfo("ISCB-LIC-NO-DELIVERY", {"product": "a"})
    assert world.answers[token] == [None]
    assert len(world.calls) == 1, "a late event must not reach the next product"
    world.run(TIMES.owed_s)
    assert len(world.calls) == 2
    world.run()
    assert world.answers[waiting] == [None]
    assert [told.content for _, told in world.told[1:]] == ["b#2"]


def test_no_event_and_the_same_product_asks_again():
    world = World([NEVER, Plan()])
    ask(world)
    world.run(TIMES.event_s)
    ask(world)
    assert len(world.calls) == 2, "what comes late is for the same product"


def test_a_call_that_never_returns():
    world = World([Plan(returns=None, event=None)])
    token = ask(world)
    world.run()
    assert world.answer(token) == "ISCB-LIC-NO-DELIVERY"


@pytest.mark.parametrize("lateness", [0.5, 59.0])
def test_a_late_event_is_nobody_s(lateness):
    world = World([Plan(event=TIMES.event_s + lateness, doubled=0.9), Plan()])
    ask(world)
    ask(world, "b")
    world.run(TIMES.event_s + lateness + 1.8)
    assert world.warnings == ["ISCB-LIC-STRAY-DELIVERY"] * 2
    assert len(world.calls) == 1
    world.run(0.2)
    assert len(world.calls) == 2, "what was owed has come: no reason to wait longer"
    world.run()
    assert [told.content for _, told in world.told] == ["", "b#2"]
    assert [deliver.product for deliver in world.delivered] == ["b"]


def test_an_event_that_nobody_asked_for():
    world = World()
    effects = world.event(Status="success", LicenseContent="x#1")
    assert effects == [w.Warn(ErrorInfo("ISCB-LIC-STRAY-DELIVERY"))]


REFUSED = ErrorInfo("ISCB-SDK-CALL-REFUSED")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Plan(event=TIMES.event_s + 10, doubled=0.5), Plan(event=15.0)),
        (Plan(event=TIMES.event_s + 10), Plan(event=100.0)),
        (Plan(event=TIMES.event_s + 10, status="failed"), Plan(event=TIMES.event_s + 50)),
        (Plan(event=TIMES.event_s + 50), Plan(error=REFUSED, event=None)),
        (Plan(event=TIMES.event_s + 50), Plan(error=REFUSED, event=5.0)),
        (Plan(event=TIMES.event_s + 50), Plan(lost=1.0, event=40.0)),
        (Plan(event=None), Plan(event=TIMES.event_s + 50, doubled=0.5)),
    ],
)
def test_what_two_turns_of_a_product_owe_never_reaches_another(first, second):
    # The first event comes in the second turn or after it; the world fails if b gets one of a's.
    world = World([first, second, Plan(event=45.0)])
    ask(world)
    world.run(TIMES.event_s)
    ask(world)
    assert len(world.calls) == 2
    ask(world, "b")
    world.run()
    assert [told.content for _, told in world.told if told.product == "b"] == ["b#3"]


def test_two_late_events_of_two_turns():
    # 30 s and 40 s late, in the wait before b's turn
    world = World([Plan(event=50.0), Plan(event=40.0), Plan(event=10.0)], DeliveryTimes(event_s=20.0))
    ask(world)
    world.run(20)
    ask(world)
    ask(world, "b")
    world.run(35)
    assert len(world.calls) == 2, "one of the two is still owed"
    world.run()
    assert [told.content for _, told in world.told if told.product == "b"] == ["b#3"]


def test_two_events_that_differ_are_no_double():
    world = World([Plan(event=50.0), Plan(event=30.5), Plan(event=10.0)], DeliveryTimes(event_s=20.0))
    ask(world)
    world.run(20)
    ask(world)
    ask(world, "b")
    world.run(30 + 0.5 + TIMES.settle_s)
    assert len(world.calls) == 3, "both have come"


def test_what_is_long_over_is_owed_no_more():
    world = World([NEVER])
    ask(world)
    world.run(TIMES.event_s + TIMES.owed_s + 1)
    ask(world)
    ask(world, "b")
    world.run(5)
    assert len(world.calls) == 3
    assert world.machine.stats()["owed"] == 0


def test_a_refused_call():
    refused = ErrorInfo("ISCB-SDK-CALL-REFUSED")
    world = World([Plan(error=refused, event=None), Plan(error=refused, event=None)])
    token = ask(world)
    waiting = ask(world, "b")
    world.run()
    assert world.answer(token) == "ISCB-SDK-CALL-REFUSED"
    assert world.answer(waiting) == "ok"
    assert [(told.product, told.error) for _, told in world.told] == [("b", refused)]


def test_not_connected_at_all():
    world = World([Plan(error=ErrorInfo("ISCB-SDK-NOT-CONNECTED"), event=None)] * 2)
    token = ask(world)
    ask(world, "b")
    world.run(1)
    assert world.answer(token) == "ISCB-SDK-NOT-CONNECTED"
    assert len(world.calls) == 2, "the call was never made: nothing is to be expected"


def test_the_session_is_lost_before_the_event():
    world = World([Plan(returns=None, event=None, lost=5.0), Plan()])
    token = ask(world)
    ask(world, "b")
    world.run(6)
    assert world.answer(token) == "ISCB-SDK-NOT-CONNECTED"
    assert len(world.calls) == 1
    world.run()
    assert [told.content for _, told in world.told] == ["b#2"]


def test_the_session_is_lost_after_the_call_was_taken():
    world = World([Plan(event=None, lost=5.0)])
    token = ask(world)
    world.run()
    assert world.answer(token) == "ok"
    assert [told.error for _, told in world.told] == [ErrorInfo("ISCB-SDK-NOT-CONNECTED")]


def test_the_session_is_lost_while_the_licence_is_verified():
    world = World([Plan(event=0.1, verify=10.0, lost=5.0)])
    ask(world)
    world.run()
    assert len(world.delivered) == 1
    assert len(world.reports) == 1, "the report is not bound to a session in anything documented"


@pytest.mark.parametrize(("lost", "code"), [(None, "ISCB-SDK-NO-ANSWER"), (15.0, "ISCB-SDK-NOT-CONNECTED")])
def test_the_report_gets_no_answer(lost, code):
    world = World([Plan(verify=10.0, report=None, lost=lost), Plan()])
    ask(world)
    ask(world, "b")
    world.run()
    token = next(token for token in world.answers if world.answer(token) == code)
    assert token == 3, "the host's word that it is verified"
    assert [deliver.product for deliver in world.delivered] == ["a", "b"]


# -- who may verify


def test_nobody_was_asked():
    world = World()
    assert world.answer(world.verified("a")) == "ISCB-LIC-NOT-ASKED"
    assert world.delivered == []


@pytest.mark.parametrize(
    ("product", "instance", "hello", "asked"),
    [
        ("a", "host-a", "a", True),
        ("a", "another", "a", True),
        ("a", "host-a", "", True),
        ("a", "another", "", False),
        ("a", "another", "b", False),
        ("b", "host-a", "b", False),
        ("b", "host-a", "a", False),
    ],
)
def test_only_a_host_that_was_asked_may_verify(product, instance, hello, asked):
    world = World([Plan(verify=None)])
    ask(world)
    world.run(1)
    token = world.verified(product, instance=instance, hello=hello)
    world.run(1)
    assert world.answer(token) == ("ok" if asked else "ISCB-LIC-NOT-ASKED")
    assert len(world.delivered) == len(world.reports) == asked


def test_a_licence_is_verified_once():
    world = World([Plan(verify=None)])
    ask(world)
    world.run(1)
    tokens = [world.verified(), world.verified(ok=False)]
    world.run()
    assert [world.answer(token) for token in tokens] == ["ok", "ISCB-LIC-NOT-ASKED"]
    assert [deliver.valid for deliver in world.delivered] == [True]


def test_a_host_has_no_word_where_the_bridge_verifies():
    world = World([Plan(verify=5.0)])
    ask(world, built_in=True)
    world.run(1)
    assert world.answer(world.verified()) == "ISCB-LIC-NOT-ASKED"


def test_a_host_that_never_answers():
    world = World([Plan(verify=None), Plan()])
    ask(world)
    ask(world, "b")
    world.run(TIMES.host_s - 1)
    assert len(world.calls) == 1
    world.run(2)
    assert world.warnings == ["ISCB-LIC-NOT-VERIFIED"]
    assert world.answer(world.verified()) == "ISCB-LIC-NOT-ASKED"
    world.run()
    assert [deliver.product for deliver in world.delivered] == ["b"]
    assert len(world.reports) == 1, "nobody has found the first one good or bad"


# -- trial


def test_a_trial_without_an_event_is_no_error():
    world = World([NEVER])
    token = world.trial()
    assert world.calls == [w.CallDesk(1, "TrialExpirationAndGetLicense", ("LICENSE_TYPE_FILE", "dev", "t.lic"))]
    world.run()
    assert world.answer(token) == "ok"
    assert world.told == []
    assert world.warnings == []


def test_a_person_may_take_their_time_to_apply():
    world = World([Plan(event=3000.0)])
    world.trial()
    world.run()
    assert [told.content for _, told in world.told] == ["a#1"]
    assert len(world.delivered) == 1


def test_a_trial_gives_way():
    world = World([NEVER, Plan()])
    world.trial()
    world.run(TIMES.event_s + 1000)
    ask(world, "b")
    assert len(world.calls) == 1
    world.run()
    assert [told.content for _, told in world.told] == ["b#2"]


def test_a_trial_gives_way_to_its_own_product_at_once():
    world = World([NEVER, Plan()])
    world.trial()
    world.run(TIMES.event_s)
    ask(world)
    assert len(world.calls) == 2


@pytest.mark.parametrize("lost", [5.0, 500.0])
def test_a_trial_whose_session_ends_is_no_error(lost):
    world = World([Plan(event=None, lost=lost)])
    token = world.trial()
    world.run()
    assert world.answer(token) == "ok"
    assert world.told == []
    assert world.machine.stats()["under_way"] == 0


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(error=ErrorInfo("ISCB-SDK-CALL-REFUSED"), event=None), "ISCB-SDK-CALL-REFUSED"),
        (Plan(returns=None, event=None), "ISCB-SDK-NO-ANSWER"),
        (Plan(returns=None, event=None, lost=1.0), "ISCB-SDK-NOT-CONNECTED"),
    ],
)
def test_a_trial_that_iscdesk_did_not_take(plan, code):
    world = World([plan])
    token = world.trial()
    world.run()
    assert world.answer(token) == code


def test_a_trial_that_ends_in_a_failure_is_told():
    world = World([Plan(status="failed")])
    world.trial()
    world.run()
    assert [told.error.code for _, told in world.told if told.error] == ["ISCB-LIC-DELIVERY-FAILED"]


# -- clocks and secrets


def test_a_clock_that_goes_back_holds_nobody_up_for_long():
    world = World([NEVER, Plan()])
    ask(world)
    world.run(TIMES.event_s)
    world.now -= 1e6
    effects = world.machine.handle(w.RequestLicense(world.now, "b", 99, w.Form.STRING))
    (timer,) = [effect for effect in effects if isinstance(effect, w.SetTimer)]
    assert timer.at <= world.now + TIMES.event_s + TIMES.owed_s
    effects = world.machine.handle(w.TimerFired(world.now, timer.key))
    assert any(isinstance(effect, w.CallDesk) for effect in effects)


def test_no_licence_and_no_fingerprint_stands_in_a_repr():
    machine = Deliveries()
    shown = []
    for event in (
        w.RequestLicense(1.0, "a", 1, w.Form.STRING, device_info="SECRET"),
        w.DeskEvent(2.0, {"Status": "success", "LicenseContent": "SECRET"}),
        w.TrialExpired(3.0, "b", 2, "", "SECRET"),
    ):
        shown += [repr(event), repr(machine.handle(event)), repr(vars(machine))]
    assert "SECRET" not in "".join(shown)


# -- what must not be confused


def test_a_trial_gives_way_to_who_waits_already():
    world = World([NEVER, Plan()])
    world.trial()
    ask(world, "b")
    world.run()
    assert [told.content for _, told in world.told] == ["b#2"]


def test_a_trial_that_waited_and_was_refused_is_told():
    world = World([Plan(), Plan(error=REFUSED, event=None)])
    ask(world, "b")
    assert world.answer(world.trial()) == "ok"
    world.run()
    assert [told.error for _, told in world.told if told.product == "a"] == [REFUSED]


def test_an_old_verification_says_nothing_of_the_next_licence():
    world = World([Plan(verify=None), Plan(verify=None)])
    ask(world, built_in=True)
    world.run(TIMES.event_s + TIMES.verify_s)
    ask(world, built_in=True)
    world.run(10)
    world.feed(w.VerifyDone(world.now, 2, 5e9))
    assert world.delivered == []


def test_the_end_of_a_refused_licence_means_nothing():
    world = World([Plan(verify=None)])
    ask(world)
    world.run(1)
    world.feed(w.HostVerified(world.now, "a", world.token(), ok=False, expires=5e9, asker=w.Asker(product="a")))
    assert [deliver.expires for deliver in world.delivered] == [None]


@pytest.mark.parametrize("key", ["", "delivery:", "delivery:1", "delivery:99", "license:a:until"])
def test_a_timer_of_nobody_changes_nothing(key):
    world = World([NEVER, Plan()])
    ask(world)
    world.run(TIMES.event_s)
    world.feed(w.TimerFired(world.now, key))
    ask(world, "b")
    assert len(world.calls) == 1, "what is owed is not forgotten"
