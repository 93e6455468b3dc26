"""`iscbridge license fingerprint`: the device fingerprint, and with `--explain` where each part of it comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.core.errors import DeviceError
from iscbridge.texts.fingerprint import say
from iscbridge.texts.render import render

if TYPE_CHECKING:
    import argparse

    from iscbridge.cli.output import Output
    from iscbridge.device.explain import Line
    from iscbridge.device.fingerprint import Fingerprint
    from iscbridge.texts.render import Language


def run(options: argparse.Namespace, output: Output) -> int:
    """Print the fingerprint of this machine; needs no bridge. `options.explain`: every component, and what was left out.

    Exit code 0, or 1 if the fingerprint can't be taken.
    """
    from iscbridge.device.explain import explain
    from iscbridge.device.fingerprint import take

    try:
        fingerprint = take()
    except DeviceError as error:
        return _failed(error, output)
    lines = explain(fingerprint) if options.explain else []
    if output.as_json:
        output.record(_record(fingerprint, lines, output.language, explained=options.explain))
        return exit_codes.DONE
    print(fingerprint.text)
    for text in _explanation(lines, output.language):
        print(text)
    return exit_codes.DONE


def _failed(error: DeviceError, output: Output) -> int:
    shown = render(error.info, output.language)
    if output.as_json:
        record = {"fingerprint": None, "error": error.code, "message": shown.message, "remedy": shown.remedy}
        output.record(record)
    else:
        output.complain(f"{shown.title}. {shown.message} {shown.remedy}")
    return exit_codes.FAILED


def _record(fingerprint: Fingerprint, lines: list[Line], language: Language, *, explained: bool) -> dict[str, object]:
    record: dict[str, object] = {"fingerprint": fingerprint.text, "short": fingerprint.short()}
    if explained:
        record["components"] = [
            {**asdict(line), "text": say(line.reason, language) if line.reason else ""} for line in lines
        ]
    return record


def _explanation(lines: list[Line], language: Language) -> list[str]:
    out: list[str] = []
    component = ""
    for line in lines:
        if line.component != component:
            component = line.component
            out += ["", say(component, language)]
        out.append(_line(line, language))
    return out


def _line(line: Line, language: Language) -> str:
    value = line.value or say("nothing", language)
    if line.component == "system":
        return say("shown", language, value=value, source=line.source)
    reason = say(line.reason, language) if line.reason else ""
    if line.used:
        return say("used", language, value=value, source=f"{line.source} ({reason})" if reason else line.source)
    if not line.source:
        return say("absent", language, reason=reason)
    return say("left-out", language, value=value, source=line.source, reason=reason)
