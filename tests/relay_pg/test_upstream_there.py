"""Questions to the store and reports of use: the same on PostgreSQL."""

import pytest

from relay.test_upstream import *  # noqa: F403  every test of that file, and its fixtures

pytestmark = pytest.mark.usefixtures("on_postgres")
