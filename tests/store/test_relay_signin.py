"""What a relay says of a sign-in is bounded before it is believed, and its refusals are told in this machine's words."""

from __future__ import annotations

from typing import Any

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.signin import Person, Started
from iscbridge.lease import wire
from iscbridge.store.relay_client import NoAnswerError, RefusedError, Told
from iscbridge.store.relay_signin import RelaySignin

STATE = "a-state-of-the-relay"


class Client:
    """A relay that says what the test wants."""

    def __init__(self) -> None:
        self.says: Any = None
        self.asked: list[tuple[str, Any]] = []

    def ask(self, path: str, message: Any, kind: Any) -> Told[Any]:
        self.asked.append((path, message))
        if isinstance(self.says, Exception):
            raise self.says
        assert isinstance(self.says, kind)
        return Told(self.says, "nonce")


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def signin(client: Client) -> RelaySignin:
    made: Any = client
    return RelaySignin("AcmeCAD", made, lambda error: ErrorInfo(error.code))


def code_of(found: object) -> str:
    assert isinstance(found, ErrorInfo)
    return found.code


def started(url: str, state: str = STATE) -> wire.SigninStarted:
    return wire.SigninStarted(url=url, state=state, server_time=1)


def person(session: str = "s1", user: str = "Anna", until: int = 100) -> wire.SignedIn:
    return wire.SignedIn(session=session, user=user, until=until, server_time=1)


def test_a_sign_in_from_the_page_to_its_end(client, signin) -> None:
    client.says = started("https://relay.example.com/signin/go?ticket=x")
    assert signin.start("challenge", "http://127.0.0.1:1/x") == Started(client.says.url, STATE)
    client.says = person()
    assert signin.finish(STATE, "code", "acme", "verifier") == Person("s1", "Anna", 100)
    assert signin.refresh("s1") == Person("s1", "Anna", 100)
    client.says = wire.SignedOut(url="https://acme.example.com/logout", server_time=1)
    assert signin.end("s1") == "https://acme.example.com/logout"
    assert [path for path, _ in client.asked] == [
        "/v1/signin/start", "/v1/signin/finish", "/v1/signin/refresh", "/v1/signin/end"
    ]  # fmt: skip
    assert client.asked[1][1] == wire.SigninFinish(state=STATE, code="code", tenant="acme", verifier="verifier")


@pytest.mark.parametrize(
    "says",
    [
        started("http://relay.example.com/signin"),
        started("file:///etc/passwd"),
        started("https://relay.example.com/\u202e"),
        started("https://relay.example.com/" + "a" * 4096),
        started("https://relay.example.com/", "short"),
        started("https://relay.example.com/", "a blank in the state"),
        started("https://relay.example.com/", "a" * 257),
    ],
)
def test_a_page_that_no_browser_should_open_is_no_answer(client, signin, says) -> None:
    client.says = says
    assert code_of(signin.start("challenge", "http://127.0.0.1:1/x")) == "ISCB-RELAY-ANSWER"


@pytest.mark.parametrize("says", [person(""), person("a b"), person("a" * 1025), person(until=0), person(until=10**12)])
def test_a_session_out_of_all_form_is_no_answer(client, signin, says) -> None:
    client.says = says
    assert code_of(signin.refresh("s1")) == "ISCB-RELAY-ANSWER"


def test_a_name_is_shown_without_what_steers(client, signin) -> None:
    client.says = person(user="Li\u202e\nWei" + "x" * 400)
    found = signin.refresh("s1")
    assert isinstance(found, Person)
    assert found.user.startswith("Li  Wei")
    assert found.user.isprintable()
    assert len(found.user) <= 256


def test_a_page_for_signing_out_that_is_none_is_left_out(client, signin) -> None:
    client.says = wire.SignedOut(url="javascript:alert(1)", server_time=1)
    assert signin.end("s1") == ""


def test_refusals_and_silence_are_told(client, signin) -> None:
    client.says = RefusedError("ISCB-RELAY-SIGN-IN-OVER", 401, 1, "")
    assert code_of(signin.finish(STATE, "c", "t", "v")) == "ISCB-RELAY-SIGN-IN-OVER"
    client.says = NoAnswerError(ErrorInfo("ISCB-RELAY-LOST"))
    assert code_of(signin.end("s1")) == "ISCB-RELAY-LOST"
