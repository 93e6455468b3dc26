"""Seats of which nobody knows how many there are: the same on PostgreSQL."""

from relay.test_seats_open import *  # noqa: F403  every test of that file, and its fixtures
