"""Licence texts out of the copyright files of Debian's packages, whose form is the Debian copyright format 1.0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Where an installed package has its file; another folder with the same names below it does as well.
DOCS = Path("/usr/share/doc")


class NoticeError(Exception):
    """A text is not where it should be; the text says which."""


@dataclass(frozen=True)
class Text:
    """A text that is put together, with the name that its file gets."""

    name: str
    content: str


def of_package(docs: Path, package: str, files: str = "") -> Text:
    """The copyright file of a package; with `files`, only the paragraph of these files and the licences that it names.

    Raises:
        NoticeError: there is no such file, or nothing in it about these files.
    """
    path = docs / package / "copyright"
    try:
        whole = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NoticeError(
            f"{path} is needed for its licence text: install Debian's package {package} ({error})"
        ) from None
    begin = f"As Debian 12 has it with its package {package}.\n\n"
    if not files:
        return Text(f"{package}.txt", begin + whole)
    return Text(f"{package}-{_plain(files)}.txt", begin + "\n\n".join(_about(whole, files, path)) + "\n")


def mit(example: str, copyright_line: str) -> str:
    """The MIT licence in the words of a text that has it, for another holder.

    Raises:
        NoticeError: the example is no such text.
    """
    found = re.search(r"^Permission is hereby granted.*\Z", example, re.MULTILINE | re.DOTALL)
    if found is None or "THE SOFTWARE IS PROVIDED" not in found[0]:
        raise NoticeError("what should hold the MIT licence does not")
    return f"{copyright_line}\n\n{found[0].rstrip()}\n"


def _about(whole: str, files: str, path: Path) -> Iterator[str]:
    paragraphs = re.split(r"\n[ \t]*\n", whole)
    named = [one for one in paragraphs if one.startswith("Files:") and files in _field(one, "Files").split()]
    if not named:
        raise NoticeError(f"{path} tells nothing of {files}")
    yield from named
    for paragraph in named:
        title, _, words = _field(paragraph, "License").partition("\n")
        if words.strip():
            continue
        for name in re.split(r" (?:and|or|AND|OR) ", title.strip()):
            yield _licence(paragraphs, name, path)


def _licence(paragraphs: list[str], name: str, path: Path) -> str:
    for paragraph in paragraphs:
        if paragraph.startswith("License:"):
            title, _, words = _field(paragraph, "License").partition("\n")
            if title.strip().lower() == name.lower() and words.strip():
                return paragraph
    raise NoticeError(f"{path} has no text for {name}")


def _field(paragraph: str, name: str) -> str:
    found = re.search(rf"^{name}:(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
    return found[1].strip(" \t") if found else ""


def _plain(files: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", files).strip("-") or "all"
