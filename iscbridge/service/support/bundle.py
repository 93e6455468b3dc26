"""The support bundle: gathered once, shown before it is written, written as one zip file.

    bundle = gather(home, "en").dress(shorten_paths=True)
    for member in bundle.members: ...
    write(bundle, Path("support.zip"))

Secrets go while it is gathered, paths when it is dressed: so a window can show both forms without reading twice.
Everything here blocks: not for the thread of a window.
"""

from __future__ import annotations

import datetime as dt
import getpass
import io
import json
import platform
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iscbridge.core.errors import BridgeError, FileError
from iscbridge.core.pseudonyms import PathText, Pseudonyms
from iscbridge.core.scrubbing import Scrubber
from iscbridge.core.settings import SETTINGS
from iscbridge.journal.license_records import LicenseRecords
from iscbridge.journal.summary import summarize
from iscbridge.platform.faults import detail
from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private
from iscbridge.platform.secrets import SecretStore, open_secrets
from iscbridge.platform.settings import load_settings
from iscbridge.service.licensing.policies import policy_folders, read_policies
from iscbridge.service.support import sources
from iscbridge.service.support.logs import newest_logs
from iscbridge.texts.render import Language, text
from iscbridge.version import VERSION

#: All members together; the logs get what the others leave.
LARGEST = 20 * 1024 * 1024
_LAST_JOBS = 100
_CONTENTS = "contents.txt"
#: What the secret store may hold for a product, and for the profile. A test compares them with those who keep them.
_OF_A_PRODUCT = (
    "code",
    "code-pending",
    "lease",
    "relay-device",
    "relay-session",
    "relay-signout",
    "store-key",
)
_OF_THE_PROFILE = ("record-key", "proxy")
#: Of a sign-in: hiding a person's name, which may be a word, would spoil the logs.
_NO_SECRETS = frozenset({"user", "until"})


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the bundle."""

    name: str
    what: str
    """Id of the text that says what it is."""
    data: bytes = field(repr=False)
    cut: int = 0
    """Bytes of the original that were left out at its beginning."""

    def preview(self, lines: int = 20) -> str:
        """Its first lines."""
        return "\n".join(self.data[: lines * 400].decode("utf-8", "replace").splitlines()[:lines])


@dataclass(frozen=True, slots=True)
class Bundle:
    """What would be written, exactly."""

    members: tuple[Member, ...]
    shortened: bool

    @property
    def size(self) -> int:
        """Bytes of all members, before they are packed."""
        return sum(len(member.data) for member in self.members)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that was read, without secrets; paths are whole."""

    language: Language
    made: str
    documents: tuple[tuple[str, str, Any], ...]
    """Name, id of its text, JSON value."""
    logs: tuple[tuple[str, str, int], ...]
    """Name, text, bytes left out."""
    compared: bool
    """Whether the secret store could be read, so that its values were looked for."""

    def dress(self, *, shorten_paths: bool) -> Bundle:
        """The bundle, with whole paths or with pseudonyms in their place."""
        names = Pseudonyms() if shorten_paths else None
        if names is not None:
            names.learn(sorted({path for _, _, value in self.documents for path in _paths(value)}))
            names.learn(word for word in (_user(), platform.node()) if word)
        members = []
        for name, what, value in self.documents:
            shown = value if names is None else names.document(value)
            members.append(Member(name, what, (json.dumps(shown, ensure_ascii=False, indent=2) + "\n").encode()))
        for name, said, cut in self.logs:
            shown = said if names is None else names.text(said)
            members.append(Member(f"logs/{name}", "bundle.what.log", shown.encode(), cut))
        contents = self._contents(members, names is not None)
        return Bundle((Member(_CONTENTS, "bundle.what.contents", contents), *members), names is not None)

    def _contents(self, members: list[Member], shortened: bool) -> bytes:
        say = self.language
        lines = [text("bundle.contents.head", say, version=VERSION, made=self.made), ""]
        lines += [f"{m.name}  ({len(m.data)})  {text(m.what, say)}" for m in members]
        lines += ["", text("bundle.contents.paths-short" if shortened else "bundle.contents.paths-whole", say)]
        lines.append(text("bundle.contents.compared" if self.compared else "bundle.contents.not-compared", say))
        lines.append(text("bundle.contents.not-in-it", say))
        return ("\n".join(lines) + "\n").encode()


