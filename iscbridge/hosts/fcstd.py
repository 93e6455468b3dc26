"""FreeCAD documents (`.FCStd`): a zip file whose `Document.xml` names every other document it uses.

Every reference, whatever made it (a link, an array of links, a binder, an expression), stands as
`<XLink file="lib/bolt.FCStd" ...>`, relative to the document's own folder, or absolute on another Windows drive;
`file=""` means the document itself. The names that expressions use follow from `<DocMap>` when FreeCAD loads the
file, so a renamed file needs nothing but its `file` attributes changed. Read from files that FreeCAD 0.20 wrote
and from `App/PropertyLinks.cpp` (PropertyXLink::Save, PropertyXLinkContainer::Save).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import IO

from iscbridge.core.errors import AssemblyError
from iscbridge.core.paths import printable
from iscbridge.hosts.links import format_error
from iscbridge.hosts.zipedit import ZipEditError, replace_entry

#: A spreadsheet-heavy document holds some ten megabytes of XML; a file that claims more is a trap or damaged.
MAX_XML = 256 * 1024 * 1024
MAX_LINKS = 100_000
_MAX_ENTRIES = 60_000
_DOCUMENT = "Document.xml"
_TAG = b"<XLink"
_NO_LINK = b'<XLink file=""'
_ENCRYPTED = 0x1
_FILE_ATTRIBUTE = re.compile(rb"""(\s)(file\s*=\s*)("[^"]*"|'[^']*')""")
_ATTRIBUTE = re.compile(rb"""\s+[^\s=>/]+\s*=\s*("[^"]*"|'[^']*')""")
#: What may not stand in an attribute as it is. `xml.sax.saxutils.escape` would load an HTTP client for the same.
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


class FcStd:
    """FreeCAD's document format; see `iscbridge.hosts.links.Format`."""

    def links(self, file: IO[bytes], path: str) -> tuple[str, ...]:
        """References to other documents; see `Format.links`."""
        xml = _read_document(file, path)
        if xml.count(_TAG) == xml.count(_NO_LINK) and _is_utf8(xml):
            return ()  # most parts: no need to parse
        found: dict[str, None] = {}

        def on_link(_at: int, link: str) -> None:
            found[link] = None
            if len(found) > MAX_LINKS:
                raise AssemblyError("ISCB-ASM-TOO-LARGE", path=printable(path), limit=str(MAX_LINKS))

        _parse(xml, path, on_link)
        return tuple(found)

    def rewrite(self, source: IO[bytes], target: IO[bytes], renamed: Mapping[str, str], path: str) -> None:
        """Copy with references replaced; see `Format.rewrite`."""
        xml = _read_document(source, path)
        if not _is_utf8(xml):
            raise format_error(path, "Document.xml is not UTF-8")
        places: list[tuple[int, str]] = []
        _parse(xml, path, lambda at, link: places.append((at, link)))
        changed = _with_links(xml, [(at, renamed[link]) for at, link in places if link in renamed], path)
        source.seek(0)
        try:
            replace_entry(source, target, _DOCUMENT, changed)
        except ZipEditError as error:
            raise format_error(path, str(error)) from error


def _read_document(file: IO[bytes], path: str) -> bytes:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            named = [info for info in archive.infolist() if info.filename == _DOCUMENT]
            if len(archive.infolist()) > _MAX_ENTRIES:
                raise format_error(path, "too many entries")
            if len(named) != 1:
                raise format_error(path, "no Document.xml" if not named else "more than one Document.xml")
            if named[0].file_size > MAX_XML:
                raise format_error(path, "Document.xml is too large")
            if named[0].flag_bits & _ENCRYPTED:
                raise format_error(path, "encrypted")
            with archive.open(named[0]) as entry:
                return entry.read(MAX_XML)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: zipfile lets some lies in a directory through to seek() and struct
        raise format_error(path, str(error) or type(error).__name__) from error


def _is_utf8(xml: bytes) -> bool:
    """Whether the bytes may be searched as they are: XML is UTF-8 unless it begins otherwise."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff", b"\0", b"<\0")):
        return False
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""", xml)
    return declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii")


def _parse(xml: bytes, path: str, on_link: Callable[[int, str], None]) -> None:
    """Call `on_link` with byte offset and target for every reference to another document."""
    # Here: nobody needs a parser before the first assembly.
    from xml.parsers import expat  # nosec: entities and document types are refused below

    parser = expat.ParserCreate()

    def on_start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "XLink":
            link = attributes.get("file")
            if link:
                on_link(parser.CurrentByteIndex, link)

    def on_doctype(*_: object) -> None:
        # FreeCAD writes none; one could hold entities that grow without end or read other files.
        raise format_error(path, "document type declaration in Document.xml")

    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = on_doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise format_error(path, f"Document.xml: {error}") from error


def _with_links(xml: bytes, changes: list[tuple[int, str]], path: str) -> bytes:
    parts: list[bytes] = []
    done = 0
    for at, link in changes:
        # Step from attribute to attribute: a value may hold the text ` file="..."`.
        position = at + len(_TAG)
        while (attribute := _ATTRIBUTE.match(xml, position)) is not None:
            place = _FILE_ATTRIBUTE.match(xml, attribute.end() - len(attribute[0].lstrip()) - 1)
            if place is not None:
                parts += [xml[done : place.start(3)], b'"', link.translate(_ESCAPED).encode(), b'"']
                done = place.end(3)
                break
            position = attribute.end()
        else:
            raise format_error(path, "a reference without a file")
    parts.append(xml[done:])
    return b"".join(parts)
