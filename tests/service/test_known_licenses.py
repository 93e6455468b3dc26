"""`license.check` a second time: from the last answer, until anything happens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from iscbridge.core.jobs import ErrorInfo, LicenseLimit
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.model import Answer, AnswerKind, LicensePolicy, LicenseRecord
from iscbridge.service.licensing import keeping, licenses
from iscbridge.service.licensing.licenses import KNOWN_S, LicenseService
from iscbridge.service.licensing.work import Found


class Clock:
    """One that stands, and of which nobody says that it moved."""

    def __init__(self) -> None:
        self.moved = SimpleNamespace(connect=lambda _slot: None)

    def now(self) -> float:
        return 1_795_338_902.0

    def to_wall(self, at: float) -> float:
        return at


class Desk:
    """What is around the licences of a bridge: nothing blocks, and every answer is kept."""

    def __init__(self) -> None:
        self.answers: list[tuple[Any, Any]] = []
        self.work_done: list[Any] = []
        self.server = SimpleNamespace(
            known_license=None,
            answer_license=lambda _token, verdict, facts: self.answers.append((verdict, facts)),
            license_changed=lambda _verdict, _facts: None,
        )
        self.timers = SimpleNamespace(set=lambda _key, _at: None, clear=lambda _key: None)
        self.runner = SimpleNamespace(feed_soon=lambda _event: None)
        self.engine = SimpleNamespace(jobs=list)
        self.config = SimpleNamespace(engine=SimpleNamespace(cloud="sandbox"))

    def work(self, _lane: str, _run: Any, then: Any) -> None:
        self.work_done.append(then)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def service(desk: Desk) -> LicenseService:
    return started(desk, Found(LicenseRecord("demo")))


def begun(desk: Desk) -> LicenseService:
    own_keys = ErrorInfo("ISCB-STORE-OWN-KEYS")
    never: dict[str, Any] = dict.fromkeys(("load", "write", "look", "ask"), print)  # no lane runs here
    work: Any = SimpleNamespace(**never, warning=lambda _product: own_keys)
    bridge: Any = desk
    clock: Any = Clock()
    made = LicenseService(bridge, {"demo": LicensePolicy("demo")}, work, lambda _product: None, clock)
    made.start()
    return made


def started(desk: Desk, found: Found) -> LicenseService:
    made = begun(desk)
    desk.work_done.pop(0)(found)
    return made


def ask(service: LicenseService, product: str = "demo") -> None:
    request: Any = SimpleNamespace(params=SimpleNamespace(product=product), token=1)
    service.check(request)


def test_the_server_asks_here_first(desk: Desk, service: LicenseService) -> None:
    assert desk.server.known_license == service.known


def test_the_last_answer_is_given_again(desk: Desk, service: LicenseService) -> None:
    assert service.known("demo") is None
    ask(service)
    assert service.known("demo") == desk.answers[0]


def test_not_for_longer_than_a_second(desk: Desk, service: LicenseService, monkeypatch: pytest.MonkeyPatch) -> None:
    time = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(licenses, "time", time)
    ask(service)
    time.monotonic = lambda: 100.0 + KNOWN_S
    assert service.known("demo") is not None
    time.monotonic = lambda: 100.1 + KNOWN_S
    assert service.known("demo") is None


def test_whatever_happens_ends_it(desk: Desk, service: LicenseService) -> None:
    ask(service)
    service._feed("demo", i.Delivered(*service._now(), "demo", valid=True, expires=None))
    assert service.known("demo") is None
    ask(service)
    assert desk.answers[0] != desk.answers[1]


def test_a_secret_store_in_trouble_shows_in_the_next_answer(desk: Desk, service: LicenseService) -> None:
    ask(service)
    service._keeping.written("demo", ErrorInfo("ISCB-SECRET-LOCKED"))
    assert service.known("demo") is None
    ask(service)
    assert [warning.code for warning in desk.answers[-1][1].warnings] == ["ISCB-SECRET-LOCKED"]


def test_the_vendor_s_own_keys_are_in_the_log_and_in_every_answer_until_they_are_gone(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    service = started(desk, Found(LicenseRecord("demo"), has_code=True, has_keys=True))
    assert caplog.text.count("ISCB-STORE-OWN-KEYS") == 1
    for kind, error, codes in (
        (AnswerKind.FAILED, "ISCB-STORE-TIMEOUT", ["ISCB-STORE-OWN-KEYS"]),
        (AnswerKind.FAILED, "ISCB-STORE-NO-KEYS", []),
        (AnswerKind.FAILED, "ISCB-STORE-TIMEOUT", ["ISCB-STORE-OWN-KEYS"]),
    ):
        service._ask("demo", e.Ask("demo", 99, e.Question.QUERY))
        desk.work_done.pop()(Answer(kind, error=ErrorInfo(error, {"product": "demo", "seconds": "1"})))
        assert [warning.code for warning in service.warnings() if "KEYS" in warning.code] == codes
    assert caplog.text.count("ISCB-STORE-OWN-KEYS") == 2


def test_a_record_that_can_t_be_written_is_tried_again_less_and_less_often(
    desk: Desk, service: LicenseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A locked keyring asks its user for the password each time."""
    pauses: list[float] = []
    monkeypatch.setattr(keeping, "wall_clock", lambda: 0.0)
    desk.timers.set = lambda _key, at: pauses.append(at)
    for _ in range(12):
        service._keeping.record_written("demo", ErrorInfo("ISCB-SECRET-LOCKED"))
    assert pauses[:3] == [keeping.REWRITE_S * factor for factor in (1, 2, 4)]
    assert pauses[-2:] == [keeping.LONGEST_REWRITE_S] * 2
    service._keeping.record_written("demo", None)
    service._keeping.record_written("demo", ErrorInfo("ISCB-SECRET-LOCKED"))
    assert pauses[-1] == keeping.REWRITE_S


def test_nothing_is_kept_of_products_that_clients_make_up(desk: Desk, service: LicenseService) -> None:
    for number in range(100):
        ask(service, f"made-up-{number}")
        assert service.known(f"made-up-{number}") is None
    assert [verdict for verdict, _ in desk.answers] == [None] * 100


def test_a_job_whose_product_has_no_policy_any_more_waits_for_nothing(desk: Desk) -> None:
    limit = LicenseLimit(ErrorInfo("ISCB-LIC-GRACE-OVER"), pending=True)
    products = ("demo", "gone", "gone", "free")
    limits = (limit, limit, limit, None)
    desk.engine.jobs = lambda: [
        SimpleNamespace(limit=found, origin=SimpleNamespace(product=product))
        for product, found in zip(products, limits, strict=True)
    ]
    told: list[Any] = []
    desk.runner.feed_soon = lambda event: told.append((event.product, event.limit))
    begun(desk)
    assert told == [("gone", None)]
