"""The windows of the tray, really shown, with what a program can see in them and a picture for people."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.tray_sample import DATA, Sample

#: The lane says where pictures go that people look at.
PICTURES = "WINDOWS_LANE_PICTURES"
SHOW = Path(__file__).parent / "show.py"
#: One of each kind: a list, a page of settings, the first run. All windows in both languages are the lane `tray`'s work;
#: here it is Windows' style, fonts and window system.
LIGHT = ("activity", "settings-general", "first_run")
DARK = ("files", "settings-license")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory):
    made = Sample(tmp_path_factory.mktemp("sample"))
    try:
        made.live()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(("language", "scheme", "names"), [("en", "light", LIGHT), ("zh", "dark", DARK)])
def test_windows_open_and_are_whole(
    sample: Sample, tmp_path: Path, language: str, scheme: str, names: tuple[str, ...]
) -> None:
    sample.choose(language, scheme)
    command = [sys.executable, "-P", str(SHOW), "--home", str(sample.home.root), "--language", language,
               "--scheme", scheme, "--out", str(tmp_path), "--data", json.dumps(DATA), *names]  # fmt: skip
    environment = {**sample.env, "QT_QPA_PLATFORM": "windows"}
    del environment["ISCBRIDGE_LANGUAGE"]  # it would lock the language in the settings window
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=170, check=False
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    shutil.copytree(tmp_path, Path(os.environ[PICTURES]) / f"{language}-{scheme}", dirs_exist_ok=True)
    assert (done.returncode, said) == (0, "")
    found = json.loads((tmp_path / "findings.json").read_text("utf-8"))
    bad = {name: sentences for name, sentences in found.items() if sentences}
    assert not bad, json.dumps(bad, ensure_ascii=False, indent=1)
    assert set(found) == set(names)
