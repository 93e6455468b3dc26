"""What a support bundle is made of: each function reads one thing and gives a JSON value. None raises.

Paths are `PathText`, so that they can be shortened afterwards. Nothing here takes secrets out: `gather` does, for all.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from importlib import metadata
from typing import Any

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo, Job
from iscbridge.core.paths import printable
from iscbridge.core.pseudonyms import PathText
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import SETTINGS, shown_value
from iscbridge.journal.history import Transition
from iscbridge.journal.summary import Summary
from iscbridge.platform.folders import Home
from iscbridge.platform.program import is_frozen, own_command
from iscbridge.version import VERSION

#: Distributions whose version matters; one that is not installed is named without one.
PACKAGES = [
    "PySide6-Essentials",
    "shiboken6",
    "cffi",
    "cryptography",
    "httpcore",
    "httpx",
    "keyring",
    "msgspec",
    "platformdirs",
    "tomlkit",
    "truststore",
    "watchdog",
    "starlette",
    "trustme",
    "uvicorn",
]
_DOCTOR_S = 90.0
_ASK_S = 5.0
_STATUS_KEPT = (
    "version",
    "protocol",
    "cloud",
    "started",
    "closing",
    "clients",
    "jobs",
    "sessions",
    "warnings",
    "paused",
)
_LICENSE_KEPT = [
    "product",
    "managed",
    "state",
    "allowed",
    "checking",
    "cloud",
    "code",
    "authority",
    "since",
    "until",
    "daysLeft",
    "expires",
    "checked",
    "error",
    "warnings",
]

Document = Any


def versions() -> Document:
    """Of this program, Python, Qt, the system and the packages. No name of the machine or its user."""
    return {
        "iscbridge": VERSION,
        "frozen": is_frozen(),
        "python": platform.python_version(),
        "pythonBuild": sys.version,
        "pythonIs64Bit": sys.maxsize > 2**32,
        "qt": _qt_version(),
        "system": platform.system(),
        "release": platform.release(),
        "systemVersion": platform.version(),
        "distribution": _distribution(),
        "machine": platform.machine(),
        "desktop": {name: os.environ.get(name) for name in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")},
        "variables": sorted(name for name in os.environ if name.startswith(("ISCBRIDGE_", "QT_"))),
        "packages": {name: _version_of(name) for name in PACKAGES},
    }


def _qt_version() -> str | None:
    try:
        from PySide6.QtCore import qVersion
    except ImportError:
        return None
    return qVersion()


def _version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _distribution() -> str | None:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def settings(found: Resolved) -> Document:
    """Every declared setting with its value and where that comes from; of a secret one only that it is secret."""
    listed = []
    for setting in SETTINGS:
        value = shown_value(setting, found.settings.values[setting.key])
        listed.append(
            {
                "key": setting.key,
                "value": PathText(value) if setting.kind.name == "path" and value else value,
                "secret": setting.secret,
                "source": found.sources[setting.key].value,
                "changed": found.settings.values[setting.key] != setting.default,
            }
        )
    return {"settings": listed, "told": [error(info) for info in found.told]}


def journal(summary: Summary) -> Document:
    """Counts, and the newest jobs without their contents."""
    return {
        "there": summary.there,
        "version": summary.version,
        "jobsByState": summary.counts,
        "events": summary.events,
        "setAside": [PathText(path) for path in summary.set_aside],
        "faults": summary.faults,
        "jobs": [job_document(job, summary.steps.get(job.id, [])) for job in summary.jobs],
    }


def job_document(job: Job, steps: list[Transition]) -> Document:
    """One job: what happened to it, and nothing of what is in its files."""
    return {
        "job": job.id,
        "kind": job.kind.value,
        "state": job.state.value,
        "path": PathText(printable(job.path)),
        "handedPath": PathText(printable(job.handed_path)) if job.handed_path else None,
        "resultPath": PathText(printable(job.result_path)) if job.result_path else None,
        "cloud": job.cloud,
        "host": job.origin.host,
        "product": job.origin.product,
        "created": when(job.created),
        "updated": when(job.updated),
        "assembly": job.assembly,
        "files": len(job.snapshot.files) if job.snapshot else None,
        "size": job.snapshot.total_size if job.snapshot else None,
        "attempts": job.attempts,
        "recaptures": job.recaptures,
        "notes": list(job.notes),
        "reason": None if job.reason is None else job.reason.value,
        "error": None if job.error is None else error(job.error),
        "steps": [
            {
                "at": when(step.at),
                "state": step.state.value,
                "cause": step.cause,
                "reason": step.reason,
                "error": step.error,
            }
            for step in steps
        ],
    }


def error(info: ErrorInfo) -> Document:
    """An error's code and parameters; those that name files are paths."""
    named = {"path", "folder", "aside", "home"}
    return {
        "code": info.code,
        "params": {key: PathText(value) if key in named else value for key, value in info.params.items()},
    }


def when(seconds: float) -> str | None:
    """A time as text, UTC."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


def components() -> Document:
    """Which kinds of components this machine has. Serial numbers and addresses, and so the fingerprint, are left out."""
    try:
        from iscbridge.device.read import read_facts

        facts = read_facts()
    except (BridgeError, OSError, ImportError) as fault:
        return {"error": str(fault)}
    return {
        "adapters": dict(Counter(f"{one.kind.value}/{one.link.value}" for one in facts.adapters)),
        "disks": dict(Counter(one.bus.value for one in facts.disks)),
        "firmwareTable": bool(facts.firmware),
        "processor": {"architecture": facts.cpu.arch, "vendor": facts.cpu.vendor, "hypervisor": facts.cpu.hypervisor},
        "missing": {part.value: word for part, word in facts.missing.items()},
    }


def doctor(home: Home, language: str) -> Document:
    """What `iscbridge doctor` finds, in a process of its own: a library that crashes must not take the bundle with it."""
    environment = {**os.environ, "ISCBRIDGE_HOME": str(home.root), "ISCBRIDGE_LANGUAGE": language}
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            own_command("doctor", "--json"),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DOCTOR_S,
            check=False,
            creationflags=flags,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        return {"error": type(fault).__name__}
    found = [_json_of(line) for line in done.stdout.decode("utf-8", "replace").splitlines()]
    said = done.stderr.decode("utf-8", "replace")[-4000:]
    return {"exitCode": done.returncode, "findings": [one for one in found if one is not None], "said": said}


def _json_of(line: str) -> Document:
    try:
        return json.loads(line)
    except ValueError:
        return None


def bridge(home: Home, language: str) -> tuple[Document, Document]:
    """What a running bridge says of itself, and of its licences; codes of licences come masked."""
    from iscbridge.ipc.client import BridgeError as ClientError
    from iscbridge.ipc.client import Client

    client = Client("iscbridge-support", language=language, address=home.bridge_address(), timeout=_ASK_S)
    try:
        client.connect()
        status = client.request("bridge.status", {})
        licenses = client.request("license.status", {}).get("licenses", [])
    except (ClientError, OSError) as fault:
        code = getattr(fault, "code", type(fault).__name__)
        return {"running": False, "error": code}, {"licenses": None, "error": code}
    finally:
        client.close()
    kept = {name: status[name] for name in _STATUS_KEPT if name in status}
    shown = [{name: one[name] for name in _LICENSE_KEPT if name in one} for one in licenses]
    return {"running": True, **kept}, {"licenses": shown}
