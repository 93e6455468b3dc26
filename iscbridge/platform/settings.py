"""Reads the settings file of a profile, and what the machine's administrator sets. Changes nothing on the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.setting_migrations import migrate
from iscbridge.core.setting_sources import MachinePolicy, Resolved, parse_machine_policy, resolve
from iscbridge.core.settings import Settings
from iscbridge.platform.durable import read_replaced
from iscbridge.platform.faults import detail
from iscbridge.platform.longpaths import extended
from iscbridge.platform.machine import doubt, machine_policy

LARGEST = 1024 * 1024
_LINE = re.compile(r"at line (\d+)")


class NotTomlError(ValueError):
    """The bytes are no TOML. Its text is the number of the line, or `?`, and nothing of the file."""


def read_settings(
    path: Path, environ: Mapping[str, str] | None = None, *, policy: Path | None = None
) -> tuple[Settings, list[ErrorInfo]]:
    """The settings of a file (`Home.config`), and what is wrong with it; as `load_settings`."""
    found = load_settings(path, environ, policy=policy)
    return found.settings, list(found.told)


def load_settings(path: Path, environ: Mapping[str, str] | None = None, *, policy: Path | None = None) -> Resolved:
    """The settings that hold, and where each comes from. Never raises for what the files hold or are.

    A file that is not there means defaults. One that can't be read (ISCB-SET-UNREADABLE) or is no TOML
    (ISCB-SET-FILE) means defaults too, and is told; single values as `resolve` tells them.

    Args:
        path: of the user's file.
        environ: variables that come before the file; None: those of this process.
        policy: of the machine's file; None: where it lies on this machine.
    """
    variables = os.environ if environ is None else environ
    document, told = _document(path)
    migrate(document)
    found = resolve(document, variables, read_machine_policy(machine_policy() if policy is None else policy))
    return Resolved(found.settings, found.sources, found.policy, (*told, *found.told), found.unusable)


def read_machine_policy(path: Path) -> MachinePolicy:
    """What the machine's policy file sets and locks; nothing if it is not there. What is wrong with it is told.

    One in the machine's folder that is not an administrator's (ISCB-SET-MACHINE-RIGHTS) counts for nothing.
    """
    doubted = doubt(path)
    if doubted is not None:
        return MachinePolicy(str(path), told=(doubted,))
    try:
        return parse_machine_policy(toml_of(read_bytes(path)), str(path))
    except FileNotFoundError:
        return MachinePolicy(str(path))
    except NotTomlError as error:
        words = f"line {error} is no TOML"
    except OSError as error:
        words = detail(error)
    told = ErrorInfo("ISCB-SET-MACHINE", {"path": printable(str(path)), "detail": words})
    return MachinePolicy(str(path), told=(told,))


def read_bytes(path: Path) -> bytes:
    """The bytes of a settings file; of one that is too large, somewhat more than the most.

    Raises:
        OSError: it is not there or can't be read.
    """

    def read() -> bytes:
        with open(extended(os.fspath(path)), "rb") as file:
            return file.read(LARGEST + 1)

    return read_replaced(read)


def toml_of(data: bytes) -> dict[str, Any]:
    """The document that these bytes are.

    Raises:
        NotTomlError: they are none.
    """
    import tomllib  # here: most profiles have no such file

    text = ""
    try:
        text = data.decode("utf-8-sig")  # Windows' Notepad used to begin files with a mark
        if len(data) <= LARGEST:
            return tomllib.loads(text)
        line = "?"
    except UnicodeDecodeError as error:
        line = str(data.count(b"\n", 0, error.start) + 1)
    except tomllib.TOMLDecodeError as error:
        # Only the line: the parser's own words may quote the file, and people type passwords in the wrong place.
        found = _LINE.search(str(error))
        line = found[1] if found else str(text.count("\n") + 1)
    except (ValueError, RecursionError):  # a number of a million digits, ten thousand brackets
        line = "?"
    raise NotTomlError(line)


def _document(path: Path) -> tuple[dict[str, Any], list[ErrorInfo]]:
    try:
        return toml_of(read_bytes(path)), []
    except FileNotFoundError:
        return {}, []
    except NotTomlError as error:
        return {}, [ErrorInfo("ISCB-SET-FILE", {"path": printable(str(path)), "line": str(error)})]
    except OSError as error:
        return {}, [ErrorInfo("ISCB-SET-UNREADABLE", {"path": printable(str(path)), "detail": detail(error)})]
