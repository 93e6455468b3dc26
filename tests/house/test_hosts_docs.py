"""docs/hosts.md says what the code does."""

from __future__ import annotations

import re
import shlex

import pytest

from iscbridge.cli import exit_codes
from iscbridge.cli.main import build_parser
from iscbridge.core.errors import CODES
from iscbridge.hosts.host_file import INSTALLATION, ROOTS, parse_host_file
from iscbridge.hosts.host_work import How
from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import ACTIONS
from support.checkout import ROOT, table_rows

DOCUMENT = ROOT / "docs" / "hosts.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_example_is_a_description():
    example, without_addin = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    host = parse_host_file(example.encode())
    assert (host.name, len(host.spots), len(host.places)) == ("samplecad", 2, 2)
    other = parse_host_file(without_addin.encode())
    assert other.addin is None
    assert None not in (other.documents, other.listing, other.opening)


def test_every_way_of_listing_is_documented():
    assert [row[0].strip("`") for row in table_rows(DOCUMENT, "`how`")] == [how.value for how in How]


def test_every_error_of_a_listing_is_documented():
    codes = {code for code in CODES if code.startswith("ISCB-HOST-LIST-")} | {"ISCB-HOST-NO-PROGRAM"}
    said = " ".join(row[1] for row in table_rows(DOCUMENT, "what happened"))
    assert codes <= set(re.findall(r"ISCB-[A-Z-]+[A-Z]", said))


RECIPES = ROOT / "docs" / "recipes.md"
COMMANDS = [
    (path.name, line.split("   ")[0])
    for path in (RECIPES, DOCUMENT)
    for block in re.findall(r"^```\w*\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if line.startswith("iscbridge ")
]


@pytest.mark.parametrize(("document", "line"), COMMANDS)
def test_every_command_line_is_one(document, line):
    assert build_parser().parse_args(shlex.split(line)[1:]).command, document


def test_the_recipes_have_command_lines_and_say_what_was_not_run():
    assert sum(name == "recipes.md" for name, _ in COMMANDS) > 10
    text = RECIPES.read_text(encoding="utf-8")
    for chapter in ("SOLIDWORKS, VBA", "AutoCAD and ZWCAD, AutoLISP", "AutoCAD and ZWCAD, .NET"):
        assert text.split(f"## {chapter}\n")[1].lstrip().startswith("**Not run here")
    numbers = {int(row[0]) for row in table_rows(RECIPES, "exit code")}
    assert numbers == {value for key, value in vars(exit_codes).items() if key.isupper() and isinstance(value, int)}


def test_every_root_is_documented_and_no_other():
    rows = [line for line in TEXT.splitlines() if line.strip().startswith("| `{")]
    assert {name for row in rows for name in re.findall(r"\{(\w+)\}", row.split("|")[1])} == {*ROOTS, INSTALLATION}


def test_every_state_stands_with_what_can_be_done():
    rows = {name: row[2] for row in table_rows(DOCUMENT, "state") for name in re.findall(r"`(\w+)`", row[0])}
    assert set(rows) == {state.value for state in AddinState}
    for state, actions in ACTIONS.items():
        said = re.sub(r"\((\w+|`\w+`)\)", "", rows[state]) if state is not AddinState.NEWER else "remove"
        assert all(action in said for action in actions), state
        assert len(re.findall(r"install|repair|remove", said)) == len(actions), state
