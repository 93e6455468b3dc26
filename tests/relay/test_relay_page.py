"""`docs/relay.md` names everything that there is: settings, secrets, tables, states, calls, commands."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from iscbridge.cli.main import build_parser
from iscbridge.relay import config
from iscbridge.relay.config import parse_settings
from iscbridge.relay.database.tables import METADATA
from iscbridge.relay.decide.calls import activities
from iscbridge.relay.decide.states import State
from iscbridge.relay.install import LICENSE_KEY, TO_BE_FILLED, Wanted, settings_text

PAGE = (Path(__file__).parents[2] / "docs" / "relay.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize("table", [config.Server, config.Store, config.Limits, config.Signin, config.Product])
def test_every_setting_is_there(table):
    assert {field.name for field in msgspec.structs.fields(table)} <= NAMED


def test_defaults_are_those_of_the_code():
    rows = dict(re.findall(r"^\| (?:`\[+\w+\]+` )?`(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    for table in (config.Server, config.Store, config.Limits, config.Product):
        for field in msgspec.structs.fields(table):
            told = rows.get(field.name, "").strip()
            if told.isdigit() or (isinstance(field.default, str) and told not in ("", "none")):
                assert told == str(field.default), field.name


def test_every_table_state_call_and_secret_is_there():
    calls = {name for name in activities("-", "--") if not name.startswith("-")}
    secrets = {"lookup_key", "seal_key", LICENSE_KEY, *TO_BE_FILLED, "database_password"}
    assert set(METADATA.tables) | {state.value for state in State} | calls | secrets <= NAMED


def test_every_command_of_the_page_can_be_read():
    parser = build_parser()
    lines = re.sub(r"\\\n", " ", PAGE)
    found = [
        re.sub(r"\s+#.*|\"", "", line).split()[1:] for line in re.findall(r"^(iscbridge .*)$", lines, re.MULTILINE)
    ]
    assert len(found) > 5
    for words in found:
        joined = " ".join(words).replace("Acme CAD", "AcmeCAD").replace("Demo CAD", "DemoCAD").split()
        parser.parse_args(joined)


@pytest.mark.parametrize("seats", ["node", "named", "floating"])
def test_what_init_writes_can_be_read_whatever_it_is_called(seats):
    wanted = Wanted(
        'h"o\\st', 'Äcme "CAD"\x7f 中', ("OFFI1", "a'b"), seats, behind_proxy=("10.0.0.1",), metrics="127.0.0.1:0"
    )
    settings = parse_settings(settings_text(wanted).encode(), Path("relay.toml"))
    told = settings.product[0]
    assert (told.name, told.store_products, told.seats) == (wanted.product, wanted.store_products, seats)
    assert (settings.relay.host_name, settings.relay.behind_proxy) == (wanted.host_name, wanted.behind_proxy)
