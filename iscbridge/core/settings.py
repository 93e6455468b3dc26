"""Every setting, declared once: key, values, default, variable, page, text. `docs/settings.md` has the table for people.

    class Settings:
        secrets_store = Setting("secrets.store", ...)

`Settings.secrets_store` is the declaration, `settings.secrets_store` the value. A setting stands in `config.toml` as
the last part of its key in the table that the rest of its key names; `setting_sources` says what comes before it.
Wrong values are told and the default is used: nobody's work stops for a typing error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal, NoReturn, TypeVar, get_args, overload

from iscbridge.core.setting_kinds import Choice, Kind, LanguageChoice, LocalFile, Number, ProxyChoice, Switch

T = TypeVar("T")

#: Where a window shows a setting, in the window's order.
Page = Literal["general", "cloud", "license", "hosts", "files", "network", "advanced"]
PAGES: tuple[str, ...] = get_args(Page)

_A_YEAR = 365
_TWO_HOURS = 120


class Setting(Generic[T]):
    """One setting; as an attribute of `Settings` it gives its value."""

    def __init__(
        self,
        key: str,
        kind: Kind[T],
        default: T,
        *,
        page: Page,
        variable: str = "",
        restart: bool = True,
        secret: bool = False,
    ) -> None:
        self.key = key
        """`table.name` in config.toml."""
        self.kind = kind
        """Its type and limits."""
        self.default = default
        self.page: Page = page
        self.variable = variable
        """Environment variable that comes before the file; empty: none."""
        self.restart = restart
        """Whether a bridge that runs takes a new value only at its next start."""
        self.secret = secret
        """Whether its value is shown to nobody: not listed, not logged, not in a support bundle."""

    @property
    def text(self) -> str:
        """Id of the text that says what it does."""
        return f"setting.{self.key}"

    @property
    def name_text(self) -> str:
        """Id of its name, as it stands beside its field in a window."""
        return f"setting-name.{self.key}"

    def word_text(self, word: str) -> str:
        """Id of the text for one of the words of a choice."""
        return f"setting-word.{self.key}.{word}"

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: Settings, owner: type) -> T: ...
    def __get__(self, instance: Settings | None, owner: type) -> Setting[T] | T:
        if instance is None:
            return self
        value: T = instance.values.get(self.key, self.default)
        return value

    def __set__(self, instance: object, value: object) -> NoReturn:
        raise AttributeError(f"settings do not change: {self.key}")


class Settings:
    """The values of all settings. Immutable; equal if all values are."""

    __slots__ = ("_values",)
    _values: Mapping[str, Any]

    general_language = Setting(
        "general.language", LanguageChoice(), "auto", page="general", variable="ISCBRIDGE_LANGUAGE", restart=False
    )
    general_appearance = Setting(
        "general.appearance",
        Choice("auto", "light", "dark"),
        "auto",
        page="general",
        variable="ISCBRIDGE_GENERAL_APPEARANCE",
        restart=False,
    )
    general_autostart = Setting(
        "general.autostart",
        Switch(),
        default=False,
        page="general",
        variable="ISCBRIDGE_GENERAL_AUTOSTART",
        restart=False,
    )
    general_notifications = Setting(
        "general.notifications",
        Choice("all", "important", "none"),
        "all",
        page="general",
        variable="ISCBRIDGE_GENERAL_NOTIFICATIONS",
        restart=False,
    )
    general_quiet_when_presenting = Setting(
        "general.quiet_when_presenting",
        Switch(),
        default=True,
        page="general",
        variable="ISCBRIDGE_GENERAL_QUIET_WHEN_PRESENTING",
        restart=False,
    )
    secrets_store = Setting(
        "secrets.store",
        Choice("auto", "keyring", "file"),
        "auto",
        page="license",
        variable="ISCBRIDGE_SECRETS_STORE",
    )
    files_watch = Setting(
        "files.watch", Switch(), default=True, page="files", variable="ISCBRIDGE_FILES_WATCH", restart=False
    )
    files_when_changed = Setting(
        "files.when_changed",
        Choice("off", "ask", "automatic"),
        "ask",
        page="files",
        variable="ISCBRIDGE_FILES_WHEN_CHANGED",
        restart=False,
    )
    files_quiet_minutes = Setting(
        "files.quiet_minutes",
        Number(1, _TWO_HOURS, unit="minutes"),
        5,
        page="files",
        variable="ISCBRIDGE_FILES_QUIET_MINUTES",
        restart=False,
    )
    files_snapshot_days = Setting(
        "files.snapshot_days",
        Number(1, _A_YEAR, unit="days"),
        7,
        page="files",
        variable="ISCBRIDGE_FILES_SNAPSHOT_DAYS",
    )
    files_failed_snapshot_days = Setting(
        "files.failed_snapshot_days",
        Number(1, _A_YEAR, unit="days"),
        30,
        page="files",
        variable="ISCBRIDGE_FILES_FAILED_SNAPSHOT_DAYS",
    )
    network_proxy = Setting(
        "network.proxy", ProxyChoice(), "auto", page="network", variable="ISCBRIDGE_NETWORK_PROXY", restart=False
    )
    advanced_sdk_library = Setting(
        "advanced.sdk_library", LocalFile(), "", page="cloud", variable="ISCBRIDGE_ADVANCED_SDK_LIBRARY"
    )
    advanced_sdk = Setting("advanced.sdk", LocalFile(), "", page="cloud", variable="ISCBRIDGE_ADVANCED_SDK")
    advanced_log_level = Setting(
        "advanced.log_level",
        Choice("info", "debug"),
        "info",
        page="advanced",
        variable="ISCBRIDGE_ADVANCED_LOG_LEVEL",
        restart=False,
    )

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Settings with these values, by key; already checked (`parse`). What is not named has its default."""
        known = {setting.key: setting.default for setting in SETTINGS}
        object.__setattr__(self, "_values", {key: (values or {}).get(key, value) for key, value in known.items()})

    @property
    def values(self) -> Mapping[str, Any]:
        """All values by key."""
        return dict(self._values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"settings do not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and other._values == self._values

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        shown = {setting.key: shown_value(setting, self._values[setting.key]) for setting in SETTINGS}
        return f"Settings({shown!r})"


#: All settings, in the order of the document.
SETTINGS: tuple[Setting[Any], ...] = tuple(value for value in vars(Settings).values() if isinstance(value, Setting))

#: By key.
BY_KEY: Mapping[str, Setting[Any]] = {setting.key: setting for setting in SETTINGS}


def shown_value(setting: Setting[T], value: T) -> T | None:
    """What of a value may be shown or written anywhere: all of it, or nothing (None) of a secret."""
    return None if setting.secret else value


def nearest(key: str) -> str | None:
    """The setting that somebody who wrote `key` most likely meant; None if none is like it."""
    key = key.strip().lower().replace("-", "_")
    last = [known for known in BY_KEY if known == key or known.rpartition(".")[2] == key.rpartition(".")[2]]
    if len(last) == 1:
        return last[0]
    from difflib import get_close_matches

    found = get_close_matches(key, BY_KEY, n=1)
    return found[0] if found else None
