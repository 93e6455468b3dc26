"""Random days of one licence, with a real bridge and a real store, held against a model of a few lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from support.licensed import DAY_S, PRODUCT
from support.licensed_faults import FaultyWorld

GRACE = 14
STEPS = 45


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path)
    try:
        made.store()
        made.bridge()
        yield made
    finally:
        made.close()


class Walk:
    """The licence as the rules have it: the last word, its age, and whether the store can be heard."""

    def __init__(self, world: FaultyWorld, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.code = world.activated(days=3650)
        self.truth = self.word = "active"
        self.age = 0.0
        self.heard = True

    def step(self) -> str:
        deed = self.dice.choices(
            (self.days, self.mishap, self.well, self.expire, self.renew, self.crash, self.restart, self.ask),
            (8, 3, 3, 2, 4, 1, 1, 3),
        )[0]
        return f"{deed.__name__}{deed() or ''}"

    def days(self) -> float:
        passed = self.dice.choice((0.5, 1, 1, 2, 3, 7, 15))
        self.world.days_pass(passed)
        self.age += passed
        return passed

    def mishap(self) -> str:
        traits = self.dice.choice(
            ({"drop": "before"}, {"drop": "middle"}, {"answer": "500"}, {"answer": "portal"}, {"gateway": "iam_503"})
        )
        self.world.ask_store("misbehave", set=traits, reset=True)
        self.heard = False
        return str(traits)

    def well(self) -> None:
        self.world.behave()
        self.heard = True

    def expire(self) -> None:
        self.world.ask_store("expire", code=self.code)
        self.truth = "expired"

    def renew(self) -> None:
        self.world.ask_store("renew", code=self.code, days=3650)
        self.truth = "active"

    def crash(self) -> None:
        self.world.crash()

    def restart(self) -> None:
        self.world.restart()

    def ask(self) -> None:
        self.world.refresh()
        self.learn()

    def learn(self) -> None:
        """A question was put to the store."""
        if self.heard:
            self.word, self.age = self.truth, 0.0

    def check(self) -> None:
        """What the bridge allows is what the rules allow."""
        self.world.check()
        found = self.world.rest()
        checked_now = self.heard and found["state"] == self.truth
        if self.word == "active" and self.age < GRACE and self.truth == "active":
            assert found["allowed"]["newSave"], "restricted within the grace, and nobody has refused"
        if self.word == "active" and self.age < GRACE and not self.heard:
            assert found["allowed"]["newSave"], "a failure restricted somebody within the grace"
        if self.word != "active" and not self.heard:
            assert not found["allowed"]["newSave"], "allowed past an explicit refusal"
        if self.word == "active" and self.age > GRACE and not self.heard:
            assert found["state"] == "grace_over"
        if checked_now and found["state"] != self.word:
            self.word, self.age = self.truth, 0.0
        elif self.heard and found["state"] == "active" and "T" in found["checked"]:
            self.age = min(self.age, self._age_told(found["checked"]))

    def _age_told(self, checked: str) -> float:
        """Days since the last trusted word, as hosts are told."""
        now = datetime.fromisoformat(self.world.ask_store("state")["time"])
        return (now - datetime.fromisoformat(checked)).total_seconds() / DAY_S


@pytest.mark.timeout(600)  # many restarts; each wait among them has its own, shorter end
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_days_follow_the_rules(world: FaultyWorld, seed: int) -> None:
    walk = Walk(world, seed)
    done: list[str] = []
    for _ in range(STEPS):
        done.append(walk.step())
        try:
            walk.check()
        except AssertionError as error:
            raise AssertionError(f"{error}; after {done}: {world.license(PRODUCT)}") from error
    # whatever has happened: one good check heals
    walk.well()
    walk.renew()
    assert world.refresh()["state"] == "active"
    world.crash()
    assert world.until_license("active")["allowed"]["newSave"]
