"""Licences on a terminal: a table, and under it what there is to know and to do."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from iscbridge.cli.output import local_time
from iscbridge.cli.texts import say
from iscbridge.texts.render import Language, text

if TYPE_CHECKING:
    from iscbridge.cli.output import Output

#: The licence object of docs/protocol.md.
Licence = dict[str, Any]

_MINUTES = "%Y-%m-%d %H:%M"
_COLUMNS = ("product", "state", "code", "checked", "left", "allowed")

#: States in which renewing in the store helps; `active` says so when its term comes to an end.
_RENEWABLE = ("active", "expired", "frozen")


def show(output: Output, licences: list[Licence]) -> None:
    """Print licences; with `--json` each as it came."""
    if output.as_json:
        for licence in licences:
            output.record(licence)
        return
    if not licences:
        output.sentence("license-none")
        return
    heading = [output.text(f"license-column.{name}") for name in _COLUMNS]
    for line in _table([heading, *(_cells(output, licence) for licence in licences)]):
        print(line)
    for licence in licences:
        name = f"{licence['product']}: " if len(licences) > 1 else ""
        for line in _words(output, licence):
            print(f"  {name}{line}")


def refusal(output: Output, code: str, title: str, message: str, remedy: str, *, product: str | None) -> None:
    """Say why nothing came of it."""
    if output.as_json:
        error = {"code": code, "title": title or message, "message": message, "remedy": remedy}
        output.record({"product": product, "state": None, "error": error})
        return
    if title:
        output.complain(f"{title} ({code})")
    for line in (message, remedy):
        if line:
            output.complain(f"  {line}" if title else line)


def state_words(licence: Licence, language: Language) -> str:
    """The state as people call it."""
    state: str = licence["state"]
    words = text(f"license.state.{state}", language).removeprefix("license.state.")  # unknown: of a newer bridge
    return say("license-checking", language, state=words) if licence["checking"] else words


def _cells(output: Output, licence: Licence) -> list[str]:
    left = licence.get("daysLeft")
    return [
        f"[{licence['cloud']}] {licence['product']}",
        state_words(licence, output.language),
        licence.get("code") or "-",
        local_time(licence["checked"], _MINUTES) if licence.get("checked") else "-",
        "-" if left is None else str(left),
        _allowed(output, licence),
    ]


def _allowed(output: Output, licence: Licence) -> str:
    allowed = licence["allowed"]
    if all(allowed.values()):
        return output.text("license-may.all")
    names = [name for name in ("newSave", "openedSave", "open") if allowed[name]]
    return ", ".join(output.text(f"license-may.{name}") for name in names) or output.text("license-may.nothing")


def _words(output: Output, licence: Licence) -> list[str]:
    """What to know and to do."""
    error = licence.get("error")
    if error:
        lines = [output.text("license-why", title=error["title"], code=error["code"], message=error["message"])]
    else:
        lines = [licence.get("notice") or ""]
    if licence.get("openedBefore") and licence["allowed"]["openedSave"] and not licence["allowed"]["newSave"]:
        lines.append(output.text("license-opened", time=local_time(licence["openedBefore"], _MINUTES)))
    if error and error.get("remedy"):
        lines.append(output.text("license-remedy", remedy=error["remedy"]))
    url = licence.get("renewUrl")
    renewable = licence["state"] in _RENEWABLE
    if url and renewable and any(lines) and not any(url in line for line in lines):
        lines.append(output.text("license-renew", url=url))
    if licence.get("holder"):
        lines.append(output.text("license-holder", user=licence["holder"]))
    if (licence.get("signIn") or {}).get("user"):
        lines.append(output.text("license-signed-in", user=licence["signIn"]["user"]))
    lines += [
        output.text("license-warning", **{key: warning[key] for key in ("title", "code", "message", "remedy")})
        for warning in licence.get("warnings") or ()
    ]
    if error is None and not all(licence["allowed"].values()):
        lines.append(output.text("license-local"))
    return [line for line in lines if line]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(cell: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in cell)