def gather(
    home: Home,
    language: Language,
    *,
    secrets: Callable[[Home, str], SecretStore] = open_secrets,
    with_doctor: bool = True,
    most: int = LARGEST,
    stopped: Callable[[], bool] = lambda: False,
) -> Gathered:
    """Read everything. Takes seconds; raises nothing for what is missing or damaged.

    Args:
        home: the profile.
        language: of the explanations, and of the doctor.
        secrets: opens the secret store, whose values are looked for in everything.
        with_doctor: run `iscbridge doctor`, too.
        most: bytes of all members together.
        stopped: asked between the steps; the rest is left out once it is true.
    """
    found = load_settings(home.config)
    known, compared = _known_secrets(home, found.settings.secrets_store, secrets)
    known += [str(found.settings.values[one.key]) for one in SETTINGS if one.secret and found.settings.values[one.key]]
    scrubber = Scrubber(known)
    documents: list[tuple[str, str, Any]] = []

    def add(name: str, what: str, read: Callable[[], Any]) -> None:
        if not stopped():
            documents.append((name, what, scrubber.document(read())))

    add("versions.json", "bundle.what.versions", sources.versions)
    add("settings.json", "bundle.what.settings", lambda: sources.settings(found))
    add("journal.json", "bundle.what.journal", lambda: sources.journal(summarize(home.journal, _LAST_JOBS)))
    status, licenses = sources.bridge(home, language)
    add("status.json", "bundle.what.status", lambda: status)
    add("licenses.json", "bundle.what.licenses", lambda: licenses)
    add("components.json", "bundle.what.components", sources.components)
    if with_doctor:
        add("doctor.json", "bundle.what.doctor", lambda: sources.doctor(home, language))
    room = most - sum(len(json.dumps(value)) for _, _, value in documents) - 64 * 1024
    logs = [] if stopped() else [(one.name, one.text, one.cut) for one in newest_logs(home.logs, room, scrubber)]
    made = sources.when(dt.datetime.now(dt.UTC).timestamp()) or ""
    return Gathered(language, made, tuple(documents), tuple(logs), compared)


def write(bundle: Bundle, path: Path, *, replace: bool = False) -> None:
    """Write the zip file as a whole, for its owner only.

    Raises:
        FileError: ISCB-FILE-EXISTS: there is a file, and it is not to be replaced; ISCB-FILE-NOT-WRITTEN.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in bundle.members:
            archive.writestr(member.name, member.data)
    try:
        if path.is_dir() or (path.exists() and not replace):
            raise FileError("ISCB-FILE-EXISTS", path=str(path))
        write_private(str(path.absolute()), packed.getvalue())
    except OSError as error:
        raise FileError("ISCB-FILE-NOT-WRITTEN", path=str(path), detail=detail(error)) from error


def default_name(now: dt.datetime | None = None) -> str:
    """The name of a bundle that is made now."""
    return f"iscbridge-support-{(now or dt.datetime.now()).strftime('%Y%m%d-%H%M%S')}.zip"  # noqa: DTZ005  local, as people name files


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, PathText):
        yield str(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _paths(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody in the user database, no variable
        return ""


def _known_secrets(home: Home, choice: str, opened: Callable[[Home, str], SecretStore]) -> tuple[list[str], bool]:
    """Every value that the secret store holds for this profile, and whether it could be asked."""
    products = set(read_policies(policy_folders(home.products)).products)
    try:
        store = opened(home, choice)
    except (BridgeError, OSError):
        return [], False
    products |= set(LicenseRecords(home.licenses, store).products())
    names = [*_OF_THE_PROFILE, *(f"{kind}/{product}" for product in sorted(products) for kind in _OF_A_PRODUCT)]
    values: list[str] = []
    compared = True
    for name in names:
        try:
            values += _parts(name, store.get(name) or "")
        except (BridgeError, OSError):
            compared = False
    return [value for value in values if value], compared


def _parts(name: str, value: str) -> list[str]:
    """A secret, and if it is a JSON object of secrets, each of them."""
    try:
        found = json.loads(value)
    except ValueError:
        return [value]
    if not isinstance(found, dict):
        return [value]
    told = _NO_SECRETS if name.startswith("relay-session/") else frozenset()
    return [value, *(str(one) for key, one in found.items() if key not in told)]
