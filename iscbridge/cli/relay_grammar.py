"""The grammar of `iscbridge relay`: the vendor's side. Loads nothing of the relay."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)

_LISTS = {
    "codes": "authorisation codes, masked",
    "licenses": "codes and instances, with their seats",
    "devices": "devices that enrolled",
    "seats": "seats that are taken",
    "leases": "the last lease of each device",
    "sessions": "who is signed in on which device",
    "outbox": "what is to be told to the store",
    "uses": "use that the store is told of: metered, and days with active clients",
    "calls": "what the store called for, and what was answered",
    "issued": "machines for which a licence was applied for",
    "audit": "who did what",
}

#: What can be done by hand with the entries of a list.
DEEDS = {
    "codes": "activate FILE",
    "uses": "add FILE | retry SERIAL | retry LICENSE | retry all",
    "devices": "block ID | unblock ID",
    "seats": "end ID",
    "sessions": "end ID",
    "outbox": "retry ID | retry all",
    "keys": "new | open ID",
}


def add_relay(commands: Any) -> None:
    """The grammar of the command."""
    relay = commands.add_parser("relay", help="the licence relay, for the vendor of an application")
    actions = relay.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_init(actions)
    serve = actions.add_parser("serve", help="run one process of the relay until SIGTERM")
    serve.add_argument("--replica", default="", metavar="NAME", help="name of this process in log and database")
    serve.add_argument("--ready-file", metavar="FILE", help="gets JSON with pid and ports once it listens")
    serve.add_argument("--drain", type=_seconds, default=0.0, metavar="S",
                       help="at the end say `not ready` for S seconds before connections are refused")  # fmt: skip
    serve.add_argument("--sandbox-time", metavar="HOME", help=argparse.SUPPRESS)
    _add_admin(actions)
    backup = actions.add_parser("backup", help="settings, secrets and SQLite's database as one owner-only file")
    backup.add_argument("file", metavar="FILE", help="a new file")
    restore = actions.add_parser("restore", help="a folder from a backup")
    restore.add_argument("file", metavar="FILE")
    for action in (serve, backup):
        _add_folder(action)
    _add_folder(restore, "a new or empty folder")
    for action in (backup, restore):
        action.add_argument("--json", action="store_true")


def _add_init(actions: Any) -> None:
    init = actions.add_parser("init", help="make the folder of a relay: settings, secrets, the first lease key")
    _add_folder(init)
    init.add_argument("--host", required=True, metavar="NAME", help="host name by which devices and the store call it")
    init.add_argument("--port", type=_port, default=443, metavar="N", help="as they call it (default: 443)")
    init.add_argument("--product", required=True, metavar="NAME", help="as its policy file names it")
    init.add_argument("--store-product", action="append", default=[], metavar="ID", help="its productId; repeat")
    init.add_argument("--seats", choices=("node", "named", "floating"), default="node")
    init.add_argument("--listen", default="127.0.0.1:8443", metavar="ADDRESS:PORT")
    init.add_argument("--metrics", default="", metavar="ADDRESS:PORT", help="a listener for monitoring")
    init.add_argument("--certificate", default="", metavar="FILE", help="PEM; without it TLS ends at a proxy")
    init.add_argument("--certificate-key", default="", metavar="FILE")
    init.add_argument("--behind-proxy", action="append", default=[], metavar="ADDRESS", help="of a proxy; repeat")
    init.add_argument("--database", default="sqlite:///relay.db", metavar="URL", help="without a password")
    init.add_argument("--json", action="store_true")


def _add_admin(actions: Any) -> None:
    admin = actions.add_parser("admin", help="look into the relay, and act by hand")
    what = admin.add_subparsers(dest="what", required=True, metavar="WHAT")
    lists = {name: what.add_parser(name, help=words) for name, words in _LISTS.items()}
    lists["keys"] = what.add_parser("keys", help="keys that sign leases; and those of the store that were stopped")
    for name, deeds in DEEDS.items():
        lists[name].add_argument("deed", nargs="*", metavar="DEED", help=deeds)
    _add_folder(admin)
    for name, parser in lists.items():
        _add_folder(parser).default = argparse.SUPPRESS  # what stands before the list holds, too
        parser.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
        if name != "keys":
            parser.add_argument("--limit", type=_rows, default=200, metavar="N")
        if name in ("devices", "seats", "issued"):
            parser.add_argument("--license", metavar="ID", help="of this licence only")
        if name in ("codes", "licenses", "outbox", "uses"):
            parser.add_argument("--state", metavar="STATE", help="in this state only")
        if name in ("codes", "licenses", "audit", "outbox", "calls"):
            parser.add_argument("--test", action="store_true", help="what the store's test calls made")
    lists["codes"].add_argument("--product", default="", metavar="NAME", help="with activate: whose codes they are")
    lists["codes"].add_argument("--amount", type=_amount, metavar="N",
                                help="with activate: seats of a code of which the store tells none (else not known)")  # fmt: skip


def _add_folder(parser: argparse.ArgumentParser, words: str = "the relay's folder") -> argparse.Action:
    help_ = f"{words} (default: ISCBRIDGE_RELAY_FOLDER, else this one)"
    return parser.add_argument("--folder", metavar="FOLDER", help=help_)


def _seconds(text: str) -> float:
    return _between(float, text, 0, 3600, "seconds")


def _amount(text: str) -> int:
    return _between(int, text, 1, 1_000_000, "seats")


def _rows(text: str) -> int:
    return _between(int, text, 1, 10_000, "lines")


def _port(text: str) -> int:
    return _between(int, text, 1, 65_535, "as a port")


def _between(kind: type[Number], text: str, least: int, most: int, what: str) -> Number:
    try:
        value = kind(text)
    except ValueError:
        value = kind(most + 1)
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{least} to {most} {what}")
    return value
