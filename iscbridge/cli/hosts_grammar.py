"""The grammar of `iscbridge hosts`. Loaded at every command, so it imports next to nothing."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import Any


def add_hosts(commands: Any) -> None:
    """The commands below `iscbridge hosts`."""
    hosts = commands.add_parser("hosts", help="the CADs on this computer, and their add-ins")
    hosts.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
    actions = hosts.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="every CAD that is known, and how its add-in stands")
    named = {
        "install": actions.add_parser("install", help="put the add-in into a CAD, or bring it up to date"),
        "repair": actions.add_parser("repair", help="put the add-in's right files there; changed ones are kept beside"),
        "remove": actions.add_parser("remove", help="take the add-in out; files that were changed stay"),
    }
    for command in named.values():
        command.add_argument("host", metavar="HOST", help="its name, as `hosts list` tells it")
        command.add_argument("--program", default="", metavar="PATH", help="only this installation (default: all)")
    doctor = actions.add_parser("doctor", help="check the CADs and their add-ins, and say what to do")
    doctor.add_argument("host", metavar="HOST", nargs="?", default="", help="only this one (default: all)")
    opened = actions.add_parser("open", help="open a file, or an assembly's folder, in a CAD")
    opened.add_argument("host", metavar="HOST", help="its name, as `hosts list` tells it")
    opened.add_argument("path", metavar="PATH")
    add = actions.add_parser("add", help="take a vendor's description of a CAD into the list")
    add.add_argument("path", metavar="HOST.TOML")
    for command in (listing, doctor, opened, add, *named.values()):
        command.add_argument("--json", action="store_true", default=SUPPRESS, help="one JSON object a line")
