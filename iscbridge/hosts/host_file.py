"""The description of a CAD, `host.toml`: what it is called, where it is found, and where its add-in goes.

The form stands in `docs/hosts.md`. It is data that others wrote: read strictly, with limits, and never executed.
Every path begins with a named root and goes down from there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from iscbridge.texts.render import Language

FORM = 1
FILE_NAME = "host.toml"
LARGEST = 65_536
PLATFORMS = ("linux", "windows", "macos")
#: Folders that a path may begin with; what they are on a machine says `iscbridge.hosts.roots`.
ROOTS = (
    "home", "config", "data", "bin", "local", "opt", "lib", "share", "snap", "flatpak", "programs", "programs_x86",
    "machine", "applications",
)  # fmt: skip
#: The folder of an installation that was found; only for places.
INSTALLATION = "installation"

_MOST_SPOTS, _MOST_PLACES = 64, 32
_MOST_SEGMENTS, _LONGEST_PATH, _LONGEST_TEXT = 16, 400, 80
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_PRODUCT = re.compile(r"[^/\\]{1,256}")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
_VERSION = re.compile(r"\d{1,6}(?:\.\d{1,6}){0,3}")
_ROOT = re.compile(r"\{([a-z_0-9]+)\}")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_KEY = re.compile(r"HK(?:LM|CU)\\[^\\]{1,100}(?:\\[^\\]{1,100}){1,12}")
#: Names that Windows takes for devices, whatever follows their first full stop.
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_FORBIDDEN = frozenset('\\:?"<>|')


class HostFileError(ValueError):
    """What is wrong with a description, in words; it quotes at most a key's name."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One way to find installations: a program by a path with patterns, or by a registry key."""

    platform: str
    path: str = ""
    """The program, from a root on. `*` stands for anything within a name, `{version}` for a version number."""
    registry: str = ""
    """A key below HKLM or HKCU; a last part `*` stands for every subkey."""
    value: str = ""
    """The value that names the folder (with `program`) or the program."""
    program: str = ""
    """The program below the folder that `value` names."""
    version_value: str = ""
    version_file: str = ""
    """A text file (also .gz) that tells the version, right behind `version_after`."""
    version_after: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the add-in's folder goes. Of several the first whose condition holds."""

    platform: str
    path: str
    """From a root or `{installation}` on; `{major}` and `{minor}` of the CAD's version may stand in it."""
    if_exists: str = ""
    """Only if there is such a folder."""


