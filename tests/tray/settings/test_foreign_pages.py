"""Pages of other modules as the settings window shows them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QScrollArea

from iscbridge.core.settings import PAGES
from support.licence_samples import licence


def test_a_product_leads_to_its_card_on_the_page_of_licences(qtbot, window, link):
    """What a failed job, a notice or the menu asks for."""
    told = [licence(product=f"Other{number}") for number in range(4)]
    link.script["license.status"] = {"licenses": [*told, licence()]}
    window = window()
    window.focus_on({"page": "license", "product": "AcmeCAD"})
    page = window.pages["license"].slot
    qtbot.waitUntil(lambda: "AcmeCAD" in page.cards)
    card = page.cards["AcmeCAD"]
    qtbot.waitUntil(lambda: card.isAncestorOf(window.focusWidget()))
    area = window.stack.currentWidget().findChild(QScrollArea)
    qtbot.waitUntil(lambda: 0 <= card.mapTo(area.viewport(), card.rect().topLeft()).y() < area.viewport().height())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_scrolls_as_one(window, link, name):
    """Two scroll bars side by side leave nobody sure of which one moves what. A list scrolls by itself."""
    link.script["license.status"] = {"licenses": [licence()]}
    window = window()
    window.focus(page=name)
    areas = window.pages[name].findChildren(QScrollArea)
    assert len(areas) == 1
