from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.platform.folders import Home
from iscbridge.service.bridge import Bridge, BridgeConfig
from iscbridge.service.sdk.launch import SdkLaunch, launch_host
from iscbridge.service.sdk.session import SdkTimes
from support.fake_shim import DEADLINE_S, build_fake_shim
from support.watched_session import QUICK, SCRIPTED, Watched


@pytest.fixture
def bridge(tmp_path: Path, qtbot: QtBot) -> Iterator[Bridge]:
    """A bridge that is not served: its parts are called, and no SDK process runs."""
    home = Home(tmp_path / "home")
    home.ensure()
    made = Bridge(BridgeConfig(home, SdkLaunch("none", (), "none")))
    yield made
    made.workers.close()
    made.journal.close()


@pytest.fixture(scope="session")
def fake_shim(tmp_path_factory):
    return build_fake_shim(tmp_path_factory.mktemp("fake_shim"))


@pytest.fixture
def watch(qtbot):
    """watch(launch) starts a session; the test ends it, or this does."""
    watched: list[Watched] = []

    def watch(launch: SdkLaunch, times: SdkTimes = QUICK) -> Watched:
        watched.append(Watched(launch, times))
        watched[-1].session.start()
        return watched[-1]

    yield watch
    for one in watched:
        one.react = None
        one.session.stop(0)
        qtbot.waitUntil(lambda one=one: one.ended, timeout=DEADLINE_S * 1000)
        one.session.deleteLater()


@pytest.fixture
def over_fake(fake_shim, watch):
    """over_fake(FAKE_SAVE=...) starts a session over the scripted shim."""

    def over_fake(times: SdkTimes = QUICK, **environment: str) -> Watched:
        return watch(launch_host(str(fake_shim), environment=environment), times)

    return over_fake


@pytest.fixture
def scripted(watch):
    """scripted(called, closed) starts a session over a process that does this on each call and on close."""

    def scripted(called: str = "pass", closed: str = "break", times: SdkTimes = QUICK) -> Watched:
        script = SCRIPTED.replace("CALLED", called).replace("CLOSED", closed)
        return watch(SdkLaunch(sys.executable, ("-c", script), "/none"), times)

    return scripted


@pytest.fixture
def until(qtbot):
    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=DEADLINE_S * 1000)

    return until
