"""Sessions and seats of people: the same on PostgreSQL."""

import pytest

from relay.test_signin_seats import *  # noqa: F403  every test of that file, and its fixtures
from support.relay_parts import relay_in
from support.relay_signin import SIGNIN_SETTINGS


@pytest.fixture
def relay(tmp_path, clock, on_postgres):
    made = relay_in(tmp_path, SIGNIN_SETTINGS, clock)
    assert not made.database.is_sqlite, on_postgres
    yield made
    made.database.close()
