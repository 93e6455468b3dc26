"""The sandbox's clock: how far the licence clocks of one profile's sandbox are moved. For tests and demonstrations.

Only the stand-in of the store and a bridge whose cloud is the sandbox look at it. TLS, waiting times and the
journal always go by the real clock.
"""

from __future__ import annotations

import json
import os
from functools import partial

from iscbridge.platform.durable import read_replaced, replace
from iscbridge.platform.folders import Home

#: Farthest shift in seconds, either way (100 years): what lies beyond can't be a date everywhere.
FARTHEST_S = 100 * 365.25 * 86_400


def read_shift(home: Home) -> float:
    """Seconds to add to the wall clock; 0 if the file is absent or damaged. Any thread; a read of one small file."""
    try:
        shift = json.loads(read_replaced(partial(_read, os.fspath(home.sandbox / "clock.json"))))["shift_s"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return 0.0
    return float(shift) if _is_sound(shift) else 0.0


def write_shift(home: Home, seconds: float) -> None:
    """Set the shift, in one step for every reader.

    Raises:
        ValueError: not a number, or farther than `FARTHEST_S`.
        OSError: the file can't be written; the old shift stays.
    """
    if not _is_sound(seconds):
        raise ValueError(f"not a shift of at most {FARTHEST_S:.0f} s: {seconds!r}")
    home.ensure()
    target = os.fspath(home.sandbox / "clock.json")
    temporary = f"{target}.{os.urandom(4).hex()}.tmp"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps({"shift_s": float(seconds)}).encode())
        replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _is_sound(shift: object) -> bool:
    number = isinstance(shift, int | float) and not isinstance(shift, bool)
    return number and -FARTHEST_S <= shift <= FARTHEST_S  # type: ignore[operator]  # `number` says it; NaN is refused


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
