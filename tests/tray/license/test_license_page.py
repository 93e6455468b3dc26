"""The licence page: what it shows of a licence, what it asks, and what it never keeps."""

from __future__ import annotations

import gc

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QScrollArea, QWidget

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseState
from iscbridge.ipc.license_wire import UNMANAGED, LicenseObject
from iscbridge.tray.link import LinkState
from iscbridge.tray.settings import license_words
from iscbridge.tray.settings.license_card import LicenseCard
from iscbridge.tray.settings.license_page import make
from iscbridge.tray.widgets.scrolling import scrolling
from support.licence_samples import ALL, NONE, day, fresh, licence
from support.qt_checks import check_window

CODE = "PLsecret-987654-abc"
ERROR = {
    "code": "ISCB-LIC-EXPIRED",
    "title": "The licence has expired",
    "message": "Nothing new goes to the cloud.",
    "remedy": "Renew the licence.",
    "retry": "afterFix",
    "params": {},
}


def card_of(page, product: str = "AcmeCAD") -> LicenseCard:
    return page.cards[product]


def click(qtbot, button) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def focused(widget) -> bool:
    return widget.window().focusWidget() is widget


def test_every_state_has_words():
    assert set(license_words.STATES) == {UNMANAGED, *(state.value for state in LicenseState)}


def test_a_card_says_state_times_grace_and_what_is_allowed(page):
    card = card_of(page)
    assert card.state_label.text() == "State: active"
    assert [point.name for point in card.time_line.points] == ["activated", "checked", "today", "grace", "expires"]
    spoken = card.time_line.accessibleDescription()
    assert "Grace ends" in spoken
    assert "in 5 days" in spoken
    assert "Days left: 5." in card.grace.text()
    assert card.allowed.text().count("allowed") == 4
    assert "sandbox" in card.title()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [460, 900])
def test_the_page_can_be_read_reached_and_named(qtbot, room, page, link, language, width):
    link.script["license.status"] = {"licenses": [licence(renewUrl="https://vendor.example/r"), fresh(product="Other")]}
    room.words.set_language(language)
    page.reload()
    qtbot.waitUntil(lambda: set(page.cards) == {"AcmeCAD", "Other"})
    page.resize(width, 1500)
    card_of(page).renew.click()
    check_window(page, language, data=("AcmeCAD", "Other", "PL****001"))


def test_what_changes_is_shown_at_once(qtbot, page, link):
    link.tell("license.changed", **licence(state="expired", allowed=NONE, error=ERROR, since=day(-1), graceEnds=None))
    card = card_of(page)
    assert card.state_label.text() == "State: expired"
    assert "Renew the licence." in card.explanation.text()
    assert "stopped" in [point.name for point in card.time_line.points]
    assert "not now" in card.allowed.text()
    assert "always allowed" in card.allowed.text()


def test_a_product_that_the_bridge_learns_of_gets_a_card(qtbot, page, link):
    link.tell("license.changed", **licence(product="NewCAD"))
    assert set(page.cards) == {"AcmeCAD", "NewCAD"}


def test_a_product_that_is_gone_loses_its_card(qtbot, page, link):
    link.script["license.status"] = {"licenses": []}
    page.reload()
    qtbot.waitUntil(lambda: not page.cards)
    assert page.empty.isVisible()
    gc.collect()


def test_without_any_product_the_page_says_what_that_means(qtbot, room, link):
    link.script["license.status"] = {"licenses": []}
    page = make(room)
    area = scrolled(qtbot, page)
    qtbot.waitUntil(page.empty.isVisible)
    assert "No licence is needed" in page.empty.text()
    check_window(area.widget(), "en")


def test_without_a_bridge_it_says_so_and_comes_back(qtbot, page, link):
    link.set_state(LinkState.LOST)
    assert "no connection" in page.trouble.text()
    asked = len(link.asked)
    link.set_state(LinkState.CONNECTED)
    assert len(link.asked) == asked + 1
    qtbot.waitUntil(lambda: not page.trouble.isVisible())


