"""What holds for every test: no window, no real profile, English texts, no test judged by a slow moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The deadline of hypothesis is wall-clock time: on a busy machine it fails good code.
settings.register_profile("iscbridge", deadline=None, print_blob=True)
settings.load_profile("iscbridge")


@pytest.fixture(scope="session", autouse=True)
def _no_real_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that forgets to name its profile gets an empty one, and never the developer's own."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ISCBRIDGE_")]:
            patch.delenv(name)
        patch.setenv("ISCBRIDGE_HOME", str(home))
        patch.setenv("ISCBRIDGE_LANGUAGE", "en")
        yield
