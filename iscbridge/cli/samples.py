"""Where the sample CAD files are: beside the package in a source checkout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from iscbridge.platform.resources import resources_folder

#: Relative to the samples' folder.
PART = "bracket.FCStd"
ASSEMBLY = "gearbox/gearbox.FCStd"


@dataclass(frozen=True, slots=True)
class Samples:
    """The sample files. `part` and `assembly` are relative to `folder`."""

    folder: Path
    part: str = PART
    assembly: str = ASSEMBLY


def find_samples() -> Samples | None:
    """The sample files, or None in an installation without them. ISCBRIDGE_SAMPLES names another folder."""
    named = os.environ.get("ISCBRIDGE_SAMPLES")
    folder = Path(named) if named else resources_folder("samples")
    found = Samples(folder)
    return found if (folder / found.part).is_file() and (folder / found.assembly).is_file() else None
