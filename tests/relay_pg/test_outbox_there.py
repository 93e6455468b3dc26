"""The outbox and the duties: the same on PostgreSQL."""

import pytest

from relay.test_outbox import *  # noqa: F403  every test of that file, and its fixtures

pytestmark = pytest.mark.usefixtures("on_postgres")
