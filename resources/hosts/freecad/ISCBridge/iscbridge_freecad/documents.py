"""FreeCAD's documents: saved the way the GUI saves them, and opened as the cloud delivered them.

Only on FreeCAD's main thread. What FreeCAD does to careless code stands beside each guard.
"""

from __future__ import annotations

import os

import FreeCAD as App
import FreeCADGui as Gui

from iscbridge_freecad import links

_VIEW = "Gui::View3DInventor"
#: Names of documents that are loaded in part and in which something was really changed.
_CHANGED_PARTS = set()


class CantDo(Exception):  # noqa: N818  a reason for a person, by the id of its text
    """It was not done, and nothing was lost."""

    def __init__(self, text_id, **params):
        super().__init__(text_id)
        self.text_id = text_id
        self.params = params


def save_tree(main):
    """Save a document and the changed documents it uses, these first. For one without a file FreeCAD asks where.

    Returns:
        The documents whose links are to be looked at, for `used_files`. One that was loaded in part is left out:
        FreeCAD follows its links as its file has them.

    Raises:
        CantDo: something can't be saved; what was saved before that stays saved.
    """
    if not main.FileName:
        _save_as(main)
    tree, circle = _tree(main)
    for one in tree:
        # save() of a document that is loaded in part does nothing and says nothing; saveCopy writes a cut-off file.
        if one.Partial and one.Name in _CHANGED_PARTS and is_modified(one):
            raise CantDo("save.partial", name=one.Label, path=one.FileName)
    before = App.ActiveDocument
    try:
        _save_all(tree, circle)
    finally:
        if before is not None and App.ActiveDocument is not before:
            _show(before)
    return [one for one in tree if not one.Partial]


def used_files(tree, found):
    """A generator of small steps: by path of each document the files that its objects use, for `links.check`."""
    for document in tree:
        try:
            files = found[document.FileName] = set()
            for one in document.Objects:
                yield
                _add_used(document, one, files)
        except ReferenceError:
            continue  # closed meanwhile


def _add_used(document, one, files):
    try:
        others = [other.Document for other in one.OutList]
    except ReferenceError:
        return  # taken out meanwhile
    files.update(other.FileName for other in others if other is not document and other.FileName)


def note_change(one, property_name):
    """An object was changed.

    FreeCAD also marks a document as changed when only what it uses was: then nothing but `_LinkTouched` is told.
    """
    if App.isRestoring():
        return  # links that are taken up again
    if one.Document.Partial and not property_name.startswith("_"):
        _CHANGED_PARTS.add(one.Document.Name)


def note_closed(name):
    """A document was closed; its name may come again."""
    _CHANGED_PARTS.discard(name)


def is_modified(document):
    """Whether it has changes that are not on the disk."""
    shown = Gui.getDocument(document.Name)
    return bool(shown and shown.Modified)


def _tree(main):
    """The document and all it uses, those it uses first, without those that are missing; whether it is a circle."""
    try:
        return main.getDependentDocuments(True), False
    except RuntimeError:  # documents that use each other have no order
        found = main.getDependentDocuments(False)
        return [one for one in found if one is not main] + [main], True


def _save_all(tree, circle):
    for one in tree:
        if _needs_saving(one):
            _save(one)
    # Saving one marks those that use it as changed: they come after it, but for a circle.
    left = [] if circle else [one.Label for one in tree if _needs_saving(one)]
    if left:
        raise CantDo("save.silent", name=", ".join(left))


def _needs_saving(document):
    return not document.Partial and (is_modified(document) or not os.path.isfile(document.FileName))


def _save(document):
    """Save one document through its view: `Document.save()` would leave it marked as changed."""
    path = document.FileName
    folder = os.path.dirname(path)
    # FreeCAD would ask in a modal box, and offer another place.
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise CantDo("save.folder", name=document.Label, path=folder)
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise CantDo("save.protected", name=document.Label, path=path)
    _show(document)
    shown = Gui.ActiveDocument
    if shown is None or shown.Document is not document:
        raise CantDo("save.silent", name=document.Label)
    before = _stamp(path)
    Gui.SendMsgToActiveView("Save")
    if is_modified(document) or _stamp(path) == before:
        raise CantDo("save.silent", name=document.Label)


def _save_as(document):
    """Save it for the first time: in FreeCAD's own dialog, which the person's click leads to."""
    _show(document)
    Gui.SendMsgToActiveView("Save")
    if not document.FileName:
        raise CantDo("save.not_named", name=document.Label)


def _show(document):
    """Make a document the active one.

    One that was loaded because another uses it has no view: without one the message would go to the other document,
    and FreeCAD would ask in a modal box.
    """
    App.setActiveDocument(document.Name)
    Gui.activateView(_VIEW, True)


def _stamp(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


# Opening


def main_file(path):
    """The document of what the cloud delivered: the file, or in a folder the one that is named like the folder."""
    if not os.path.isdir(path):
        return path
    wanted = os.path.basename(os.path.normpath(path)).casefold()
    for name in sorted(os.listdir(path)):
        stem, suffix = os.path.splitext(name)
        if stem.casefold() == wanted and suffix.casefold() == ".fcstd":
            return os.path.join(path, name)
    raise CantDo("open.no_document", path=path)


def may_open():
    """Whether FreeCAD is at rest: no task panel, nothing being loaded."""
    return not Gui.Control.activeDialog() and not App.isRestoring()


def loaded_from(path):
    """Open documents of a delivered file, or folder, those that use others of them first.

    FreeCAD does not read a replaced file again: they have to be closed. Documents that only use them stay open, with
    their changes: FreeCAD takes up their links when the file is opened again.
    """
    inside = links.key(path)
    folder = os.path.isdir(path)

    def is_delivered(document):
        own = links.key(document.FileName) if document.FileName else ""
        return own == inside or (folder and own.startswith(inside + os.sep))

    hit = [one for one in App.listDocuments().values() if is_delivered(one)]
    return sorted(hit, key=lambda one: -len(_tree(one)[0]))


def open_delivered(main, close):
    """Close what is stale, open the document, and open again what was closed besides: others may use it.

    Args:
        main: the file.
        close: documents of `loaded_from`; their changes are lost.

    Returns:
        The document.

    Raises:
        CantDo: FreeCAD can't read it, or another one; those that it can read are open.
    """
    again = [one.FileName for one in close]
    for name in [one.Name for one in close]:
        if name in App.listDocuments():
            App.closeDocument(name)
    opened, reason = {}, None
    for path in (main, *again):
        if path == main or _is_left(path):
            try:
                opened[path] = _open(path)
            except CantDo as wrong:
                reason = reason or wrong
    if reason is not None:
        raise reason
    _show(opened[main])
    return opened[main]


def _is_left(path):
    """Whether a file is there that no open document was read from."""
    return os.path.isfile(path) and not any(_is_at(one, path) for one in App.listDocuments().values())


def _open(path):
    try:
        return App.openDocument(path)
    except Exception as error:  # FreeCAD raises whatever its readers raise
        raise CantDo("open.unreadable", path=path) from error


def _is_at(document, path):
    return bool(document.FileName) and links.key(document.FileName) == links.key(path)
