"""`iscbridge sandbox ...`: the stand-ins for ISCDesk and its cloud."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes, sandbox_license
from iscbridge.core.errors import SandboxError
from iscbridge.sandbox import control

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home
    from iscbridge.sandbox.cloud import CloudStore


def run_sandbox(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run one action; raises SandboxError."""
    action = options.action
    if action == "start":
        pid = control.start(home, show=options.show)
        store = sandbox_license.start_store(home)
        _say(output, {"running": True, "pid": pid, "store": store}, "sandbox-started", pid=pid)
        sandbox_license.say_store(store, output)
        return exit_codes.DONE
    if action == "shop":
        from iscbridge.cli.sandbox_shop import run_shop

        return run_shop(options, home, output)
    if action == "relay":
        from iscbridge.cli.sandbox_relay import run_sandbox_relay

        return run_sandbox_relay(options, home, output)
    if action == "stop":
        from iscbridge.cli import sandbox_relay

        try:
            sandbox_relay.stop(home)
            control.stop(home)
        finally:
            sandbox_license.stop_store(home)
        return _say(output, {"running": False, "store": {"running": False}}, "sandbox-stopped")
    if action == "time":
        return sandbox_license.run_time(options.shift, home, output)
    if action == "license":
        return sandbox_license.run_license(options, home, output)
    if action == "status":
        return _status(home, output)
    if action == "personality":
        return _personality(options.settings, home, output)
    if action == "ls":
        return _list(options.folder, home, output)
    return _get(options, home, output)


def _say(output: Output, record: dict[str, Any], message_id: str, **params: object) -> int:
    if output.as_json:
        output.record(record)
    else:
        output.sentence(message_id, **params)
    return exit_codes.DONE


def _status(home: Home, output: Output) -> int:
    state = control.status(home)
    store = sandbox_license.store_status(home)
    if state is None:
        _say(output, {"running": False, "store": store}, "sandbox-not-running")
    elif output.as_json:
        output.record({"running": True, **state, "store": store})
    else:
        output.sentence("sandbox-started", pid=state["pid"])
        for name, value in state.items():
            print(f"  {name}: {value}")
    sandbox_license.say_store(store, output)
    return exit_codes.NOT_RUNNING if state is None else exit_codes.DONE


def _personality(settings: list[str], home: Home, output: Output) -> int:
    from iscbridge.sandbox.personality import TRAITS, UNKNOWNS, Personality
    from iscbridge.sandbox.places import Places

    changes = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            output.complain(output.text("usage-personality"))
            return exit_codes.USAGE
        changes[name] = value
    if control.running(home) is not None:
        request: dict[str, object] = {"request": "personality"}
        values = control.request(home, {**request, "set": changes} if changes else request)["personality"]
    else:
        home.ensure()
        personality = Personality(Places.of(home).personality)
        if changes:
            personality.set(changes)
        values = personality.all()
    if output.as_json:
        output.record(values)
        return exit_codes.DONE
    for trait in TRAITS:
        print(f"{trait.key} = {values[trait.key]}")
        print(f"    {trait.meaning} [{UNKNOWNS[trait.unknown]}]")
    return exit_codes.DONE


def _open_store(home: Home) -> CloudStore | None:
    """The cloud as it lies on disk: readable while the desk runs and while it does not. None: never used."""
    from iscbridge.sandbox.cloud import CloudStore
    from iscbridge.sandbox.places import Places

    places = Places.of(home)
    return CloudStore(places, create=False) if places.database.exists() else None


def _list(folder: str, home: Home, output: Output) -> int:
    from iscbridge.sandbox.listing import list_cloud

    store = _open_store(home)
    items: list[dict[str, Any]] = []
    if store is not None:
        with store:
            items = list_cloud(store)
    prefix = folder.strip("/")
    shown = [item for item in items if not prefix or item["path"].strip("/").startswith(prefix)]
    for item in shown:
        if output.as_json:
            output.record(item)
        else:
            print(f"{item['path']}  v{item['version']}  {item['size']}  {item['sha256'][:12]}  {item['state']}")
    if not items:
        output.sentence("sandbox-empty")
    elif not shown:
        output.sentence("sandbox-nothing", folder=folder)
    return exit_codes.DONE


def _get(options: argparse.Namespace, home: Home, output: Output) -> int:
    store = _open_store(home)
    if store is None:
        raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=options.source)
    with store:
        target = store.fetch(options.source, Path(options.target), options.version)
    size = target.stat().st_size
    record = {"source": options.source, "target": str(target), "size": size}
    return _say(output, record, "fetched", source=options.source, target=target, size=size)
