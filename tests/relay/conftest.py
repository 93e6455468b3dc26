"""A relay on a database of its own, and the sandbox store that it may ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.relay.context import Relay
from support.relay_fixtures import *  # noqa: F403  for every file here
from support.relay_parts import Clock, relay_in


@pytest.fixture
def relay(tmp_path: Path, clock: Clock) -> Iterator[Relay]:
    made = relay_in(tmp_path, clock=clock)
    yield made
    made.database.close()
