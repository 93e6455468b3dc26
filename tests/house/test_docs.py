"""The documents say what the code does: tables are held against the data that the code uses."""

from __future__ import annotations

import re
import tomllib

import pytest

from iscbridge.cli import exit_codes
from iscbridge.core.errors import CODES
from iscbridge.core.transitions import TRANSITIONS
from support.checkout import ROOT, table_rows

ARCHITECTURE = ROOT / "docs" / "architecture.md"
READMES = ("README.md", "README.zh-CN.md")


def words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",")]


def test_the_table_of_transitions_is_the_code_s():
    rows = table_rows(ARCHITECTURE, "from")
    documented = [
        ("" if before == "(new)" else before, row[1], cause)
        for row in rows
        for before in words(row[0])
        for cause in words(row[2])
    ]
    assert len(documented) == len(set(documented)), "a transition stands twice"
    in_code = {(step.before.value if step.before else "", step.after.value, step.cause) for step in TRANSITIONS}
    assert set(documented) == in_code


def test_every_transition_says_what_happened_and_what_the_user_sees():
    assert all(len(row) == 5 and row[3] and row[4] for row in table_rows(ARCHITECTURE, "from"))


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for names in project["project"]["optional-dependencies"].values():
        wanted += names
    used = {re.split(r"[<>=!~ ;\[]", name, maxsplit=1)[0] for name in wanted}
    explained = {name for row in table_rows(ARCHITECTURE, "package") for name in words(row[0]) if row[1]}
    assert explained == used


@pytest.mark.parametrize("name", READMES)
def test_the_exit_codes_of_the_readme_are_the_code_s(name):
    numbers = {int(row[0]) for row in table_rows(ROOT / name, "exit code", "退出码")}
    assert numbers == {value for key, value in vars(exit_codes).items() if key.isupper() and isinstance(value, int)}


def test_documents_name_only_error_codes_that_exist():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for code in re.findall(r"ISCB-[A-Z]+-[A-Z0-9-]*[A-Z0-9]", path.read_text(encoding="utf-8")):
            assert code in CODES, f"{path.name} names {code}"


def test_links_between_documents_lead_somewhere():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
