"""Seats of people: signing in by a browser, from the typed code to the sign-out. Real bridge, real relay, real TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from iscbridge.ipc.client import BridgeError
from support.licensed import PRODUCT
from support.relay_device import FakeUpstream, bought
from support.relay_world import RelayWorld
from support.signin_world import PEOPLE, Browser, SigninRelay
from support.world import until

ONE, TWO = "PL00000000000001", "PL00000000000002"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[SigninRelay]:
    made = SigninRelay(tmp_path / "relay", FakeUpstream(**{ONE: bought(1, "OFFI3"), TWO: bought(2, "OFFI3")}))
    made.start()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def browser(relay: SigninRelay) -> Iterator[Browser]:
    made = Browser(relay)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def machine(tmp_path: Path, relay: SigninRelay) -> Iterator[Callable[[], RelayWorld]]:
    made: list[RelayWorld] = []

    def make() -> RelayWorld:
        world = RelayWorld(tmp_path / f"machine{len(made)}", relay, PEOPLE)
        made.append(world)
        world.bridge()
        return world

    try:
        yield make
    finally:
        for world in made:
            world.close()


def ask(world: RelayWorld, method: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.ask().request(method, {"product": PEOPLE, **params})
    return found


def refused(world: RelayWorld, method: str, **params: Any) -> str:
    with pytest.raises(BridgeError) as caught:
        ask(world, method, **params)
    return caught.value.code


def signed_in(world: RelayWorld, browser: Browser, user: str, state: str = "active") -> dict[str, Any]:
    page = browser.sign_in(ask(world, "license.signin")["url"], user)
    assert (page.status_code, "You may close this window" in page.text) == (200, True)
    assert "您可以关闭此窗口" in page.text

    def look() -> dict[str, Any] | None:
        found = world.license(PEOPLE)
        settled = not found["checking"] and not found["signIn"]["waiting"]
        return found if found["state"] == state and settled and "user" in found["signIn"] else None

    found: dict[str, Any] = until(look, f"{user} to be signed in; {world.license(PEOPLE)}; {world.said()}")
    return found


def activated(world: RelayWorld, browser: Browser, user: str, code: str = TWO) -> dict[str, Any]:
    assert refused(world, "license.activate", code=code) == "ISCB-RELAY-SIGN-IN"
    return signed_in(world, browser, user)


def secrets_of(world: RelayWorld) -> dict[str, Any]:
    text = (world.home.root / "secrets.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_code_of_people_waits_for_its_person_and_is_typed_once(machine, browser, relay) -> None:
    world = machine()
    assert refused(world, "license.signin") == "ISCB-LIC-NOT-ACTIVATED"
    assert refused(world, "license.activate", code=TWO) == "ISCB-RELAY-SIGN-IN"
    found = world.license(PEOPLE)
    assert (found["state"], found["code"], found["error"]["code"]) == (
        "not_activated",
        "PL****002",
        "ISCB-RELAY-SIGN-IN",
    )
    assert found["signIn"] == {"needed": True, "waiting": False}
    found = signed_in(world, browser, "anna")
    assert (found["holder"], found["signIn"]["user"], found["signIn"]["needed"]) == ("Anna", "Anna", False)
    assert found["allowed"]["newSave"]
    world.stop_bridge()
    relay.stop()
    world.bridge()
    found = world.license(PEOPLE)
    assert (found["state"], found["holder"], found["signIn"]["user"]) == ("active", "Anna", "Anna")


def test_the_session_lasts_with_the_daily_check_and_ends_by_the_relay_s_signed_word(machine, browser, relay) -> None:
    world = machine()
    activated(world, browser, "anna")
    before = relay.requests.count("/v1/signin/refresh")
    world.days_pass(1)
    world.check(PEOPLE)
    until(lambda: relay.requests.count("/v1/signin/refresh") > before, "the session to be refreshed")
    world.rest(PEOPLE)
    relay.tenants.people.clear()  # the tenant knows nobody any more

    def ended() -> bool:
        world.days_pass(1)
        found = world.refresh(PEOPLE)
        return found["state"] == "refused" and found["signIn"] == {"needed": True, "waiting": False}

    until(ended, f"the session to end; {world.license(PEOPLE)}")
    assert world.license(PEOPLE)["error"]["code"] == "ISCB-RELAY-SIGN-IN"
    assert not any(name.startswith("relay-session/") for name in names(world))
    relay.tenants.code_for("anna")
    assert signed_in(world, browser, "anna")["holder"] == "Anna"


def names(world: RelayWorld) -> list[str]:
    text = json.dumps(secrets_of(world))
    return [name for name in (f"relay-session/{PEOPLE}", f"relay-signout/{PEOPLE}") if name in text]


def test_signing_out_clears_both_sides(machine, browser, relay) -> None:
    world = machine()
    activated(world, browser, "anna")
    found = ask(world, "license.signout")
    assert found["url"].startswith("https://acme.example.com/api/v1/logout")
    licence = found["license"]
    assert (licence["state"], licence["error"]["code"]) == ("refused", "ISCB-RELAY-SIGN-IN")
    assert licence["signIn"] == {"needed": True, "waiting": False}
    assert names(world) == []
    assert "/v1/signin/end" in relay.requests
    again = ask(world, "license.signout")
    assert ("url" in again, again["license"]["state"]) == (False, "refused")
    assert relay.requests.count("/v1/signin/end") == 1


def test_a_sign_out_that_nobody_hears_is_told_before_the_next_check(machine, browser, relay) -> None:
    world = machine()
    activated(world, browser, "anna")
    relay.stop()
    found = ask(world, "license.signout")["license"]
    assert (found["state"], found["signIn"]) == ("offline_grace", {"needed": True, "waiting": False})
    assert names(world) == [f"relay-signout/{PEOPLE}"]
    world.stop_bridge()
    world.bridge()
    relay.requests.clear()
    relay.start()
    assert world.refresh(PEOPLE)["error"]["code"] == "ISCB-RELAY-SIGN-IN"
    assert relay.requests[:2] == ["/v1/signin/end", "/v1/licenses/check"]
    assert names(world) == []


def test_another_person_on_a_second_machine_is_told_that_the_seat_is_taken(machine, browser) -> None:
    first, second = machine(), machine()
    activated(first, browser, "anna", ONE)
    assert refused(second, "license.activate", code=ONE) == "ISCB-RELAY-SIGN-IN"
    browser.sign_in(ask(second, "license.signin")["url"], "ben")

    def told() -> bool:
        found = second.license(PEOPLE)
        return not found["checking"] and found.get("error", {}).get("code") == "ISCB-RELAY-NAMED-TAKEN"

    until(told, f"the refusal; {second.license(PEOPLE)}; {second.said()}")
    assert first.refresh(PEOPLE)["state"] == "active"


def test_only_what_was_announced_ends_a_sign_in(machine, browser, relay) -> None:
    world = machine()
    refused(world, "license.activate", code=TWO)
    back = browser.way_back(ask(world, "license.signin")["url"], "anna")
    address, _, query = back.partition("?")
    port = httpx.URL(address).port
    for wrong in (f"http://127.0.0.1:{port}/?{query}", f"{address}?{query}x", address):
        page = browser.open(wrong)
        assert (page.status_code, "Nothing to see here" in page.text) == (404, True)
    assert world.license(PEOPLE)["signIn"] == {"needed": True, "waiting": True}
    assert browser.open(back).status_code == 200
    until(lambda: world.license(PEOPLE)["state"] == "active", "the sign-in")
    with pytest.raises(httpx.ConnectError):
        browser.open(back)


def test_a_person_who_cancels_is_told_so(machine, browser) -> None:
    world = machine()
    refused(world, "license.activate", code=TWO)
    page = browser.sign_in(ask(world, "license.signin")["url"], "")
    assert "You were not signed in" in page.text
    found = world.license(PEOPLE)["signIn"]
    assert (found["needed"], found["waiting"], found["error"]["code"]) == (True, False, "ISCB-LIC-SIGN-IN-CANCELLED")


def test_a_second_sign_in_ends_the_first_one(machine, browser) -> None:
    world = machine()
    refused(world, "license.activate", code=TWO)
    first = browser.way_back(ask(world, "license.signin")["url"], "anna")
    second = ask(world, "license.signin")["url"]
    with pytest.raises(httpx.ConnectError):
        browser.open(first)
    assert browser.sign_in(second, "ben").status_code == 200
    until(lambda: world.license(PEOPLE).get("holder") == "Ben", f"Ben to have the seat; {world.said()}")


def test_the_command_line_waits_for_the_browser(machine, browser) -> None:
    world = machine()
    typed = world.cli("license", "activate", "--product", PEOPLE, "--code-stdin", typed=f"{TWO}\n")
    assert "ISCB-RELAY-SIGN-IN" in typed.stderr
    with subprocess.Popen(
        [sys.executable, "-m", "iscbridge", "license", "sign-in", "--product", PEOPLE, "--no-browser", "--json"],
        env=world.env, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    ) as waiting:  # fmt: skip
        assert waiting.stdout is not None
        browser.sign_in(json.loads(waiting.stdout.readline())["url"], "anna")
        found = json.loads(waiting.stdout.readline())
    assert (waiting.returncode, found["state"], found["signIn"]["user"]) == (0, "active", "Anna")
    shown = world.cli("license", "status", "--product", PEOPLE)
    assert "The seat is that of Anna." in shown.stdout
    done = world.cli("license", "sign-out", "--product", PEOPLE, "--no-browser")
    assert done.returncode == 0, done.stderr
    assert "ISCB-RELAY-SIGN-IN" in done.stdout


def test_a_licence_without_a_relay_has_nobody_to_sign_in(machine) -> None:
    world = machine()
    for method in ("license.signin", "license.signout"):
        with pytest.raises(BridgeError) as caught:
            world.ask().request(method, {"product": PRODUCT})
        assert caught.value.code == "ISCB-LIC-NO-SIGN-IN"


def test_nothing_of_a_sign_in_stands_in_a_log(machine, browser) -> None:
    world = machine()
    refused(world, "license.activate", code=TWO)
    url = ask(world, "license.signin")["url"]
    back = browser.way_back(url, "anna")
    browser.open(back)
    until(lambda: world.license(PEOPLE)["state"] == "active", "the sign-in")
    ask(world, "license.signout")
    world.stop_bridge()
    said = world.said()
    assert "somebody has signed in" in said
    for secret in (url.partition("=")[2], *httpx.URL(back).params.values(), httpx.URL(back).path):
        assert len(secret) < 8 or secret not in said
