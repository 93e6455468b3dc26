"""What a bridge is started with: the command line's options, the settings, the way to the SDK process."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from iscbridge.core.engine import EngineConfig
from iscbridge.core.errors import RequestError, SdkError, SettingsError
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import SETTINGS, Settings, shown_value
from iscbridge.platform.folders import Home
from iscbridge.platform.settings_file import start_settings
from iscbridge.sdk.library import find_library
from iscbridge.service.bridge import BridgeConfig
from iscbridge.service.reload import set_log_level
from iscbridge.service.sdk.launch import SdkLaunch, launch_host
from iscbridge.service.workfiles.run import WorkfileTimes

log = logging.getLogger(__name__)

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


def bridge_config(home: Home, options: ServeOptions) -> BridgeConfig:
    """All that a bridge needs, from the options and the settings of the profile. Reads the settings, so it may block.

    Raises:
        BridgeError: a library that was named can't be used or is not there, or an option makes no sense.
    """
    options, found = with_settings(options, start_settings(home.config))
    _log_settings(found)
    config = BridgeConfig(home, make_launch(home, options), _engine(options, found.settings), settings=found)
    return _timed(config, options.timings)


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
    """Log in as much detail as the settings say, and which settings hold."""
    set_log_level(found.settings)
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
    watching = {f"workfile_{name}": name for name in WorkfileTimes.__dataclass_fields__}
    own = {"slow_s", "call_s", "janitor_s", "upgrade_grace_s", "upgrade_wait_s"}
    names = ", ".join(sorted({*own, *engine, *process, *watching}))
    for name, seconds in timings:
        if not 0 <= seconds < 1e6:  # not a number is refused, too
            raise RequestError("ISCB-REQ-PARAMS", method="serve", detail=f"--timing {name}: 0 to 1,000,000 seconds")
        if name in own:
            config = replace(config, **{name: seconds})  # type: ignore[arg-type]  # a field of seconds, see `own`
        elif name in engine:
            config = replace(config, engine=replace(config.engine, **{name: seconds}))  # type: ignore[arg-type]  # a field of seconds, see `engine`
        elif name in process:
            config = replace(config, sdk_times=replace(config.sdk_times, **{process[name]: int(seconds * 1000)}))
        elif name in watching:
            config = replace(config, workfile_times=replace(config.workfile_times, **{watching[name]: seconds}))
        else:
            raise RequestError("ISCB-REQ-PARAMS", method="serve", detail=f"--timing {name}: one of {names}")
    return config
