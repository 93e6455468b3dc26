"""The settings as the window sees them: read and written off the GUI thread, one thing after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from iscbridge.core.errors import SettingsError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import SETTINGS
from iscbridge.ipc.messages import ReloadResult
from iscbridge.platform.settings import load_settings
from iscbridge.platform.settings_file import change_setting, set_aside_files
from iscbridge.tray import appearance
from iscbridge.tray.background import in_background
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room


@dataclass(frozen=True, slots=True)
class _Read:
    """What a piece of work found."""

    resolved: Resolved
    aside: tuple[ErrorInfo, ...] = ()
    error: ErrorInfo | None = None
    written: bool = False


class SettingsKeeper(QObject):
    """Holds what the files say, writes what a person chooses, and tells the bridge."""

    changed = Signal()
    """`resolved`, `problems` or `restart` is another one."""

    def __init__(self, room: Room, parent: QObject | None = None, *, policy: Path | None = None) -> None:
        """Reads the files at once: two small ones of a local disk, in about a millisecond.

        Args:
            room: of the window.
            parent: as of any QObject.
            policy: the administrator's file; None: where it lies on this machine.
        """
        super().__init__(parent)
        self._room = room
        self._config = room.home.config
        self._policy = policy
        self._queue: deque[Callable[[], _Read]] = deque()
        self._busy = False
        found = _read(self._config, policy)
        self.resolved: Resolved = found.resolved
        self._aside = found.aside
        self._error: ErrorInfo | None = None
        self.restart: tuple[str, ...] = ()
        """Keys of settings that hold only after a restart of the bridge that runs."""
        room.link.told.connect(self._on_told)
        room.link.state_changed.connect(self._on_link)
        if room.link.state is LinkState.CONNECTED:
            self._reload()

    @property
    def problems(self) -> tuple[ErrorInfo, ...]:
        """What a person should know of the files: what was not written, set aside, or could not be used."""
        first = () if self._error is None else (self._error,)
        return (*first, *self._aside, *self.resolved.told)

    def put(self, key: str, value: object) -> None:
        """Write a setting; None: take it out of the file. The value is one that its kind gave."""
        self._submit(partial(_write, self._config, self._policy, ((key, value),)))

    def reset_all(self) -> None:
        """Take every setting out of the file that may be chosen."""
        keys = [setting.key for setting in SETTINGS if setting.key not in self.resolved.policy.locked]
        self._submit(partial(_write, self._config, self._policy, tuple((key, None) for key in keys)))

    @Slot()
    def look_again(self) -> None:
        """Read the files again: somebody else may have changed them."""
        if not self._queue and not self._busy:
            self._submit(partial(_read, self._config, self._policy))

    def _submit(self, work: Callable[[], _Read]) -> None:
        self._queue.append(work)
        self._next()

    def _next(self) -> None:
        if self._busy or not self._queue:
            return
        self._busy = True
        errand = in_background(self._queue.popleft(), parent=self)
        errand.done.connect(self._on_done)
        errand.failed.connect(self._on_failed)

    @Slot(object)
    def _on_done(self, found: _Read) -> None:
        self._busy = False
        if found.written:
            self._error = found.error
            if found.error is None:
                self._reload()
        if found.aside:  # and then for as long as the window is there: a new file hides it from the next look
            self._aside = found.aside
        if not self._queue:  # what is still to be written is shown already
            self._adopt(found.resolved)
        self._next()

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self._busy = False
        self._error = error
        self.changed.emit()
        self._next()

    def _adopt(self, resolved: Resolved) -> None:
        self.resolved = resolved
        appearance.take_over(resolved.settings, self._room.words)
        self.changed.emit()

    # the bridge

    def _reload(self) -> None:
        reply = self._room.link.ask("settings.reload", parent=self)
        reply.done.connect(self._on_reloaded)

    @Slot(object)
    def _on_reloaded(self, result: ReloadResult) -> None:
        restart = tuple(result.restart)
        if restart != self.restart:
            self.restart = restart
            self.changed.emit()

    @Slot(str, object)
    def _on_told(self, topic: str, _params: Any) -> None:
        if topic == "settings.changed":
            self.look_again()

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            self._reload()  # a bridge that was started again needs no restart any more


def _read(config: Path, policy: Path | None) -> _Read:
    resolved = load_settings(config, policy=policy)
    aside: tuple[ErrorInfo, ...] = ()
    if not config.exists():
        aside = tuple(_told(config, path) for path in set_aside_files(config)[-1:])
    return _Read(resolved, aside)


def _write(config: Path, policy: Path | None, changes: tuple[tuple[str, object], ...]) -> _Read:
    aside: list[ErrorInfo] = []
    error = None
    try:
        for key, value in changes:
            aside += change_setting(config, key, value)
    except SettingsError as problem:
        error = problem.info
    return _Read(load_settings(config, policy=policy), tuple(aside), error, written=True)


def _told(config: Path, aside: Path) -> ErrorInfo:
    return ErrorInfo("ISCB-SET-SET-ASIDE", {"path": printable(str(config)), "aside": printable(str(aside))})
