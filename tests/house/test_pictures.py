"""The READMEs show the real program, in their own language."""

from __future__ import annotations

import re
import struct

import pytest

from support.checkout import ROOT

IMAGES = ROOT / "docs" / "images"
LANGUAGES = {"README.md": "en", "README.zh-CN.md": "zh"}
MOST_BYTES = 150_000


def shown_in(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"!\[[^\]]+\]\(docs/images/([^)]+)\)", text)


@pytest.mark.parametrize(("readme", "language"), LANGUAGES.items())
def test_each_readme_shows_the_windows_in_its_language(readme, language):
    assert shown_in(readme) == [f"activity.{language}.png", f"settings.{language}.png"]


def test_every_picture_is_shown_is_a_png_and_is_small():
    files = sorted(IMAGES.iterdir())
    assert {path.name for path in files} == {name for readme in LANGUAGES for name in shown_in(readme)}
    for path in files:
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n"), path.name
        assert len(data) <= MOST_BYTES, path.name
        width, height = struct.unpack(">II", data[16:24])
        assert 400 <= width <= 1400, path.name
        assert 300 <= height <= 1000, path.name
