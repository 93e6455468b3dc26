"""Pictures of every window in both languages, at 100 % and 200 %, light and dark, into build/screenshots.

They are there to be looked at; what a program can see in them and in the widgets is checked here.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from sample import DATA, Sample

from iscbridge.tray.windows import FACTORIES
from support.checkout import ROOT

OUT = ROOT / "build" / "screenshots"
SHOTS = Path(__file__).with_name("shots.py")
COMBINATIONS = list(itertools.product(("en", "zh"), (1, 2), ("light", "dark")))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sample, dict[str, str]]]:
    made = Sample(tmp_path_factory.mktemp("sample"))
    try:
        yield made, made.live()
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "scale", "scheme"), COMBINATIONS)
def test_every_window(sample, host, language, scale, scheme):
    world, jobs = sample
    out = OUT / f"{language}-{scale}-{scheme}"
    for old in out.glob("*"):
        old.unlink()
    arguments = {
        "home": str(world.home.root),
        "language": language,
        "scheme": scheme,
        "out": str(out),
        "work": str(world.work),
        "jobs": json.dumps(jobs),
        "data": json.dumps(DATA),
    }
    words = [f"--{name}={value}" for name, value in arguments.items()]
    world.choose(language, scheme)
    env = {**world.env, **host.env, "QT_SCALE_FACTOR": str(scale), "ISCBRIDGE_HOME": str(world.home.root)}
    del env["ISCBRIDGE_LANGUAGE"]  # it would lock the language in the settings window
    done = subprocess.run([sys.executable, str(SHOTS), *words], env=env, capture_output=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    found = json.loads((out / "findings.json").read_text("utf-8"))
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
    step = 4
    greys = [
        image.pixelColor(x, y).lightness()
        for x in range(0, image.width(), step)
        for y in range(0, image.height(), step)
    ]
    assert len(set(greys)) > 5, "nothing is painted"
    darkish = sum(grey < 128 for grey in greys) / len(greys)
    assert darkish > 0.5 if dark else darkish < 0.5
