"""The licence card of a product whose seats are people's: signing in and out, and who has the seat."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.tray.settings.license_card import LicenseCard
from support.licence_samples import day, fresh, licence
from support.qt_checks import check_window

URL = "https://licences.vendor.example/signin/go?ticket=abc"
NOBODY = {
    "code": "ISCB-RELAY-SIGN-IN",
    "title": "t",
    "message": "m",
    "remedy": "r",
    "retry": "afterFix",
    "params": {"product": "AcmeCAD"},
}


def decode(made: dict[str, Any]) -> LicenseObject:
    return msgspec.json.decode(msgspec.json.encode(made), type=LicenseObject)


def wanted(**sign_in: Any) -> dict[str, Any]:
    """Nobody is signed in."""
    told = {"needed": True, "waiting": False, **sign_in}
    return fresh(authority="relay", code="PL****001", error=NOBODY, signIn=told)


def somebody(**changes: Any) -> dict[str, Any]:
    told = {"needed": False, "waiting": False, "user": "Li Wei", "until": day(30)}
    return licence(authority="relay", holder="Li Wei", signIn=told, **changes)


class Shown:
    """A card, and the pages that it opens."""

    def __init__(self, qtbot, room, link) -> None:
        self.qtbot, self.link = qtbot, link
        self.opened: list[str] = []
        self.has_browser = True
        self.card = LicenseCard(room, decode(wanted()), browse=self.browse)
        qtbot.addWidget(self.card)
        self.card.resize(760, 700)
        self.card.show()
        link.script["license.signin"] = {"product": "AcmeCAD", "url": URL, "until": day(0.1)}

    def browse(self, url: str) -> bool:
        self.opened.append(url)
        return self.has_browser

    def tell(self, made: dict[str, Any]) -> None:
        self.card.show_licence(decode(made))

    def click(self, button) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def facts(self) -> str:
        layout = self.card._facts_layout
        items = [layout.itemAt(number) for number in range(layout.count())]
        return " ".join(item.widget().text() for item in items)


@pytest.fixture
def shown(qtbot, room, link) -> Shown:
    return Shown(qtbot, room, link)


def test_the_browser_opens_the_page_of_the_relay_and_the_card_waits(shown) -> None:
    card = shown.card
    assert not card.sign_out.isVisible()
    shown.click(card.sign_in)
    assert not card.sign_in.isEnabled(), "the relay is being asked"
    shown.qtbot.waitUntil(lambda: shown.opened == [URL])
    shown.tell(wanted(waiting=True))
    assert "in your browser" in card.person.text()
    assert URL not in card.outcome.text() + card.person.text()
    assert (card.sign_in.isVisible(), card.sign_out.text()) == (False, "Stop waiting for the browser")
    shown.tell(somebody())
    assert not card.person.isVisible()
    assert (card.sign_in.isVisible(), card.sign_out.text()) == (False, "Sign out")
    assert shown.facts().count("Li Wei") == 2


def test_without_a_browser_the_address_is_shown_until_it_leads_nowhere(shown) -> None:
    shown.has_browser = False
    shown.click(shown.card.sign_in)
    shown.tell(wanted(waiting=True))
    shown.qtbot.waitUntil(lambda: URL in shown.card.outcome.text())
    shown.tell(somebody())
    assert not shown.card.outcome.isVisible()


@pytest.mark.parametrize("url", ["http://licences.vendor.example/x", "file:///etc/passwd", "https://a@b/c"])
def test_what_is_no_web_page_is_not_opened(shown, url) -> None:
    shown.link.script["license.signin"] = {"product": "AcmeCAD", "url": url, "until": day(0.1)}
    shown.click(shown.card.sign_in)
    shown.qtbot.waitUntil(lambda: "could not be opened" in shown.card.outcome.text())
    assert shown.opened == []


def test_a_refusal_says_why(shown) -> None:
    shown.link.script["license.signin"] = ErrorInfo("ISCB-RELAY-NO-SIGN-IN", {"product": "AcmeCAD"})
    shown.click(shown.card.sign_in)
    shown.qtbot.waitUntil(lambda: "ISCB-RELAY-NO-SIGN-IN" in shown.card.outcome.text())
    assert shown.card.sign_in.isEnabled()


def test_why_a_sign_in_came_to_nothing_is_said_until_the_next_one(shown) -> None:
    late = {**NOBODY, "code": "ISCB-LIC-SIGN-IN-LATE", "params": {"product": "AcmeCAD", "minutes": "10"}}
    shown.tell(wanted(error=late))
    assert "10 minutes" in shown.card.person.text()
    assert shown.card.sign_in.isVisible()
    shown.tell(wanted())
    assert not shown.card.person.isVisible()


def test_signing_out_forgets_the_person_in_the_browser_too(shown) -> None:
    shown.tell(somebody())
    page = "https://tenant.example/api/v1/logout"
    shown.link.script["license.signout"] = {"license": wanted(), "url": page}
    shown.click(shown.card.sign_out)
    shown.qtbot.waitUntil(lambda: shown.opened == [page])
    assert "Nobody is signed in for AcmeCAD" in shown.card.outcome.text()
    assert shown.card.sign_in.isVisible()
    assert "Li Wei" not in shown.facts()


def test_waiting_for_the_browser_can_be_ended(shown) -> None:
    shown.tell(wanted(waiting=True))
    shown.link.script["license.signout"] = {"license": wanted()}
    shown.click(shown.card.sign_out)
    shown.qtbot.waitUntil(lambda: "not awaited" in shown.card.outcome.text())
    assert shown.opened == []


def test_a_licence_of_a_machine_has_nobody_to_sign_in(shown) -> None:
    shown.tell(licence(authority="relay"))
    assert not shown.card.sign_in.isVisible()
    assert not shown.card.sign_out.isVisible()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("made", [wanted(), wanted(waiting=True), somebody()])
def test_the_card_can_be_read_reached_and_named(shown, room, language, made) -> None:
    room.words.set_language(language)
    shown.tell(made)
    shown.card.resize(460, 1200)
    check_window(shown.card, language, data=("AcmeCAD", "PL****001", "Li Wei", "m\nr"))
