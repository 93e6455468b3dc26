"""The icons: crisp, readable on any panel, and told apart without colour."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from iscbridge.core.attention_state import Attention
from iscbridge.core.jobs import JobState
from iscbridge.tray import icons
from iscbridge.tray.icons import attention_icon, pixmap, state_icon, type_icon

SIZES = (16, 22, 24, 32, 48, 64)
RATIOS = (1.0, 1.5, 2.0)
#: So much of the area has to look different between two icons, by brightness alone.
LEAST_DIFFERENCE = 0.06
LIGHT, DARK = 255, 32


def greys(image: QImage, panel: int) -> list[int]:
    """Brightness of each pixel on a panel of this brightness."""
    found = []
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            grey = 0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue()
            found.append(round(panel + (grey - panel) * colour.alphaF()))
    return found


def linear(value: float) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminances(image: QImage, panel: int) -> list[float]:
    """Relative luminance (WCAG 2) of each pixel on a panel of this brightness."""
    found = []
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            parts = zip((0.2126, 0.7152, 0.0722), (colour.red(), colour.green(), colour.blue()), strict=True)
            found.append(sum(weight * linear(panel + (part - panel) * colour.alphaF()) for weight, part in parts))
    return found


def image_of(paint, size, ratio):
    return pixmap(paint, size, ratio).toImage().convertToFormat(QImage.Format.Format_ARGB32)


@pytest.mark.parametrize("table", [icons._ATTENTION, icons._STATES], ids=["tray", "jobs"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_icons_of_one_kind_differ_without_colour(qapp, table, size, ratio):
    if size * ratio > 64:
        size, ratio = 64, 1.0
    for panel in (LIGHT, DARK):
        seen = {state: greys(image_of(paint, size, ratio), panel) for state, paint in table.items()}
        for one, other in combinations(seen, 2):
            different = sum(abs(a - b) > 48 for a, b in zip(seen[one], seen[other], strict=True))
            assert different >= LEAST_DIFFERENCE * len(seen[one]), (one, other, panel)


@pytest.mark.parametrize("state", Attention)
@pytest.mark.parametrize("panel", [LIGHT, DARK])
def test_an_icon_stands_out_from_its_panel(qapp, state, panel):
    ground = linear(panel)
    image = image_of(icons._ATTENTION[state], 32, 1.0)
    contrasts = [(max(one, ground) + 0.05) / (min(one, ground) + 0.05) for one in luminances(image, panel)]
    assert sum(contrast >= 3 for contrast in contrasts) >= 0.2 * len(contrasts)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("size", [16, 24, 32])
def test_what_a_panel_asks_for_is_there_unscaled(qapp, size, ratio):
    wanted = QSize(size, size)
    for icon in (attention_icon(Attention.SAVED), state_icon(JobState.DONE), type_icon("fcstd")):
        shown = icon.pixmap(wanted, ratio)
        assert shown.size() == QSize(round(size * ratio), round(size * ratio))
        assert QSize(round(size * ratio), round(size * ratio)) in icon.availableSizes()


def test_every_state_has_an_icon(qapp):
    assert all(not attention_icon(state).isNull() for state in Attention)
    assert all(not state_icon(state).isNull() for state in JobState)


def test_kinds_of_files_are_named_on_their_sheets(qapp):
    one, other, none = (type_icon(suffix).pixmap(64).toImage() for suffix in ("fcstd", "stp", ""))
    assert one != other
    assert none not in (one, other)
    assert type_icon(".FCStd").pixmap(64).toImage() == one
    assert type_icon("stp", assembly=True).pixmap(64).toImage() != other
    assert not type_icon("a suffix that is far too long").isNull()
