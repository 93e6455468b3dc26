"""What a benchmark gives: figures, and the few numbers that they are made of."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass


class CannotMeasure(Exception):  # noqa: N818  a message for a person
    """This machine lacks what a benchmark needs; the text says what."""


@dataclass(frozen=True)
class Figure:
    """One line of the output. `limit` None: told, not judged."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        return None if self.limit is None else self.value <= self.limit

    def line(self) -> str:
        """For people."""
        value = f"{self.value:.2f}" if self.value < 1000 else f"{self.value:,.0f}"
        limit = "" if self.limit is None else f"limit {self.limit:g}"
        word = {True: "holds", False: "MISSES", None: ""}[self.holds]
        return f"{self.name:20} {value:>9} {self.unit:10} {limit:11} {word:7} {self.note}".rstrip()

    def json(self) -> str:
        """For programs: one object on one line."""
        members = {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "limit": self.limit,
            "holds": self.holds,
            "note": self.note,
        }
        return json.dumps(members, ensure_ascii=False)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that `share` of all samples do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def compared(
    name: str, ours: Sequence[float], bare: Sequence[float], limits: tuple[float, float], what: str
) -> list[Figure]:
    """p50 and p99 of ours over those of the baseline; samples in seconds, taken in turns."""
    figures = []
    for label, share, limit in (("p50", 0.50, limits[0]), ("p99", 0.99, limits[1])):
        top, bottom = percentile(ours, share), percentile(bare, share)
        note = f"{top * 1000:.2f} ms against {bottom * 1000:.2f} ms, {len(ours)} of each in turns; {what}"
        figures.append(Figure(f"{name}.{label}", top / bottom, "x", limit, note))
    return figures
