"""Small documents in FreeCAD's file format, made without FreeCAD."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

_HEAD = "<?xml version='1.0' encoding='utf-8'?>\n<!--\n FreeCAD Document\n-->\n<Document SchemaVersion=\"4\">\n"


def document_xml(links: Iterable[str], extra: str = "") -> str:
    """Text of a `Document.xml` that refers to other documents."""
    tags = "".join(f'<XLink file={quoteattr(link)} stamp="2026-01-01T00:00:00Z" name="Body"/>\n' for link in links)
    return f'{_HEAD}<XLink file="" stamp="" name=""/>\n{tags}{extra}</Document>\n'


def write_fcstd(path: Path, links: Iterable[str] = (), content: bytes = b"shape", extra: str = "") -> Path:
    """Write a document; `content` is that of its shape."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo("Document.xml", (2026, 1, 2, 3, 4, 6)), document_xml(links, extra), zipfile.ZIP_DEFLATED
        )
        archive.writestr(zipfile.ZipInfo("Part.brp", (2026, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED)
    return path
