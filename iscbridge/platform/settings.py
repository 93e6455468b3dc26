"""Reads the settings file of a profile."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.settings import Settings, parse
from iscbridge.platform.faults import detail
from iscbridge.platform.longpaths import extended

_LARGEST = 1024 * 1024
_LINE = re.compile(r"at line (\d+)")


def read_settings(path: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings, list[ErrorInfo]]:
    """The settings of a file (`Home.config`), and what is wrong with it. Never raises for what the file holds or is.

    A file that is not there means defaults. One that can't be read (ISCB-SET-UNREADABLE) or is no TOML
    (ISCB-SET-FILE) means defaults too, and is told; single values as `iscbridge.core.settings.parse` tells them.

    Args:
        path: of the file.
        environ: variables that come before the file; None: those of this process.
    """
    variables = os.environ if environ is None else environ
    document, told = _document(path)
    settings, more = parse(document, variables)
    return settings, told + more


def _document(path: Path) -> tuple[Mapping[str, object], list[ErrorInfo]]:
    try:
        with open(extended(os.fspath(path)), "rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [ErrorInfo("ISCB-SET-UNREADABLE", {"path": printable(str(path)), "detail": detail(error)})]
    text = ""
    try:
        text = data.decode("utf-8-sig")  # Windows' Notepad used to begin files with a mark
        if len(data) <= _LARGEST:
            return tomllib.loads(text), []
        line = "?"
    except UnicodeDecodeError as error:
        line = str(data.count(b"\n", 0, error.start) + 1)
    except tomllib.TOMLDecodeError as error:
        # Only the line: the parser's own words may quote the file, and people type passwords in the wrong place.
        found = _LINE.search(str(error))
        line = found[1] if found else str(text.count("\n") + 1)
    except (ValueError, RecursionError):  # a number of a million digits, ten thousand brackets
        line = "?"
    return {}, [ErrorInfo("ISCB-SET-FILE", {"path": printable(str(path)), "line": line})]
