"""Licences delivered by ISCDesk, in any order of events: nothing is lost, nothing reaches the wrong product."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import delivery_words as w
from iscbridge.core.licensing.delivery import QUEUE_LIMIT, Deliveries, DeliveryTimes
from support.delivery_world import Plan, World

TIMES = DeliveryTimes()
MOMENTS = st.floats(0.0, 400.0).map(lambda seconds: round(seconds, 3))
ERRORS = st.sampled_from([ErrorInfo("ISCB-SDK-CALL-REFUSED"), ErrorInfo("ISCB-SDK-NOT-CONNECTED")])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A desk that keeps to the rules: an event comes at most `owed_s` late, a double within `settle_s`."""
    kind = draw(st.sampled_from(["good", "late", "never", "refused", "lost", "blocking"]))
    plan = Plan(
        event=draw(st.floats(0.0, TIMES.event_s - 1)),
        status=draw(st.sampled_from(["success", "success", "failed"])),
        doubled=draw(st.none() | st.floats(0.0, TIMES.settle_s * 0.99)),
        report=draw(st.none() | st.floats(0.0, 40.0)),
        verify=draw(st.none() | st.floats(0.0, 700.0)),
        good=draw(st.booleans()),
    )
    match kind:
        case "late":
            plan = replace(plan, event=TIMES.event_s + draw(st.floats(0.01, TIMES.owed_s - 0.01)))
        case "never":
            plan = replace(plan, event=None, returns=draw(st.none() | st.floats(0.0, 130.0)))
        case "refused":
            event = draw(st.none() | st.floats(0.01, TIMES.refused_s - 0.01))
            plan = replace(plan, error=ErrorInfo("ISCB-SDK-CALL-REFUSED"), event=event)
        case "lost":
            lost = draw(st.floats(0.0, TIMES.event_s))
            event = draw(st.none() | st.floats(lost, lost + TIMES.owed_s - 0.01))
            plan = replace(plan, lost=lost, event=event)
        case "blocking":
            plan = replace(plan, returns=(plan.event or 0.0) + draw(st.floats(0.0, 10.0)))
    return plan


STEPS = st.lists(
    st.tuples(
        MOMENTS, st.sampled_from(["ask", "ask", "ask", "trial", "verify"]), st.sampled_from("abc"), st.booleans()
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(desk=st.lists(plans(), max_size=12), steps=STEPS)
def test_every_token_is_answered_once_and_every_licence_reaches_its_product(desk, steps):
    world = World(list(desk))
    requests: list[tuple[str, int]] = []

    def step(what: str, product: str, flag: bool) -> None:
        if what == "ask":
            token = world.request(product, built_in=flag, device_info=f"dev@{product}")
            requests.append((product, token))
        elif what == "trial":
            token = world.token()
            asker = w.Asker(f"host-{product}", product)
            # the file name comes last in the call: the world reads the product from it
            world.feed(w.TrialExpired(world.now, product, token, f"t@{product}", "dev", flag, asker))
        else:
            world.verified(product, ok=flag)

    for after, what, product, flag in steps:
        world.later(after, lambda what=what, product=product, flag=flag: step(what, product, flag))
    world.run()
    assert all(len(answers) == 1 for answers in world.answers.values()), world.answers
    for product, token in requests:
        if world.answer(token) == "ok":
            at = world.answered_at[token]
            assert any(told.product == product and when >= at for when, told in world.told), "told what became of it"
    sizes = world.machine.stats()
    assert (sizes["queued"], sizes["tokens"]) == (0, 0)


TEXT = st.sampled_from(["", "a", "b", "success", "failed", "\ud800", "x" * 100])
NOWS = st.floats(-1e12, 1e12)
NUMBERS = st.integers(-2, 12)
ASKERS = st.builds(w.Asker, TEXT, TEXT)
CHAOS = st.one_of(
    st.builds(w.RequestLicense, NOWS, TEXT, NUMBERS, st.sampled_from(w.Form), TEXT, TEXT, st.booleans(), ASKERS),
    st.builds(w.TrialExpired, NOWS, TEXT, NUMBERS, TEXT, TEXT, st.booleans(), ASKERS),
    st.builds(w.CallDone, NOWS, NUMBERS, st.none() | ERRORS),
    st.builds(
        w.DeskEvent,
        NOWS,
        st.dictionaries(
            st.sampled_from(["Status", "status", "LicenseContent", "LicenseFilePath", "LicenseType"]), TEXT
        ),
    ),
    st.builds(w.VerifyDone, NOWS, NUMBERS, st.none() | NOWS, st.none() | ERRORS),
    st.builds(w.HostVerified, NOWS, TEXT, NUMBERS, st.booleans(), TEXT, st.none() | NOWS, ASKERS),
    st.builds(w.SessionLost, NOWS),
    st.builds(w.TimerFired, NOWS, st.sampled_from([f"delivery:{n}" for n in range(12)] + ["", "x"])),
    st.builds(w.Input, NOWS),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CHAOS, max_size=60))
def test_nothing_is_raised_in_any_order_and_memory_is_bounded(events):
    machine = Deliveries()
    timers: set[str] = set()
    for event in events:
        for effect in machine.handle(event):
            if isinstance(effect, w.SetTimer):
                timers.add(effect.key)
            elif isinstance(effect, w.ClearTimer):
                timers.discard(effect.key)
            elif isinstance(effect, w.AnswerError):
                assert effect.error.code in CODES
        if isinstance(event, w.TimerFired):
            timers.discard(event.key)
        sizes = machine.stats()
        assert sizes["queued"] <= QUEUE_LIMIT
        assert sizes["tokens"] <= 65
        assert len(timers) <= 2, "one of the turn, one of the wait between turns"
        if sizes["under_way"] or sizes["queued"]:
            assert timers or sizes["queued"] == 0
