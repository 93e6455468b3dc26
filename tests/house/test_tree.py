"""Rules for every file of the project."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

from iscbridge.version import VERSION
from support.checkout import ROOT, tracked_files

SOURCES = {".py", ".c", ".h", ".cpp", ".hpp", ".cmake", ".toml", ".nsi", ".sh"}
MOST_LINES = 600
#: Longer on purpose: hosts copy the protocol's client, and one file is what can be copied without a mistake.
ONE_FILE = {"iscbridge/ipc/client.py"}
#: Written in two parts each, so that this file does not hold what it forbids.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplemented" + r"Error|pytest\.sk" + r"ip\(")
UNSAFE = re.compile(r"verify\s*=\s*Fal" + r"se|shell\s*=\s*Tr" + r"ue")
REGISTRIES = re.compile(r"(pypi|npmjs|pythonhosted|debian)\.o" + r"rg|--(extra-)?index-u" + r"rl|deb\.deb" + r"ian")


def text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


TEXTS = {path.relative_to(ROOT).as_posix(): text for path in tracked_files() if (text := text_of(path)) is not None}


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in TEXTS.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_project_is_seen():
    assert {"dev.py", "pyproject.toml", "README.md", ".ci/run"} <= set(TEXTS)


def test_no_file_is_too_long_to_know():
    long = {
        name: count
        for name, text in TEXTS.items()
        if Path(name).suffix in SOURCES and name not in ONE_FILE and (count := text.count("\n")) > MOST_LINES
    }
    assert not long


def test_nothing_is_left_unfinished():
    assert not found(UNFINISHED)


def test_no_check_is_turned_off():
    assert not found(UNSAFE)


def test_no_registry_is_named():
    assert not found(REGISTRIES)


USUAL_TOPS = {f"/{name}/" for name in ("bin", "etc", "home", "lib", "mnt", "opt", "srv", "tmp", "usr", "var")}


def test_no_path_of_a_machine_stands_in_the_tree():
    # /home/NAME and C:\\Users\\NAME may stand in examples; the place of this checkout and root's home may not,
    # nor, on whatever drive, the folder at the top in which this machine keeps its checkouts.
    top = f"/{ROOT.parts[1]}/" if len(ROOT.parts) > 2 else "/"
    folders = {str(ROOT), str(Path.home()) + "/", "/" + "root/", top} - {"/", "//"} - USUAL_TOPS
    assert not found(
        re.compile("|".join(re.escape(folder) + (r"\b" if folder[-1] != "/" else "") for folder in folders))
    )


def test_text_files_are_plain():
    for name, text in TEXTS.items():
        assert not text.startswith("\ufeff"), f"{name} has a byte order mark"
        assert "\r" not in text or Path(name).suffix in {".bas", ".bat", ".nsi"}, f"{name} has carriage returns"
        assert not text or text.endswith("\n"), f"{name} has no line break at its end"


def test_packages_load_nothing_by_themselves():
    inits = [name for name in TEXTS if name.startswith("iscbridge/") and name.endswith("/__init__.py")]
    assert inits
    assert [name for name in inits if TEXTS[name].strip()] == []


def test_every_package_has_its_init():
    folders = {Path(name).parent.as_posix() for name in TEXTS if name.startswith("iscbridge/") and name.endswith(".py")}
    assert [folder for folder in folders if f"{folder}/__init__.py" not in TEXTS] == []


def test_the_version_is_one():
    assert importlib.metadata.version("iscbridge") == VERSION
    assert f"\n## [{VERSION}]" in TEXTS["CHANGELOG.md"]


@pytest.mark.parametrize("name", ["noqa", "type: ignore"])
def test_an_ignored_check_gives_its_reason(name):
    bare = re.compile(r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type: ignore(\[[a-z, -]+\])?)\s*$")
    assert [line for line in found(bare) if name in line and line.split(":")[0].endswith(".py")] == []
