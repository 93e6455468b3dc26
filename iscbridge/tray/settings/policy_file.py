"""Taking a vendor's policy file into the profile: looked at first, and copied only if it says what it should."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from iscbridge.core.errors import SettingsError
from iscbridge.core.paths import printable
from iscbridge.platform.faults import detail
from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private


@dataclass(frozen=True, slots=True)
class Taken:
    """A policy file that lies in the profile now. The bridge reads it at its next start."""

    product: str
    path: str


def take_policy(path: Path, home: Home) -> Taken:
    """Copy a policy file into the profile's own folder. Blocking.

    Raises:
        SettingsError: ISCB-SET-POLICY, ISCB-SET-POLICY-VALUE: what is wrong with it; ISCB-SET-WRITE.
    """
    from iscbridge.service.licensing.policies import read_policy_file

    policy, body, faults = read_policy_file(path)
    if policy is None or faults:
        raise SettingsError(faults[0].code, **faults[0].params)
    # names that differ in a sign only, or have no Latin letter at all, must not meet in one file
    stem = re.sub(r"[^a-z0-9]+", "-", policy.product.lower()).strip("-")[:40]
    target = home.products / f"{stem}-{sha256(policy.product.encode()).hexdigest()[:8]}.toml"
    try:
        write_private(str(target), body)
    except OSError as error:
        raise SettingsError("ISCB-SET-WRITE", path=printable(str(target)), detail=detail(error)) from error
    return Taken(policy.product, printable(str(target)))
