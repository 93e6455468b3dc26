"""The grammar of `iscbridge support-bundle`."""

from __future__ import annotations

from typing import Any


def add_support_bundle(commands: Any) -> None:
    """The grammar of the command."""
    command = commands.add_parser("support-bundle", help="gather what a support person needs, show it, write it")
    command.add_argument("--out", metavar="FILE", help="the zip file (default: a new one in the current folder)")
    command.add_argument("--list", action="store_true", help="only show what it would hold")
    command.add_argument("--show", metavar="NAME", help="only show the beginning of one of its files")
    command.add_argument("--shorten-paths", action="store_true", help="replace names of files and folders by numbers")
    command.add_argument("--yes", action="store_true", help="write without asking; replaces FILE")
    command.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
