"""docs/hosts.md says what the code does."""

from __future__ import annotations

import re

from iscbridge.hosts.host_file import INSTALLATION, ROOTS, parse_host_file
from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import ACTIONS
from support.checkout import ROOT, table_rows

DOCUMENT = ROOT / "docs" / "hosts.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_example_is_a_description():
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    host = parse_host_file(example.encode())
    assert (host.name, len(host.spots), len(host.places)) == ("samplecad", 2, 2)


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
