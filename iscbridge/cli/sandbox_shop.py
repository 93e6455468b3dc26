"""`iscbridge sandbox shop ...`: buy and manage licences in the sandbox store, which tells the vendor's relay.

Loaded with the grammar: imports are late.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

_PLAIN = {
    "expire": "let the term of a code end now (the store calls nobody for that)",
    "freeze": "freeze it: its term and the grace period are over",
    "unfreeze": "end the freeze",
    "release": "release it: refunded, or retention is over",
}
_WAIT_S = 60.0
_PAUSE_S = 0.05


def add_shop_grammar(actions: Any) -> None:
    """The grammar below `iscbridge sandbox`."""
    shop = actions.add_parser("shop", help="the sandbox store as a shop: it calls the relay as the real one would")
    kinds = shop.add_subparsers(dest="shop_action", required=True, metavar="ACTION")
    buy = kinds.add_parser("buy", help="buy a licence: an authorisation code, or an instance")
    buy.add_argument("--days", type=int, default=365, metavar="N", help="validity from activation on (default: 365)")
    buy.add_argument("--amount", type=int, default=1, metavar="N", help="seats (default: 1)")
    buy.add_argument("--instance", action="store_true", help="an instance of the on-line licence route")
    buy.add_argument("--code", metavar="CODE", help="this very code")
    renew = kinds.add_parser("renew", help="make it valid longer; a number below 0 takes a renewal back")
    renew.add_argument("--days", type=int, default=365, metavar="N")
    renew.add_argument("--amount", type=int, metavar="N", help="seats from now on")
    named = {name: kinds.add_parser(name, help=words) for name, words in _PLAIN.items()}
    apply = kinds.add_parser("apply-license", help="apply for the licence of a machine, for an instance")
    apply.add_argument("--fingerprint", default="AA|BB|CC|DD", metavar="TEXT", help="of the machine")
    apply.add_argument("--event", metavar="ID", help="this very application again")
    apply.add_argument("--days", type=int, default=365, metavar="N")
    for parser in (renew, apply, *named.values()):
        parser.add_argument("what", metavar="CODE|INSTANCE")
    messages = kinds.add_parser("messages", help="what the merchant was told, and what it answered")
    again = kinds.add_parser("again", help="make a call once more, now")
    again.add_argument("message", type=int, metavar="NUMBER")
    merchant = kinds.add_parser("merchant", help="name the merchant's production URL, or show it")
    merchant.add_argument("url", nargs="?", default="", metavar="URL")
    merchant.add_argument("--ca", default="", metavar="FILE", help="what verifies it (default: the sandbox's own)")
    for parser in (buy, renew, apply, again, *named.values()):
        parser.add_argument("--no-wait", action="store_true", help="do not wait for the first answer")
    for parser in (buy, renew, apply, messages, again, merchant, *named.values()):
        parser.add_argument("--json", action="store_true")


def run_shop(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Run one action; returns the exit code.

    Raises:
        SandboxError: the store does not run, or refuses.
    """
    from iscbridge.sandbox.store.control import request

    action = options.shop_action
    if action == "messages":
        for message in request(home, {"request": "shop.messages"})["messages"]:
            _tell(message, output)
        return exit_codes.DONE
    if action == "merchant":
        asked = {"request": "shop.merchant", "url": options.url, "ca": options.ca}
        return _merchant(request(home, asked)["merchant"], output)
    wanted: dict[str, object] = {"request": "shop.apply" if action == "apply-license" else f"shop.{action}"}
    for name in ("days", "amount", "code", "instance", "what", "fingerprint", "event", "message"):
        value = getattr(options, name, None)
        if value is not None:
            wanted[name] = value
    if action != "expire" and request(home, {"request": "shop.merchant"})["merchant"] is None:
        output.complain(output.text("shop-no-merchant"))
    told = request(home, wanted)
    if not output.as_json and (bought := told.get("code") or told.get("instance")):
        print(bought)
    message = None
    if told["message"] is not None and not options.no_wait:
        message = _first_answer(home, int(told["message"]))
    if output.as_json:
        output.record({**told, "message": message or told["message"]})
    elif message is not None:
        _tell(message, output)
    good = message is None or message["state"] == "done"
    return exit_codes.DONE if good else exit_codes.FAILED


def _first_answer(home: Home, number: int) -> dict[str, Any] | None:
    """The message after its first call; None if nobody is called."""
    from iscbridge.core.errors import SandboxError
    from iscbridge.sandbox.store.control import request

    if request(home, {"request": "shop.merchant"})["merchant"] is None:
        return None
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        found = next(one for one in request(home, {"request": "shop.messages"})["messages"] if one["id"] == number)
        if found["calls"]:
            return dict(found)
        time.sleep(_PAUSE_S)
    raise SandboxError("ISCB-SANDBOX-REQUEST", reason="an earlier call for the same licence waits for its answer")


def _tell(message: dict[str, Any], output: Output) -> None:
    if output.as_json:
        output.record(message)
    else:
        instance = f"  {message['instance']}" if message["instance"] else ""
        print(f"{message['id']}  {message['activity']}  {message['state']}  {message['result'] or '-'}{instance}")


def _merchant(merchant: dict[str, Any] | None, output: Output) -> int:
    if output.as_json:
        output.record({"merchant": merchant})
    elif merchant is None:
        output.complain(output.text("shop-no-merchant"))
    else:
        print(merchant["url"])
    return exit_codes.DONE
