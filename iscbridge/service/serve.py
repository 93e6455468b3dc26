"""A bridge without windows: profile lock, log file, event loop, orderly end on a signal."""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer

from iscbridge.core.engine import EngineConfig
from iscbridge.core.errors import RequestError, SdkError, SettingsError
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import SETTINGS, Settings, shown_value
from iscbridge.platform.faults import store_error
from iscbridge.platform.folders import Home
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.platform.locks import ProfileLock
from iscbridge.platform.settings_file import start_settings
from iscbridge.sdk.library import find_library
from iscbridge.service.bridge import Bridge, BridgeConfig
from iscbridge.service.sdk_launch import SdkLaunch, launch_host

log = logging.getLogger(__name__)

_LOG_BYTES = 2_000_000
_LOG_FILES = 5
DESK_VARIABLE = "ISCBRIDGE_SANDBOX_DESK"


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command line says about a bridge; the settings say what it leaves out."""

    library: str | None = None
    """The shim; empty: the sandbox's own."""
    sdk: str | None = None
    timings: tuple[tuple[str, float], ...] = ()
    """Overrides of waiting times in seconds, for tests and demonstrations; `_timed` knows the names."""
    verbose: bool = False


def serve(home: Home, options: ServeOptions, on_ready: Callable[[Bridge], None]) -> int:
    """Run a bridge until it is asked to close. Returns 0.

    Raises:
        BridgeError: another bridge has the profile, the SDK library is not there, the data folder can't be used.
    """
    no_core_dumps()  # licence codes pass through this process's memory
    lock = ProfileLock(home.lock)
    try:
        home.ensure()
        _start_logging(home.logs, options.verbose)
        lock.acquire()
    except OSError as error:
        raise store_error(error, str(home.root)) from error
    with lock:
        options, found = with_settings(options, start_settings(home.config))
        _log_settings(found)
        launch = make_launch(home, options)
        app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
        bridge = Bridge(
            _timed(BridgeConfig(home, launch, _engine(options, found.settings), settings=found), options.timings)
        )
        bridge.closed.connect(app.quit)
        signals = SignalWatch(lambda name: bridge.begin_shutdown(None, name), bridge)
        bridge.start()
        QTimer.singleShot(0, bridge, lambda: on_ready(bridge))
        code = app.exec()
        signals.close()
    log.info("closed")
    logging.shutdown()
    if any(thread.name.startswith("worker-") for thread in threading.enumerate()):
        # A worker hangs in a share that does not answer. Everything is written and closed: do not wait for it.
        os._exit(code)
    return code


def with_settings(options: ServeOptions, found: Resolved) -> tuple[ServeOptions, Resolved]:
    """The options with the settings in place of what the command line leaves out, and of what is locked.

    Returns:
        Both, the settings with ISCB-SET-LOCKED for each option that had to give way.

    Raises:
        SdkError: ISCB-SDK-LOAD: a library was named in a way that can't be used. Whoever named one must not find
            the work of a day in the sandbox.
    """
    told = list(found.told)
    chosen: dict[str, str | None] = {}
    for setting, named in ((Settings.advanced_sdk_library, options.library), (Settings.advanced_sdk, options.sdk)):
        value: str | None = found.settings.values[setting.key]
        if named is not None and setting.key in found.policy.locked:
            told.append(SettingsError("ISCB-SET-LOCKED", key=setting.key, path=found.policy.path).info)
        elif named is not None:
            value = named
        elif not value and setting.key in found.unusable:
            raise SdkError("ISCB-SDK-LOAD", path=setting.key, detail="the setting is not the complete path of a file")
        chosen[setting.key] = value or None
    library, sdk = chosen[Settings.advanced_sdk_library.key], chosen[Settings.advanced_sdk.key]
    return replace(options, library=library, sdk=sdk), replace(found, told=tuple(told))


def _engine(options: ServeOptions, settings: Settings) -> EngineConfig:
    return EngineConfig(
        cloud="iscdesk" if options.library else "sandbox",
        snapshot_days=settings.files_snapshot_days,
        failed_snapshot_days=settings.files_failed_snapshot_days,
    )


def _log_settings(found: Resolved) -> None:
    """Log in more detail, if the settings say so, and which settings hold.

    Only what ISCBridge itself says: HTTP and keyring libraries may tell more than belongs into a file.
    """
    if found.settings.advanced_log_level == "debug":
        logging.getLogger("iscbridge").setLevel(logging.DEBUG)
    for setting in SETTINGS:
        value = shown_value(setting, found.settings.values[setting.key])
        log.debug("setting %s = %r (%s)", setting.key, value, found.sources[setting.key].value)


def make_launch(home: Home, options: ServeOptions) -> SdkLaunch:
    """How the SDK process is started: with the vendor's shim, or with the sandbox's.

    Raises:
        SdkError: no library was found.
    """
    library = str(find_library(options.library, os.environ))
    desk = {} if options.library else {DESK_VARIABLE: home.desk_address()}
    return launch_host(library, options.sdk, desk)


def _timed(config: BridgeConfig, timings: Sequence[tuple[str, float]]) -> BridgeConfig:
    """The configuration with other waiting times: `slow_s` and the like, those of the engine (`rest_s`), those of the SDK process (`sdk_ping_s`).

    Raises:
        RequestError: ISCB-REQ-PARAMS: there is no such time, or no such value.
    """
    engine = {name for name in EngineConfig.__dataclass_fields__ if name.endswith("_s")}
    process = {f"sdk_{name}_s": name for name in ("start", "ping", "grace", "margin", "gone")}
    own = {"slow_s", "call_s", "janitor_s"}
    names = ", ".join(sorted({*own, *engine, *process}))
    for name, seconds in timings:
        if not 0 <= seconds < 1e6:  # not a number is refused, too
            raise RequestError("ISCB-REQ-PARAMS", method="serve", detail=f"--timing {name}: 0 to 1,000,000 seconds")
        if name in own:
            config = replace(config, **{name: seconds})  # type: ignore[arg-type]  # a field of seconds, see `own`
        elif name in engine:
            config = replace(config, engine=replace(config.engine, **{name: seconds}))  # type: ignore[arg-type]  # a field of seconds, see `engine`
        elif name in process:
            config = replace(config, sdk_times=replace(config.sdk_times, **{process[name]: int(seconds * 1000)}))
        else:
            raise RequestError("ISCB-REQ-PARAMS", method="serve", detail=f"--timing {name}: one of {names}")
    return config


def _start_logging(folder: Path, verbose: bool) -> None:
    """One file that only this process writes, of bounded size; owner-only like all of the profile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.raiseExceptions = False  # a log that can't be written (the disk is full) is no news for standard error
    handler = logging.handlers.RotatingFileHandler(
        folder / "bridge.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
    )
    handlers: list[logging.Handler] = [handler]
    if verbose:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )


class SignalWatch(QObject):
    """Turns SIGTERM and SIGINT (Ctrl+C, Ctrl+Break on Windows) into a call on the event loop.

    Python runs its signal handlers only between byte codes, and Qt's loop executes none: the wake-up socket
    makes the loop turn.
    """

    def __init__(self, ask_to_close: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._ask = ask_to_close
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        signal.set_wakeup_fd(self._write.fileno())
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)

    def _wake(self) -> None:
        try:
            self._read.recv(64)
        except BlockingIOError:
            return

    def _on_signal(self, number: int, _frame: object) -> None:
        self._ask(signal.Signals(number).name)

    def close(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(-1)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()
