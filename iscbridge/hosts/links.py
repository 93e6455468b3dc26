"""What a CAD format has to tell about a file for it to travel: which files it refers to, and how to redirect them."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from iscbridge.core.errors import AssemblyError
from iscbridge.core.paths import printable


@dataclass(frozen=True, slots=True)
class Link:
    """A reference that does not simply begin at its file's own folder."""

    text: str
    """As it stands in the file."""
    path: str
    """What it means, without a variable that it began with."""
    from_main: bool = False
    """Whether it begins at the main file's folder."""
    optional: bool = False
    """Whether it may lead nowhere."""


class Format(Protocol):
    """One CAD format. Methods read from the file's current position 0 on, keep no state, and run on any thread."""

    def links(self, file: IO[bytes], path: str) -> tuple[str | Link, ...]:
        """References to other files, each once, in the file's order; a text is meant from the file's own folder.

        Raises:
            AssemblyError: ISCB-ASM-FORMAT or ISCB-ASM-TOO-LARGE; `path` is named in it.
        """

    def rewrite(self, source: IO[bytes], target: IO[bytes], renamed: Mapping[str, str], path: str) -> None:
        """Write the file anew with some references replaced (`renamed`: old text to new), all else unchanged.

        Raises:
            AssemblyError: ISCB-ASM-FORMAT; `path` is named in it.
        """


def format_error(path: str, detail: str) -> AssemblyError:
    """ISCB-ASM-FORMAT with the place and the cause."""
    return AssemblyError("ISCB-ASM-FORMAT", path=printable(path), detail=printable(detail))


def resolve(link: str, folder: str) -> str | None:
    """Absolute path that a reference in a file of `folder` means; None if no path of this system can be meant."""
    if "\0" in link or any(0xD800 <= ord(c) <= 0xDFFF for c in link):
        return None
    if os.sep == "/" and (ntpath.splitdrive(link)[0] or link.startswith("\\")):
        return None  # made on Windows, on another drive or share
    return os.path.normpath(os.path.join(folder, link))


def display(link: str, folder: str) -> str:
    """A reference as it is shown when its file is missing."""
    return printable(resolve(link, folder) or link)
