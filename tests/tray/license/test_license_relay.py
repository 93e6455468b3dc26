"""The licence page with a vendor's relay: two machines, one seat, and keys that change, all of it real but the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iscbridge.tray.settings.license_card import LicenseCard
from iscbridge.tray.settings.license_page import LicensePage, make
from support.licensed import PRODUCT
from support.relay_device import FakeUpstream, bought
from support.relay_parts import add_lease_key
from support.relay_world import RelayWorld, ServedRelay
from support.tray_room import linked_room

pytestmark = pytest.mark.timeout(300)
CODE = "PL00000000000001"
LONG_MS = 60_000
Machine = Callable[[], tuple[RelayWorld, LicenseCard]]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[ServedRelay]:
    made = ServedRelay(tmp_path / "relay", FakeUpstream(**{CODE: bought(1)}))
    made.start()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def machine(qtbot, tmp_path: Path, relay: ServedRelay) -> Iterator[Machine]:
    """A further machine with its bridge, and the card of the product on its licence page."""
    worlds: list[RelayWorld] = []
    shown = []

    def one() -> tuple[RelayWorld, LicenseCard]:
        world = RelayWorld(tmp_path / f"machine{len(worlds)}", relay)
        worlds.append(world)
        world.bridge()
        room = linked_room(world.home)
        page = make(room)
        assert isinstance(page, LicensePage)
        shown.append((room, page))
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda: PRODUCT in page.cards, timeout=LONG_MS)
        return world, page.cards[PRODUCT]

    try:
        yield one
    finally:
        for room, _ in shown:
            room.link.close()
        for world in worlds:
            world.close()


def activate(qtbot, card: LicenseCard) -> None:
    card.code.line.setText(CODE)
    card.code.button.click()
    qtbot.waitUntil(card.progress.isHidden, timeout=LONG_MS)


def does(qtbot, card: LicenseCard, button) -> None:
    """Press a button, and say yes to its question."""
    qtbot.waitUntil(button.isVisible, timeout=LONG_MS)
    button.click()
    assert card.asking.isVisible()
    card.asking.yes.click()
    qtbot.waitUntil(card.progress.isHidden, timeout=LONG_MS)


def test_a_seat_is_taken_over_lost_and_given_back(qtbot, machine):
    _, first = machine()
    _, second = machine()
    activate(qtbot, first)
    assert first.state_label.text() == "State: active"
    assert first.release.isVisible()

    activate(qtbot, second)
    assert "ISCB-RELAY-SEATS-TAKEN" in second.outcome.text()
    assert second.state_label.text() == "State: not activated"
    assert CODE not in second.outcome.text()
    does(qtbot, second, second.take_over)  # the code need not be typed again
    assert second.state_label.text() == "State: active"

    first.refresh.click()
    qtbot.waitUntil(lambda: first.licence.state == "refused", timeout=LONG_MS)
    assert "in use on other computers" in first.explanation.text()
    assert first.take_over.isVisible()
    assert not first.release.isVisible(), "there is no seat to give back"

    does(qtbot, second, second.release)
    assert second.state_label.text() == "State: not activated"
    assert "given back" in second.outcome.text()
    qtbot.waitUntil(first.refresh.isEnabled, timeout=LONG_MS)
    first.refresh.click()
    qtbot.waitUntil(lambda: first.licence.state == "active", timeout=LONG_MS)


def test_a_relay_that_does_not_answer_takes_nothing_away(qtbot, machine, relay):
    _, card = machine()
    activate(qtbot, card)
    relay.stop()
    does(qtbot, card, card.release)
    assert "ISCB-RELAY-UNREACHABLE" in card.outcome.text()
    assert card.state_label.text() == "State: active"
    card.refresh.click()
    qtbot.waitUntil(lambda: card.licence.state == "offline_grace", timeout=LONG_MS)
    assert "can't be reached" in card.warnings.text()
    assert "not now" not in card.allowed.text()


def test_a_key_that_the_policy_does_not_know_is_said_and_restricts_nothing(qtbot, machine, relay):
    _, card = machine()
    activate(qtbot, card)
    add_lease_key(relay.folder / "secrets", "k2")
    relay.again()
    card.refresh.click()
    qtbot.waitUntil(lambda: card.licence.state == "offline_grace", timeout=LONG_MS)
    assert "k2" in card.warnings.text()
    assert "not now" not in card.allowed.text()
