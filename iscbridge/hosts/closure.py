"""Every file that an assembly needs, found by following references from file to file."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass, field

from iscbridge.core.errors import AssemblyError, BridgeError, FileError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.hosts.formats import format_of
from iscbridge.hosts.links import display, resolve
from iscbridge.platform.files import FileStamp, open_shared, stamp
from iscbridge.platform.identity import identity_key

MAX_FILES = 100_000


@dataclass(slots=True)
class Member:
    """One file of an assembly."""

    path: str
    """Absolute, as the first reference (or the host) spelled it."""
    stamp: FileStamp
    """Of the state whose references were read."""
    links: dict[str, Member] = field(default_factory=dict)
    """Each reference as it stands in the file, and the member that it means."""


@dataclass(frozen=True, slots=True)
class Closure:
    """`members[0]` is the main file; the others follow in the order in which they were found."""

    members: tuple[Member, ...]
    missing: tuple[str, ...]
    """References that lead nowhere, as they are shown to people."""


class Stopped(Exception):  # noqa: N818  not an error: somebody asked for it
    """The work was called off."""


def closure(main: str, stop: threading.Event) -> Closure:
    """Follow all references, each file once, circles included. A file whose format is not known has none.

    Raises:
        AssemblyError: ISCB-ASM-FORMAT, ISCB-ASM-TOO-LARGE.
        FileError: a file is there and can't be read; or the main file is not there.
        Stopped: `stop` was set.
    """
    return _Walk(main, stop).run()


def listed(main: str, files: tuple[str, ...], stop: threading.Event) -> Closure:
    """The files that a host listed. References among them are followed, so that a renamed one is found again.

    Raises:
        As `closure`; a listed file that is not there is in `missing`.
    """
    walk = _Walk(main, stop, only_listed=True)
    for path in files:
        walk.add(os.path.normpath(path), shown=printable(path))
    return walk.run()


@dataclass(frozen=True, slots=True)
class Survey:
    """A closure as far as it can be followed: files that can't be looked at or read don't end it."""

    found: Closure
    faults: dict[str, ErrorInfo]
    """By path: what stands against this file. It is a member too if it is there and only can't be read."""


def survey(main: str, files: tuple[str, ...] | None, stop: threading.Event) -> Survey:
    """`closure`, or `listed` for the files of a host, which goes on behind each fault.

    Raises:
        BridgeError: the main file can't be looked at; ISCB-ASM-TOO-LARGE.
        Stopped: `stop` was set.
    """
    faults: dict[str, ErrorInfo] = {}
    walk = _Walk(main, stop, only_listed=files is not None, faults=faults)
    for path in files or ():
        walk.add(os.path.normpath(path), shown=printable(path))
    return Survey(walk.run(), faults)


class _Walk:
    def __init__(
        self,
        main: str,
        stop: threading.Event,
        *,
        only_listed: bool = False,
        faults: dict[str, ErrorInfo] | None = None,
    ) -> None:
        """`faults`: where the faults of single files go; None: the first one ends the walk."""
        self._main = main
        self._stop = stop
        self._only_listed = only_listed
        self._faults = faults
        self._members: list[Member] = []
        self._by_path: dict[str, Member] = {}
        self._by_file: dict[str, Member] = {}
        self._by_identity: dict[str, Member] = {}
        self._missing: dict[str, None] = {}
        self._queue: deque[Member] = deque()
        self._take(os.path.normpath(main), stamp(main))

    def run(self) -> Closure:
        while self._queue:
            if self._stop.is_set():
                raise Stopped
            member = self._queue.popleft()
            try:
                self._follow(member)
            except BridgeError as error:
                self._fault(member.path, error)
        return Closure(tuple(self._members), tuple(self._missing))

    def add(self, path: str, shown: str) -> Member | None:
        """The member at a path, new or known; None if nothing is there."""
        known = self._by_path.get(path)
        if known is not None:
            return known
        try:
            found = stamp(path)
        except BridgeError as error:
            if error.code in ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER"):
                self._missing[shown] = None
            else:
                self._fault(path, error)
            return None
        return self._same_file(path, found) or self._take(path, found)

    def _fault(self, path: str, error: BridgeError) -> None:
        if self._faults is None or error.code == "ISCB-ASM-TOO-LARGE":
            raise error
        self._faults[path] = error.info

    def _same_file(self, path: str, found: FileStamp) -> Member | None:
        """A member that this is another spelling of. Hard links share the file object, and are not the same."""
        first = self._by_file.get(found.file_id)
        if first is None:
            return None
        self._by_identity.setdefault(identity_key(first.path), first)
        member = self._by_identity.get(identity_key(path))
        if member is not None:
            self._by_path[path] = member
        return member

    def _take(self, path: str, found: FileStamp) -> Member:
        if len(self._members) >= MAX_FILES:
            raise AssemblyError("ISCB-ASM-TOO-LARGE", path=printable(self._main), limit=str(MAX_FILES))
        member = Member(path, found)
        self._members.append(member)
        self._by_path[path] = member
        if self._by_file.setdefault(found.file_id, member) is not member:
            self._by_identity[identity_key(path)] = member
        self._queue.append(member)
        return member

    def _follow(self, member: Member) -> None:
        form = format_of(member.path)
        if form is None:
            return
        fd, member.stamp = open_shared(member.path)
        with open(fd, "rb") as file:
            links = form.links(file, member.path)
        folder = os.path.dirname(member.path)
        for link in links:
            path = resolve(link, folder)
            if self._only_listed:
                target = self._listed_target(path)
            elif path is None:
                self._missing[display(link, folder)] = None
                target = None
            else:
                target = self.add(path, display(link, folder))
            if target is not None:
                member.links[link] = target

    def _listed_target(self, path: str | None) -> Member | None:
        """The listed file that a reference means; the host knows better about all others."""
        if path is None:
            return None
        known = self._by_path.get(path)
        if known is not None:
            return known
        try:
            return self._same_file(path, stamp(path))
        except FileError:
            return None
