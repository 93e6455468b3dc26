"""Assemblies of CADs that only a description is known of: which host a file belongs to, and how its files are found.

For worker threads: the catalogue is read from disk, and looked at again only when a description has changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iscbridge.core.lockfiles import RULES, LockRule

if TYPE_CHECKING:
    from iscbridge.hosts.catalog import Catalog, Entry, Origin
    from iscbridge.hosts.closure import Way
    from iscbridge.hosts.host_work import Documents
    from iscbridge.hosts.name_patterns import NamePatterns
    from iscbridge.hosts.program_list import ProgramList
    from iscbridge.hosts.roots import Roots
    from iscbridge.platform.folders import Home

# What a bridge that only waits would have to hold besides is imported by the first assembly.

#: Path, time and size of each description.
Signature = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class _Known:
    """What was read."""

    signature: Signature = ()
    entries: tuple[Entry, ...] = ()
    rules: tuple[LockRule, ...] = RULES


class Described:
    """The descriptions of this machine and user. One for a bridge; any thread."""

    def __init__(
        self,
        home: Home,
        roots: Roots | None = None,
        folders: Callable[[], Sequence[tuple[Origin, Path]]] | None = None,
    ) -> None:
        self._home = home
        self._given = folders
        self._roots = roots
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._programs: ProgramList | None = None

    def way(self, main: str, stop: threading.Event, *, in_place: bool = False) -> Way:
        """How the files of the assembly with this main file are found; a program is run for it if need be.

        Args:
            main: absolute path.
            stop: set it from any thread to give up.
            in_place: the whole folder belongs to the assembly anyway; only what is missing or outside is asked for.

        Raises:
            HostError: ISCB-HOST-NO-PROGRAM, ISCB-HOST-LIST-*.
            BridgeError: the folder can't be read.
            Stopped: `stop` was set.
        """
        from iscbridge.hosts.closure import Way
        from iscbridge.hosts.folder_list import list_folder
        from iscbridge.hosts.host_work import How
        from iscbridge.hosts.name_patterns import NamePatterns
        from iscbridge.hosts.text_references import TextReferences

        entry = self.main_of_host(main)
        if entry is None or entry.host.listing is None or entry.host.documents is None:
            return Way()
        listing, documents = entry.host.listing, entry.host.documents
        if listing.how is How.NATIVE:
            return Way()
        forms = TextReferences(listing.references, rewrite=listing.rewrite)
        if listing.how is How.COMMAND:
            told = self._asked().ask(entry.host, main, self._here(), stop, lenient=in_place)
            return Way(lambda _path: forms, told.files, missing=told.missing, absolute=told.absolute, movable=False)
        files: tuple[str, ...] = ()
        if listing.how is How.FOLDER and not in_place:
            files = list_folder(main, NamePatterns(listing.take), _left_out(documents), stop)
        return Way(lambda _path: forms, files, movable=listing.rewrite)

    def main_of_host(self, path: str) -> Entry | None:
        """The host whose description calls a file of this name an assembly's main file."""
        from iscbridge.hosts.formats import format_of

        suffix = os.path.splitext(path)[1].lower()
        if not suffix or format_of(path) is not None:
            return None
        for entry in self._look().entries:
            if entry.host.documents is not None and suffix in entry.host.documents.assembly:
                return entry
        return None

    def projects_among(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are of main files which stand for what lies in their folder."""
        from iscbridge.hosts.host_work import How

        suffixes = {
            suffix
            for entry in self._look().entries
            if entry.host.listing is not None
            and entry.host.listing.how is How.FOLDER
            and entry.host.documents is not None
            for suffix in entry.host.documents.assembly
        }
        likely = [name for name in names if os.path.splitext(name)[1].lower() in suffixes]
        return [
            name
            for name in likely
            if (entry := self.main_of_host(name)) is not None
            and entry.host.listing is not None
            and entry.host.listing.how is How.FOLDER
        ]

    def lock_rules(self) -> tuple[LockRule, ...]:
        """All rules of lock files, those of descriptions too."""
        return self._look().rules

    def known_lock_rules(self) -> tuple[LockRule, ...]:
        """The same as it was last known; never blocks."""
        known = self._known
        return RULES if known is None else known.rules

    def _here(self) -> Roots:
        from iscbridge.hosts.roots import Roots

        return self._roots or Roots.of_this_machine()

    def _asked(self) -> ProgramList:
        from iscbridge.hosts.program_list import ProgramList

        with self._lock:
            if self._programs is None:
                self._programs = ProgramList()
            return self._programs

    def _look(self) -> _Known:
        from iscbridge.hosts.catalog import catalog_folders, read_catalog

        folders = catalog_folders(self._home) if self._given is None else self._given()
        signature = _signature(folders)
        with self._lock:
            if self._known is None or self._known.signature != signature:
                self._known = _read(read_catalog(folders), signature)
            return self._known


def lock_rule(documents: Documents, program: str) -> LockRule:
    """The rule of a description."""
    return LockRule(program, documents.lock, documents.types, documented=False, source="its description")


def _read(catalog: Catalog, signature: Signature) -> _Known:
    from iscbridge.hosts.catalog import Origin

    order = (Origin.MACHINE, Origin.SHIPPED, Origin.USER)
    entries = sorted(catalog.entries, key=lambda entry: (order.index(entry.origin), entry.host.name))
    rules = [
        lock_rule(entry.host.documents, entry.host.product)
        for entry in entries
        if entry.host.documents is not None and entry.host.documents.lock
    ]
    return _Known(signature, tuple(entries), (*RULES, *rules))


def _signature(folders: Sequence[tuple[Origin, Path]]) -> Signature:
    """What is another one when a description came, went or changed, or is no longer believed."""
    from iscbridge.hosts.host_file import FILE_NAME
    from iscbridge.platform.machine import doubt

    found: list[tuple[str, int, int]] = []
    for _, folder in folders:
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.path for entry in entries)
        except OSError:
            continue
        for path in names:
            file = os.path.join(path, FILE_NAME)
            try:
                looked = os.stat(file)
            except OSError:
                continue
            found.append((path, looked.st_mtime_ns, looked.st_size if doubt(Path(file)) is None else -1))
    return tuple(found)


def _left_out(documents: Documents) -> NamePatterns:
    from iscbridge.hosts.name_patterns import NamePatterns

    locks = [name.replace("{name}", "*").replace("{stem}", "*") for name in documents.lock]
    return NamePatterns((*documents.leave_out, *locks))
