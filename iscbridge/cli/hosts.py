"""`iscbridge hosts`: which CADs are here, and their add-ins. Needs no bridge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.hosts_doctor import run_hosts_doctor
from iscbridge.cli.hosts_open import open_with
from iscbridge.core.errors import HostError
from iscbridge.hosts.catalog import add_host
from iscbridge.hosts.overview import Row, act, overview
from iscbridge.texts.render import render, text

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home


def run_hosts(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run the action; returns the exit code."""
    action = options.action or "list"
    try:
        if action == "list":
            return _list(home, output)
        home.ensure()
        if action == "doctor":
            return run_hosts_doctor(options.host, home, output)
        if action == "open":
            return open_with(options.host, options.path, home, output)
        if action == "add":
            return _add(Path(options.path), home, output)
        done = act(home, options.host, action, program=options.program)
    except HostError as error:
        return _failed(error, output)
    rows = [row for row in overview(home).rows if row.host == options.host and options.program in ("", _program(row))]
    for row in rows:
        _show(row, output)
    if done.kept and not output.as_json:
        output.sentence("hosts-kept", files=", ".join(done.kept))
    return exit_codes.DONE


def _list(home: Home, output: Output) -> int:
    found = overview(home)
    for row in found.rows:
        _show(row, output)
    for fault in found.faults:
        shown = render(fault, output.language)
        output.complain(f"{shown.title} ({fault.code})\n  {shown.message}\n  {shown.remedy}")
    return exit_codes.DONE


def _add(path: Path, home: Home, output: Output) -> int:
    entry = add_host(path.absolute(), home)
    for row in overview(home).rows:
        if row.host == entry.host.name:
            _show(row, output)
    return exit_codes.DONE


def _show(row: Row, output: Output) -> None:
    if output.as_json:
        output.record(_record(row))
        return
    state = text(f"hosts.state.{row.look.state}", output.language)
    if row.installation is None:
        state = text("hosts.absent", output.language)
    version = row.installation.version if row.installation is not None else ""
    title = f"{row.title[output.language]} {version}".rstrip()
    output.sentence("hosts-line", host=row.host, title=title, state=state)
    for name, place in (("hosts-program", _program(row)), ("hosts-place", row.place)):
        if place:
            output.sentence(name, path=place)
    if row.look.changed:
        output.sentence("hosts-changed", files=", ".join(row.look.changed))


def _record(row: Row) -> dict[str, Any]:
    found = row.installation
    return {
        "host": row.host,
        "title": dict(row.title),
        "product": row.product,
        "origin": row.origin.value,
        "program": None if found is None else found.program,
        "version": None if found is None else found.version or None,
        "supported": None if found is None else found.supported,
        "place": row.place or None,
        "state": row.look.state.value,
        "changed": list(row.look.changed),
        "actions": list(row.actions),
    }


def _program(row: Row) -> str:
    return "" if row.installation is None else row.installation.program


def _failed(error: HostError, output: Output) -> int:
    shown = render(error.info, output.language)
    if output.as_json:
        output.record({"error": error.code, "message": shown.message, "remedy": shown.remedy})
    else:
        output.complain(f"{shown.title} ({error.code})\n  {shown.message}\n  {shown.remedy}")
    return exit_codes.USAGE if error.code == "ISCB-HOST-UNKNOWN" else exit_codes.FAILED
