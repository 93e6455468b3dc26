"""`iscbridge doctor --windows`: what of the checklist for a real Windows machine a program can find out by itself.

The report is made to be sent to whoever supports ISCBridge: it holds counts, states and error codes. No path, name,
serial number, address or secret is in it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iscbridge.cli import exit_codes
from iscbridge.cli.doctor_windows_texts import say
from iscbridge.core.errors import BridgeError
from iscbridge.platform.windows_probes import PROBES, Value, file_system
from iscbridge.texts.render import Language
from iscbridge.version import VERSION

if TYPE_CHECKING:
    from iscbridge.cli.output import Output
    from iscbridge.device.facts import Facts
    from iscbridge.platform.folders import Home

Probe = Callable[[], Value]

#: What must be so; whatever else a probe finds is told and judged by a person.
WANTED: Mapping[str, Value] = {
    "wine": False,
    "elevated": False,
    "uac": True,
    "taskbar": True,
    "machine": True,
    "private": True,
    "dpapi": True,
    "credentials": True,
    "downloaded": False,
    "same": True,
    "disk": True,
    "mac": True,
    "board": True,
    "filesystem": "NTFS",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one probe found. `good` is None where a person has to judge."""

    name: str
    value: Value
    good: bool | None
    error: str = ""


def run_doctor_windows(home: Home, output: Output) -> int:
    """Print the report; exit code 1 if something is not as it should be."""
    if not PROBES:
        output.complain(say("elsewhere", output.language))
        return exit_codes.USAGE
    answers = list(examine({**PROBES, "filesystem": lambda: file_system(str(home.root)), **device_probes()}))
    show(answers, output)
    return exit_codes.FAILED if any(answer.good is False for answer in answers) else exit_codes.DONE


def examine(probes: Mapping[str, Probe]) -> Iterator[Answer]:
    """Every probe; one that fails is an answer too, and keeps no other from running."""
    for name, probe in probes.items():
        try:
            value = probe()
        except BridgeError as error:
            yield Answer(name, None, False, error.info.code)
        except Exception as error:  # noqa: BLE001  whatever Windows makes of it; its text may hold a path
            number = getattr(error, "winerror", None)
            yield Answer(name, None, False, f"{type(error).__name__}{'' if number is None else f' {number}'}")
        else:
            yield Answer(name, value, _judged(name, value))


def _judged(name: str, value: Value) -> bool | None:
    if value is None or name not in WANTED:
        return None
    return value == WANTED[name]


def device_probes() -> Mapping[str, Probe]:
    """What the fingerprint is made of: which parts are there, whether they stay the same, how long they take."""
    from iscbridge.device.fingerprint import Component, Fingerprint, take

    readings: list[tuple[Fingerprint, int]] = []

    def read() -> list[tuple[Fingerprint, int]]:
        while len(readings) < 2:
            began = time.perf_counter()
            found = take()
            readings.append((found, round((time.perf_counter() - began) * 1000)))
        return readings

    def number(component: Component) -> int:
        return sum(value.component is component for value in read()[0][0].values)

    def facts() -> Facts:
        return read()[0][0].facts

    return {
        "disk": lambda: number(Component.DISK) > 0,
        "disks": lambda: len(facts().disks),
        "mac": lambda: number(Component.MAC) > 0,
        "adapters": lambda: len(facts().adapters),
        "board": lambda: number(Component.BOARD) > 0,
        "missing": lambda: " ".join(sorted(part.value for part in facts().missing)) or "-",
        "same": lambda: read()[0][0].values == read()[1][0].values,
        "millis": lambda: max(millis for _, millis in read()),
    }


def show(answers: list[Answer], output: Output) -> None:
    """One line for each answer, and last what a person has to look at."""
    language = output.language
    if output.as_json:
        for answer in answers:
            output.record(
                {"check": answer.name, "ok": answer.good, "value": answer.value, "error": answer.error or None}
            )
        return
    lines = list(report(answers, language))
    for line in lines:
        print(line)
    # Whoever gets the report by hand can see whether it is still what was printed.
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    print(say("end", language, digest=digest))


def report(answers: list[Answer], language: Language) -> Iterator[str]:
    """The lines of the report."""
    yield say("head", language, version=VERSION)
    for answer in answers:
        mark = {True: "ok", False: "!!", None: "--"}[answer.good]
        shown = answer.error or _words(answer.value, language)
        yield f"[{mark}] {say(f'check.{answer.name}', language)}: {shown}"
        if answer.good is False:
            yield f"     {say(f'bad.{answer.name}', language)}"
    yield say("rest", language)


def _words(value: Value, language: Language) -> str:
    if value is None:
        return say("unknown", language)
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    return str(value)
