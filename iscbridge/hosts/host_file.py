"""The description of a CAD, `host.toml`: what it is called, where it is found, and where its add-in goes.

The form stands in `docs/hosts.md`. It is data that others wrote: read strictly and with limits. Reading it runs nothing,
but it names programs that are run later, so one is added only by the user or an administrator. Every path begins with
a named root and goes down from there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iscbridge.hosts.host_fields import (
    DEVICES,
    LONGEST_PATH,
    check_segments,
    only,
    path_of,
    refuse,
    table_of,
    tables_of,
    text_of,
)
from iscbridge.hosts.host_work import Documents, Listing, Opening, read_documents, read_listing, read_opening
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
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_PRODUCT = re.compile(r"[^/\\]{1,256}")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
_VERSION = re.compile(r"\d{1,6}(?:\.\d{1,6}){0,3}")
_KEY = re.compile(r"HK(?:LM|CU)\\[^\\]{1,100}(?:\\[^\\]{1,100}){1,12}")


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
    documents: Documents | None = None
    listing: Listing | None = None
    opening: Opening | None = None

    def named(self, language: Language) -> str:
        """What people call it."""
        return self.title[language]


def parse_host_file(data: bytes) -> HostFile:
    """The CAD that these bytes describe.

    Raises:
        HostFileError: they describe none, or not in the form of this version.
    """
    if len(data) > LARGEST:
        refuse(f"it has more than {LARGEST} bytes")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        refuse("it is not UTF-8")
    except (ValueError, RecursionError):  # the parser's own words may quote the file
        refuse("it is not TOML")
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
        refuse(f"form must be {FORM}")
    only(document, "the file", {"form", "host", "addin", "find", "place", "files", "list", "open"})
    host = table_of(document, "host")
    only(host, "[host]", {"name", "product", "title", "oldest"})
    return HostFile(
        name=text_of(host, "name", _NAME),
        product=text_of(host, "product", _PRODUCT),
        title=_title(table_of(host, "title")),
        oldest=text_of(host, "oldest", _VERSION, optional=True),
        addin=_addin(table_of(document, "addin")) if "addin" in document else None,
        spots=tuple(_spot(table) for table in tables_of(document, "find", _MOST_SPOTS)),
        places=tuple(_place(table) for table in tables_of(document, "place", _MOST_PLACES)),
        documents=read_documents(document, ROOTS),
        listing=read_listing(document),
        opening=read_opening(document),
    )


def _title(table: dict[str, Any]) -> dict[Language, str]:
    only(table, "title", {"en", "zh"})
    return {"en": text_of(table, "en"), "zh": text_of(table, "zh")}


def _addin(table: dict[str, Any]) -> Addin:
    only(table, "[addin]", {"folder", "name", "version", "client"})
    folder, name = text_of(table, "folder", _FOLDER), text_of(table, "name", _FOLDER)
    for key, value in (("folder", folder), ("name", name)):
        if DEVICES.fullmatch(value):
            refuse(f"{key} is a device of Windows")
    client = text_of(table, "client", optional=True)
    if client:
        check_segments(client.split("/"), "client", patterns=False, placeholders=())
    return Addin(folder, name, text_of(table, "version", _VERSION, optional=True), client)


def _spot(table: dict[str, Any]) -> Spot:
    known = {"platform", "path", "registry", "value", "program", "version_value", "version_file", "version_after"}
    only(table, "[[find]]", known)
    platform = _platform(table)
    version_file = path_of(table, "version_file", ROOTS, optional=True)
    version_after = text_of(table, "version_after", optional=True)
    if bool(version_file) != bool(version_after):
        refuse("version_file and version_after belong together")
    if "path" in table:
        if set(table) & {"registry", "value", "program", "version_value"}:
            refuse("[[find]] has a path or a registry key, not both")
        path = path_of(table, "path", ROOTS, patterns=True)
        return Spot(platform, path=path, version_file=version_file, version_after=version_after)
    if platform != "windows":
        refuse("a registry is on Windows only")
    program = text_of(table, "program", optional=True)
    if program:
        check_segments(program.split("/"), "program", patterns=False, placeholders=())
    return Spot(
        platform,
        registry=text_of(table, "registry", _KEY, longest=LONGEST_PATH),
        value=text_of(table, "value"),
        program=program,
        version_value=text_of(table, "version_value", optional=True),
        version_file=version_file,
        version_after=version_after,
    )


def _place(table: dict[str, Any]) -> Place:
    only(table, "[[place]]", {"platform", "path", "if_exists"})
    roots = (*ROOTS, INSTALLATION)
    placeholders = ("{major}", "{minor}")
    return Place(
        _platform(table),
        path_of(table, "path", roots, placeholders=placeholders),
        path_of(table, "if_exists", roots, placeholders=placeholders, optional=True),
    )


def _platform(table: dict[str, Any]) -> str:
    platform = text_of(table, "platform")
    return platform if platform in PLATFORMS else refuse(f"platform must be one of {', '.join(PLATFORMS)}")
