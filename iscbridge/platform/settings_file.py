"""Changes the settings file of a profile: whole or not at all, one writer at a time, for its owner's eyes only."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from iscbridge.core.errors import SettingsError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import BY_KEY
from iscbridge.platform import durable
from iscbridge.platform.faults import detail
from iscbridge.platform.locks import waiting_lock
from iscbridge.platform.private import write_private
from iscbridge.platform.settings import LARGEST, NotTomlError, load_settings, read_bytes, toml_of

log = logging.getLogger(__name__)

_MARK = b"\xef\xbb\xbf"  # with which Windows' Notepad used to begin files
#: A writer holds the lock for some milliseconds, on a slow disk for a second.
_PATIENCE_S = 10.0


def change_setting(path: Path, key: str, value: object) -> list[ErrorInfo]:
    """Put a setting into the file, or take it out (None); all else in the file stays as it is.

    Blocking. Writers of several processes and threads wait for each other, and none loses the other's setting.

    Args:
        path: of the file (`Home.config`); its folder and itself are made if they are not there.
        key: of a declared setting.
        value: checked by the setting's kind.

    Returns:
        ISCB-SET-SET-ASIDE, if the file was no TOML and a fresh one was begun.

    Raises:
        SettingsError: ISCB-SET-WRITE (no room, no right, held by another for too long), ISCB-SET-UNREADABLE,
            ISCB-SET-EDIT (can't be changed without touching something else). The file is then as it was.
    """
    from iscbridge.platform.settings_edit import CannotEditError, drop, put

    def change(text: str) -> str:
        try:
            return drop(text, key) if value is None else put(text, key, value)
        except CannotEditError as error:
            raise SettingsError("ISCB-SET-EDIT", path=printable(str(path)), key=key) from error

    if key not in BY_KEY:
        raise ValueError("not a declared setting")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _one_writer(path):
            return _change(Path(os.path.realpath(path)), change)
    except OSError as error:
        words = "another program holds it" if isinstance(error, TimeoutError) else detail(error)
        raise SettingsError("ISCB-SET-WRITE", path=printable(str(path)), detail=words) from error


def start_settings(path: Path, environ: Mapping[str, str] | None = None, *, policy: Path | None = None) -> Resolved:
    """The settings for a bridge that starts. A file that is no TOML is set aside, and told until another is written.

    The arguments are those of `load_settings`.
    """
    aside: list[ErrorInfo] = []
    real = Path(os.path.realpath(path))
    try:
        if _read(real) is None:
            with _one_writer(path):
                aside = [] if _read(real) is not None else [_set_aside(real)]
    except (OSError, SettingsError) as error:  # it stays where it is, and is told as what it is
        log.warning("the settings file could not be looked at or set aside: %s", error)
    found = load_settings(path, environ, policy=policy)
    if not aside and not path.exists():
        aside = [_told(path, older) for older in set_aside_files(path)[-1:]]
    return Resolved(found.settings, found.sources, found.policy, (*aside, *found.told), found.unusable)


def set_aside_files(path: Path) -> list[Path]:
    """Broken settings files that were set aside beside this one, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


@contextmanager
def _one_writer(path: Path) -> Iterator[None]:
    with waiting_lock(path.with_name(f"{path.name}.lock"), _PATIENCE_S):
        yield


def _change(path: Path, change: Callable[[str], str]) -> list[ErrorInfo]:
    told: list[ErrorInfo] = []
    data = _read(path)
    if data is None:
        told.append(_set_aside(path))
        data = b""
    mark = _MARK if data.startswith(_MARK) else b""
    text = data.decode("utf-8-sig")
    plain = text.replace("\r\n", "\n")
    ending = "\r\n" if "\r\n" in text else "\n"
    changed = change(plain)
    if changed == plain:
        return told
    result = mark + changed.replace("\n", ending).encode()
    if len(result) > LARGEST:
        raise OSError("the file is too large")
    write_private(str(path), result)
    return told


def _read(path: Path) -> bytes | None:
    """The bytes of the file, none if it is not there; None if they are no TOML.

    Raises:
        SettingsError: ISCB-SET-UNREADABLE: it can't be read. It may be a good one, so it stays where it is.
    """
    try:
        data = read_bytes(path)
        toml_of(data)
    except FileNotFoundError:
        return b""
    except NotTomlError:
        return None
    except OSError as error:
        params = {"path": printable(str(path)), "detail": detail(error)}
        raise SettingsError("ISCB-SET-UNREADABLE", **params) from error
    return data


def _set_aside(path: Path) -> ErrorInfo:
    """Rename a file. Raises OSError: it can't be renamed."""
    target = _free_name(path)
    durable.replace(str(path), str(target))
    durable.flush_folder(str(path.parent))
    return _told(path, target)


def _free_name(path: Path) -> Path:
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 2
    while os.path.lexists(target):
        target = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
        number += 1
    return target


def _told(path: Path, aside: Path) -> ErrorInfo:
    return ErrorInfo("ISCB-SET-SET-ASIDE", {"path": printable(str(path)), "aside": printable(str(aside))})
