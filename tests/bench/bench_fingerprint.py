"""Taking the device fingerprint: reading the machine anew and composing it."""

from __future__ import annotations

import time

from figures import CannotMeasure, Figure, percentile
from place import undisturbed

from iscbridge.core.errors import DeviceError
from iscbridge.device.fingerprint import take

LIMIT_MS = 10.0


def run(quick: bool) -> list[Figure]:
    """Uncached calls after the first, which loads the library. The limit is one of time, and for (nearly) every call."""
    rounds = 5 if quick else 500
    with undisturbed() as priority:
        try:
            first, found = _timed()
        except DeviceError as error:
            raise CannotMeasure(str(error)) from error
        times = []
        for _ in range(rounds):
            took, text = _timed()
            times.append(took)
            if text != found:
                raise RuntimeError("two calls gave different fingerprints")
    facts = take().facts
    note = f"{len(facts.adapters)} adapters, {len(facts.disks)} disks, {rounds} calls; first {first:.1f} ms; {priority}"
    return [
        Figure("fingerprint.p50", percentile(times, 0.5), "ms", LIMIT_MS, note),
        Figure("fingerprint.p99", percentile(times, 0.99), "ms", LIMIT_MS, note),
    ]


def _timed() -> tuple[float, str]:
    """Milliseconds of one call, and what it gave."""
    began = time.perf_counter()
    text = take().text
    return (time.perf_counter() - began) * 1000, text
