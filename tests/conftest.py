"""What holds for every test: no window, no real profile, English texts, no test judged by a slow moment.

And no thread but the main one collects what a test with Qt leaves in cycles. The interpreter does so on whichever thread
makes the next object; a bridge that a test has done with would then lose its timers on one of its workers, while the
main thread's loop has them in its lists: Qt ends in an endless loop, or crashes, some tests later.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The deadline of hypothesis is wall-clock time: on a busy machine it fails good code. Linux searches for odd input; on
# Windows, where files are slow, it is the system that is tried with some of it.
EXAMPLES = 20 if sys.platform == "win32" else 100
settings.register_profile("iscbridge", deadline=None, print_blob=True, max_examples=EXAMPLES)
settings.load_profile("iscbridge")


def pytest_collection_finish() -> None:
    """What the modules of the tests are made of stays: it need not be searched through after each test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around a whole test with its fixtures: cycles of one with Qt are collected here, when it is over."""
    if "qapp" not in getattr(item, "fixturenames", ()):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.enable()


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


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> object:
    """pytest-qt's, with more patience. The core's tests run where there is no Qt, so it is loaded here."""
    from support.patient_bot import PatientBot

    return PatientBot(request)
