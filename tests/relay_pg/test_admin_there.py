"""What a person looks at and does by hand: the same on PostgreSQL."""

import pytest

from relay.test_admin import *  # noqa: F403  every test of that file, and its fixtures
from support.relay_parts import SETTINGS, relay_in


@pytest.fixture
def relay(tmp_path, on_postgres):
    """The command line reads the settings for itself."""
    settings = SETTINGS.replace("[relay]\n", f'[relay]\ndatabase = "{on_postgres}"\n', 1)
    (tmp_path / "relay.toml").write_text(settings, encoding="utf-8")
    made = relay_in(tmp_path)
    yield made
    made.database.close()
