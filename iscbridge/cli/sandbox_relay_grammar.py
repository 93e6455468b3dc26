"""The grammar of `iscbridge sandbox relay`. It is loaded with every command, and loads nothing."""

from __future__ import annotations

from typing import Any

#: Whose licences it gives if none is named.
PRODUCT = "Demo CAD"


def add_relay_grammar(actions: Any) -> None:
    """The grammar below `iscbridge sandbox`."""
    relay = actions.add_parser("relay", help="a vendor's relay in the sandbox, with the sandbox store behind it")
    kinds = relay.add_subparsers(dest="relay_action", required=True, metavar="ACTION")
    start = kinds.add_parser("start", help="start it, and the sandbox store if it does not run")
    start.add_argument("--product", metavar="NAME", help=f"whose licences it gives (default: {PRODUCT})")
    start.add_argument(
        "--seats",
        choices=("node", "named", "floating"),
        help="default: node; named: people sign in at a made-up login page",
    )
    start.add_argument("--bridge", action="store_true", help="start the bridge too if none runs")
    stop = kinds.add_parser("stop", help="stop it in good order")
    status = kinds.add_parser("status", help="whether it runs, and where")
    for parser in (start, stop, status):
        parser.add_argument("--json", action="store_true")
