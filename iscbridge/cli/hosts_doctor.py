"""`iscbridge hosts doctor`: each CAD and its add-in, one thing after the other, and what to do. Changes nothing."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.cli import exit_codes
from iscbridge.cli.hosts_doctor_texts import say
from iscbridge.core.jobs import ErrorInfo
from iscbridge.hosts.addin_files import read_command
from iscbridge.hosts.catalog import Catalog, Entry, catalog_folders, read_catalog
from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import Row, overview
from iscbridge.ipc.client import PROTOCOL
from iscbridge.texts.render import Language, render

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.hosts.finding import Installation
    from iscbridge.hosts.roots import Roots
    from iscbridge.platform.folders import Home

_CLIENT_BYTES = 1024 * 1024
_PROTOCOL = re.compile(rb"^PROTOCOL = (\d{1,6})\s*$", re.MULTILINE)
_RUNS_S = 30.0
#: What FreeCAD's Addon manager leaves in the folder of an add-in that was switched off.
_OFF = "ADDON_DISABLED"
_BY_CODE = {AddinState.CHANGED: "ISCB-HOST-CHANGED", AddinState.FOREIGN: "ISCB-HOST-FOREIGN"}
_BY_TEXT = {
    AddinState.NOT_INSTALLED: ("addin-none", "do-install"),
    AddinState.OLDER: ("addin-older", "do-install"),
    AddinState.UNFINISHED: ("addin-unfinished", "do-repair"),
    AddinState.UNREADABLE: ("addin-unreadable", "do-rights"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `good` is None where there is nothing to be right or wrong."""

    host: str
    title: str
    check: str
    good: bool | None
    text: str
    remedy: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """What the bridge that runs says; None: none runs, or it does not answer."""

    hosts: list[dict[str, Any]]
    licences: list[dict[str, Any]]


def run_hosts_doctor(name: str, home: Home, output: Output) -> int:
    """Run all checks, or those of one CAD; exit code 1 if one needs attention.

    Raises:
        HostError: ISCB-HOST-UNKNOWN.
    """
    catalog = read_catalog(catalog_folders(home))
    if name:
        catalog = Catalog((catalog.get(name),))
    findings = list(examine(home, catalog, output.language, ask_bridge(home, output.language), wanted=bool(name)))
    bad = sum(one.good is False for one in findings)
    for one in findings:
        _show(one, output)
    if not output.as_json:
        print(say("bad" if bad else "good", output.language, count=bad, total=len(findings)))
    return exit_codes.FAILED if bad else exit_codes.DONE


def examine(
    home: Home, catalog: Catalog, language: Language, bridge: Bridge | None, *, wanted: bool, roots: Roots | None = None
) -> Iterator[Finding]:
    """Every check of every CAD of the catalogue. Blocks on local disks, and while a program says its version.

    Args:
        home: the profile.
        catalog: the CADs.
        language: of the findings.
        bridge: what it said.
        wanted: somebody asked for this CAD: that it is not here is a fault.
        roots: where CADs lie; those of this machine by default.
    """
    entries = {entry.host.name: entry for entry in catalog.entries}
    told: set[str] = set()
    for row in overview(home, roots, catalog).rows:
        look = _Look(row, entries[row.host], language)
        if row.installation is None:
            yield look.absent(wanted=wanted)
            continue
        yield from look.installed(row.installation)
        if row.has_addin and row.host not in told:
            told.add(row.host)
            yield from look.by_bridge(bridge)
    for fault in catalog.faults:
        shown = render(fault, language)
        check = say("check.description", language)
        yield Finding("", shown.title, check, False, shown.message, shown.remedy, fault.code)


def ask_bridge(home: Home, language: Language) -> Bridge | None:
    """Who is connected, and the licences."""
    from iscbridge.ipc.client import BridgeError, Client

    client = Client("iscbridge-doctor", language=language, address=home.bridge_address())
    try:
        client.connect()
        hosts = client.request("bridge.status", {}).get("hosts", [])
        return Bridge(hosts, client.request("license.status", {}).get("licenses", []))
    except BridgeError:
        return None
    finally:
        client.close()


