"""Every setting, declared once: key, values, default, variable, text. `docs/settings.md` has the table for people.

    class Settings:
        secrets_store = Setting("secrets.store", ...)

`Settings.secrets_store` is the declaration, `settings.secrets_store` the value. A setting stands in `config.toml` as
the last part of its key in the table that the rest of its key names; its variable, if set, comes before the file.
Wrong values are told and the default is used: nobody's work stops for a typing error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, Protocol, TypeVar, overload
from urllib.parse import urlsplit

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: Tells of unknown names end here: a file that is not ours at all has thousands.
_MOST_UNKNOWN = 20


class Kind(Protocol[T_co]):
    """The values that a setting can have."""

    @property
    def allowed(self) -> str:
        """Them all, in short and in no language; for texts and for the document."""
        ...

    def read(self, value: object) -> T_co:
        """The setting's value from the file's.

        Raises:
            ValueError: it is none. The text never quotes it: people type passwords in the wrong place.
        """
        ...


class Choice:
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    @property
    def allowed(self) -> str:
        return ", ".join(self._words)

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self._words:
            return value
        raise ValueError("not one of the words")


class ProxyChoice:
    """`auto`, `none`, or the address of a proxy, as `http://host:port`. Credentials are refused."""

    allowed = "auto, none, http://HOST:PORT, https://HOST:PORT"

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("not a text")  # noqa: TRY004  one error for all that is no value
        return value if value in ("auto", "none") else _proxy_address(value)


def _proxy_address(text: str) -> str:
    """The address, without a closing slash. Raises ValueError if it is none, or holds a user or password."""
    # urlsplit drops some control characters and takes most others: they are refused before it can.
    if not text.isascii() or not text.isprintable() or any(char in text for char in ' "<>\\^`{|}@?#'):
        raise ValueError("characters that no address of a proxy has")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("not the address of a proxy")
    if parts.port == 0 or parts.netloc.endswith(":"):  # `port` raises ValueError for what is no port
        raise ValueError("not a port")
    return f"{parts.scheme}://{parts.netloc}"


class Setting(Generic[T]):
    """One setting; as an attribute of `Settings` it gives its value."""

    def __init__(self, key: str, kind: Kind[T], default: T, *, text: str, variable: str = "") -> None:
        self.key = key
        """`table.name` in config.toml."""
        self.kind = kind
        self.default = default
        self.text = text
        """Id of the text that says what it does."""
        self.variable = variable
        """Environment variable that comes before the file; empty: none."""

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

    secrets_store = Setting(
        "secrets.store",
        Choice("auto", "keyring", "file"),
        "auto",
        text="setting.secrets.store",
        variable="ISCBRIDGE_SECRETS_STORE",
    )
    network_proxy = Setting(
        "network.proxy",
        ProxyChoice(),
        "auto",
        text="setting.network.proxy",
        variable="ISCBRIDGE_NETWORK_PROXY",
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
        return f"Settings({self._values!r})"


#: All settings, in the order of the document.
SETTINGS: tuple[Setting[Any], ...] = tuple(value for value in vars(Settings).values() if isinstance(value, Setting))


def parse(document: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> tuple[Settings, list[ErrorInfo]]:
    """The settings of a document as TOML gives it, and what is wrong with it.

    Args:
        document: tables in tables; anything else in it is told, never raised.
        environ: the variables of the process; None: none count.

    Returns:
        The settings, with the default in place of each wrong value; and for each of those ISCB-SET-VALUE, for each
        name that this version does not know ISCB-SET-UNKNOWN (a newer version may have written it).
    """
    told: list[ErrorInfo] = []
    found: dict[str, object] = {}
    _flatten(document, "", found)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        from_file = found.pop(setting.key, None)
        variable = (environ or {}).get(setting.variable, "").strip() if setting.variable else ""
        for source, value in ((setting.key, from_file), (setting.variable, variable or None)):
            if value is None:
                continue
            try:
                values[setting.key] = setting.kind.read(value)
            except ValueError:
                told.append(ErrorInfo("ISCB-SET-VALUE", {"key": source, "allowed": setting.kind.allowed}))
    told += [ErrorInfo("ISCB-SET-UNKNOWN", {"key": printable(key, 100)}) for key in list(found)[:_MOST_UNKNOWN]]
    return Settings(values), told


def _flatten(table: Mapping[str, Any], prefix: str, found: dict[str, object]) -> None:
    """Values by dotted key, as deep as settings go; a table in place of a value is told as unknown or wrong."""
    tables = {setting.key.rpartition(".")[0] for setting in SETTINGS}
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and key in tables:
            _flatten(value, f"{key}.", found)
        else:
            found[key] = value
