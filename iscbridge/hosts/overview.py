"""What a person sees of CADs: each installation, how its add-in stands, and what can be done about it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iscbridge.core.errors import HostError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.hosts import install
from iscbridge.hosts.catalog import Catalog, Entry, Origin, catalog_folders, read_catalog
from iscbridge.hosts.finding import Installation, find_installations, place_of
from iscbridge.hosts.install import AddinState, Done, Look, Target
from iscbridge.hosts.roots import Roots
from iscbridge.platform.folders import Home
from iscbridge.platform.program import own_command
from iscbridge.texts.render import Language

#: What each state offers, the best first. A CAD that is too old is offered only to be cleaned up.
ACTIONS: Mapping[AddinState, tuple[str, ...]] = {
    AddinState.NO_ADDIN: (),
    AddinState.NOT_INSTALLED: ("install",),
    AddinState.INSTALLED: ("remove",),
    AddinState.OLDER: ("install", "remove"),
    AddinState.NEWER: ("remove",),
    AddinState.CHANGED: ("repair", "remove"),
    AddinState.UNFINISHED: ("repair", "remove"),
    AddinState.FOREIGN: (),
    AddinState.UNREADABLE: (),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One installation of one CAD; or a CAD without any."""

    host: str
    title: Mapping[Language, str]
    product: str
    origin: Origin
    look: Look
    installation: Installation | None = None
    """None: it was not found on this machine."""
    place: str = ""
    """The folder of the add-in; empty: there is none for this installation."""
    has_addin: bool = False
    oldest: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done: `install`, `repair`, `remove`."""
        found = ACTIONS[self.look.state]
        if self.installation is None or not self.has_addin or not self.installation.supported:
            return tuple(action for action in found if action == "remove")
        return found


@dataclass(frozen=True, slots=True)
class Overview:
    """All rows, and descriptions that can't be used."""

    rows: tuple[Row, ...]
    faults: tuple[ErrorInfo, ...] = ()


def overview(home: Home, roots: Roots | None = None, catalog: Catalog | None = None) -> Overview:
    """Look at everything. Blocks on local disks; raises nothing."""
    here = roots or Roots.of_this_machine()
    known = catalog or read_catalog(catalog_folders(home))
    rows = [row for entry in known.entries for row in _rows(entry, home, here)]
    return Overview(tuple(rows), known.faults)


def act(
    home: Home,
    name: str,
    action: str,
    *,
    program: str = "",
    roots: Roots | None = None,
    catalog: Catalog | None = None,
) -> Done:
    """Install, repair or remove the add-in of a CAD: at the installation of `program`, or at each that was found.

    It goes into none that is older than what it is made for, and is taken out even if the CAD is there no more.

    Raises:
        HostError: ISCB-HOST-*; at the first place where it can't be done.
    """
    here = roots or Roots.of_this_machine()
    entry = (catalog or read_catalog(catalog_folders(home))).get(name)
    found = [one for one in find_installations(entry.host, here) if program in ("", one.program)]
    if action != "remove":
        found = _fitting(entry, found)
    targets = _targets(entry, found, home, here) if found else _left_behind(entry, program, home, here)
    kept: list[str] = []
    for target in targets:
        kept += _act_at(target, entry, action).kept
    return Done(tuple(kept))


def _fitting(entry: Entry, found: list[Installation]) -> list[Installation]:
    title = entry.host.title["en"]
    if not found:
        raise HostError("ISCB-HOST-NOT-FOUND", host=title)
    if entry.addin is None:
        raise HostError("ISCB-HOST-NO-ADDIN", host=title)
    fitting = [one for one in found if one.supported]
    if not fitting:
        raise HostError("ISCB-HOST-OLD", host=title, version=found[0].version, oldest=entry.host.oldest)
    return fitting


def _left_behind(entry: Entry, program: str, home: Home, roots: Roots) -> list[Target]:
    """Where the add-in of a CAD that is not found is still, as far as its place can be told without it."""
    targets = [] if program else _targets(entry, [Installation("", "")], home, roots)
    left = [target for target in targets if os.path.lexists(target.folder) or os.path.lexists(target.old)]
    if not left:
        raise HostError("ISCB-HOST-NOT-FOUND", host=entry.host.title["en"])
    return left


def _act_at(target: Target, entry: Entry, action: str) -> Done:
    if action == "remove":
        return install.remove(target)
    host, source = entry.host, entry.addin
    if source is None or host.addin is None:
        raise HostError("ISCB-HOST-NO-ADDIN", host=host.title["en"])
    addin = host.addin
    return install.install(
        target,
        source,
        host=host.name,
        version=addin.version,
        client=addin.client,
        command=own_command("tray", "--quiet", windowed=True),
        repair=action == "repair",
    )


def _targets(entry: Entry, found: Iterable[Installation], home: Home, roots: Roots) -> list[Target]:
    """The places of these installations, each once: several versions may share one."""
    targets = [_target(entry, one, home, roots) for one in found]
    return list({target.folder: target for target in targets if target is not None}.values())


def _target(entry: Entry, installation: Installation, home: Home, roots: Roots) -> Target | None:
    place = place_of(entry.host, installation, roots)
    if place is None or entry.host.addin is None:
        return None
    return Target(place, entry.host.addin.name, str(home.root / "hosts.lock"))


def _rows(entry: Entry, home: Home, roots: Roots) -> list[Row]:
    host = entry.host
    source = entry.addin
    version, client = ("", "") if host.addin is None else (host.addin.version, host.addin.client)

    def row(installation: Installation | None) -> Row:
        target = None if installation is None else _target(entry, installation, home, roots)
        empty = AddinState.NO_ADDIN if source is None else AddinState.NOT_INSTALLED
        look = Look(empty) if target is None else install.look(target, source, version, client)
        place = "" if target is None else target.folder
        return Row(
            host.name,
            host.title,
            host.product,
            entry.origin,
            look,
            installation,
            place,
            source is not None,
            host.oldest,
        )

    found = find_installations(host, roots)
    return [row(one) for one in found] if found else [row(None)]
