"""A sign-in on its way: who is answered when, and what ends it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from iscbridge.core.errors import LicenseError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.core.signin import Person, Started
from iscbridge.service.licensing.signin import Signins

P, STATE = "AcmeCAD", "a-state-of-the-relay"
POLICY = LicensePolicy(P, authority="relay")
NOBODY = ErrorInfo("ISCB-RELAY-SIGN-IN", {"product": P})


class Around:
    """The bridge, the licences and the work that is done on their lane, all in one, and nothing by itself."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.answers: dict[int, Any] = {}
        self.timers_set: dict[str, float] = {}
        self.lane_work: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []
        self.settled: list[tuple[int, bool]] = []
        self.told = 0
        self.person: Person | None = None
        self.started: Started | ErrorInfo = Started("https://relay.example.com/signin/go?ticket=x", STATE)
        self.finished: ErrorInfo | None = None
        self.challenge = self.redirect = self.verifier = ""
        self.deadlines = SimpleNamespace(set=lambda token, _s, _e: self.open.add(token), met=self._met)
        self.timers = SimpleNamespace(set=self.timers_set.__setitem__, clear=lambda key: self.timers_set.pop(key, None))
        self.server = SimpleNamespace(answer=self.answers.__setitem__, answer_error=self.answers.__setitem__)
        self.people = SimpleNamespace(person=lambda _product: self.person)

    def _met(self, token: int) -> bool:
        met = token in self.open
        self.open.discard(token)
        return met

    # the licences
    def lane(self, _product: str, run: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.lane_work.append((run, then))

    def settle(self, _product: str, token: int, *, ask: bool) -> None:
        self.settled.append((token, ask))

    def tell(self, _product: str) -> None:
        self.told += 1

    # the work
    def signin_start(self, _product: str, challenge: str, redirect: str) -> Started | ErrorInfo:
        self.challenge, self.redirect = challenge, redirect
        return self.started

    def signin_finish(self, _product: str, *brought: str) -> ErrorInfo | None:
        *_, self.verifier = brought
        if self.finished is None:
            self.person = Person("s1", "Anna", 100)
        return self.finished

    def signin_end(self, _product: str) -> str:
        self.person = None
        return ""

    def work(self) -> None:
        """Do what waits on the lane."""
        while self.lane_work:
            run, then = self.lane_work.pop(0)
            then(run())


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def signins(qapp, around: Around) -> Iterator[Signins]:
    everything: Any = around
    made = Signins(everything, everything, everything)
    yield made
    made.close()


def start(signins: Signins, token: int = 1) -> None:
    request: Any = SimpleNamespace(token=token)
    signins.start(request, POLICY)


def stop(signins: Signins, token: int = 9) -> None:
    request: Any = SimpleNamespace(token=token)
    signins.stop(request, POLICY)


def come_back(signins: Signins, around: Around, **members: str) -> str:
    """The browser is back: what the page's status is."""
    loopback = signins._attempts[P].loopback
    query = urlencode({"state": STATE, **members})
    head = f"GET {urlsplit(around.redirect).path}?{query} HTTP/1.1\r\nHost: {loopback.authority}\r\n\r\n"
    return loopback.answer(head.encode())[0]


def told(signins: Signins, *, named: bool = False) -> Any:
    return signins.facts(P, POLICY, NOBODY, named=named)


def test_from_the_page_to_the_person(signins, around) -> None:
    start(signins)
    assert told(signins).waiting
    around.work()
    answer = around.answers.pop(1)
    assert (answer.url, answer.product) == (around.started.url, P)
    assert "ticket" not in repr(answer)
    assert come_back(signins, around, code="c", tenant="acme") == "200 OK"
    assert told(signins).waiting, "the relay is still to be asked"
    around.work()
    digest = hashlib.sha256(around.verifier.encode()).digest()
    assert around.challenge == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    facts = told(signins)
    assert (facts.needed, facts.waiting, facts.user, facts.error) == (False, False, "Anna", None)
    assert around.settled == [(0, True)]
    assert around.timers_set == {}


def test_no_two_sign_ins_share_a_secret(signins, around) -> None:
    found = set()
    for token in range(3):
        start(signins, token)
        around.work()
        found |= {around.challenge, around.redirect}
    assert len(found) == 6


def test_a_browser_that_does_not_come_is_not_awaited_for_ever(signins, around) -> None:
    start(signins)
    around.work()
    assert list(around.timers_set) == [f"license-signin:{P}"]
    signins.late(P)
    facts = told(signins)
    assert (facts.needed, facts.waiting, facts.error.code) == (True, False, "ISCB-LIC-SIGN-IN-LATE")
    start(signins, 2)
    assert told(signins).error is None


def test_who_comes_at_the_last_moment_is_let_in(signins, around) -> None:
    start(signins)
    around.work()
    come_back(signins, around, code="c", tenant="acme")
    signins.late(P)
    around.work()
    assert told(signins).user == "Anna"


def test_a_relay_that_takes_too_long_is_not_waited_for(signins, around) -> None:
    start(signins)
    signins.late(P)
    assert around.answers[1].code == "ISCB-LIC-SIGN-IN-LATE"
    around.work()
    assert not told(signins).waiting


def test_a_page_that_came_too_late_for_who_asked_is_nobody_s(signins, around) -> None:
    start(signins)
    around.open.clear()  # the request's time is over: it was answered with an error
    around.work()
    assert (around.answers, told(signins).waiting, around.timers_set) == ({}, False, {})


def test_a_refusal_goes_to_who_asked_and_not_into_the_licence(signins, around) -> None:
    around.started = ErrorInfo("ISCB-RELAY-NO-SIGN-IN", {"product": P})
    start(signins)
    around.work()
    assert around.answers[1].code == "ISCB-RELAY-NO-SIGN-IN"
    assert (told(signins).waiting, told(signins).error) == (False, None)


def test_what_comes_of_it_later_stands_in_the_licence(signins, around) -> None:
    around.finished = ErrorInfo("ISCB-RELAY-SIGN-IN-OVER")
    start(signins)
    around.work()
    come_back(signins, around, code="c", tenant="acme")
    around.work()
    assert told(signins).error == around.finished
    assert around.settled == []
    stop(signins)
    around.work()
    assert told(signins).error is None


def test_a_second_one_ends_the_first(signins, around) -> None:
    start(signins, 1)
    start(signins, 2)
    assert around.answers[1].code == "ISCB-LIC-SIGN-IN-ENDED"
    around.work()
    assert sorted(around.answers) == [1, 2]
    assert around.answers[2].url == around.started.url


def test_a_sign_out_ends_what_was_on_its_way(signins, around) -> None:
    start(signins)
    stop(signins)
    assert around.answers[1].code == "ISCB-LIC-SIGN-IN-ENDED"
    around.work()
    assert not told(signins).waiting
    assert around.settled == [(9, True)]


def test_nobody_to_sign_out_asks_nothing(signins, around) -> None:
    stop(signins)
    around.work()
    assert around.settled == [(9, False)]


def test_without_a_relay_there_is_nobody(signins) -> None:
    request: Any = SimpleNamespace(token=1)
    for deed in (signins.start, signins.stop):
        with pytest.raises(LicenseError) as caught:
            deed(request, LicensePolicy(P))
        assert caught.value.code == "ISCB-LIC-NO-SIGN-IN"
    assert signins.facts(P, LicensePolicy(P), None, named=False) is None


def test_a_licence_of_machines_says_nothing_of_people(signins) -> None:
    assert signins.facts(P, POLICY, None, named=False) is None
    assert signins.facts(P, POLICY, None, named=True).needed