class TestTheCode:
    @pytest.fixture
    def card(self, qtbot, page, link) -> LicenseCard:
        link.tell("license.changed", **fresh())
        return card_of(page)

    def test_it_is_hidden_while_typed_and_shown_on_wish(self, qtbot, card):
        assert card.code.line.echoMode() == QLineEdit.EchoMode.Password
        card.code.show_code.click()
        assert card.code.line.echoMode() == QLineEdit.EchoMode.Normal

    def test_it_is_handed_over_once_and_kept_nowhere(self, qtbot, card, link, caplog):
        link.script["license.activate"] = licence()
        qtbot.keyClicks(card.code.line, f"  {CODE} ")
        click(qtbot, card.code.button)
        assert link.asked_for("license.activate") == [{"product": "AcmeCAD", "code": CODE}]
        assert card.code.line.text() == ""
        assert not card.code.line.isUndoAvailable()
        card.code.line.undo()
        assert card.code.line.text() == ""
        qtbot.waitUntil(lambda: card.state_label.text() == "State: active")
        assert not card.code.isVisible()
        assert "confirmed" in card.outcome.text()
        assert CODE not in caplog.text

    def test_enter_hands_it_over_too(self, qtbot, card, link):
        link.script["license.activate"] = None
        qtbot.keyClicks(card.code.line, CODE)
        qtbot.keyClick(card.code.line, Qt.Key.Key_Return)
        assert len(link.asked_for("license.activate")) == 1

    @pytest.mark.parametrize("typed", ["two words", "中文码", "x" * 65, "tab\tinside"])
    def test_what_can_be_no_code_is_not_sent_and_not_repeated(self, qtbot, card, link, typed):
        card.code.line.setText(typed)
        card.code.button.click()
        assert link.asked_for("license.activate") == []
        assert card.code.complaint.isVisible()
        assert typed not in card.code.complaint.text()
        qtbot.keyClicks(card.code.line, "a")
        assert not card.code.complaint.isVisible()

    def test_nothing_typed_is_nothing_to_send(self, card):
        assert not card.code.button.isEnabled()
        card.code.line.setText("   ")
        assert not card.code.button.isEnabled()

    def test_a_refusal_says_why_and_offers_the_field_again(self, qtbot, card, link):
        link.script["license.activate"] = ErrorInfo("ISCB-STORE-NO-SUCH-CODE", {"storeCode": "92020005"})
        card.code.line.setText(CODE)
        card.code.button.click()
        assert card.progress.isVisible()
        qtbot.waitUntil(lambda: "ISCB-STORE-NO-SUCH-CODE" in card.outcome.text())
        assert CODE not in card.outcome.text()
        assert not card.progress.isVisible()
        assert card.code.line.isVisible()
        assert card.code.line.text() == ""

    def test_nobody_has_to_wait_and_the_answer_still_shows(self, qtbot, card, link):
        link.script["license.activate"] = None
        card.code.line.setText(CODE)
        card.code.button.click()
        assert "90 seconds" in card.progress_label.text()
        click(qtbot, card.leave)
        assert not card.progress.isVisible()
        assert "background" in card.outcome.text()
        link.tell("license.changed", **licence())
        assert card.state_label.text() == "State: active"

    def test_a_licence_that_stands_hides_the_field_until_another_code_is_wanted(self, qtbot, card, link):
        link.tell("license.changed", **licence())
        assert not card.code.isVisible()
        click(qtbot, card.other_code)
        assert card.code.isVisible()

    def test_a_licence_bound_elsewhere_is_bound_here_without_a_code(self, qtbot, card, link):
        link.script["license.activate"] = licence()
        link.tell("license.changed", **licence(state="machine_changed", allowed=NONE, error=ERROR))
        click(qtbot, card.other_code)
        assert link.asked_for("license.activate") == [{"product": "AcmeCAD"}]

    def test_a_licence_that_iscdesk_delivers_has_no_field(self, card, link):
        link.tell("license.changed", **fresh(authority="desk"))
        assert not card.code.isVisible()
        assert not card.other_code.isVisible()
        assert not card.refresh.isVisible()


