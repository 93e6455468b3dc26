"""Every file that an assembly needs, found by following references from file to file."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from iscbridge.core.errors import AssemblyError, BridgeError, FileError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import is_inside, printable
from iscbridge.hosts.formats import format_of
from iscbridge.hosts.links import Format, Link, display, format_error, resolve
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


@dataclass(frozen=True, slots=True)
class Way:
    """How an assembly's files are found, and what may be done to their references."""

    form_of: Callable[[str], Format | None] = format_of
    listed: tuple[str, ...] = ()
    """Files that somebody listed."""
    only_listed: bool = False
    """Whether references count only among those."""
    missing: tuple[str, ...] = ()
    """Files that a program looked for in vain, as they are shown to people."""
    absolute: tuple[str, ...] = ()
    """Files that a program says are referred to by an absolute path."""
    movable: bool = True
    """Whether files may get another place below the main file's folder, and references follow."""

    @classmethod
    def by_host(cls, files: tuple[str, ...]) -> Way:
        """A host has listed the files. References among them are followed, so that a renamed one is found again."""
        return cls(listed=files, only_listed=True)


_PLAIN = Way()


def closure(main: str, stop: threading.Event, way: Way = _PLAIN) -> Closure:
    """Follow all references, each file once, circles included. A file whose format is not known has none.

    A listed file that is not there is in `missing`.

    Raises:
        AssemblyError: ISCB-ASM-FORMAT, ISCB-ASM-TOO-LARGE.
        FileError: a file is there and can't be read; or the main file is not there.
        Stopped: `stop` was set.
    """
    return _Walk(main, stop, way).run()


def listed(main: str, files: tuple[str, ...], stop: threading.Event) -> Closure:
    """The closure of files that a host listed. Raises as `closure`."""
    return closure(main, stop, Way.by_host(files))


@dataclass(frozen=True, slots=True)
class Survey:
    """A closure as far as it can be followed: files that can't be looked at or read don't end it."""

    found: Closure
    faults: dict[str, ErrorInfo]
    """By path: what stands against this file. It is a member too if it is there and only can't be read."""


def survey(main: str, way: Way, stop: threading.Event) -> Survey:
    """`closure`, which goes on behind each fault.

    Raises:
        BridgeError: the main file can't be looked at; ISCB-ASM-TOO-LARGE.
        Stopped: `stop` was set.
    """
    faults: dict[str, ErrorInfo] = {}
    return Survey(_Walk(main, stop, way, faults=faults).run(), faults)


class _Walk:
    def __init__(
        self,
        main: str,
        stop: threading.Event,
        way: Way,
        *,
        faults: dict[str, ErrorInfo] | None = None,
    ) -> None:
        """`faults`: where the faults of single files go; None: the first one ends the walk."""
        self._main = main
        self._stop = stop
        self._way = way
        self._faults = faults
        self._members: list[Member] = []
        self._by_path: dict[str, Member] = {}
        self._by_file: dict[str, Member] = {}
        self._by_identity: dict[str, Member] = {}
        self._missing: dict[str, None] = dict.fromkeys(way.missing)
        self._queue: deque[Member] = deque()
        self._take(os.path.normpath(main), stamp(main))
        for path in way.listed:
            self.add(os.path.normpath(path), shown=printable(path))

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

    def add(self, path: str, shown: str | None) -> Member | None:
        """The member at a path, new or known; None if nothing is there. `shown` None: it need not be there."""
        known = self._by_path.get(path)
        if known is not None:
            return known
        try:
            found = stamp(path)
        except BridgeError as error:
            if error.code in ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER"):
                if shown is not None:
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
        form = self._way.form_of(member.path)
        if form is None:
            return
        fd, member.stamp = open_shared(member.path)
        with open(fd, "rb") as file:
            links = form.links(file, member.path)
        for found in links:
            link = found if isinstance(found, Link) else Link(found, found)
            target = self._target(link, os.path.dirname(self._main if link.from_main else member.path))
            if target is not None:
                self._check_kind(member, target, form)
                member.links[link.text] = target

    def _check_kind(self, member: Member, target: Member, form: Format) -> None:
        """From outside its folder a document of a format that is known here takes documents of its kind alone along.

        A stranger's document could name whatever this user may read.
        """
        if self._way.only_listed or form is not format_of(member.path) or format_of(target.path) is form:
            return
        if not is_inside(target.path, os.path.dirname(self._main), windows=os.sep == "\\"):
            raise format_error(member.path, f"it refers to {target.path}, which is no document of its kind")

    def _target(self, link: Link, folder: str) -> Member | None:
        path = resolve(link.path, folder)
        if self._way.only_listed:
            return self._listed_target(path)
        if path is not None:
            return self.add(path, None if link.optional else display(link.path, folder))
        if not link.optional:
            self._missing[display(link.path, folder)] = None
        return None

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
