"""Pictures of every window in both languages, at 100 % and 200 %, light and dark, into build/screenshots.

They are there to be looked at; what a program can see in them and in the widgets is checked here.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage

from iscbridge.tray.windows import FACTORIES
from support.checkout import ROOT
from support.tray_sample import Sample, photograph

OUT = ROOT / "build" / "screenshots"
COMBINATIONS = list(itertools.product(("en", "zh"), (1, 2), ("light", "dark")))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sample, dict[str, str]]]:
    made = Sample(tmp_path_factory.mktemp("sample"))
    try:
        yield made, made.live()
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.timeout(600)  # twenty windows, each looked at until it rests; on a busy machine each takes its time
@pytest.mark.parametrize(("language", "scale", "scheme"), COMBINATIONS)
def test_every_window(sample, host, language, scale, scheme):
    world, jobs = sample
    out = OUT / f"{language}-{scale}-{scheme}"
    found = photograph(world, host, jobs, (language, scale, scheme), out)
    assert {name for name, sentences in found.items() if not sentences} == set(found), json.dumps(
        {name: sentences for name, sentences in found.items() if sentences}, ensure_ascii=False, indent=1
    )
    assert missing(found) == []
    for name in found:
        judge(QImage(str(out / f"{name}.png")), dark=scheme == "dark", scale=scale)


def missing(found: dict[str, list[str]]) -> list[str]:
    """Windows without a picture."""
    return [name for name in FACTORIES if not any(key == name or key.startswith(f"{name}-") for key in found)]


def judge(image: QImage, *, dark: bool, scale: int) -> None:
    """A picture shows something, is as large as its scale says, and is as dark as was asked for."""
    assert image.width() > 200 * scale
    assert image.height() > 80 * scale
    grey, step = image.convertToFormat(QImage.Format.Format_Grayscale8), 4
    line, points = grey.bytesPerLine(), bytes(grey.constBits())
    rows = (points[y * line : y * line + grey.width() : step] for y in range(0, grey.height(), step))
    greys = b"".join(rows)
    assert len(set(greys)) > 5, "nothing is painted"
    darkish = sum(grey < 128 for grey in greys) / len(greys)
    assert darkish > 0.5 if dark else darkish < 0.5
