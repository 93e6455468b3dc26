"""`iscbridge relay admin ...`: tables for people, JSON for programs."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.relay_grammar import DEEDS
from iscbridge.core.errors import RelayError

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.relay.context import Relay

#: Columns that hold seconds since the epoch.
_TIMES = frozenset(
    {"expires", "asked", "changed", "created", "seen", "cloned", "granted", "leaseUntil", "until", "issued", "due", "at",
     "stopped", "probe", "activated", "received", "repeated", "begins", "ends", "recorded", "sent",
     "confirmed", "used"}
)  # fmt: skip
_LONGEST = 24
"""A longer value of a table is shortened; `--json` has all of it."""
_WHOLE = frozenset({"id", "public"})


def run_admin(folder: Path, options: argparse.Namespace, output: Output) -> int:
    """Look or act; returns the exit code.

    Raises:
        RelayError: with a code of the family ISCB-RELAY.
    """
    from iscbridge.relay.config import read_settings
    from iscbridge.relay.context import make_relay
    from iscbridge.relay.serve import SETTINGS_FILE

    os.umask(0o077)  # whoever makes the database: it is the owner's alone
    relay = make_relay(read_settings(folder / SETTINGS_FILE), folder, time.time, "admin")
    try:
        relay.database.migrate()
        deed = getattr(options, "deed", [])
        if deed:
            return _act(relay, folder, options, output)
        return _show(_found(relay, options), output)
    finally:
        relay.database.close()


def _found(relay: Relay, options: argparse.Namespace) -> list[dict[str, Any]]:
    from iscbridge.relay.admin import looks

    what = options.what
    if what == "keys":
        return [*looks.keys(relay), *looks.read(relay, looks.breakers())]
    if what in ("codes", "licenses"):
        query = looks.licenses(codes_only=what == "codes", state=options.state, test=options.test, limit=options.limit)
    elif what == "devices":
        query = looks.devices(license_id=options.license, limit=options.limit)
    elif what == "seats":
        query = looks.seats(license_id=options.license, limit=options.limit)
    elif what == "leases":
        query = looks.leases(limit=options.limit)
    elif what == "sessions":
        query = looks.sessions(limit=options.limit)
    elif what == "outbox":
        query = looks.outbox(state=options.state, test=options.test, limit=options.limit)
    elif what == "uses":
        return [row for query in (looks.metered, looks.days)
                for row in looks.read(relay, query(state=options.state, limit=options.limit))]  # fmt: skip
    elif what == "calls":
        query = looks.calls(test=options.test, limit=options.limit)
    elif what == "issued":
        query = looks.issued(license_id=options.license, limit=options.limit)
    else:
        query = looks.audit(test=options.test, limit=options.limit)
    return looks.read(relay, query)


def _act(relay: Relay, folder: Path, options: argparse.Namespace, output: Output) -> int:
    from iscbridge.relay.admin import deeds

    what, deed = options.what, options.deed
    match (what, *deed):
        case ("devices", "block" | "unblock" as name, entry):
            deeds.block(relay, entry, blocked=name == "block")
        case ("seats", "end", entry):
            deeds.end_seat(relay, entry)
        case ("sessions", "end", entry):
            deeds.end_session(relay, entry)
        case ("outbox", "retry", entry):
            deeds.retry(relay, entry)
        case ("uses", "retry", entry):
            deeds.retry_uses(relay, entry)
        case ("uses", "add", file):
            return _add_uses(relay, file, output)
        case ("codes", "activate", file):
            return _activate(relay, folder, file, options, output)
        case ("keys", "open", entry):
            deeds.open_breaker(relay, entry)
        case ("keys", "new"):
            return _new_key(relay, folder, output)
        case _:
            if output.as_json:
                raise RelayError("ISCB-RELAY-NO-SUCH", what=what, id=" ".join(deed)[:80])
            output.complain(output.text("relay-deeds", what=what, deeds=DEEDS[what]))
            return exit_codes.FAILED
    if output.as_json:
        output.record({"done": deed[0], "id": deed[1]})
    else:
        output.sentence("relay-done", what=f"{what} {deed[0]}", id=deed[1])
    return exit_codes.DONE


def _add_uses(relay: Relay, file: str, output: Output) -> int:
    from iscbridge.cli.relay_files import read_uses
    from iscbridge.relay.vendor.uses import MOST_USES, take_uses

    records = read_uses(file)
    told = [take_uses(relay, records[begin : begin + MOST_USES], "admin")
            for begin in range(0, len(records), MOST_USES)]  # fmt: skip
    taken, known = sum(one.taken for one in told), sum(one.known for one in told)
    if output.as_json:
        output.record({"done": "add", "taken": taken, "known": known})
    else:
        output.sentence("relay-uses-taken", taken=taken, known=known)
    return exit_codes.DONE


def _activate(relay: Relay, folder: Path, file: str, options: argparse.Namespace, output: Output) -> int:
    from iscbridge.cli.relay_files import read_codes
    from iscbridge.relay.admin.codes import activate, product_of
    from iscbridge.relay.upstream.asking import StoreUpstream

    product, codes = product_of(relay, options.product), read_codes(file)
    upstream = StoreUpstream(relay, folder)
    try:
        rows = list(activate(relay, upstream, codes, product, options.amount))
    finally:
        upstream.close()
    _show(rows, output)
    return exit_codes.FAILED if any(row["error"] for row in rows) else exit_codes.DONE


def _new_key(relay: Relay, folder: Path, output: Output) -> int:
    from iscbridge.relay.admin.deeds import noted_key
    from iscbridge.relay.install import new_lease_key
    from iscbridge.relay.secrets import Secrets
    from iscbridge.relay.signer import LeaseSigner

    secrets = folder / relay.settings.relay.secrets
    kid = new_lease_key(secrets)
    noted_key(relay, kid)
    public = LeaseSigner(Secrets(secrets).lease_keys()).public_keys()[kid]
    if output.as_json:
        output.record({"id": kid, "public": public})
    else:
        output.sentence("relay-new-key", kid=kid, line=f'"{kid}:{public}"')
    return exit_codes.DONE


def _show(rows: list[dict[str, Any]], output: Output) -> int:
    if output.as_json:
        for row in rows:
            output.record({name: _time(value) if name in _TIMES else value for name, value in row.items()})
        return exit_codes.DONE
    if not rows:
        output.sentence("relay-none")
    heads: list[str] = []
    widths: list[int] = []
    for row in rows:
        if list(row) != heads:
            heads = list(row)
            same = [one for one in rows if list(one) == heads]
            widths = [max(len(name), *(len(_cell(name, one[name])) for one in same)) for name in heads]
            print(_line(heads, widths))
        print(_line([_cell(name, row[name]) for name in heads], widths))
    return exit_codes.DONE


def _line(cells: list[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(name: str, value: Any) -> str:
    if value is None or value == "":
        return "-"
    if name in _TIMES:
        return str(_time(value))
    text = "".join(one if one.isprintable() else "?" for one in str(value))
    return text if name in _WHOLE or len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _time(value: int | None) -> str | None:
    """In a form that both people and programs read."""
    return None if value is None else datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