class _Look:
    """The checks of one installation."""

    def __init__(self, row: Row, entry: Entry, language: Language) -> None:
        self._row = row
        self._entry = entry
        self._language = language
        version = row.installation.version if row.installation is not None else ""
        self._title = f"{row.title[language]} {version}".strip()

    def absent(self, *, wanted: bool) -> Finding:
        if wanted:
            return self._coded("found", ErrorInfo("ISCB-HOST-NOT-FOUND", {"host": self._title}))
        return self._finding("found", None, "absent")

    def installed(self, found: Installation) -> Iterator[Finding]:
        yield self._finding("found", True, "found", program=found.program)
        yield self._version(found)
        if not self._row.has_addin:
            yield self._finding("addin", None, "no-addin")
            return
        yield self._addin()
        if not self._row.place:
            return
        yield self._place()
        if self._row.look.state in (AddinState.INSTALLED, AddinState.OLDER, AddinState.NEWER, AddinState.CHANGED):
            yield from self._client()
            yield self._start()
            if self._row.host == "freecad":
                yield self._finding("parts", None, "parts")

    def by_bridge(self, bridge: Bridge | None) -> Iterator[Finding]:
        """What only the bridge knows; once for a CAD, however many of it are installed."""
        if bridge is None:
            yield self._finding("connection", None, "bridge-off")
            return
        product = self._row.product
        known = [one for one in bridge.hosts if one.get("product") == product]
        for one in known:
            yield self._finding("connection", True, "connected", since=one["since"], version=one["version"])
        if not known:
            yield self._finding("connection", None, "not-connected")
        licence = next((one for one in bridge.licences if one.get("product") == product), None)
        if licence is None or not licence.get("managed", True):
            yield self._finding("licence", True, "licence-free", product=product)
            return
        error = licence.get("error")
        if error is None:
            from iscbridge.cli.license_show import state_words

            state = state_words(licence, self._language)
            yield self._finding("licence", True, "licence-good", product=product, state=state)
        else:
            words = f"{error['title']}. {error['message']}"
            yield self._made("licence", False, words, error["remedy"], error["code"])

    def _version(self, found: Installation) -> Finding:
        oldest = self._row.oldest
        if not found.supported:
            params = {"host": self._row.title[self._language], "version": found.version, "oldest": oldest}
            return self._coded("version", ErrorInfo("ISCB-HOST-OLD", params))
        if not found.version:
            return self._finding("version", None, "version-unknown", oldest=oldest or "-")
        return self._finding(
            "version", True, "version" if oldest else "version-any", version=found.version, oldest=oldest
        )

    def _addin(self) -> Finding:
        look, place, host = self._row.look, self._row.place, self._row.host
        if look.state in _BY_CODE:
            files = ", ".join((look.changed or look.extras)[:3])
            return self._coded("addin", ErrorInfo(_BY_CODE[look.state], {"path": place, "files": files}))
        if look.state in _BY_TEXT:
            words, remedy = _BY_TEXT[look.state]
            return self._finding("addin", False, words, remedy, host=host, version=look.version, place=place)
        off = os.path.join(place, _OFF)
        if host == "freecad" and os.path.exists(off):
            return self._finding("addin", False, "addin-disabled", "do-enable", path=off)
        words = "addin-newer" if look.state is AddinState.NEWER else "addin-good"
        return self._finding("addin", True, words, version=look.version)

    def _place(self) -> Finding:
        folder = self._row.place
        while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        good = os.access(folder, os.W_OK | os.X_OK)
        if good:
            return self._finding("place", True, "place-good", place=self._row.place)
        return self._finding("place", False, "place-bad", "do-rights", place=folder)

    def _client(self) -> Iterator[Finding]:
        addin = self._entry.host.addin
        if addin is None or not addin.client:
            return
        found = _protocol_of(Path(self._row.place) / addin.client)
        host = self._row.host
        if found is None:
            yield self._finding("client", False, "client-gone", "do-repair", host=host)
        elif found == PROTOCOL:
            yield self._finding("client", True, "client-good", protocol=PROTOCOL)
        else:
            yield self._finding(
                "client", False, "client-other", "do-install", host=host, found=found, protocol=PROTOCOL
            )

    def _start(self) -> Finding:
        command = read_command(self._row.place)
        host, shown = self._row.host, " ".join(command)
        if not command:
            return self._finding("start", False, "start-unknown", "do-install", host=host)
        if not os.path.isfile(command[0]) or not os.access(command[0], os.X_OK):
            return self._finding("start", False, "start-gone", "do-install", host=host, command=shown)
        if not _runs(command):
            return self._finding("start", False, "start-fails", "do-install", host=host, command=shown)
        return self._finding("start", True, "start-good", command=shown)

    def _finding(self, check: str, good: bool | None, text_id: str, remedy_id: str = "", **params: object) -> Finding:
        remedy = say(remedy_id, self._language, **params) if remedy_id else ""
        return self._made(check, good, say(text_id, self._language, **params), remedy)

    def _coded(self, check: str, error: ErrorInfo) -> Finding:
        shown = render(error, self._language)
        return self._made(check, False, shown.message, shown.remedy, error.code)

    def _made(self, check: str, good: bool | None, words: str, remedy: str = "", code: str | None = None) -> Finding:
        return Finding(self._row.host, self._title, say(f"check.{check}", self._language), good, words, remedy, code)


def _protocol_of(path: Path) -> int | None:
    """The protocol's number in a copy of the client; it is read, and never run."""
    try:
        with path.open("rb") as file:
            hit = _PROTOCOL.search(file.read(_CLIENT_BYTES))
    except OSError:
        return None
    return int(hit[1]) if hit else None


def _runs(command: list[str]) -> bool:
    """Whether the program starts: it is asked for its version, in place of what the add-in asks it for."""
    program = command[: -len(_ASKED)] if tuple(command[-len(_ASKED) :]) == _ASKED else command[:1]
    try:
        done = subprocess.run(
            [*program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_RUNS_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


_ASKED = ("tray", "--quiet")


def _show(finding: Finding, output: Output) -> None:
    if output.as_json:
        output.record(
            {
                "host": finding.host,
                "check": finding.check,
                "ok": finding.good,
                "text": finding.text,
                "remedy": finding.remedy,
                "error": finding.code,
            }
        )
        return
    sign = {True: "ok", False: "!!", None: "--"}[finding.good]
    print(f"[{sign}] {finding.title}, {finding.check}: {finding.text}")
    if finding.remedy:
        print(f"     {finding.remedy}")
