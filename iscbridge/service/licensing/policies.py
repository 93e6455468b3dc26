"""The vendor's policy files: which products are licensed, and by which rules. `docs/licensing.md` has their form.

A product that no file names is not restricted at all. A file that can't be used is reported and restricts nobody:
its fault is not the engineer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from iscbridge.core.errors import LicenseError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.lease.ed25519 import public_key
from iscbridge.licensefile.verifier import public_key_bytes
from iscbridge.platform.machine import doubt, machine_folder

MIN_GRACE_DAYS, MAX_GRACE_DAYS = 1, 30
AUTHORITIES = ("store", "relay", "desk")

_MOST_FILES = 100
_MOST_BYTES = 65_536
#: No slash: the name becomes part of a secret's name. As long as the protocol allows.
_NAME = re.compile(r"[^/\\]{1,256}")
_RELAY = re.compile(r"https://[A-Za-z0-9.\[\]:_-]{1,255}")
_KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOST_KEYS = 16
_URL = re.compile(r"https://\S{1,500}")


@dataclass(frozen=True, slots=True)
class Policies:
    """What was found."""

    products: Mapping[str, LicensePolicy]
    faults: tuple[ErrorInfo, ...] = ()
    """Files, or values in them, that can't be used: what to tell people."""


def policy_folders(home_products: Path) -> list[Path]:
    """Where policy files lie; the first that names a product counts.

    The machine's folder, which only an administrator can write, comes before the user's own.
    """
    return [machine_folder() / "products", home_products]


def read_policies(folders: Iterable[Path]) -> Policies:
    """Read every `*.toml` of these folders. Blocking, but on local disks; raises nothing.

    What lies in the machine's folder and is not an administrator's is told (ISCB-SET-MACHINE-RIGHTS) and not read.
    """
    products: dict[str, LicensePolicy] = {}
    faults: list[ErrorInfo] = []
    for folder in folders:
        for path in _believed([folder], faults) and _believed(_files(folder, faults), faults):
            policy = _read(path, faults)
            if policy is not None:
                products.setdefault(policy.product, policy)
    return Policies(products, tuple(faults))


def _files(folder: Path, faults: list[ErrorInfo]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".toml")[:_MOST_FILES]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        faults.append(_unusable(folder, error.strerror or "it can't be read"))
        return []


def _believed(paths: list[Path], faults: list[ErrorInfo]) -> list[Path]:
    """Those of them that nobody but the machine's administrators wrote, where that is asked for."""
    doubts = [doubt(path) for path in paths]
    faults += [told for told in doubts if told is not None]
    return [path for path, told in zip(paths, doubts, strict=True) if told is None]


def read_policy_file(path: Path) -> tuple[LicensePolicy | None, bytes, list[ErrorInfo]]:
    """The policy of one file, the file's bytes, and what is wrong with it. Blocking; raises nothing."""
    faults: list[ErrorInfo] = []
    body = _bytes(path, faults)
    return (None if body is None else _parse(body, path, faults)), body or b"", faults


def _read(path: Path, faults: list[ErrorInfo]) -> LicensePolicy | None:
    body = _bytes(path, faults)
    return None if body is None else _parse(body, path, faults)


def _bytes(path: Path, faults: list[ErrorInfo]) -> bytes | None:
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            faults.append(_unusable(path, "it is not an ordinary file"))
            return None
        with path.open("rb") as file:
            body = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        faults.append(_unusable(path, str(error)))
        return None
    if len(body) > _MOST_BYTES:
        faults.append(_unusable(path, f"it has more than {_MOST_BYTES} bytes"))
        return None
    return body


def _parse(body: bytes, path: Path, faults: list[ErrorInfo]) -> LicensePolicy | None:
    import tomllib  # here: most computers have no such file

    try:
        document = tomllib.loads(body.decode("utf-8-sig"))  # Windows' Notepad used to begin files with a mark
    except (ValueError, RecursionError) as error:
        faults.append(_unusable(path, str(error)))
        return None
    return parse_policy(document, path, faults)


def parse_policy(document: Mapping[str, Any], path: Path, faults: list[ErrorInfo]) -> LicensePolicy | None:
    """The policy in a document. A value that can't be used is replaced by its default, and reported."""
    table = document.get("product")
    name = _plain(table.get("name"), _NAME) if isinstance(table, dict) else ""
    if not isinstance(table, dict) or not name:
        faults.append(_unusable(path, "[product] name is missing, or is no name"))
        return None
    default = LicensePolicy(name)

    def value(key: str, fallback: Any, good: bool) -> Any:
        if key not in table:
            return fallback
        if not good:
            faults.append(ErrorInfo("ISCB-SET-POLICY-VALUE", {"path": str(path), "key": key, "value": f"{fallback}"}))
            return fallback
        return table[key]

    days, url = table.get("grace_days"), table.get("renew_url")
    authority, key = table.get("authority"), table.get("verify_key")
    good_days = type(days) is int and MIN_GRACE_DAYS <= days <= MAX_GRACE_DAYS
    return LicensePolicy(
        product=default.product,
        grace_days=value("grace_days", default.grace_days, good_days),
        renew_url=value("renew_url", default.renew_url, isinstance(url, str) and url == _plain(url, _URL)),
        authority=value("authority", default.authority, authority in AUTHORITIES),
        verify_key=value("verify_key", default.verify_key, key == "" or _is_key(key)),
        relay_url=value("relay_url", default.relay_url, _is_relay(table.get("relay_url"))),
        relay_keys=_relay_keys(table, path, faults),
    )


def _is_relay(value: object) -> bool:
    """`https://host[:port]`, nothing else; empty: none."""
    if not isinstance(value, str) or (value and value != _plain(value, _RELAY)):
        return False
    try:
        parts = urlsplit(value)
        return not value or (parts.port != 0 and bool(parts.hostname))
    except ValueError:
        return False


def _relay_keys(table: Mapping[str, Any], path: Path, faults: list[ErrorInfo]) -> tuple[str, ...]:
    """The keys that can be used; one that can't is reported and leaves the others as they are."""
    told = table.get("relay_keys", [])
    entries = told if isinstance(told, list) and len(told) <= _MOST_KEYS else [""]
    good = tuple(entry for entry in entries if isinstance(entry, str) and _is_named_key(entry))
    if len(good) != len(entries):
        shown = ", ".join(entry.partition(":")[0] for entry in good)
        faults.append(ErrorInfo("ISCB-SET-POLICY-VALUE", {"path": str(path), "key": "relay_keys", "value": shown}))
    return good


def _is_named_key(entry: str) -> bool:
    name, _, text = entry.partition(":")
    return bool(_KEY_NAME.fullmatch(name)) and text.isprintable() and public_key(text) is not None


def _plain(value: object, form: re.Pattern[str]) -> str:
    """The text, if it has this form and steers no terminal and no window that shows it; else nothing."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isprintable() and form.fullmatch(text) else ""


def _is_key(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(public_key_bytes(value))
    except LicenseError:
        return False


def _unusable(path: Path, detail: str) -> ErrorInfo:
    return ErrorInfo("ISCB-SET-POLICY", {"path": str(path), "detail": detail})
