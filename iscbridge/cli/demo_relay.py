"""The demonstration's second act: a vendor's relay, and the whole life of a licence that it gives.

Bought, activated, leased; a second machine finds no seat; days without the relay; frozen, unfrozen, renewed, released.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from iscbridge.cli import sandbox_relay
from iscbridge.cli.demo_texts import tell
from iscbridge.core.errors import RelayError
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.sandbox.store import control as store
from iscbridge.texts.render import text

if TYPE_CHECKING:
    from iscbridge.cli.demo import Demo

PRODUCT = "Demo CAM"
_DAYS_OFFLINE = 9
_PATIENCE_S = 60.0
_PAUSE_S = 0.05


def prepare(demo: Demo) -> bool:
    """Start the relay behind the sandbox store. False: the extra `relay` is not installed."""
    try:
        told = sandbox_relay.start(demo.home, PRODUCT)
    except RelayError as error:
        if error.code != "ISCB-RELAY-EXTRA":
            raise
        demo.say("relay-left-out")
        return False
    demo.say("relay-up", url=told["url"])
    return True


def whole_life(demo: Demo) -> None:
    """From the purchase to the release."""
    demo.say("relay-act")
    code = str(store.request(demo.home, {"request": "shop.buy", "days": 365, "amount": 1})["code"])
    demo.ask("license.activate", product=PRODUCT, code=code)
    _row(demo, "row-relay-leased", _wait(demo, "active"))
    refused = _second_machine(demo, code)
    demo.add_row("row-relay-second", _title(demo, refused), refused, refused == "ISCB-RELAY-SEATS-TAKEN")
    _offline(demo)
    ends = ""
    for action, state, row in (
        ("freeze", "frozen", "row-relay-frozen"),
        ("unfreeze", "active", "row-relay-unfrozen"),
        ("renew", "active", "row-relay-renewed"),
        ("release", "released", "row-relay-released"),
    ):
        _told(demo, action, code)
        found = _wait(demo, state, ask=True)
        _row(demo, row, found, good=action != "renew" or found["expires"] > ends)
        ends = found.get("expires", ends)


def stop(demo: Demo) -> None:
    """Stop the relay."""
    sandbox_relay.stop(demo.home)


def _second_machine(demo: Demo, code: str) -> str:
    """Another machine's request for a seat with the same code: what it is told."""
    from iscbridge.service.licensing.policies import read_policies
    from iscbridge.store.proxies import ProxyChoice
    from iscbridge.store.relay_authority import RelayAuthority, new_device_key, read_device_key, vendor_keys
    from iscbridge.store.relay_client import RelayClient

    policy = read_policies([demo.home.products]).products[PRODUCT]
    key = read_device_key(new_device_key())
    if key is None:
        raise demo.failed("no key")

    def clock() -> float:
        return time.time() + read_shift(demo.home)

    ca = demo.home.sandbox / "relay-ca.pem"
    client = RelayClient(policy.relay_url, key, proxies=ProxyChoice(), clock=clock, ca_file=ca)
    keys = vendor_keys(policy.relay_keys)
    other = RelayAuthority(PRODUCT, client, keys, key, fingerprint=lambda: "second|||", clock=clock)
    error = other.activate(code, by_person=True).error
    other.close()
    if error is None:
        return "-"
    demo.say("relay-second", message=_title(demo, error.code))
    return error.code


def _title(demo: Demo, code: str) -> str:
    """The title of an error."""
    from iscbridge.core.jobs import ErrorInfo
    from iscbridge.texts.render import render

    return render(ErrorInfo(code, {"product": PRODUCT}), demo.language).title


def _offline(demo: Demo) -> None:
    sandbox_relay.stop(demo.home)
    write_shift(demo.home, read_shift(demo.home) + _DAYS_OFFLINE * 86_400)
    demo.say("relay-away", days=_DAYS_OFFLINE)
    found = demo.ask("license.check", product=PRODUCT)
    demo.add_row("row-relay-offline", _words(demo, found), found.get("code", ""), found["allowed"]["newSave"])
    sandbox_relay.start(demo.home, PRODUCT)
    demo.say("relay-back")


def _told(demo: Demo, action: str, code: str) -> None:
    """Do something in the shop, and wait until the relay was told of it."""
    number = store.request(demo.home, {"request": f"shop.{action}", "what": code})["message"]
    words = tell(f"relay-action.{action}", demo.language)
    demo.say("relay-shop", action=words)
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        messages = store.request(demo.home, {"request": "shop.messages"})["messages"]
        if next(one for one in messages if one["id"] == number)["state"] == "done":
            return
        if time.monotonic() > deadline:
            raise demo.failed(tell("relay-not-told", demo.language, action=words))
        time.sleep(_PAUSE_S)


def _wait(demo: Demo, state: str, *, ask: bool = False) -> dict[str, Any]:
    """Wait for a state of the licence. `ask`: the relay is asked first, as the button does it."""
    if ask:
        demo.ask("license.refresh", product=PRODUCT)
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        found = demo.ask("license.check", product=PRODUCT)
        if found["state"] == state and not found["checking"]:
            return found
        if time.monotonic() > deadline:
            wanted = text(f"license.state.{state}", demo.language)
            raise demo.failed(tell("license-not-so", demo.language, wanted=wanted))
        time.sleep(_PAUSE_S)


def _row(demo: Demo, message_id: str, found: dict[str, Any], *, good: bool = True) -> None:
    """A line of the table: what was waited for came."""
    words = _words(demo, found)
    demo.say("license-state", state=words)
    demo.add_row(message_id, words, found.get("code", ""), good)


def _words(demo: Demo, found: dict[str, Any]) -> str:
    return text(f"license.state.{found['state']}", demo.language)
