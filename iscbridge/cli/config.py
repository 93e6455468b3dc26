"""`iscbridge config`: shows and changes settings. Works with and without a bridge that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.core.errors import SettingsError
from iscbridge.core.paths import printable
from iscbridge.core.setting_kinds import Number, as_typed
from iscbridge.core.setting_sources import Resolved, Source
from iscbridge.core.settings import BY_KEY, SETTINGS, Setting, nearest, shown_value
from iscbridge.platform.machine import machine_policy
from iscbridge.platform.settings import load_settings
from iscbridge.texts.render import render, text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from iscbridge.cli.output import Output
    from iscbridge.core.jobs import ErrorInfo
    from iscbridge.platform.folders import Home

#: The bridge reads two small files.
_TELL_S = 5.0


def run_config(options: argparse.Namespace, home: Home, output: Output, policy: Path | None = None) -> int:
    """Run the action; returns the exit code.

    `policy` is the administrator's file; None: where it lies on this machine.

    Raises:
        BridgeError: ISCB-SET-WRITE, ISCB-SET-UNREADABLE, ISCB-SET-EDIT.
    """
    where = machine_policy() if policy is None else policy
    if options.action == "path":
        return _paths(home, where, output)
    if options.action == "list":
        found = load_settings(home.config, policy=where)
        _complain(output, found.told)
        return _list(found, home, output)
    setting = BY_KEY.get(options.key)
    if setting is None:
        return _unknown(options.key, output)
    if options.action == "get":
        found = load_settings(home.config, policy=where)
        _complain(output, found.told)
        return _get(setting, found, home, output)
    value = None
    if options.action == "set":
        try:
            value = setting.kind.typed(options.value)
        except ValueError:
            return _wrong(setting, output)
    return _change(setting, value, home, where, output)


def _list(found: Resolved, home: Home, output: Output) -> int:
    if output.as_json:
        for setting in SETTINGS:
            output.record(_record(setting, found, home, output))
        return exit_codes.DONE
    rows = [(setting.key, _shown(setting, found, output), _source(setting, found, output)) for setting in SETTINGS]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for key, value, source in rows:
        print(f"{key.ljust(widths[0])}  {value.ljust(widths[1])}  {source}")
    return exit_codes.DONE


def _get(setting: Setting[Any], found: Resolved, home: Home, output: Output) -> int:
    if output.as_json:
        output.record(_record(setting, found, home, output))
        return exit_codes.DONE
    output.sentence("config-line", key=setting.key, value=_shown(setting, found, output))
    output.sentence("config-from", source=_source(setting, found, output))
    if setting.key in found.policy.locked:
        shown = render(_locked(setting, found).info, output.language)
        output.sentence("config-help", help=shown.message)
    output.sentence("config-values", allowed=setting.kind.allowed)
    output.sentence("config-default", default=_words(setting.default, output))
    if setting.variable:
        output.sentence("config-variable", variable=setting.variable)
    output.sentence("config-takes.restart" if setting.restart else "config-takes.now")
    output.sentence("config-help", help=text(setting.text, output.language))
    return exit_codes.DONE


def _change(setting: Setting[Any], value: object, home: Home, policy: Path, output: Output) -> int:
    """Put the value into the file, or take it out (None)."""
    from iscbridge.platform.settings_file import change_setting

    before = load_settings(home.config, policy=policy)
    if setting.key in before.policy.locked:
        error = _locked(setting, before)
        shown = render(error.info, output.language)
        _refuse(output, setting.key, error.code, f"{shown.title} ({error.code})\n  {shown.message}\n  {shown.remedy}")
        return exit_codes.REFUSED
    aside = change_setting(home.config, setting.key, value)
    _complain(output, aside)
    found = load_settings(home.config, policy=policy)
    pid = _running(home)
    if pid is not None:
        _tell(home)
    if not setting.restart:
        pid = None
    if output.as_json:
        record = _record(setting, found, home, output)
        output.record({**record, "restartNeeded": pid is not None, "warnings": [info.code for info in aside]})
        return exit_codes.DONE
    output.sentence("config-line", key=setting.key, value=_shown(setting, found, output))
    output.sentence("config-from", source=_source(setting, found, output))
    if found.sources[setting.key] is Source.ENVIRONMENT:
        output.sentence("config-overruled", variable=setting.variable)
    if pid is not None:
        output.sentence("config-restart", pid=pid)
    return exit_codes.DONE


def _paths(home: Home, policy: Path, output: Output) -> int:
    files = (("config-file", home.config), ("config-policy", policy))
    if output.as_json:
        (_, path), (_, machine) = files
        output.record(
            {"path": str(path), "exists": path.exists(), "policy": str(machine), "policyExists": machine.exists()}
        )
        return exit_codes.DONE
    for name, path in files:
        place = output.text(name, path=path)
        print(place if path.exists() else output.text("config-none", place=place))
    return exit_codes.DONE


def _record(setting: Setting[Any], found: Resolved, home: Home, output: Output) -> dict[str, Any]:
    """All about a setting, as a line of `--json`. A secret's value is null."""
    source = found.sources[setting.key]
    kind = setting.kind
    return {
        "key": setting.key,
        "value": shown_value(setting, found.settings.values[setting.key]),
        "default": shown_value(setting, setting.default),
        "source": source.value,
        "where": _where(setting, found, home),
        "locked": source is Source.LOCKED,
        "type": kind.name,
        "allowed": kind.allowed,
        "limits": [kind.low, kind.high] if isinstance(kind, Number) else None,
        "page": setting.page,
        "restart": setting.restart,
        "secret": setting.secret,
        "variable": setting.variable or None,
        "help": text(setting.text, output.language),
    }


