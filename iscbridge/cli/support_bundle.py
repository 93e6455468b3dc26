"""`iscbridge support-bundle`: show what a support bundle holds, ask, write it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.service.support.bundle import Bundle, Member, default_name, gather, write
from iscbridge.service.support.sizes import size_text
from iscbridge.texts.render import text

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

_SHOWN_LINES = 40


def run_support_bundle(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Gather, show, ask, write."""
    say = output.language
    if not output.as_json:
        print(text("bundle.cli.gathering", say), file=sys.stderr)
    bundle = gather(home, say).dress(shorten_paths=options.shorten_paths)
    if options.show is not None:
        return _show_one(bundle, options.show, output)
    _show(bundle, output)
    if options.list:
        return exit_codes.DONE
    path = Path(options.out or default_name()).absolute()
    if not options.yes:
        question = "bundle.cli.replace" if path.exists() else "bundle.cli.ask"
        answer = _ask(text(question, say, path=path), output)
        if not answer:
            return exit_codes.USAGE if answer is None else exit_codes.NOT_NEEDED
    write(bundle, path, replace=True)
    if output.as_json:
        output.record({"written": str(path), "size": path.stat().st_size})
    else:
        print(text("bundle.cli.written", say, path=path))
    return exit_codes.DONE


def _show(bundle: Bundle, output: Output) -> None:
    say = output.language
    for member in bundle.members:
        if output.as_json:
            output.record(
                {"name": member.name, "size": len(member.data), "cut": member.cut, "what": _what(member, output)}
            )
            continue
        size = size_text(len(member.data), say)
        print(text("bundle.cli.row", say, size=f"{size:>12}", name=member.name, what=_what(member, output)))
    if not output.as_json:
        print(text("bundle.cli.total", say, count=len(bundle.members), size=size_text(bundle.size, say)))


def _what(member: Member, output: Output) -> str:
    words = text(member.what, output.language)
    if member.cut:
        words += " " + text("bundle.cli.cut", output.language, cut=size_text(member.cut, output.language))
    return words


def _show_one(bundle: Bundle, name: str, output: Output) -> int:
    for member in bundle.members:
        if member.name == name:
            print(member.preview(_SHOWN_LINES))
            return exit_codes.DONE
    output.complain(text("bundle.cli.no-such", output.language, name=name))
    return exit_codes.FAILED


def _ask(question: str, output: Output) -> bool | None:
    """The person's answer; None: there is nobody to ask."""
    if output.as_json or not sys.stdin.isatty():
        output.complain(text("bundle.cli.say-yes", output.language))
        return None
    try:
        answer = input(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() in ("y", "yes", "是"):
        return True
    print(text("bundle.cli.declined", output.language))
    return False
