"""`iscbridge license keys` and `proxy-login`: what the bridge needs to sign in, into the secret store.

The vendor's AK and SK open its whole merchant account. They are for the vendor's own test computers; the warning
says so each time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.cli.license_input import NotACodeError, lines, typed_pair
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.faults import store_error
from iscbridge.texts.render import render

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.platform.folders import Home

#: Members of the entry, in the order of the lines that are read.
_KEYS = ("ak", "sk")
_LOGIN = ("user", "password")
_LONGEST = 512
_NO_TERMINAL = "license-two-no-terminal"
_PLACES = {"keyring": "license-in.keyring", "dpapi": "license-in.dpapi", "file": "license-in.file"}


def run(options: argparse.Namespace, home: Home, output: Output) -> int:
    """Keep or forget what was given; returns the exit code.

    Raises:
        BridgeError: ISCB-SECRET-*, ISCB-FILE-*; ISCB-JOURNAL-*: the profile can't be written.
    """
    from iscbridge.platform.secrets import open_secrets
    from iscbridge.platform.settings import read_settings

    keys = options.action == "keys"
    names = _KEYS if keys else _LOGIN
    entry = f"store-key/{options.product}" if keys else "proxy"
    what = "keys" if keys else "login"
    value: str | None = None
    if not options.forget:
        try:
            value = _value(_given(options, what, output), names, _is_key if keys else str.isprintable)
        except NotACodeError as error:
            form = error.message_id != _NO_TERMINAL
            output.complain(output.text(f"license-{what}-form" if form else _NO_TERMINAL))
            return exit_codes.USAGE
    try:
        home.ensure()
    except OSError as error:
        raise store_error(error, str(home.root)) from error
    settings, told = read_settings(home.config)
    for problem in told:
        shown = render(problem, output.language)
        output.complain(f"{shown.title} ({problem.code})\n  {shown.message}")
    secrets = open_secrets(home, settings.secrets_store)
    if value is None:
        secrets.delete(entry)
    else:
        secrets.set(entry, value)
    if output.as_json:
        output.record({"entry": entry, "kept": value is not None, "store": secrets.kind})
    else:
        place = output.text(_PLACES[secrets.kind])
        output.sentence(f"license-{what}-{'kept' if value else 'forgotten'}", store=place)
    if keys and value is not None:
        warning = render(ErrorInfo("ISCB-STORE-OWN-KEYS"), output.language)
        output.complain(f"!! {warning.title}\n!! {warning.message}\n!! {warning.remedy}")
    return exit_codes.DONE


def _given(options: argparse.Namespace, what: str, output: Output) -> list[str]:
    """The two lines, from where the options say, else from the person at the terminal.

    Raises:
        NotACodeError: there is nobody to ask, or what was given is no text.
    """
    if options.stdin or options.file:
        return lines(options.file)
    if not sys.stdin.isatty():
        raise NotACodeError(_NO_TERMINAL)
    return typed_pair(output.text(f"license-{what}-ask"), output.text(f"license-{what}-ask-hidden"))


def _is_key(line: str) -> bool:
    """Whether the line could be an AK or SK. The AK goes into a header, which has no place for anything else."""
    return all("!" <= character <= "~" for character in line)


def _value(given: list[str], names: tuple[str, str], good: Callable[[str], bool]) -> str:
    """The entry for the secret store.

    Raises:
        NotACodeError: not two lines, or one of them can't be what it should be.
    """
    if len(given) != len(names) or any(len(line) > _LONGEST or not good(line) for line in given):
        raise NotACodeError("license-keys-form")
    return json.dumps(dict(zip(names, given, strict=True)), ensure_ascii=False)
