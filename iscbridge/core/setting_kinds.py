"""The values that a setting can have: how they are written, checked and, where people type them, read."""

from __future__ import annotations

import ntpath
import posixpath
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from iscbridge.core.errors import RequestError
from iscbridge.core.paths import check_path

T_co = TypeVar("T_co", covariant=True)


class Kind(Protocol[T_co]):
    """The values that a setting can have."""

    @property
    def name(self) -> str:
        """What a window shows for it: `choice`, `switch`, `number`, `address` or `path`."""
        ...

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

    def typed(self, text: str) -> T_co:
        """The setting's value from what a person typed, or from a variable of the environment.

        Raises:
            ValueError: as `read`.
        """
        ...


class Choice:
    """One of some words."""

    name = "choice"

    def __init__(self, *words: str) -> None:
        self.words = words

    @property
    def allowed(self) -> str:
        return ", ".join(self.words)

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self.words:
            return value
        raise ValueError("not one of the words")

    def typed(self, text: str) -> str:
        return self.read(text)


class Switch:
    """On or off; `true` and `false` in the file."""

    name = "switch"
    allowed = "on, off"

    def read(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError("neither true nor false")

    def typed(self, text: str) -> bool:
        words = {"on": True, "true": True, "off": False, "false": False}
        if text.lower() in words:
            return words[text.lower()]
        raise ValueError("neither on nor off")


class LanguageChoice(Choice):
    """`auto` or a language; a longer name of one counts too (`zh_CN.UTF-8`, `en-GB`), as systems write them."""

    def __init__(self) -> None:
        super().__init__("auto", "en", "zh")

    def read(self, value: object) -> str:
        if isinstance(value, str) and len(value) > 2 and value[2] in "-_.":
            return super().read(value[:2].lower())
        return super().read(value)


class Number:
    """A whole number between two limits, both included."""

    name = "number"

    def __init__(self, low: int, high: int, *, unit: str = "") -> None:
        self.low = low
        self.high = high
        self.unit = unit
        """What is counted: `unit.NAME` and, of one, `unit.NAME.one` are the ids of its texts; empty: no unit."""

    @property
    def allowed(self) -> str:
        return f"{self.low}-{self.high}"

    def read(self, value: object) -> int:
        if type(value) is int and self.low <= value <= self.high:  # True is an int, and no number here
            return value
        raise ValueError("not a number between the limits")

    def typed(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise ValueError("not a number")
        return self.read(int(text))


class ProxyChoice:
    """`auto`, `none`, or the address of a proxy, as `http://host:port`. Credentials are refused."""

    name = "address"
    allowed = "auto, none, http://HOST:PORT"

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("not a text")  # noqa: TRY004  one error for all that is no value
        return value if value in ("auto", "none") else _proxy_address(value)

    def typed(self, text: str) -> str:
        return self.read(text)


class LocalFile:
    """The complete path of a file, of either system; empty: none. A relative one would depend on who starts what."""

    name = "path"
    allowed = "/FOLDER/FILE, DRIVE:\\FOLDER\\FILE"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError("not a path")
        if value == "":
            return value
        windows = not posixpath.isabs(value) and bool(ntpath.splitdrive(value)[0])
        try:
            check_path(value, windows=windows)
        except RequestError:
            raise ValueError("not the path of a file") from None
        return value

    def typed(self, text: str) -> str:
        return self.read(text)


def as_typed(value: object) -> str:
    """A setting's value as people type it and as it is shown to them: what `Kind.typed` reads."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _proxy_address(text: str) -> str:
    """The address, without a closing slash. Raises ValueError if it is none, or holds a user or password."""
    # urlsplit drops some control characters and takes most others: they are refused before it can.
    if not text.isascii() or not text.isprintable() or any(char in text for char in ' "<>\\^`{|}@?#'):
        raise ValueError("characters that no address of a proxy has")
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("not the address of a proxy")
    if parts.port == 0 or parts.netloc.endswith(":"):  # `port` raises ValueError for what is no port
        raise ValueError("not a port")
    return f"{parts.scheme}://{parts.netloc}"
