"""One reading of the machine's facts."""

from __future__ import annotations

from iscbridge.device.binding import DeviceLibrary, device_library
from iscbridge.device.facts import Facts, Part
from iscbridge.device.records import facts_from


def read_facts(library: DeviceLibrary | None = None) -> Facts:
    """Read everything anew. Blocks for a few milliseconds; any thread.

    What the system does not give is missing from the facts and named in `Facts.missing`.

    Raises:
        DeviceError: ISCB-DEVICE-LOAD, if the native library can't be used.
    """
    library = library or device_library()
    parts: dict[Part, bytes] = {}
    missing: dict[Part, str] = {}
    for part in Part:
        found = library.read(part)
        if isinstance(found, bytes):
            parts[part] = found
        else:
            missing[part] = found
    return facts_from(parts, missing)