class TestTheButtons:
    def test_check_now(self, qtbot, page, link):
        link.script["license.refresh"] = licence(state="offline_grace")
        card = card_of(page)
        click(qtbot, card.refresh)
        assert not card.refresh.isEnabled()
        qtbot.waitUntil(lambda: "could not be checked" in card.state_label.text())
        assert card.refresh.isEnabled()

    def test_renewing_shows_the_address_before_it_opens(self, qtbot, room, link):
        opened: list[str] = []
        url = "https://vendor.example/renew?x=1"
        decoded = licence(state="expired", allowed=NONE, error=ERROR, renewUrl=url)
        card = LicenseCard(room, decode(decoded), browse=lambda one: not opened.append(one))
        qtbot.addWidget(card)
        card.show()
        click(qtbot, card.renew)
        assert url in card.asking.sentence.text()
        assert opened == []
        assert focused(card.asking.no)
        click(qtbot, card.asking.no)
        assert not card.asking.isVisible()
        click(qtbot, card.renew)
        click(qtbot, card.asking.yes)
        assert opened == [url]

    def test_escape_is_the_way_back(self, qtbot, page, link):
        card = card_of(page)
        click(qtbot, card.take_off)
        qtbot.keyClick(card.asking.no, Qt.Key.Key_Escape)
        assert not card.asking.isVisible()
        assert focused(card.take_off)
        assert link.asked_for("license.deactivateLocal") == []

    def test_taking_it_off_asks_first(self, qtbot, page, link):
        link.script["license.deactivateLocal"] = fresh()
        card = card_of(page)
        click(qtbot, card.take_off)
        assert link.asked_for("license.deactivateLocal") == []
        click(qtbot, card.asking.yes)
        qtbot.waitUntil(lambda: card.state_label.text() == "State: not activated")
        assert "no longer on this computer" in card.outcome.text()
        assert not card.take_off.isVisible()

    def test_who_takes_it_off_is_told_that_the_seat_stays_taken(self, qtbot, page, link):
        card = card_of(page)
        click(qtbot, card.take_off)
        assert "seat" not in card.asking.sentence.text(), "the store has none"
        link.tell("license.changed", **licence(authority="relay"))
        assert "Give the seat back" in card.asking.sentence.text()
        waiting = fresh(authority="relay", code="PL****001")
        link.tell("license.changed", **waiting)
        assert "seat" not in card.asking.sentence.text(), "a code that waits has none yet"
        assert not card.release.isVisible()

    def test_a_seat_is_given_back_by_the_relay_and_asked_for_first(self, qtbot, page, link):
        assert not card_of(page).release.isVisible(), "the store has no seats"
        link.tell("license.changed", **licence(authority="relay"))
        card = card_of(page)
        link.script["license.release"] = fresh(authority="relay")
        click(qtbot, card.release)
        assert link.asked_for("license.release") == []
        assert focused(card.asking.no)
        click(qtbot, card.asking.yes)
        qtbot.waitUntil(lambda: card.state_label.text() == "State: not activated")
        assert "was given back" in card.outcome.text()
        assert not card.release.isVisible()

    def test_a_seat_that_went_elsewhere_is_taken_over_with_the_kept_code(self, qtbot, page, link):
        taken = {**ERROR, "code": "ISCB-RELAY-SEATS-TAKEN"}
        link.tell("license.changed", **licence(authority="relay", state="refused", allowed=NONE, error=taken))
        card = card_of(page)
        assert not card.release.isVisible(), "there is none to give back"
        link.script["license.transfer"] = licence(authority="relay")
        click(qtbot, card.take_over)
        click(qtbot, card.asking.yes)
        qtbot.waitUntil(lambda: card.state_label.text() == "State: active")
        assert link.asked_for("license.transfer") == [{"product": "AcmeCAD"}]
        assert not card.take_over.isVisible()

    def test_a_code_without_a_free_seat_is_offered_a_take_over_until_nobody_looks(self, qtbot, page, link):
        link.tell("license.changed", **fresh(authority="relay"))
        card = card_of(page)
        link.script["license.activate"] = ErrorInfo("ISCB-RELAY-SEATS-TAKEN", {"product": "AcmeCAD"})
        for _ in range(2):
            card.code.line.setText("PLCODE01")
            click(qtbot, card.code.button)
            qtbot.waitUntil(card.take_over.isVisible)
            assert "PLCODE01" not in card.outcome.text()
            card.hide()
            card.show()
            card.retranslate()
            assert not card.take_over.isVisible()
        card.code.line.setText("PLCODE01")
        click(qtbot, card.code.button)
        qtbot.waitUntil(card.take_over.isVisible)
        link.script["license.transfer"] = licence(authority="relay")
        click(qtbot, card.take_over)
        click(qtbot, card.asking.yes)
        qtbot.waitUntil(lambda: bool(link.asked_for("license.transfer")))
        assert link.asked_for("license.transfer") == [{"product": "AcmeCAD", "code": "PLCODE01"}]

    def test_the_summary_names_no_code(self, qtbot, page):
        card = card_of(page)
        click(qtbot, card.copy)
        copied = QGuiApplication.clipboard().text()
        assert "PL****001" in copied
        assert "State: active" in copied
        assert "Work on this computer" in copied

    def test_the_keyboard_reaches_the_code_of_a_product_that_is_added(self, qtbot, page, link):
        link.tell("license.changed", **fresh(product="Other"))
        page._fill_menu()
        known = next(action for action in page._actions if "Other" in action.text())
        known.trigger()
        assert focused(card_of(page, "Other").code.line)


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://user@vendor.example/",
        "https://a\u202eb.example/",
        "https://a b/",
        "https:\\\\vendor.example",
        "https://[::1/",
        "https://" + "a" * 600,
        "",
    ],
)
def test_nothing_but_a_plain_web_page_is_opened(url):
    assert not license_words.is_web_page(url)


