"""A vendor's relay as an authority: what counts as a word, what is asked again, and what is never believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from iscbridge.core.errors import LicenseError, RelayError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key
from iscbridge.lease.form import fingerprint_digest, sign
from iscbridge.lease.requests import read_claim
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.devices.gate import Request
from iscbridge.relay.http.refusals import STATUS
from iscbridge.store.answers import HttpReply
from iscbridge.store.authority import LicenseAuthority, SeatAuthority
from iscbridge.store.proxies import ProxyChoice
from iscbridge.store.relay_authority import (
    RelayAuthority,
    kept_word,
    new_device_key,
    read_device_key,
    vendor_keys,
)
from iscbridge.store.relay_client import RelayClient
from iscbridge.store.transport import LostError, NotSentError
from support.relay_device import FakeUpstream, bought
from support.relay_parts import HOST, NOW, Clock, add_lease_key, relay_in

A = AnswerKind
KINDS: dict[str, tuple[Any, str]] = {
    wire.ENROL: (wire.Enrol, "enrol"),
    wire.CHECK: (wire.Check, "check"),
    wire.USAGE: (wire.Usage, "usage"),
    wire.RELEASE: (wire.Release, "release"),
    wire.TRANSFER: (wire.Transfer, "transfer"),
}


class Line(RelayClient):
    """The client without a network: what it sends goes to a relay's desk. What a test wants goes wrong on the way."""

    def __init__(self, relay: Any, key: Ed25519PrivateKey, clock: Callable[[], float]) -> None:
        super().__init__(f"https://{HOST}", key, proxies=ProxyChoice("none"), clock=clock)
        self.relay = relay
        self.desk = DeviceDesk(
            relay, FakeUpstream(PL1=bought(1), PL2=bought(2), PL5=bought(None), FL1=bought(1, "OFFI2"))
        )
        self.key = key
        self.sent: list[str] = []
        self.before: list[Exception] = []
        """Raised in place of sending."""
        self.after: list[Exception] = []
        """Raised in place of the reply."""
        self.replies: list[HttpReply | None] = []
        """Come in place of the relay's own; None: its own."""

    def _send(self, path: str, body: bytes, signed: dict[str, str], deadline: Any) -> HttpReply:
        if self.before:
            raise self.before.pop(0)
        self.sent.append(path)
        reply = self._reply(path, body, signed)
        if self.after:
            raise self.after.pop(0)
        return (self.replies.pop(0) if self.replies else None) or reply

    def _reply(self, path: str, body: bytes, signed: dict[str, str]) -> HttpReply:
        kind, name = KINDS[path]
        claim = read_claim(signed)
        assert claim is not None
        request, message = Request(path, claim, body, "192.0.2.1"), msgspec.json.decode(body, type=kind)
        more = [public_key(message.public_key)] if name == "enrol" else []
        try:
            told = getattr(self.desk, name)(request, message, *more)
        except RelayError as error:
            fault = wire.Fault(code=error.code, title="evil", message="evil", remedy="evil", retry="no")
            refusal = wire.Refusal(error=fault, server_time=self.relay.now())
            return HttpReply(STATUS.get(error.code, 500), msgspec.json.encode(refusal), retry_after="7")
        return HttpReply(200, msgspec.json.encode(told))


