"""`iscbridge doctor`: check what a bridge needs, one thing after the other, and say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.cli.doctor_network import Step, ask_network, by_address
from iscbridge.cli.license_show import Licence, state_words
from iscbridge.cli.status import session_words
from iscbridge.cli.texts import say
from iscbridge.core.errors import BridgeError, SandboxError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.settings import load_settings
from iscbridge.texts.render import Language, render

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.core.setting_sources import Resolved
    from iscbridge.core.settings import Settings
    from iscbridge.ipc.client import Client
    from iscbridge.platform.folders import Home

_ENOUGH_MIB = 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    good: bool
    text: str
    code: str | None = None


def run_doctor(home: Home, output: Output) -> int:
    """Run all checks; exit code 1 if one needs attention."""
    findings = list(examine(home, output.language))
    bad = [finding for finding in findings if not finding.good]
    for finding in findings:
        if output.as_json:
            record = {"check": finding.check, "ok": finding.good, "text": finding.text, "error": finding.code}
            output.record(record)
        else:
            print(f"[{'ok' if finding.good else '!!'}] {finding.check}: {finding.text}")
    if bad:
        output.sentence("doctor-bad", count=len(bad), total=len(findings))
    else:
        output.sentence("doctor-good")
    return exit_codes.FAILED if bad else exit_codes.DONE


def examine(home: Home, language: Language) -> Iterator[Finding]:
    """Every check, cheapest first."""
    from iscbridge.cli.sandbox_there import is_sandbox_there

    yield _home(home, language)
    yield _space(home, language)
    yield _journal(home, language)
    yield from _set_aside(home, language)
    found = load_settings(home.config)
    yield from _settings(home, found, language)
    library, cloud = _library(found.settings, language)
    yield library
    if is_sandbox_there() and _cloud_in_use(home, cloud) == "sandbox":
        yield _desk(home, language)
    yield from _bridge(home, language)


def _finding(
    check: str, good: bool, language: Language, message: str, code: str | None = None, **params: object
) -> Finding:
    return Finding(say(f"doctor.{check}", language), good, say(f"doctor.{message}", language, **params), code)


def _from_error(check: str, language: Language, error: ErrorInfo, **params: object) -> Finding:
    shown = render(error, language)
    name = say(f"doctor.{check}", language, **params)
    return Finding(name, False, f"{shown.title}. {shown.message} {shown.remedy}", error.code)


def _home(home: Home, language: Language) -> Finding:
    try:
        home.ensure()
        with tempfile.TemporaryFile(dir=home.root) as probe:
            probe.write(b"x" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        detail = error.strerror or str(error)
        return _finding("home", False, language, "cannot-write", "ISCB-JOURNAL-IO", path=home.root, detail=detail)
    return _finding("home", True, language, "can-write", path=home.root)


def _space(home: Home, language: Language) -> Finding:
    try:
        free = shutil.disk_usage(home.root).free // (1024 * 1024)
    except OSError as error:
        return _finding(
            "space", False, language, "cannot-write", "ISCB-JOURNAL-IO", path=home.root, detail=error.strerror or "?"
        )
    if free < _ENOUGH_MIB:
        return _finding("space", False, language, "space-bad", "ISCB-JOURNAL-DISK-FULL", free=free)
    return _finding("space", True, language, "space-good", free=free)


def _journal(home: Home, language: Language) -> Finding:
    if not home.journal.exists():
        return _finding("journal", True, language, "journal-none")
    try:
        connection = sqlite3.connect(f"{home.journal.as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return _finding("journal", False, language, "journal-bad", "ISCB-JOURNAL-DAMAGED", detail=error)
    if result != "ok":
        return _finding("journal", False, language, "journal-bad", "ISCB-JOURNAL-DAMAGED", detail=result)
    return _finding("journal", True, language, "journal-good")


def _set_aside(home: Home, language: Language) -> Iterator[Finding]:
    """Damaged journals of the past, until somebody has looked at them and taken them away."""
    from iscbridge.journal.database import set_aside

    for path in set_aside(home.journal):
        yield _from_error("journal", language, ErrorInfo("ISCB-JOURNAL-DAMAGED", {"path": str(path)}))


def _settings(home: Home, found: Resolved, language: Language) -> Iterator[Finding]:
    """What is wrong with the settings, and broken settings files that were set aside, until somebody took them away."""
    from iscbridge.platform.settings_file import set_aside_files

    for problem in found.told:
        yield _from_error("settings", language, problem)
    for path in set_aside_files(home.config):
        params = {"path": str(home.config), "aside": str(path)}
        yield _from_error("settings", language, ErrorInfo("ISCB-SET-SET-ASIDE", params))
    if not found.told:
        yield _finding("settings", True, language, "settings-good", path=home.config)


def _library(settings: Settings, language: Language) -> tuple[Finding, str]:
    """The library that a bridge would load, and the cloud that it leads to (empty: it can't be loaded)."""
    from iscbridge.sdk.library import find_library
    from iscbridge.service.sdk.library_check import check_library

    try:
        path = find_library(settings.advanced_sdk_library, os.environ)
        cloud = check_library(path, settings.advanced_sdk or None)
    except BridgeError as error:
        return _from_error("sdk", language, error.info), ""
    return _finding("sdk", True, language, "sdk-good", path=path, cloud=cloud), cloud


def _cloud_in_use(home: Home, configured: str) -> str:
    """That of the bridge that runs, else the one that the settings lead to: who works with ISCDesk needs no sandbox."""
    from iscbridge.ipc.client import BridgeError as ClientError
    from iscbridge.ipc.client import Client

    client = Client("iscbridge-doctor", address=home.bridge_address())
    try:
        return str(client.connect()["cloud"])
    except ClientError:
        return configured
    finally:
        client.close()


def _desk(home: Home, language: Language) -> Finding:
    from iscbridge.sandbox import control

    try:
        state = control.status(home)
    except SandboxError as error:
        return _from_error("desk", language, error.info)
    if state is None:
        return _from_error("desk", language, ErrorInfo("ISCB-SANDBOX-NOT-RUNNING", {"home": str(home.root)}))
    return _finding("desk", True, language, "desk-good")


def _bridge(home: Home, language: Language) -> Iterator[Finding]:
    from iscbridge.ipc.client import BridgeError as ClientError
    from iscbridge.ipc.client import Client, NotRunningError

    client = Client("iscbridge-doctor", language=language, address=home.bridge_address())
    try:
        client.connect()
        status = client.request("bridge.status", {})
        licences = _ask_licences(client)
        # Only licences need the way to the store: where there are none, what stands in it is no fault.
        steps = ask_network(client) if licences else []
    except NotRunningError as error:
        yield _finding("socket", False, language, "bridge-off", error.code)
        return
    except ClientError as error:
        yield Finding(say("doctor.socket", language), False, f"{error.message} {error.remedy}", error.code)
        return
    finally:
        client.close()
    yield _finding("socket", True, language, "bridge-on", pid=status["pid"])
    for session in status["sessions"]:
        name = say("doctor.session", language)
        problem = session.get("error")
        if problem:
            yield Finding(name, False, f"{problem['message']} {problem['remedy']}", problem["code"])
        else:
            yield Finding(name, True, session_words(session, language))
    yield from _licences(licences, language)
    yield from _network(steps, language)
    said = [warning for licence in licences for warning in licence.get("warnings") or ()]
    for warning in status.get("warnings", ()):
        if warning["code"] == "ISCB-JOURNAL-DAMAGED" or warning in said:
            continue  # said above
        about = "doctor.journal" if warning["code"].startswith("ISCB-JOURNAL-") else "doctor.bridge"
        yield Finding(say(about, language), False, f"{warning['message']} {warning['remedy']}", warning["code"])


def _network(steps: list[Step], language: Language) -> Iterator[Finding]:
    """One line for each address of the store: how long it took, or why the way ends."""
    for address, walk in by_address(steps):
        name = say("doctor.network", language, address=address)
        last = walk[-1]
        error = last.get("error")
        if error is None:
            millis = sum(step["millis"] for step in walk)
            proxy = walk[0].get("proxy")
            way = "network-proxy" if proxy else "network-good"
            yield Finding(name, True, say(f"doctor.{way}", language, millis=millis, proxy=proxy))
        else:
            yield Finding(name, False, f"{error['title']}. {error['message']} {error['remedy']}", error["code"])


def _ask_licences(client: Client) -> list[Licence]:
    from iscbridge.ipc.client import BridgeError as ClientError

    try:
        found: list[Licence] = client.request("license.status")["licenses"]
    except ClientError as error:
        if error.code != "ISCB-PROTO-UNKNOWN-METHOD":  # of a bridge that is older than this program
            raise
        return []
    return found


def _licences(licences: list[Licence], language: Language) -> Iterator[Finding]:
    """One line for each product: the licence's state, and one more for each thing that a person should know."""
    for licence in licences:
        name = say("doctor.license", language, product=licence["product"])
        error = licence.get("error")
        if error is None:
            state, notice = state_words(licence, language), licence.get("notice")
            words = say("doctor.license-notice", language, state=state, notice=notice) if notice else state
            yield Finding(name, True, words)
        else:
            yield Finding(name, False, f"{error['title']}. {error['message']} {error['remedy']}", error["code"])
        for warning in licence.get("warnings") or ():
            text = f"{warning['title']}. {warning['message']} {warning['remedy']}"
            yield Finding(name, False, text, warning["code"])
