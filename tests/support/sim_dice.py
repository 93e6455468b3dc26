"""Small repeatable chance for the simulation.

A schedule is a list of steps, each with a number of its own; the number seeds everything that is left to
chance in that step. So a step can be taken out of a schedule and the others stay what they were, which is
what lets a failing schedule be cut down to a few steps. `random.Random` takes too long to seed for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_SCALE = 2.0**-53


class Dice:
    """A 64 bit linear congruential generator; only its high bits are used."""

    __slots__ = ("_state",)

    def __init__(self, seed: int = 0) -> None:
        self._state = 0
        self.seed(seed)

    def seed(self, seed: int) -> None:
        mixed = ((seed + 1) * 0x9E3779B97F4A7C15) & _MASK
        mixed ^= mixed >> 29
        self._state = (mixed * 0xBF58476D1CE4E5B9) & _MASK

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""
        self._state = state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (state >> 11) * _SCALE

    def chance(self, probability: float) -> bool:
        self._state = state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (state >> 11) * _SCALE < probability

    def below(self, n: int) -> int:
        return int(self.random() * n)

    def pick(self, choices: Sequence[T]) -> T:
        self._state = state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return choices[int((state >> 11) * _SCALE * len(choices))]
