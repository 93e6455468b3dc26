"""Orders, licences, work in the background: the same on PostgreSQL."""

import pytest

from relay.test_upstream_tasks import *  # noqa: F403  every test of that file, and its fixtures

pytestmark = pytest.mark.usefixtures("on_postgres")