@dataclass(frozen=True, slots=True)
class Addin:
    """The add-in itself."""

    folder: str
    """Beside the description: what is copied."""
    name: str
    """What the folder is called at its place."""
    version: str = ""
    client: str = ""
    """Where in it the installation puts a copy of the protocol's client; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class HostFile:
    """One CAD."""

    name: str
    product: str
    """As its add-in names it in bridge.hello; the licence goes by it."""
    title: Mapping[Language, str]
    oldest: str = ""
    """The first version that the add-in is made for."""
    addin: Addin | None = None
    spots: tuple[Spot, ...] = ()
    places: tuple[Place, ...] = ()

    def named(self, language: Language) -> str:
        """What people call it."""
        return self.title[language]


def parse_host_file(data: bytes) -> HostFile:
    """The CAD that these bytes describe.

    Raises:
        HostFileError: they describe none, or not in the form of this version.
    """
    if len(data) > LARGEST:
        _no(f"it has more than {LARGEST} bytes")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        _no("it is not UTF-8")
    except (ValueError, RecursionError):  # the parser's own words may quote the file
        _no("it is not TOML")
    return _host(document)


def version_numbers(version: str) -> tuple[int, ...]:
    """A version as numbers to compare; empty if it is none."""
    return tuple(int(part) for part in version.split(".")) if _VERSION.fullmatch(version) else ()


def is_older(version: str, than: str) -> bool:
    """Whether a version comes before another one; not if either is not known."""
    one, other = version_numbers(version), version_numbers(than)
    return bool(one and other) and one < other


def _host(document: dict[str, Any]) -> HostFile:
    if document.get("form") != FORM or type(document["form"]) is not int:
        _no(f"form must be {FORM}")
    _only(document, "the file", {"form", "host", "addin", "find", "place"})
    host = _table(document, "host")
    _only(host, "[host]", {"name", "product", "title", "oldest"})
    return HostFile(
        name=_text(host, "name", _NAME),
        product=_text(host, "product", _PRODUCT),
        title=_title(_table(host, "title")),
        oldest=_text(host, "oldest", _VERSION, optional=True),
        addin=_addin(_table(document, "addin")) if "addin" in document else None,
        spots=tuple(_spot(table) for table in _tables(document, "find", _MOST_SPOTS)),
        places=tuple(_place(table) for table in _tables(document, "place", _MOST_PLACES)),
    )


def _title(table: dict[str, Any]) -> dict[Language, str]:
    _only(table, "title", {"en", "zh"})
    return {"en": _text(table, "en"), "zh": _text(table, "zh")}


def _addin(table: dict[str, Any]) -> Addin:
    _only(table, "[addin]", {"folder", "name", "version", "client"})
    folder, name = _text(table, "folder", _FOLDER), _text(table, "name", _FOLDER)
    for key, value in (("folder", folder), ("name", name)):
        if _DEVICES.fullmatch(value):
            _no(f"{key} is a device of Windows")
    client = _text(table, "client", optional=True)
    if client:
        _check_segments(client.split("/"), "client", patterns=False, placeholders=())
    return Addin(folder, name, _text(table, "version", _VERSION, optional=True), client)


def _spot(table: dict[str, Any]) -> Spot:
    known = {"platform", "path", "registry", "value", "program", "version_value", "version_file", "version_after"}
    _only(table, "[[find]]", known)
    platform = _platform(table)
    version_file = _path(table, "version_file", ROOTS, optional=True)
    version_after = _text(table, "version_after", optional=True)
    if bool(version_file) != bool(version_after):
        _no("version_file and version_after belong together")
    if "path" in table:
        if set(table) & {"registry", "value", "program", "version_value"}:
            _no("[[find]] has a path or a registry key, not both")
        path = _path(table, "path", ROOTS, patterns=True)
        return Spot(platform, path=path, version_file=version_file, version_after=version_after)
    if platform != "windows":
        _no("a registry is on Windows only")
    program = _text(table, "program", optional=True)
    if program:
        _check_segments(program.split("/"), "program", patterns=False, placeholders=())
    return Spot(
        platform,
        registry=_text(table, "registry", _KEY, longest=_LONGEST_PATH),
        value=_text(table, "value"),
        program=program,
        version_value=_text(table, "version_value", optional=True),
        version_file=version_file,
        version_after=version_after,
    )


def _place(table: dict[str, Any]) -> Place:
    _only(table, "[[place]]", {"platform", "path", "if_exists"})
    roots = (*ROOTS, INSTALLATION)
    placeholders = ("{major}", "{minor}")
    return Place(
        _platform(table),
        _path(table, "path", roots, placeholders=placeholders),
        _path(table, "if_exists", roots, placeholders=placeholders, optional=True),
    )


def _platform(table: dict[str, Any]) -> str:
    platform = _text(table, "platform")
    return platform if platform in PLATFORMS else _no(f"platform must be one of {', '.join(PLATFORMS)}")


def _path(
    table: dict[str, Any],
    key: str,
    roots: tuple[str, ...],
    *,
    patterns: bool = False,
    placeholders: tuple[str, ...] = (),
    optional: bool = False,
) -> str:
    text = _text(table, key, optional=optional, longest=_LONGEST_PATH)
    if not text:
        return ""
    first, *segments = text.split("/")
    root = _ROOT.fullmatch(first)
    if root is None or root[1] not in roots or not segments:
        _no(f"{key} must begin with one of {', '.join(roots)} in braces, and go on below it")
    _check_segments(segments, key, patterns=patterns, placeholders=placeholders)
    return text


def _check_segments(segments: list[str], key: str, *, patterns: bool, placeholders: tuple[str, ...]) -> None:
    if len(segments) > _MOST_SEGMENTS:
        _no(f"{key} has more than {_MOST_SEGMENTS} parts")
    allowed = (*placeholders, "{version}") if patterns else placeholders
    for segment in segments:
        bare = _PLACEHOLDER.sub(lambda found: "0" if found[0] in allowed else "{", segment)
        stars = bare.count("*")
        if (
            not bare
            or bare.strip(" ").endswith(".")
            or bare != bare.strip(" ")
            or set(bare) & (_FORBIDDEN | {"{", "}"})
        ):
            _no(f"a part of {key} is empty, leads upwards, or has a sign that names have not")
        if stars and not patterns:
            _no(f"{key} is no pattern")
        if stars > 2 or "**" in bare or segment.count("{version}") > 1:
            _no(f"a part of {key} has too many patterns")
        if _DEVICES.fullmatch(bare):
            _no(f"a part of {key} is a device of Windows")


def _text(
    table: dict[str, Any],
    key: str,
    form: re.Pattern[str] | None = None,
    *,
    optional: bool = False,
    longest: int = _LONGEST_TEXT,
) -> str:
    if key not in table:
        return "" if optional else _no(f"{key} is missing")
    value = table[key]
    if not isinstance(value, str) or not value.isprintable() or not value or value != value.strip():
        _no(f"{key} must be a printable text without blanks around it")
    if form is None and len(value) > longest:
        _no(f"{key} has more than {longest} characters")
    if form is not None and (not form.fullmatch(value) or len(value) > max(longest, 256)):
        _no(f"{key} is not in its form")
    return value


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else _no(f"the table {key} is missing")


def _tables(table: dict[str, Any], key: str, most: int) -> list[dict[str, Any]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        _no(f"[[{key}]] must be tables")
    if len(found) > most:
        _no(f"there are more than {most} of [[{key}]]")
    return found


def _only(table: dict[str, Any], where: str, known: set[str]) -> None:
    if set(table) - known:
        _no(f"{where} has a member that this version does not know")


def _no(words: str) -> NoReturn:
    raise HostFileError(words)
