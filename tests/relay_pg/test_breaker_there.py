"""One breaker for many processes: the same on PostgreSQL."""

import pytest

from relay.test_breaker_shared import *  # noqa: F403  every test of that file, and its fixtures

pytestmark = pytest.mark.usefixtures("on_postgres")
