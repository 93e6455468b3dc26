"""What the store calls for: the same on PostgreSQL."""

from relay.test_store_calls import *  # noqa: F403  every test of that file, and its fixtures
