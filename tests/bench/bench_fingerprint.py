"""Taking the device fingerprint: reading the machine anew and composing it."""

from __future__ import annotations

import time

from figures import CannotMeasure, Figure, percentile

from iscbridge.core.errors import DeviceError
from iscbridge.device.fingerprint import take

LIMIT_MS = 10.0


def run(quick: bool) -> list[Figure]:
    """Uncached calls after the first, which loads the library. The limit is one of time, and for (nearly) every call."""
    rounds = 5 if quick else 500
    try:
        began = time.perf_counter()
        found = take()
        first = (time.perf_counter() - began) * 1000
    except DeviceError as error:
        raise CannotMeasure(str(error)) from error
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        again = take()
        times.append((time.perf_counter() - began) * 1000)
        if again.text != found.text:
            raise RuntimeError("two calls gave different fingerprints")
    facts = found.facts
    note = f"{len(facts.adapters)} adapters, {len(facts.disks)} disks, {rounds} calls; first call {first:.1f} ms"
    return [
        Figure("fingerprint.p50", percentile(times, 0.5), "ms", LIMIT_MS, note),
        Figure("fingerprint.p99", percentile(times, 0.99), "ms", LIMIT_MS, note),
    ]
