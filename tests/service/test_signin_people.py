"""Who is signed in: kept, refreshed, forgotten on both sides, whatever goes wrong in between."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from iscbridge.core.errors import SecretError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.core.signin import Person
from iscbridge.service.licensing.signin_work import People

P = "AcmeCAD"
SESSION, ENDING = f"relay-session/{P}", f"relay-signout/{P}"
ANNA, LATER = Person("s1", "Anna", 100), Person("s1", "Anna", 200)
SIGN_IN = ErrorInfo("ISCB-RELAY-SIGN-IN", {"product": P})
DOWN = ErrorInfo("ISCB-RELAY-UNREACHABLE", {"host": "h", "detail": "d"})


class Secrets:
    """A secret store in memory, which may be locked."""

    kind = "memory"

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def get(self, name: str) -> str | None:
        self._open()
        return self.kept.get(name)

    def set(self, name: str, value: str) -> None:
        self._open()
        self.kept[name] = value

    def delete(self, name: str) -> None:
        self._open()
        self.kept.pop(name, None)

    def _open(self) -> None:
        if self.locked:
            raise SecretError("ISCB-SECRET-LOCKED")


class Relay:
    """What the relay says to each question, and what it was asked."""

    def __init__(self) -> None:
        self.says: dict[str, Person | ErrorInfo | str] = {"finish": ANNA, "refresh": LATER, "end": "https://t.example/"}
        self.asked: list[tuple[str, str]] = []

    def finish(self, state: str, code: str, tenant: str, verifier: str):
        self.asked.append(("finish", f"{state} {code} {tenant} {verifier}"))
        return self.says["finish"]

    def refresh(self, session: str):
        self.asked.append(("refresh", session))
        return self.says["refresh"]

    def end(self, session: str):
        self.asked.append(("end", session))
        return self.says["end"]


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def made(secrets: Secrets) -> Callable[[], People]:
    def keep(run) -> ErrorInfo | None:
        try:
            run(secrets)
        except SecretError as error:
            return error.info
        return None

    def make() -> People:
        people = People(keep)
        people.load(P, secrets)
        return people

    return make


@pytest.fixture
def people(made) -> People:
    return made()


@pytest.fixture
def anna(people: People, relay: Relay) -> People:
    assert people.finish(P, relay, "state", "code", "acme", "verifier") is None
    relay.asked.clear()
    return people


def test_who_signs_in_is_known_after_the_next_start(people, relay, made) -> None:
    assert people.person(P) is None
    assert people.finish(P, relay, "state", "code", "acme", "verifier") is None
    assert relay.asked == [("finish", "state code acme verifier")]
    assert (people.person(P), made().person(P)) == (ANNA, ANNA)


def test_a_refusal_leaves_who_was_there(anna, relay) -> None:
    relay.says["finish"] = ErrorInfo("ISCB-RELAY-SIGN-IN-OVER")
    assert anna.finish(P, relay, "state", "code", "acme", "verifier") == relay.says["finish"]
    assert anna.person(P) == ANNA


def test_a_session_that_can_t_be_kept_is_ended_at_once(people, relay, secrets) -> None:
    secrets.locked = True
    error = people.finish(P, relay, "state", "code", "acme", "verifier")
    assert error is not None
    assert error.code == "ISCB-SECRET-LOCKED"
    assert relay.asked[-1] == ("end", "s1")
    assert people.person(P) is None


def test_another_person_ends_the_session_of_the_one_before(anna, relay) -> None:
    relay.says["finish"] = Person("s2", "Ben", 300)
    assert anna.finish(P, relay, "state", "code", "acme", "verifier") is None
    assert relay.asked[-1] == ("end", "s1")
    assert anna.person(P) == Person("s2", "Ben", 300)


def test_a_check_lets_the_session_last(anna, relay, made) -> None:
    assert not anna.refresh(P, relay), "the same session: the same authority goes on"
    assert (anna.person(P), made().person(P)) == (LATER, LATER)
    relay.says["refresh"] = Person("s2", "Anna", 300)
    assert anna.refresh(P, relay), "another session: checks go by it from now on"


@pytest.mark.parametrize("code", ["ISCB-RELAY-UNREACHABLE", "ISCB-RELAY-SIGN-IN-OVER", "ISCB-RELAY-TENANT"])
def test_what_is_not_signed_ends_no_session(anna, relay, code) -> None:
    relay.says["refresh"] = ErrorInfo(code)
    assert not anna.refresh(P, relay)
    assert anna.person(P) == ANNA
    anna.heard(P, Answer(AnswerKind.FAILED, error=SIGN_IN))
    assert anna.person(P) == ANNA


def test_a_signed_word_does(anna, made) -> None:
    anna.heard(P, Answer(AnswerKind.NO_SUCH_CODE, error=SIGN_IN, lease="ISCLEASE1.x.y"))
    assert (anna.person(P), made().person(P)) == (None, None)


def test_signing_out_forgets_on_both_sides(anna, relay, secrets) -> None:
    assert anna.end(P, relay) == "https://t.example/"
    assert (anna.person(P), secrets.kept, relay.asked) == (None, {}, [("end", "s1")])
    assert anna.end(P, relay) == ""
    assert len(relay.asked) == 1


def test_a_relay_that_does_not_hear_of_it_is_told_again_until_it_does(anna, relay, secrets, made) -> None:
    relay.says["end"] = DOWN
    assert anna.end(P, relay) == ""
    assert secrets.kept == {ENDING: "s1"}
    again = made()
    assert again.person(P) is None
    again.refresh(P, relay)
    assert secrets.kept == {ENDING: "s1"}
    relay.says["end"] = ErrorInfo("ISCB-RELAY-SIGN-IN-OVER")
    again.refresh(P, relay)
    assert secrets.kept == {}
    again.refresh(P, relay)
    assert relay.asked == [("end", "s1")] * 3


def test_a_sign_out_without_anybody_to_tell_is_one(anna, secrets) -> None:
    assert anna.end(P, None) == ""
    assert (anna.person(P), secrets.kept) == (None, {ENDING: "s1"})


def test_a_sign_out_that_a_crash_cut_short_is_done(anna, secrets, made) -> None:
    secrets.kept[ENDING] = "s1"
    assert made().person(P) is None
    assert secrets.kept == {ENDING: "s1"}


def test_a_sign_out_that_can_t_be_kept_is_none(anna, relay, secrets) -> None:
    secrets.locked = True
    told = anna.end(P, relay)
    assert isinstance(told, ErrorInfo)
    assert (anna.person(P), relay.asked) == (ANNA, [])


@pytest.mark.parametrize("kept", ["", "no json", "[]", "{}", json.dumps({"session": "s", "user": "u", "until": "x"})])
def test_what_can_t_be_read_is_nobody(secrets, made, kept) -> None:
    secrets.kept[SESSION] = kept
    assert made().person(P) is None
