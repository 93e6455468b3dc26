"""The files that CAD programs lay beside a document while they have it open. Data, with where each comes from.

A rule marked `documented` is described by the vendor, or by one whose product has to cope with it. The others were
only seen described by users: a lock file that does not exist does no harm here, one that is unknown is not waited for.

FreeCAD lays none beside a document: its `FreeCAD_<pid>.lock` lies in the user's cache and stands for the program
(github.com/flathub/org.freecad.FreeCAD issue 5). It saves by writing another file and renaming it into the document's
place (github.com/FreeCAD/FreeCAD pull request 25532), which is seen as a change like any other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LockRule:
    """One program's lock files.

    `templates`: names in the document's folder, `{name}` for the document's name, `{stem}` for it without its suffix.
    `suffixes`: of the documents, in small letters; empty: of any. Without a placeholder the file stands for all such
    documents of the folder.
    """

    program: str
    templates: tuple[str, ...]
    suffixes: tuple[str, ...]
    documented: bool
    source: str


RULES: tuple[LockRule, ...] = (
    LockRule(
        "AutoCAD",
        ("{stem}.dwl", "{stem}.dwl2"),
        (".dwg", ".dwt"),
        documented=True,
        source="help.autodesk.com, 'File locking no longer controlled by AutoCAD': erased when the drawing is closed, "
        "left behind by a crash",
    ),
    LockRule(
        "SolidWorks",
        ("~${name}",),
        (".sldprt", ".sldasm", ".slddrw"),
        documented=False,
        source="github.com/xarial/cad-plus issue 22, github.com/github/gitignore pull request 4813",
    ),
    LockRule(
        "Rhino",
        ("{name}.rhl",),
        (".3dm",),
        documented=True,
        source="docs.mcneel.com/rhino/5/help, 'Files': deleted when the file is closed",
    ),
    LockRule(
        "TopSolid",
        ("{name}.lck", "{stem}.lck"),
        (".top", ".dft"),
        documented=False,
        source="faq.topsolid.com 24: 'the same name, with the .lck extension'; whether the document's own extension "
        "stays, and which documents there are, is not said",
    ),
    LockRule(
        "Inventor",
        ("lockfile.lck",),
        (".ipt", ".iam", ".idw", ".ipn"),
        documented=True,
        source="kb.peersoftware.com, 'Best Practices: Autodesk Inventor': one in each folder until Inventor is closed",
    ),
    LockRule(
        "CADSTAR",
        ("~{name}",),
        (".scm", ".pcb"),
        documented=True,
        source="cadstar.blogspot.com 2015/08 and 2017/01 (the vendor's reseller); the suffix .pcb is not documented",
    ),
    LockRule(
        "other programs",
        ("~${name}", ".~lock.{name}#", "{name}.lock", "{name}.lck"),
        (),
        documented=False,
        source="customary names: owner files of Microsoft Office, lock files of LibreOffice, and plain ones",
    ),
)


def lock_names(name: str, rules: tuple[LockRule, ...] = RULES) -> tuple[str, ...]:
    """The names of the files that say, in the document's folder, that a program has it open; each once."""
    stem, suffix = os.path.splitext(name)
    found = (
        template.replace("{name}", name).replace("{stem}", stem)
        for rule in rules
        if not rule.suffixes or suffix.lower() in rule.suffixes
        for template in rule.templates
    )
    return tuple(dict.fromkeys(found))


def may_be_lock(name: str, rules: tuple[LockRule, ...] = RULES) -> bool:
    """Whether a file of this name may be a lock file of some document, case ignored: worth a look at the folder's own."""
    small = name.lower()
    for rule in rules:
        for template in rule.templates:
            head, _, tail = template.replace("{stem}", "{name}").partition("{name}")
            if small == template or ("{" in template and small.startswith(head) and small.endswith(tail)):
                return True
    return False
