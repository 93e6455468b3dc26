"""What stands in saved documents: the files they refer to. Touches no FreeCAD object, so any thread may do it."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from xml.sax.saxutils import unescape

_LINK = re.compile(rb"""<XLink\s[^>]*?file\s*=\s*(?:"([^"]+)"|'([^']+)')""")
#: A search holds up all threads of FreeCAD's Python: one block at a time. No tag is longer than the second.
_BLOCK = 256 * 1024
_LONGEST_TAG = 32 * 1024
_MORE = {"&quot;": '"', "&apos;": "'", "&#39;": "'", "&#9;": "\t", "&#10;": "\n", "&#13;": "\r"}


def references(path):
    """Files that the document at `path` refers to, absolute; raises OSError, ValueError."""
    found = set()
    try:
        with zipfile.ZipFile(path) as archive, archive.open("Document.xml") as file:
            text = b""
            while block := file.read(_BLOCK):
                text = text[-_LONGEST_TAG:] + block
                found.update(one or other for one, other in _LINK.findall(text))
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise ValueError(path) from error
    folder = os.path.dirname(path)
    names = {unescape(name.decode("utf-8", "replace"), _MORE) for name in found}
    return {os.path.normpath(os.path.join(folder, name)) for name in names}


def key(path):
    """The same for two spellings of one file."""
    return os.path.normcase(os.path.realpath(path))


def check(loaded):
    """Compare what was saved with what is loaded.

    Args:
        loaded: by path of a saved document the files of the documents that its objects really use.

    Returns:
        (assembly, stale, missing): whether any refers to others; (document, file) pairs that the saved document does
        not name at their real place; and the files that saved documents name and that are not there.
    """
    stale, missing, assembly = [], [], False
    for path, used in sorted(loaded.items()):
        try:
            named = references(path)
        except (OSError, ValueError):
            continue  # ISCBridge reads it as well, and says what is wrong with it
        assembly = assembly or bool(named)
        keys = {key(one) for one in named}
        stale += [(path, one) for one in sorted(used) if key(one) not in keys]
        missing += [one for one in sorted(named) if not os.path.isfile(one)]
    return assembly, stale, sorted(set(missing))


def closure_missing(main):
    """Files that a document, or one it uses, refers to and that are not there."""
    seen, missing, queue = set(), set(), [main]
    while queue:
        path = queue.pop()
        if key(path) in seen:
            continue
        seen.add(key(path))
        try:
            named = references(path)
        except (OSError, ValueError):
            continue
        for one in named:
            if os.path.isfile(one):
                queue.append(one)
            else:
                missing.add(one)
    return sorted(missing)
