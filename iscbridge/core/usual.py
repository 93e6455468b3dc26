"""How long such a job usually takes, learnt from those that are done. Never a guess: too few of them say nothing.

The SDK tells no progress. What an upload takes follows its size and the line of this office, so the jobs that are
nearest in size speak for the next one, and their median keeps one bad afternoon out of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

#: So few jobs are no experience.
FEWEST = 3
#: As many of the nearest in size speak for the next one.
NEAREST = 15
#: Below this, sizes make no difference: what is sent is mostly ceremony.
_FLOOR = 64 * 1024
#: A job ten times as large or as small says nothing.
_FARTHEST = math.log(10)


class Sample(NamedTuple):
    """A job that is done."""

    size: int
    """Bytes that were sent."""
    seconds: float
    """From its hand-over until the cloud's word."""


class Usual(NamedTuple):
    """What may be said to a person."""

    seconds: float
    samples: int
    """How many jobs it was learnt from."""


def usual(samples: Sequence[Sample], size: int) -> Usual | None:
    """The usual time for so many bytes; None if too few jobs of such a size are known. Samples are newest first."""
    good = [s for s in samples if s.seconds >= 0 and math.isfinite(s.seconds) and _distance(s.size, size) <= _FARTHEST]
    if len(good) < FEWEST:
        return None
    nearest = sorted(good, key=lambda sample: _distance(sample.size, size))[:NEAREST]  # stable: newer ones first
    from statistics import median  # with its fractions and decimals it is a tenth of the core's memory

    return Usual(median(sample.seconds for sample in nearest), len(nearest))


def _distance(size: int, other: int) -> float:
    return abs(math.log(max(size, _FLOOR) / max(other, _FLOOR)))