def _where(setting: Setting[Any], found: Resolved, home: Home) -> str | None:
    """The file or variable that the value comes from."""
    source = found.sources[setting.key]
    if source is Source.FILE:
        return str(home.config)
    if source is Source.ENVIRONMENT:
        return setting.variable
    return None if source is Source.DEFAULT else found.policy.path


def _source(setting: Setting[Any], found: Resolved, output: Output) -> str:
    return output.text(f"config-source.{found.sources[setting.key].value}", variable=setting.variable)


def _shown(setting: Setting[Any], found: Resolved, output: Output) -> str:
    return output.text("config-secret") if setting.secret else _words(found.settings.values[setting.key], output)


def _words(value: object, output: Output) -> str:
    return as_typed(value) if value != "" else output.text("config-empty")


def _locked(setting: Setting[Any], found: Resolved) -> SettingsError:
    return SettingsError("ISCB-SET-LOCKED", key=setting.key, path=printable(found.policy.path))


def _unknown(key: str, output: Output) -> int:
    near, shown = nearest(key), printable(key, 100)
    words = output.text("config-nearest", key=shown, nearest=near) if near else output.text("config-unknown", key=shown)
    _refuse(output, shown, "ISCB-SET-UNKNOWN", f"{words}\n{output.text('config-see')}", nearest=near)
    return exit_codes.USAGE


def _wrong(setting: Setting[Any], output: Output) -> int:
    # What was typed is never repeated: it may be a password in the wrong place.
    words = output.text("config-wrong", key=setting.key, allowed=setting.kind.allowed)
    if setting.kind.name == "address":
        words += "\n  " + output.text("config-wrong-login")
    _refuse(output, setting.key, "ISCB-SET-VALUE", words, allowed=setting.kind.allowed)
    return exit_codes.USAGE


def _refuse(output: Output, key: str, code: str, words: str, **more: object) -> None:
    if output.as_json:
        output.record({"key": key, "error": code, "message": words, **more})
    output.complain(words)


def _complain(output: Output, told: Iterable[ErrorInfo]) -> None:
    for problem in told:
        shown = render(problem, output.language)
        output.complain(f"{shown.title} ({problem.code})\n  {shown.message}\n  {shown.remedy}")


def _tell(home: Home) -> None:
    """Let the bridge that runs read the settings again. If it can't now, it does at its next start."""
    from contextlib import suppress

    from iscbridge.ipc.client import BridgeError, Client

    client = Client("iscbridge-cli", address=home.bridge_address(), timeout=_TELL_S)
    with suppress(BridgeError):
        client.connect()
        client.request("settings.reload")
    client.close()


def _running(home: Home) -> int | None:
    """Process id of the bridge that runs on this profile."""
    from iscbridge.platform.locks import holder

    try:
        return holder(home.lock)
    except OSError:
        return None
