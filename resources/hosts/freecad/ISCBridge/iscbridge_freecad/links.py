"""What stands in saved documents: the files they refer to. Touches no FreeCAD object, so any thread may do it."""

from __future__ import annotations

import os
import re
import zipfile
from xml.sax.saxutils import unescape

_LINK = re.compile(rb"""<XLink\s[^>]*?file\s*=\s*(?:"([^"]+)"|'([^']+)')""")
_MORE = {"&quot;": '"', "&apos;": "'", "&#39;": "'", "&#9;": "\t", "&#10;": "\n", "&#13;": "\r"}


def references(path):
    """Files that the document at `path` refers to, absolute; raises OSError, ValueError."""
    try:
        with zipfile.ZipFile(path) as archive:
            xml = archive.read("Document.xml")
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(path) from error
    folder = os.path.dirname(path)
    found = {unescape((one or other).decode("utf-8", "replace"), _MORE) for one, other in _LINK.findall(xml)}
    return {os.path.normpath(os.path.join(folder, name)) for name in found}


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
