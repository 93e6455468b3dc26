"""The outbox and the duties: the same on PostgreSQL."""

import pytest

from relay.test_outbox import *  # noqa: F403  every test of that file, and its fixtures

pytestmark = pytest.mark.usefixtures("on_postgres")

# Thousands of looks into an empty outbox; `test_clock_and_store.py` has that day with real processes.
del test_a_store_that_is_down_for_a_day_loses_nothing  # noqa: F821  it came with the star