class Machine:
    """One authority at its relay."""

    def __init__(self, relay: Any, product: str = "AcmeCAD", clock: Callable[[], float] | None = None) -> None:
        key = read_device_key(new_device_key())
        assert key is not None
        self.key, self.keys = key, vendor_keys(tuple(f"{k}:{v}" for k, v in relay.signer.public_keys().items()))
        self.line = Line(relay, key, clock or relay.clock)
        self.ask = RelayAuthority(
            product, self.line, self.keys, key, fingerprint=lambda: "AA|BB|CC|DD", clock=clock or relay.clock
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relay(tmp_path: Path, clock: Clock) -> Any:
    made = relay_in(tmp_path, clock=clock)
    yield made
    made.database.close()


@pytest.fixture
def one(relay: Any) -> Machine:
    return Machine(relay)


def failed(answer: Answer) -> str:
    assert (answer.kind, answer.lease, answer.until) == (A.FAILED, "", None)
    assert answer.error is not None
    return answer.error.code


def test_it_is_an_authority_with_seats(one):
    found: LicenseAuthority = one.ask
    assert isinstance(found, SeatAuthority)
    assert found.warning is None


def test_a_code_becomes_a_word_that_tells_its_times(one, clock):
    answer = one.ask.activate("PL1")
    assert (answer.kind, answer.server_time, answer.until) == (A.ALIVE, NOW, NOW + 14 * 86_400)
    assert answer.next_check == NOW + 86_400
    word, lease = kept_word(answer.lease, one.keys, "AcmeCAD", one.key)
    assert word == answer
    assert lease.fingerprint == fingerprint_digest("AcmeCAD", "AA|BB|CC|DD")
    assert answer.lease not in repr(answer)


def test_who_has_no_seat_is_told_so_by_a_signed_word(relay, one):
    Machine(relay).ask.activate("PL1")
    answer = one.ask.activate("PL1")
    assert (answer.kind, answer.error) == (
        A.NO_SUCH_CODE,
        ErrorInfo("ISCB-RELAY-SEATS-TAKEN", {"product": "AcmeCAD"}),
    )
    assert answer.lease


def test_a_pending_code_is_settled_by_enrolling_and_a_kept_one_by_a_check(one):
    one.ask.activate("PL2")
    one.ask.query("PL2", pending=True)
    assert one.line.sent == [wire.ENROL, wire.CHECK], "it has arrived: that is known"
    fresh = Machine(one.line.relay)
    assert fresh.ask.query("PL2", pending=True).kind is A.ALIVE
    assert fresh.line.sent == [wire.ENROL]


def test_a_pending_code_is_never_settled_by_the_word_about_another(relay, one):
    """Its activation got lost, and this machine has a good licence of another code."""
    Machine(relay).ask.activate("PL1")
    one.ask.activate("PL2")
    one.line.before = [NotSentError(ErrorInfo("ISCB-STORE-UNREACHABLE", {"detail": "no route"}))]
    assert failed(one.ask.activate("PL1")) == "ISCB-RELAY-UNREACHABLE"
    assert one.ask.query("PL1", pending=True).kind is A.NO_SUCH_CODE
    assert one.ask.query("PL2").kind is A.ALIVE


def test_a_relay_that_was_set_up_anew_is_enrolled_with_again(tmp_path, one, clock):
    one.ask.activate("PL1")
    other = relay_in(tmp_path / "restored", clock=clock)
    machine = Machine(other)
    assert machine.ask.query("PL1").kind is A.ALIVE
    assert machine.line.sent == [wire.CHECK, wire.ENROL]
    other.database.close()


def test_a_code_that_the_store_does_not_know_is_refused_only_where_it_was_typed(one):
    assert (one.ask.activate("PLX").kind, one.ask.query("PLX", pending=True).kind) == (A.NO_SUCH_CODE,) * 2
    assert failed(one.ask.query("PLX")) == "ISCB-RELAY-CODE", "what is here is not taken away by it"


class TestSeats:
    def test_taken_over_and_taken_back(self, relay, one):
        other = Machine(relay)
        other.ask.activate("PL1")
        assert one.ask.take_over("PL1", pending=True).kind is A.ALIVE
        assert one.line.sent == [wire.ENROL, wire.TRANSFER]
        assert other.ask.query("PL1").kind is A.NO_SUCH_CODE
        assert other.ask.take_over("PL1").kind is A.ALIVE

    def test_a_free_one_is_taken_from_nobody(self, one):
        assert one.ask.take_over("PL1", pending=True).kind is A.ALIVE
        assert one.line.sent == [wire.ENROL]

    @pytest.mark.parametrize(("pending", "kind"), [(True, A.NO_SUCH_CODE), (False, A.FAILED)])
    def test_too_often(self, relay, one, pending, kind):
        other = Machine(relay)
        other.ask.activate("PL1")
        for number in range(3):
            (one, other)[number % 2].ask.take_over("PL1")
        answer = other.ask.take_over("PL1", pending=pending)
        assert (answer.kind, answer.error) == (kind, ErrorInfo("ISCB-RELAY-TRANSFERS", {"product": "AcmeCAD"}))

    def test_where_nobody_knows_how_many_there_are(self, relay, one):
        other = Machine(relay)
        assert other.ask.activate("PL5").kind is A.ALIVE
        answer = one.ask.activate("PL5")
        assert failed(answer) == "ISCB-RELAY-SEATS-OPEN", "no word: it is asked again"
        assert set(answer.error.params) == {"product", "seconds"}
        assert one.ask.take_over("PL5", pending=True).kind is A.ALIVE, "who wants one for certain may have it"
        assert failed(other.ask.query("PL5")) == "ISCB-RELAY-SEATS-OPEN", "nor is it a word against who had it"

    def test_given_back_once_or_twice(self, one):
        one.ask.activate("PL1")
        assert [one.ask.release().kind, one.ask.release().kind] == [A.DONE, A.DONE]
        answer = one.ask.query("PL1")
        assert (answer.kind, answer.error) == (
            A.NO_SUCH_CODE,
            ErrorInfo("ISCB-RELAY-RELEASED", {"product": "AcmeCAD"}),
        )

    def test_given_back_only_by_a_signed_word(self, one):
        one.ask.activate("PL1")
        one.line.replies = [HttpReply(200, msgspec.json.encode(wire.Leased(lease="x.y.z", server_time=1)))]
        assert failed(one.ask.release()) == "ISCB-LIC-LEASE-FORMAT"


def test_use_is_told(one):
    one.ask.activate("PL1")
    assert one.ask.report_use("PL1", "client").kind is A.DONE


class TestAgain:
    LOST = LostError(ErrorInfo("ISCB-STORE-LOST"))

    @pytest.mark.parametrize("deed", ["activate", "query", "take_over"])
    def test_what_got_lost_is_asked_once_more(self, one, deed):
        one.ask.activate("PL1")
        one.line.after = [self.LOST]
        assert getattr(one.ask, deed)("PL1").kind is A.ALIVE
        one.line.after = [self.LOST, self.LOST]
        assert failed(getattr(one.ask, deed)("PL1")) == "ISCB-RELAY-LOST"

    def test_a_take_over_whose_reply_got_lost_is_counted_once(self, relay, one):
        machines = [Machine(relay) for _ in range(4)]
        machines[0].ask.activate("PL1")
        for machine in machines[1:]:
            machine.ask.activate("PL1")
            reply = machine.line._reply

            def once(path: str, body: bytes, signed: dict[str, str], machine: Machine = machine, reply=reply):
                told = reply(path, body, signed)
                if path == wire.TRANSFER and machine.line.sent.count(path) == 1:
                    raise TestAgain.LOST
                return told

            machine.line._reply = once
            assert machine.ask.take_over("PL1").kind is A.ALIVE
            assert machine.line.sent.count(wire.TRANSFER) == 2

    def test_a_wrong_clock_is_learnt_from_the_relay(self, relay, clock):
        wrong = Machine(relay, clock=lambda: clock() - 7200)
        assert wrong.ask.activate("PL1").kind is A.ALIVE
        assert wrong.ask.query("PL1").kind is A.ALIVE
        assert wrong.line.sent == [wire.ENROL, wire.ENROL, wire.CHECK]

    def test_a_relay_that_never_likes_the_time_is_asked_twice(self, one):
        refusal = wire.Refusal(
            error=wire.Fault(code="ISCB-RELAY-CLOCK", title="", message="", remedy="", retry=""), server_time=5
        )
        one.line.replies = [HttpReply(401, msgspec.json.encode(refusal))] * 5
        assert failed(one.ask.query("PL1")) == "ISCB-RELAY-CLOCK"
        assert len(one.line.sent) == 2


class TestWhatIsNoWord:
    def test_the_relay_s_errors_in_our_own_words(self, relay, one):
        assert failed(one.ask.release()) == "ISCB-RELAY-UNKNOWN-DEVICE"
        one.ask.activate("PL1")
        for _ in range(40):
            answer = one.ask.query("PL1")
        assert answer.error == ErrorInfo("ISCB-RELAY-RATE", {"seconds": "7"})
        assert failed(Machine(relay, "NoCAD").ask.query("PL1")) == "ISCB-RELAY-UNKNOWN-PRODUCT"

    @pytest.mark.parametrize(
        "reply",
        [
            HttpReply(200, b"<html>sign in to the network</html>"),
            HttpReply(200, b"{}"),
            HttpReply(302, b""),
            HttpReply(502, b"bad gateway"),
            HttpReply(200, b"", flaw=ErrorInfo("ISCB-STORE-UNREADABLE", {"detail": "it ended too early"})),
            HttpReply(403, msgspec.json.encode({"error": {"code": "evil {x}", "title": "", "message": "", "remedy": "", "retry": ""}, "serverTime": 1})),
        ],
    )  # fmt: skip
    def test_what_is_no_answer(self, one, reply):
        one.ask.activate("PL1")
        one.line.replies = [reply]
        answer = one.ask.query("PL1")
        assert failed(answer) == "ISCB-RELAY-ANSWER"
        assert answer.error is not None
        assert "evil" not in answer.error.params["detail"]

    def test_an_old_lease_is_no_answer_to_a_new_question(self, one):
        """Whoever could hand it out again and again would stop the clock."""
        one.ask.activate("PL1")
        old = one.ask.query("PL1").lease
        one.line.replies = [HttpReply(200, msgspec.json.encode(wire.Leased(lease=old, server_time=1)))]
        assert failed(one.ask.query("PL1")) == "ISCB-LIC-LEASE-REPLAY"

    def test_another_device_s_lease(self, relay, one):
        theirs = Machine(relay).ask.activate("PL2").lease
        one.line.replies = [HttpReply(200, msgspec.json.encode(wire.Leased(lease=theirs, server_time=1)))]
        assert failed(one.ask.query("PL2")) == "ISCB-LIC-LEASE-DEVICE"

    def test_a_stranger_s_signature(self, relay, one, tmp_path, clock):
        add_lease_key(tmp_path / "secrets", "k1")
        false = relay_in(tmp_path, clock=clock)
        one.line.desk = DeviceDesk(false, FakeUpstream(PL1=bought(1)))
        assert failed(one.ask.activate("PL1")) == "ISCB-LIC-LEASE-SIGNATURE"
        false.database.close()

    def test_a_reason_that_is_not_known_is_not_shown(self, relay, one):
        lease = kept_word(one.ask.activate("PL1").lease, one.keys, "AcmeCAD", one.key)[1]
        odd = msgspec.structs.replace(lease, state="refused", reason="ISCB-JOURNAL-IO")
        text = sign(odd, relay.signer._keys["k1"])
        assert kept_word(text, one.keys, "AcmeCAD", one.key)[0].error is None


def test_the_network_speaks_of_the_relay(one):
    for told, said in (
        (ErrorInfo("ISCB-STORE-UNREACHABLE", {"detail": "x"}), "ISCB-RELAY-UNREACHABLE"),
        (ErrorInfo("ISCB-STORE-TLS", {"host": "h", "detail": "x"}), "ISCB-RELAY-TLS"),
        (ErrorInfo("ISCB-STORE-TLS-UNTRUSTED", {"host": "h", "detail": "x"}), "ISCB-RELAY-TLS"),
        (ErrorInfo("ISCB-STORE-NO-NAME", {"host": "h", "detail": "x"}), "ISCB-RELAY-UNREACHABLE"),
        (ErrorInfo("ISCB-STORE-UNAVAILABLE", {"status": "503", "storeCode": "HTTP 503"}), "ISCB-RELAY-ANSWER"),
        (ErrorInfo("ISCB-STORE-TIMEOUT", {"seconds": "20"}), "ISCB-RELAY-TIMEOUT"),
        (ErrorInfo("ISCB-STORE-PROXY-AUTH", {"proxy": "p:1"}), "ISCB-STORE-PROXY-AUTH"),
    ):
        one.line.before = [NotSentError(told)]
        assert failed(one.ask.query("PL1")) == said


def test_a_device_key_is_its_own_and_nothing_else_is_one():
    kept = new_device_key()
    assert kept != new_device_key()
    assert read_device_key(kept) is not None
    for wrong in ("", "x", kept[:-4], kept + "AAAA"):
        assert read_device_key(wrong) is None


def test_a_relay_is_asked_by_https_alone():
    key = Ed25519PrivateKey.generate()
    for url in ("http://relay.example.com", "https://", "https://relay.example.com/x", "relay.example.com"):
        with pytest.raises(ValueError, match="https"):
            RelayClient(url, key, proxies=ProxyChoice("none"), clock=lambda: NOW)


def test_a_kept_lease_of_another_product_is_none(one):
    text = one.ask.activate("PL1").lease
    with pytest.raises(LicenseError, match="PRODUCT"):
        kept_word(text, one.keys, "AcmeCAM", one.key)
