"""The grammar of `iscbridge license`. What it refuses is never repeated: it may be a licence code or a key."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

#: What argparse says without a word of what was typed. Everything else is replaced.
_HARMLESS = re.compile(
    r"the following arguments are required: [-\w, ]+"
    r"|one of the arguments [-\w ]+ is required"
    r"|argument [-\w/]+: (expected one argument|not allowed with argument [-\w/]+)"
)


class QuietParser(argparse.ArgumentParser):
    """A parser whose complaints hold nothing of the command line."""

    def error(self, message: str) -> NoReturn:
        """Say how the command is used, and what was wrong as far as that can be said; exit code 2."""
        if not _HARMLESS.fullmatch(message):
            from iscbridge.cli.language import language_of
            from iscbridge.cli.texts import say
            from iscbridge.platform.folders import Home

            message = say("license-argument", language_of(Home.from_environment()))
        super().error(message)


def add_license(commands: Any) -> None:
    """Add `license` and its actions to the commands."""
    license_ = commands.add_parser("license", help="the licences of CAD applications on this computer")
    actions = license_.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=QuietParser)

    def add(name: str, words: str, *, client: bool = True) -> argparse.ArgumentParser:
        action: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words, allow_abbrev=False)
        action.add_argument("--json", action="store_true", help="one JSON object a line, and nothing else")
        if client:
            action.add_argument("--start", action="store_true", help="start a bridge if none runs")
            action.add_argument("--product", metavar="P", help="may be left out where one product is licensed")
        return action

    add("status", "where the licences stand")
    add("check", "may new cloud work begin? Exit code 0: yes, 5: no")
    activate = add("activate", "bind a licence code to this computer; the code is asked for, it is never an argument")
    source = _add_code(activate, "bind the code that is kept already once more")
    source.add_argument("--rollout", action="store_true", help="the file with the code that the administrator named")
    add("refresh", "check now, for example after a renewal")
    local = add("deactivate-local", "take the licence off this computer; the store is not told")
    local.add_argument("--yes", action="store_true", help="do not ask")
    release = add("release", "give this computer's seat back to the vendor's relay, for another computer")
    release.add_argument("--yes", action="store_true", help="do not ask")
    transfer = add("transfer", "take a seat over from another computer; the code is asked for, it is never an argument")
    _add_code(transfer, "with the code that is kept already")
    for name, words in (
        ("sign-in", "sign in with the browser, for licences whose seats are people's"),
        ("sign-out", "sign out on this computer, at the vendor's relay and in the browser"),
    ):
        add(name, words).add_argument(
            "--no-browser", action="store_true", help="print the page's address and open none"
        )
    fingerprint = add("fingerprint", "what identifies this computer to the store", client=False)
    fingerprint.add_argument("--explain", action="store_true", help="where each part comes from, what was left out")
    keys = add("keys", "keep the vendor's own store keys: for the vendor's test computers only", client=False)
    keys.add_argument("--product", metavar="P", required=True)
    _add_two_lines(keys, "two lines: access key (AK), then secret key (SK)")
    proxy = add("proxy-login", "keep the user and password of the network's proxy", client=False)
    _add_two_lines(proxy, "two lines: user, then password")


def _add_code(action: argparse.ArgumentParser, again: str) -> argparse._MutuallyExclusiveGroup:
    source = action.add_mutually_exclusive_group()
    source.add_argument("--code-file", metavar="PATH", help="file with the code, which only you can read")
    source.add_argument("--code-stdin", action="store_true", help="the code comes on standard input")
    source.add_argument("--again", action="store_true", help=again)
    return source


def _add_two_lines(action: argparse.ArgumentParser, words: str) -> None:
    source = action.add_mutually_exclusive_group()
    source.add_argument(
        "--stdin", action="store_true", help=f"read from standard input {words}; without it they are asked for"
    )
    source.add_argument("--file", metavar="PATH", help="the same from a file that only you can read")
    source.add_argument("--forget", action="store_true", help="forget what is kept")