def test_an_address_that_is_no_web_page_offers_no_button(page, link):
    link.tell(
        "license.changed", **licence(state="expired", allowed=NONE, error=ERROR, renewUrl="http://vendor.example")
    )
    assert not card_of(page).renew.isVisible()


def decode(made) -> LicenseObject:
    return msgspec.json.decode(msgspec.json.encode(made), type=LicenseObject)


def test_a_time_line_guesses_nothing():
    now = license_words.seconds(day(0))
    assert license_words.marks(decode(fresh()), now) == []
    names = [mark.name for mark in license_words.marks(decode(fresh(checked=day(-1))), now)]
    assert names == ["checked", "today"]


def test_the_allowed_words_know_the_fifteen_days(room):
    made = decode(licence(state="expired", allowed={**NONE, "openedSave": True}, openedBefore=day(-1), until=day(14)))
    lines = license_words.allowed(room.words, made)
    assert license_words.shown_time(license_words.seconds(day(14))) in lines[1]
    assert all("allowed" in line for line in license_words.allowed(room.words, decode(licence(allowed=ALL))))


def test_a_question_comes_into_view(qtbot, room, link):
    told = licence(state="expired", allowed=NONE, error=ERROR, renewUrl="https://vendor.example")
    link.script["license.status"] = {"licenses": [told]}
    page = make(room)
    area = scrolled(qtbot, page)
    qtbot.waitUntil(lambda: "AcmeCAD" in page.cards)
    card = card_of(page)
    card.renew.click()
    qtbot.waitUntil(lambda: shows(area, card.asking))


def scrolled(qtbot, page) -> QScrollArea:
    """The page as a small window shows it."""
    area = scrolling(page)
    qtbot.addWidget(area)
    area.resize(500, 260)
    area.show()
    return area


def shows(area: QScrollArea, part: QWidget) -> bool:
    """Whether the beginning of a part of the page can be seen."""
    return 0 <= part.mapTo(area.viewport(), part.rect().topLeft()).y() < area.viewport().height()


@pytest.mark.parametrize("early", [True, False])
def test_the_page_brings_up_the_card_of_a_product(qtbot, room, link, early):
    """Also one that the bridge has not told of yet."""
    others = [licence(product=f"Other{number}") for number in range(5)]
    link.script["license.status"] = {"licenses": [*others, licence()]}
    page = make(room)
    area = scrolled(qtbot, page)
    if not early:
        qtbot.waitUntil(lambda: "AcmeCAD" in page.cards)
    page.focus_on("AcmeCAD")
    qtbot.waitUntil(lambda: "AcmeCAD" in page.cards and shows(area, card_of(page)))
    assert card_of(page).isAncestorOf(area.window().focusWidget())


def test_an_error_speaks_the_language_that_holds(qtbot, page, link, room):
    link.script["license.refresh"] = ErrorInfo("ISCB-LIC-NO-ANSWER", {"product": "AcmeCAD"})
    card = card_of(page)
    card.refresh.click()
    qtbot.waitUntil(lambda: "ISCB-LIC-NO-ANSWER" in card.outcome.text())
    english = card.outcome.text()
    room.words.set_language("zh")
    assert card.outcome.text() != english
    assert any("\u4e00" <= sign <= "\u9fff" for sign in card.outcome.text())


@pytest.mark.parametrize("width", [320, 1200])
def test_the_time_line_is_painted_where_it_has_room(qtbot, page, width):
    line = card_of(page).time_line
    line.resize(width, line.heightForWidth(width))
    assert line.heightForWidth(320) > line.heightForWidth(1200)
    image = line.grab().toImage()
    dark = sum(
        image.pixelColor(x, y).lightness() < 100 for x in range(0, image.width(), 3) for y in range(image.height())
    )
    assert dark > 100
