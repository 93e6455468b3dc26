"""The whole life of a licence, from the purchase to the release: one script, for any relay that stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest

from iscbridge.ipc.client import BridgeError
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.tray.settings.license_page import LicensePage, make
from support.licensed import LicensedWorld
from support.tray_room import linked_room
from support.world import until

OFFLINE_DAYS = 9
_LONG_MS = 120_000


class Stage(Protocol):
    """A relay, the shop that calls it, and two machines."""

    product: str
    first: LicensedWorld
    """Has the shop, too: its clock is everybody's."""
    second: LicensedWorld

    def away(self) -> None:
        """Nobody can reach the relay from now on."""

    def back(self) -> None:
        """It can be reached again."""

    def before(self, step: str) -> None:
        """A step begins."""


def whole_life(stage: Stage, qtbot: Any) -> None:
    """Run it; every step is asserted."""
    first, second, product = stage.first, stage.second, stage.product

    def shop(action: str, *arguments: str) -> str:
        stage.before(action)
        code, told = first.cli_json("sandbox", "shop", action, *arguments, "--no-wait")
        assert code == 0, told
        until(lambda: told_of(first, int(told[0]["message"])), f"the relay to be told of {action}", 120)
        return str(told[0].get("code", ""))

    code = shop("buy", "--amount", "1")
    stage.before("activate")
    activated_in_the_tray(first, product, code, qtbot)
    ends = settled(first, product, "active")["expires"]

    stage.before("second")
    with pytest.raises(BridgeError) as refused:
        second.ask().request("license.activate", {"product": product, "code": code})
    assert refused.value.code == "ISCB-RELAY-SEATS-TAKEN"
    assert product in refused.value.message
    assert refused.value.remedy
    assert second.license(product)["state"] == "not_activated"

    stage.away()
    pass_days(stage, OFFLINE_DAYS)
    found = settled(first, product, "offline_grace", ask=lambda: first.check(product))
    assert found["allowed"]["newSave"], "the lease holds"
    stage.back()

    shop("renew", "--days", "100", code)
    assert settled(first, product, "active")["expires"] > ends
    shop("freeze", code)
    assert not settled(first, product, "frozen")["allowed"]["newSave"]
    shop("unfreeze", code)
    assert settled(first, product, "active")["allowed"]["newSave"]
    shop("release", code)
    assert not settled(first, product, "released")["allowed"]["newSave"]
    with pytest.raises(BridgeError):
        second.ask().request("license.activate", {"product": product, "code": code})


def activated_in_the_tray(world: LicensedWorld, product: str, code: str, qtbot: Any) -> None:
    """A person types the code on the licence page of the tray's settings."""
    room = linked_room(world.home)
    page = make(room)
    assert isinstance(page, LicensePage)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: product in page.cards, timeout=_LONG_MS)
    card = page.cards[product]
    qtbot.waitUntil(card.code.line.isEnabled, timeout=_LONG_MS)
    card.code.line.setText(code)
    card.code.button.click()

    def is_over() -> bool:
        return card.state_label.text() == "State: active" or "ISCB-" in card.outcome.text()

    qtbot.waitUntil(is_over, timeout=_LONG_MS)
    assert card.state_label.text() == "State: active", card.outcome.text()
    room.link.close()


def settled(world: LicensedWorld, product: str, state: str, ask: Callable[[], object] | None = None) -> dict[str, Any]:
    """Ask until the licence is in a state, as a person does with the button."""

    def look() -> dict[str, Any] | None:
        found = world.license(product)
        if found["state"] == state and not found["checking"]:
            return found
        (ask or (lambda: world.refresh(product)))()
        return None

    return dict(until(look, f"{product} to be {state}; it is {world.license(product)}", 120, 0.1))


def told_of(world: LicensedWorld, number: int) -> bool:
    """Whether the relay took a message of the shop."""
    messages = world.ask_store("shop.messages")["messages"]
    return bool(next(one for one in messages if one["id"] == number)["state"] == "done")


def pass_days(stage: Stage, days: int) -> None:
    """For everybody."""
    for world in (stage.first, stage.second):
        write_shift(world.home, read_shift(world.home) + days * 86_400.0)
