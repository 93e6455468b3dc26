"""The licence page with a real bridge and the sandbox store."""

from __future__ import annotations

from support.licensed import PRODUCT, RENEW

LONG_MS = 60_000


def test_activate_lose_the_network_and_renew(qtbot, world, real_page):
    card = real_page.cards[PRODUCT]
    assert card.state_label.text() == "State: not activated"
    card.code.line.setText("PL00000000000000000")
    card.code.button.click()
    qtbot.waitUntil(lambda: "ISCB-STORE-" in card.outcome.text(), timeout=LONG_MS)
    assert card.state_label.text() == "State: not activated"

    code = world.new_code(days=40)
    card.code.line.setText(code)
    card.code.button.click()
    qtbot.waitUntil(lambda: card.state_label.text() == "State: active", timeout=LONG_MS)
    qtbot.waitUntil(card.refresh.isEnabled, timeout=LONG_MS)
    assert [point.name for point in card.time_line.points].count("activated") == 1
    assert code not in page_text(real_page)
    assert card.licence.code is not None
    assert card.licence.code in page_text(real_page)

    world.stop_store()
    world.cli("sandbox", "time", "+10d")
    card.refresh.click()
    qtbot.waitUntil(lambda: card.licence.state == "offline_grace", timeout=LONG_MS)
    qtbot.waitUntil(card.refresh.isEnabled, timeout=LONG_MS)
    assert "Days left: 3." in card.grace.text()
    assert [point.far for point in card.time_line.points if point.name == "activated"] == ["10 days ago"]
    world.cli("sandbox", "time", "+5d")
    qtbot.waitUntil(lambda: card.licence.state == "grace_over", timeout=LONG_MS)
    assert "New saves to the cloud: not now" in card.allowed.text()

    world.store()
    world.cli("sandbox", "time", "+27d")
    card.refresh.click()
    qtbot.waitUntil(lambda: card.licence.state in ("expired", "frozen"), timeout=LONG_MS)
    qtbot.waitUntil(card.renew.isVisible, timeout=LONG_MS)
    card.renew.click()
    assert RENEW in card.asking.sentence.text()
    assert code not in world.said()


def test_the_window_tells_what_the_licence_knows_of_this_computer(qtbot, world, real_page):
    card = real_page.cards[PRODUCT]
    card.code.line.setText(world.new_code())
    card.code.button.click()
    qtbot.waitUntil(lambda: card.state_label.text() == "State: active", timeout=LONG_MS)
    qtbot.waitUntil(card.fingerprint.isVisible)
    card.fingerprint.click()
    window = real_page._windows[0]
    qtbot.waitUntil(lambda: window.table.rowCount() > 0, timeout=LONG_MS)
    cells = [[window.table.item(row, column).text() for column in range(5)] for row in range(window.table.rowCount())]
    assert all(known == ("yes" if use == "used" else "-") for _, _, _, use, known in cells), cells
    assert window.verdict.text() in (
        "This is the computer that the licence was bound on.",
        "Too little is known to compare; that counts as the same computer.",
    )


def page_text(page) -> str:
    from PySide6.QtWidgets import QLabel, QLineEdit

    found = [label.text() for label in page.findChildren(QLabel)]
    return "\n".join([*found, *(line.text() for line in page.findChildren(QLineEdit))])
