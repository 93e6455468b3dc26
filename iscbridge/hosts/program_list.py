"""Asks a CAD's own program which files an assembly needs.

Only a program that the description's `[[find]]` has found is ever run. What it said is used again as long as no file
that it named has changed and none has come or gone beside them, so that a capture in several rounds asks once.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.errors import BridgeError, HostError
from iscbridge.core.paths import printable
from iscbridge.hosts.closure import Stopped
from iscbridge.hosts.finding import find_installations, newest
from iscbridge.hosts.host_file import HostFile
from iscbridge.hosts.host_work import Documents, Listing
from iscbridge.hosts.list_output import MOST_BYTES, OutputError, Told, named_in, read_output
from iscbridge.hosts.roots import Roots
from iscbridge.platform.files import FileStamp, file_id, stamp
from iscbridge.platform.longpaths import extended
from iscbridge.platform.programs import End, Ran, run_program

_MOST_MESSAGES = 1024 * 1024
_MOST_KEPT = 16
_SHOWN = 400
_OUTPUT = "iscbridge-list.out"


@dataclass(frozen=True, slots=True)
class _Kept:
    told: Told
    stamps: tuple[FileStamp | None, ...]


class ProgramList:
    """Asks, and remembers the last answers. Any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, Listing], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, host: HostFile, main: str, roots: Roots, stop: threading.Event, *, lenient: bool = False) -> Told:
        """The files of the assembly with this main file, absolute, without the main file's own.

        `lenient`: without the program nothing is told, and that is no fault.

        Raises:
            HostError: ISCB-HOST-NO-PROGRAM, ISCB-HOST-LIST-*.
            Stopped: `stop` was set.
        """
        listing, documents = host.listing, host.documents
        if listing is None or documents is None:
            return Told(())
        found = find_installations(host, roots)
        if not found:
            if lenient:
                return Told(())
            raise HostError("ISCB-HOST-NO-PROGRAM", host=host.title["en"], path=printable(main))
        program = newest(found).program
        key = (program, main, listing)
        kept = self._still_good(key)
        if kept is not None:
            return kept
        begun = time.time()
        told = _asked(host, listing, program, main, stop)
        told = Told(_without_installed(told.files, documents, roots), told.missing, told.absolute)
        self._keep(key, main, told, begun)
        return told

    def _still_good(self, key: tuple[str, str, Listing]) -> Told | None:
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or _stamps(key[1], kept.told) != kept.stamps:
            return None
        return kept.told

    def _keep(self, key: tuple[str, str, Listing], main: str, told: Told, begun: float) -> None:
        stamps = _stamps(main, told)
        if told.missing or any(one is not None and one.unsettled_for(begun) > 0 for one in stamps):
            return  # what is missing may come; what was written a moment before may have been written since
        with self._lock:
            self._kept[key] = _Kept(told, stamps)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)


def _asked(host: HostFile, listing: Listing, program: str, main: str, stop: threading.Event) -> Told:
    """Run the program in an empty folder of its own."""
    try:
        scratch = tempfile.mkdtemp(prefix="iscbridge-list-")
    except OSError as error:
        raise _failed(host, main, error.strerror or str(error)) from error
    try:
        output = os.path.join(scratch, _OUTPUT)
        command = [program, *(_filled(word, main, scratch, output) for word in listing.arguments)]
        ran = run_program(command, scratch, listing.seconds, stop, most=MOST_BYTES, most_messages=_MOST_MESSAGES)
        _check_end(ran, host, listing, main)
        data = _output(output) if "{output}" in listing.arguments else ran.out
        return _told(data, ran, host, listing, main)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _filled(word: str, main: str, scratch: str, output: str) -> str:
    if word == "{file}":
        return main
    if word == "{output}":
        return output
    if word == "{scratch}" or word.startswith("{scratch}/"):
        return os.path.join(scratch, *word.split("/")[1:])
    return word


def _check_end(ran: Ran, host: HostFile, listing: Listing, main: str) -> None:
    match ran.end:
        case End.STOPPED:
            raise Stopped
        case End.LATE:
            named = {"host": host.title["en"], "path": printable(main)}
            raise HostError("ISCB-HOST-LIST-LATE", seconds=str(listing.seconds), **named)
        case End.TOO_MUCH:
            raise _not_understood(host, main, "it wrote more than it may")
        case End.NOT_STARTED:
            raise _failed(host, main, _words(ran.messages))
        case End.ENDED if ran.code != 0:
            raise _failed(host, main, _words(ran.messages) or _words(ran.out) or f"exit code {ran.code}")


def _told(data: bytes, ran: Ran, host: HostFile, listing: Listing, main: str) -> Told:
    try:
        told = read_output(data, listing.gives)
    except OutputError as error:
        raise _not_understood(host, main, str(error)) from error
    folder = os.path.dirname(main)
    messages = ran.messages.decode("utf-8", "replace")
    files = tuple(os.path.normpath(os.path.join(folder, path)) for path in told.files)
    missing = [*told.missing, *named_in(messages, listing.missing)]
    shown = dict.fromkeys(printable(path) for path in missing)
    return Told(tuple(path for path in dict.fromkeys(files) if path != main), tuple(shown), told.absolute)


def _without_installed(files: tuple[str, ...], documents: Documents, roots: Roots) -> tuple[str, ...]:
    expanded = (roots.expand(path) for path in documents.installed)
    tops = [os.path.normcase(path).rstrip(os.sep) + os.sep for path in expanded if path is not None]
    return tuple(path for path in files if not any(os.path.normcase(path).startswith(top) for top in tops))


def _output(path: str) -> bytes:
    """What the program wrote into its file; nothing if there is none, or it is none."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return b""
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        return b""


def _stamps(main: str, told: Told) -> tuple[FileStamp | None, ...]:
    """Of the files and of their folders: a new file beside them may belong to the assembly, too."""
    files = (main, *told.files)
    folders = dict.fromkeys(os.path.dirname(path) for path in files)
    return (*(_stamp(path) for path in files), *(_folder_stamp(path) for path in folders))


def _folder_stamp(path: str) -> FileStamp | None:
    try:
        found = os.stat(extended(path))
    except OSError:
        return None
    return FileStamp(0, found.st_mtime_ns, file_id(found))


def _stamp(path: str) -> FileStamp | None:
    try:
        return stamp(path)
    except BridgeError:
        return None


def _words(said: bytes) -> str:
    """The last lines of what a program said, for people."""
    text = said.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = "".join(sign if sign.isprintable() else " " for sign in " / ".join(lines[-4:]))
    return printable(plain[-_SHOWN:])


def _failed(host: HostFile, main: str, detail: str) -> HostError:
    return HostError("ISCB-HOST-LIST-FAILED", host=host.title["en"], path=printable(main), detail=detail)


def _not_understood(host: HostFile, main: str, detail: str) -> HostError:
    return HostError("ISCB-HOST-LIST-OUTPUT", host=host.title["en"], path=printable(main), detail=detail)
